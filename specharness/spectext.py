"""What the model sees of a spec file: its lines without comments and anchors.

Code (fences and `spans`) is never touched: a comment or an anchor in it is text.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

# A fence without an end runs to the end of the file, as in CommonMark.
_FENCE = (
    r"^[ \t]*(?:(?:[-*+•]|\d{1,9}[.)])[ \t]+)?"
    r"(?P<mark>(?P<tick>[`~])(?P=tick){2,})(?=[^`\n]*$)"
    r".*?(?:^[ \t]*(?P=mark)(?P=tick)*[ \t]*$|\Z)"
)
_SPAN = r"(?<!`)(?P<ticks>`+)(?!`)[^\n]*?(?<!`)(?P=ticks)(?!`)"
_TOKEN = re.compile(rf"(?P<fence>{_FENCE})|{_SPAN}|(?P<open><!--)", re.MULTILINE | re.DOTALL)

_PREFIX = re.compile(r"[ \t]*(?:(?:[-*+•]|\d{1,9}[.)]|#{1,6})[ \t]+)?")
# `{#note#}` is a jinja comment and `{{#if x}}` a mustache section: both are the author's text.
_ANCHOR = r"\{#(\w[\w.:-]*)(?:[ \t][^{}`\n]*)?(?<!#)\}"
_ANCHORS = re.compile(rf"(?<=\S)(?:[ \t]+{_ANCHOR})+[ \t]*$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line that the model sees; `number` is 1-based in the file, `anchors` stood at its end."""

    number: int
    text: str
    anchors: tuple[str, ...] = ()
    fenced: bool = False


def visible_lines(text: str) -> tuple[Line, ...]:
    r"""Read the lines of a spec that the model sees, outer blank lines left out.

    >>> [(line.number, line.text) for line in visible_lines("<!-- why -->\n- Be brief. {#brief}")]
    [(2, '- Be brief.')]
    """
    text, gone = _without_comments(_plain_ends(text))
    fenced = _fenced(text)
    lines = [
        Line(number=index + 1, text=line, fenced=True) if index in fenced else _line(index, line)
        for index, line in enumerate(text.split("\n"))
    ]
    return _outer_stripped(_closed_up(lines, gone))


def hidden_texts(text: str) -> Iterator[tuple[int, str]]:
    r"""What the model does not see, with the line it begins in: comments, then lines' anchors.

    >>> list(hidden_texts("<!-- why -->\n- Be brief. {#brief}"))
    [(1, ' why '), (2, '{#brief}')]
    """
    text = _plain_ends(text)
    for start, end in _comments(text):
        yield text.count("\n", 0, start) + 1, text[start + 4 : end - 3]
    plain, _ = _without_comments(text)
    fenced = _fenced(plain)
    for index, line in enumerate(plain.split("\n")):
        at = len(line) if index in fenced else _anchors_start(line)
        if at < len(line):
            yield index + 1, line[at:].strip()


def _line(index: int, text: str) -> Line:
    """Take the anchors off a line; what is only an anchor is text."""
    at = _anchors_start(text)
    anchors = tuple(re.findall(_ANCHOR, text[at:]))
    return Line(number=index + 1, text=text[:at], anchors=anchors)


def _anchors_start(text: str) -> int:
    """Where the anchors at the end of a line begin, its end where it has none."""
    prefix = _PREFIX.match(text)
    start = prefix.end() if prefix else 0
    found = _ANCHORS.search(text[start:])
    return start + found.start() if found else len(text)


def _plain_ends(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _without_comments(text: str) -> tuple[str, set[int]]:
    """Blank out comments, keeping every newline; also the indexes of lines that then are empty."""
    touched: set[int] = set()
    # What a removal leaves may read as a comment itself (`<!<!-- -->-- x -->`): look again.
    for _ in range(8):
        shorter, changed = _one_round(text)
        touched |= changed
        if shorter == text:
            break
        text = shorter
    lines = text.split("\n")
    for index in touched:
        lines[index] = lines[index].rstrip()
    return "\n".join(lines), {index for index in touched if not lines[index]}


def _one_round(text: str) -> tuple[str, set[int]]:
    pieces: list[str] = []
    touched: set[int] = set()
    at, line, before = 0, 0, "\n"
    for start, end in _comments(text):
        kept, newlines = text[at:start], text.count("\n", start, end)
        line += kept.count("\n")
        touched.update(range(line, line + newlines + 1))
        line += newlines
        before = "\n" if newlines else kept[-1:] or before
        # of the two spaces around a comment one goes with it
        at = end + (before in " \n" and text[end : end + 1] == " ")
        pieces += [kept, "\n" * newlines]
    return "".join([*pieces, text[at:]]), touched


def _comments(text: str) -> Iterator[tuple[int, int]]:
    """Where comments start and end; one that is never closed is text."""
    at, last = 0, text.rfind("-->")
    while (token := _TOKEN.search(text, at)) is not None:
        at = token.end()
        if token["open"]:
            if token.start() + 2 > last:
                return
            at = text.index("-->", token.start() + 2) + 3  # `<!-->` is a whole comment in HTML
            yield token.start(), at


def _fenced(text: str) -> set[int]:
    """The indexes of the lines that belong to fenced code, its fences included."""
    found: set[int] = set()
    at = line = 0
    for token in _TOKEN.finditer(text):
        if token["fence"] is not None:
            line += text.count("\n", at, token.start())
            at = token.start()
            found.update(range(line, line + token.group().count("\n") + 1))
    return found


def _closed_up(lines: list[Line], gone: set[int]) -> list[Line]:
    """Drop the lines that held only a comment, and the second of two blank lines around them."""
    kept: list[Line] = []
    closing = False
    for index, line in enumerate(lines):
        if index in gone:
            closing = not kept or not kept[-1].text.strip()
        elif not (closing and not line.text.strip() and not line.fenced):
            kept.append(line)
            closing = False
    return kept


def _outer_stripped(lines: list[Line]) -> tuple[Line, ...]:
    solid = [index for index, line in enumerate(lines) if line.text.strip()]
    return tuple(lines[solid[0] : solid[-1] + 1]) if solid else ()
