"""A spec's lines read as rules: list items and paragraphs, under the heading they stand under."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from specharness.records import Rule, digest
from specharness.spectext import Line

_HEADING = re.compile(r" {0,3}#{1,6}(?:[ \t]+(?P<title>.*))?")
_CLOSING = re.compile(r"(?:^|(?<=\s))#+$")
_UNDERLINE = re.compile(r" {0,3}(?:=+|-{3,})[ \t]*")
_BREAK = re.compile(r" {0,3}([-*_=])(?:[ \t]*\1){2,}[ \t]*")
_WRAPPER = re.compile(
    r"\s*(?:</?[A-Za-z][\w:.-]*(?:\s[^<>]*)?>|\{%.*%\}|\{\{[#/^][^{}]*\}\})\s*", re.DOTALL
)
_ITEM = re.compile(r"(?P<indent>[ \t]*)(?:[-*+•]|(?P<order>\d{1,9})[.)])[ \t]+(?P<rest>\S.*)")


@dataclass(slots=True)
class _Block:
    """The lines of one rule; `indent` is that of an item's marker, -1 for a paragraph.

    A `titled` block becomes a heading when `===` or `---` follows it; the lines of front matter,
    which stand right below such a line, do not.
    """

    line: int
    section: str
    indent: int
    numbers: list[int]
    texts: list[str]
    anchor: str
    titled: bool
    gap: bool = False

    def takes(self, line: Line) -> bool:
        """Whether a line that starts nothing of its own goes on with this rule."""
        if self.anchor and line.anchors:
            return False
        return not self.gap or _indent(line.text) > self.indent

    def add(self, line: Line) -> None:
        """Go on with this rule."""
        self.numbers.append(line.number)
        self.texts.append(line.text)
        self.anchor = self.anchor or _first(line.anchors)
        self.titled = self.gap = False


@dataclass(slots=True)
class _Reader:
    """Goes over the lines once; `open` is the rule that the next line may go on with."""

    blocks: list[_Block] = field(default_factory=list)
    open: _Block | None = None
    section: str = ""
    after_break: bool = False

    def read(self, line: Line) -> None:
        """Take in one line."""
        breaks = False
        if line.fenced:
            self._go_on(line)
        elif not line.text.strip():
            self._blank()
        elif self.open is not None and self.open.titled and _UNDERLINE.fullmatch(line.text):
            self._heading(self.blocks.pop().texts[0])
        elif heading := _HEADING.fullmatch(line.text):
            self._heading(_CLOSING.sub("", (heading["title"] or "").rstrip()))
        elif _BREAK.fullmatch(line.text) or _WRAPPER.fullmatch(line.text):
            self.open, breaks = None, True
        elif (item := _ITEM.fullmatch(line.text)) and self._may_start(item):
            self._start(line, _indent(line.text), item["rest"])
        else:
            self._go_on(line)
        self.after_break = breaks

    def _heading(self, title: str) -> None:
        self.section, self.open = _flat(title), None

    def _may_start(self, item: re.Match[str]) -> bool:
        # "... in\n1986. A good year" is no list: as in CommonMark, only 1 interrupts a paragraph
        in_paragraph = self.open is not None and self.open.indent < 0
        return not in_paragraph or item["order"] is None or int(item["order"]) == 1

    def _blank(self) -> None:
        if self.open is not None and self.open.indent < 0:
            self.open = None
        elif self.open is not None:
            self.open.gap = True

    def _go_on(self, line: Line) -> None:
        if self.open is not None and self.open.takes(line):
            self.open.add(line)
        else:
            self._start(line, -1, line.text)

    def _start(self, line: Line, indent: int, text: str) -> None:
        self.open = _Block(
            line=line.number,
            section=self.section,
            indent=indent,
            numbers=[line.number],
            texts=[text],
            anchor=_first(line.anchors),
            titled=indent < 0 and not self.after_break and not line.fenced,
        )
        self.blocks.append(self.open)


def read_rules(lines: Iterable[Line]) -> tuple[Rule, ...]:
    """The rules among a spec's visible lines, in order; a rule's text is one line.

    List items are rules (nested ones too) with the lines and code that go on with them, and so are
    paragraphs. Headings, horizontal lines and lines that hold only a tag or a template statement
    (`<rules>`, `{% if x %}`, `{{#each y}}`) are none. An anchor at the end of a rule's line names
    it; where a second one follows, a second rule ends.
    """
    return tuple(rule for rule, _ in read_rules_with_lines(lines))


def read_rules_with_lines(lines: Iterable[Line]) -> tuple[tuple[Rule, tuple[int, ...]], ...]:
    """The same rules, each with the numbers of the lines that it takes up."""
    reader = _Reader()
    for line in lines:
        reader.read(line)
    taken = {block.anchor: 1 for block in reader.blocks if block.anchor}
    return tuple((_rule(block, taken), tuple(block.numbers)) for block in reader.blocks)


def marker(text: str) -> str:
    """What a list item's first line begins with, blanks included ("" for other lines).

    >>> marker("  2. Be brief.")
    '  2. '
    """
    item = _ITEM.fullmatch(text)
    return text[: item.start("rest")] if item else ""


def _rule(block: _Block, taken: dict[str, int]) -> Rule:
    text = _flat(" ".join(block.texts))
    name = block.anchor or _free(digest(text)[:8], taken)
    return Rule(id=name, text=text, line=block.line, section=block.section)


def _free(name: str, taken: dict[str, int]) -> str:
    """The name, or with -2, -3, ... where a rule of the same text came before."""
    number, free = taken.get(name, 0), name
    while free in taken:
        number += 1
        free = f"{name}-{number}"
    taken[name], taken[free] = max(1, number), 1
    return free


def _first(anchors: tuple[str, ...]) -> str:
    return anchors[0] if anchors else ""


def _flat(text: str) -> str:
    return " ".join(text.split())


def _indent(text: str) -> int:
    wide = text.expandtabs(4)
    return len(wide) - len(wide.lstrip())
