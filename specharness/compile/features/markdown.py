"""The Markdown structure of a text, read by markdown-it (CommonMark and tables)."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING

from specharness.compile.features.marks import Block, Fence, Marks

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.token import Token

# "• item" is a list to every reader but not to CommonMark
_BULLET = re.compile(r"(?m)^([ \t]{0,8})[•‣◦▪●∙·][ \t]+")
_COUNTED = {"table_open", "em_open", "strong_open", "blockquote_open", "hr", "code_inline"}


def read_marks(text: str) -> Marks:
    """The structure of a text with \\n line ends."""
    lines = text.split("\n")
    marks, open_ = Marks(), _Open()
    for token in _parser().parse(_BULLET.sub(r"\1- ", text)):
        if token.type == "inline":
            _inline(token, open_, marks)
        elif token.type in ("fence", "code_block"):
            marks.fences.append(_fence(token, lines))
        else:
            _structure(token, open_, marks)
        if not marks.first and token.nesting >= 0 and token.type != "inline":
            marks.first = token.type
    return marks


@cache
def _parser() -> "MarkdownIt":
    from markdown_it import MarkdownIt  # noqa: PLC0415 - start-up of commands that measure nothing

    # HTML is read as text: what a stranger put between tags is still something they wrote
    return MarkdownIt("commonmark", {"html": False}).enable("table")


@dataclass(slots=True)
class _Open:
    """Which containers are open."""

    lists: list[str] = field(default_factory=list)
    heading: bool = False
    cell: bool = False
    quotes: int = 0

    @property
    def place(self) -> str:
        if self.heading:
            return "heading"
        if self.cell:
            return "cell"
        return "item" if self.lists else "quote" if self.quotes else "paragraph"


def _structure(token: "Token", open_: _Open, marks: Marks) -> None:
    kind = token.type
    if kind in ("bullet_list_open", "ordered_list_open"):
        open_.lists.append(kind)
        marks.depth = max(marks.depth, len(open_.lists))
    elif kind in ("bullet_list_close", "ordered_list_close"):
        open_.lists.pop()
    elif kind == "list_item_open":
        if open_.lists[-1] == "ordered_list_open":
            marks.numbered += 1
        else:
            marks.bullets += 1
    elif kind == "paragraph_open" and token.level == 0:
        marks.paragraphs += 1
    elif kind in ("heading_open", "heading_close"):
        open_.heading = token.nesting > 0
    elif kind in ("th_open", "td_open", "th_close", "td_close"):
        open_.cell = token.nesting > 0
    elif kind in ("blockquote_open", "blockquote_close"):
        open_.quotes += token.nesting
    _count(kind, marks)


def _count(kind: str, marks: Marks) -> None:
    if kind in _COUNTED:
        marks.counts[kind] = marks.counts.get(kind, 0) + 1


def _inline(token: "Token", open_: _Open, marks: Marks) -> None:
    children = token.children or []
    text = "".join(_texts(children))
    bold, place = _bold(children), open_.place
    if bold and place == "paragraph" and "\n" not in text:
        place = "heading"
        marks.paragraphs -= token.level == 1
    if text.strip():
        marks.blocks.append(Block(place=place, text=text, bold=bold))
    marks.links.extend(_links(children))
    for child in children:
        if child.type != "strong_open" or place != "heading":
            _count(child.type, marks)


def _links(children: Sequence["Token"]) -> Iterator[str]:
    """The text of each link; links hold no links."""
    start = None
    for index, child in enumerate(children):
        if child.type == "link_open":
            start = index + 1
        elif child.type == "link_close" and start is not None:
            yield "".join(_texts(children[start:index]))


def _texts(children: Sequence["Token"]) -> Iterator[str]:
    for child in children:
        yield "\n" if child.type in ("softbreak", "hardbreak") else child.content


def _bold(children: Sequence["Token"]) -> bool:
    """Whether everything stands between one pair of bold marks, a last colon set aside."""
    kinds = [c.type for c in children if c.type != "text" or c.content.strip(" :")]
    closed = kinds.count("strong_open") == 1
    return closed and kinds[0] == "strong_open" and kinds[-1] == "strong_close"


def _fence(token: "Token", lines: Sequence[str]) -> Fence:
    tag = token.info.split()[0] if token.info.split() else ""
    closed = True
    if token.type == "fence" and token.map is not None:
        start, end = token.map
        # an unclosed fence runs to the end of its container: its last line is no fence
        last = lines[end - 1].strip(" \t>") if end - 1 > start and end <= len(lines) else ""
        closed = last.startswith(token.markup)
    return Fence(tag=tag, code=token.content, closed=closed)
