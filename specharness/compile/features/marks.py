"""What the Markdown structure of a text holds."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """A run of prose: a paragraph, a list item, a heading or a table cell; marks are taken off.

    `place` is "paragraph", "item", "heading", "cell" or "quote"; `bold` says that all of it is.
    """

    place: str
    text: str
    bold: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Fence:
    """A block of code: its language tag ("" without), its text, whether its fence was closed."""

    tag: str
    code: str
    closed: bool = True


@dataclass(slots=True)
class Marks:
    """What the structure of a text holds.

    `depth` is the deepest nesting of lists (0 without one), `links` the texts of the links, `first`
    the kind of the first token, `counts` how many there are of some kinds.
    """

    blocks: list[Block] = field(default_factory=list)
    fences: list[Fence] = field(default_factory=list)
    bullets: int = 0
    numbered: int = 0
    depth: int = 0
    paragraphs: int = 0
    links: list[str] = field(default_factory=list)
    first: str = ""
    counts: dict[str, int] = field(default_factory=dict)

    @property
    def headings(self) -> int:
        """Headings, with lines that are bold from end to end and stand alone."""
        return sum(block.place == "heading" for block in self.blocks)
