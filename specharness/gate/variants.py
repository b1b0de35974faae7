"""The same spec in other layouts: what means the same should be measured the same.

A deterministic model answers the same question with the same number, so measuring it twice says
nothing about its churn. Measured under layouts that no reader would tell apart it does.
"""

import re
from collections.abc import Callable, Iterator
from itertools import combinations

from specharness.errors import UsageError

_ITEM = re.compile(r"(?P<mark>[ ]{0,3}(?:[-*+]|\d{1,9}[.)])[ ]+)(?P<text>\S.*)")
_BULLET = re.compile(r"(?m)^([ ]*)([-*])([ ]+)(?=\S)")
_NUMBER = re.compile(r"(?m)^([ ]*\d{1,9})([.)])([ ]+)(?=\S)")


def neutral_variants(shown: str, count: int, *, reorder: bool = False) -> tuple[str, ...]:
    """`count` texts that say what `shown` says in another layout, all different, in fixed order.

    They differ in list markers, blank lines, the spaces after a sentence, a heading or a tag around
    the whole; with `reorder` the items of lists take turns at being first, too. An empty text has
    no layout: UsageError, as for more variants than there are.

    >>> neutral_variants("Be kind.", 2)
    ('Instructions:\\n\\nBe kind.', '<instructions>\\nBe kind.\\n</instructions>')
    """
    found: list[str] = []
    for text in _all_variants(shown, reorder) if shown.strip() else ():
        if text != shown and text not in found:
            found.append(text)
        if len(found) >= count:
            return tuple(found[:count])
    most = f"there are {len(found)} layouts" if found else "an empty spec has no layout"
    raise UsageError("--times", f"{count} repeats, but {most}", "ask for fewer, or write a spec")


def _all_variants(shown: str, reorder: bool) -> Iterator[str]:
    """One change of layout, then two at a time, and so on; every second text reordered."""
    for size in range(1, len(_CHANGES) + 1):
        for number, changes in enumerate(combinations(_CHANGES, size)):
            text = _rotated(shown, number + 1) if reorder else shown
            for change in changes:
                text = change(text)
            yield text


def _headed(text: str) -> str:
    return f"Instructions:\n\n{text}"


def _tagged(text: str) -> str:
    return f"<instructions>\n{text.strip()}\n</instructions>"


def _marked(text: str) -> str:
    other = {"-": "*", "*": "-", ".": ")", ")": "."}
    for pattern in (_BULLET, _NUMBER):
        text = pattern.sub(lambda m: m[1] + other[m[2]] + m[3], text)
    return text


def _spaced(text: str) -> str:
    """A blank line between the items of a list; none where there was one."""
    loose = re.sub(r"\n(?=[ ]*(?:[-*+]|\d{1,9}[.)])[ ]+\S)", "\n\n", text)
    return re.sub(r"\n{3,}", "\n\n", loose)


def _wide(text: str) -> str:
    return re.sub(r"(?<=[a-z)][.!?]) (?=[A-Z])", "  ", text)


def _ruled(text: str) -> str:
    return f"---\n\n{text.strip()}\n\n---"


def _ended(text: str) -> str:
    return f"{text.rstrip()}\n\n"


_CHANGES: tuple[Callable[[str], str], ...] = (
    _headed, _tagged, _ruled, _marked, _spaced, _wide, _ended,
)  # fmt: skip


def _rotated(text: str, steps: int) -> str:
    """The items of each plain list (no nesting, one line each) rotated; markers stay in place."""
    out: list[str] = []
    run: list[re.Match[str]] = []
    for line in [*text.split("\n"), ""]:
        item = _ITEM.fullmatch(line)
        if item:
            run.append(item)
            continue
        out += _turn(run, steps)
        run = []
        out.append(line)
    return "\n".join(out[:-1])


def _turn(run: list[re.Match[str]], steps: int) -> list[str]:
    if not run:
        return []
    shift = steps % len(run)
    texts = [item["text"] for item in run]
    marks = [item["mark"] for item in run]
    return [mark + text for mark, text in zip(marks, texts[shift:] + texts[:shift], strict=True)]
