"""What a model answered, read strictly: a text that is not exactly of the form is no answer.

Three forms, each a line format, since small models keep to lines and seldom to JSON.
"""

import re
from typing import Literal, get_args

Verdict = Literal["A", "B", "BOTH", "NEITHER"]

_FENCE = re.compile(r"```[a-z]*\n(.*)\n```", re.DOTALL)
_RULE = re.compile(r"(?:[-*•]|\d{1,2}[.)])[ \t]+(\S.*)")
_NUMBERED = re.compile(r"(\d{1,2})[.:)][ \t]*(\S.*)")
_VERDICTS: dict[str, Verdict] = {verdict: verdict for verdict in get_args(Verdict)}


class Malformed(Exception):
    """An answer that is not of the form; `kind` names the fault in a few words, for counting."""

    def __init__(self, kind: str) -> None:
        super().__init__(kind)
        self.kind = kind


def read_rules(text: str, most: int) -> tuple[str, ...]:
    """The rules of an answer, at most `most`: lines that begin with "- " or a number.

    "NONE" alone is an answer without rules; lines beyond `most` are left out. Malformed for any
    other text.

    >>> read_rules("- Be brief.\\n- Be kind.", 3)
    ('Be brief.', 'Be kind.')
    """
    lines = _lines(text)
    if [line.rstrip(".").upper() for line in lines] in (["NONE"], ["- NONE"]):
        return ()
    found = [_RULE.fullmatch(line) for line in lines]
    rules = tuple(match[1].strip() for match in found if match)
    if len(rules) != len(lines):
        raise Malformed("a line that is no list item")
    return rules[:most]


def read_verdicts(text: str, count: int) -> tuple[Verdict, ...]:
    """One verdict for each of `count` rules, in their order: lines such as "3: BOTH".

    Malformed unless every number from 1 to `count` stands there exactly once, and nothing else.

    >>> read_verdicts("1: A\\n2: NEITHER", 2)
    ('A', 'NEITHER')
    """
    return tuple(_verdict(value) for value in _numbered(text, count))


def read_sentences(text: str, count: int) -> tuple[str, ...]:
    """One sentence for each of `count` rules, in their order: lines such as "3. Be kind.".

    Malformed unless every number from 1 to `count` stands there exactly once, and nothing else.
    """
    return tuple(_numbered(text, count))


def _numbered(text: str, count: int) -> list[str]:
    found: dict[int, str] = {}
    for line in _lines(text):
        match = _NUMBERED.fullmatch(line)
        if match is None:
            raise Malformed("a line without a number")
        number = int(match[1])
        if number in found:
            raise Malformed("a number twice")
        found[number] = match[2].strip()
    if missing := [number for number in range(1, count + 1) if number not in found]:
        raise Malformed("a number too few" if len(missing) < count else "no numbered line")
    if len(found) > count:
        raise Malformed("a number too many")
    return [found[number] for number in range(1, count + 1)]


def _verdict(value: str) -> Verdict:
    verdict = _VERDICTS.get(value.rstrip(".").upper())
    if verdict is None:
        raise Malformed("no verdict")
    return verdict


def _lines(text: str) -> list[str]:
    fenced = _FENCE.fullmatch(text.strip())
    inner = fenced[1] if fenced else text
    lines = [line.strip() for line in inner.splitlines() if line.strip()]
    if not lines:
        raise Malformed("an empty answer")
    return lines
