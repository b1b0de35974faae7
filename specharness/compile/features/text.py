"""A text, parsed once: its words, sentences and structure, each worked out when first asked for."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache

from specharness.compile.features.language import language_of
from specharness.compile.features.markdown import read_marks
from specharness.compile.features.marks import Block, Marks

# Signs that part words without a blank; curly apostrophes become straight ones for the word lists.
_PARTS = str.maketrans({**dict.fromkeys("—–…/|\\<>=+", " "), "’": "'", "‘": "'", "ʼ": "'"})
_EDGES = ".,;:!?\"'`´()[]{}*_~#&%$€£^-“”„«»‹›¿¡。，、；：！？（）「」『』《》【】•·"
# Scripts written without blanks: each character counts as a word.
_UNSPACED = re.compile(r"[\u0e01-\u0e30\u3041-\u30fa\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]")
_END = re.compile(r"(?<![.!?…])[.!?…]+[\"'”’)\]*]*\s+|[。！？]+[”』」）]*\s*")
_ABBREVIATION = re.compile(
    r"^\s*\d{1,2}\.$"  # the number of a step
    r"|(?:^|[\s(])(?:[a-z]|e\.g|i\.e|etc|vs|cf|al|mr|mrs|ms|dr|prof|st|vol|fig|approx|jr)\.$",
    re.IGNORECASE,
)
_SURROGATES = re.compile(r"[\ud800-\udfff]")


@dataclass(frozen=True, kw_only=True)
class Text:
    """A text and what is read from it; made by `parse`.

    *Prose* is the text without code blocks and Markdown marks.
    """

    raw: str

    # no slots: a cached property is kept in the instance
    @cached_property
    def marks(self) -> Marks:
        """The Markdown structure."""
        return read_marks(self.raw)

    @cached_property
    def prose(self) -> str:
        """The words of paragraphs, list items, headings and cells, a block a line or more."""
        return "\n".join(block.text for block in self.marks.blocks)

    @cached_property
    def plain(self) -> str:
        """The prose in lower case with straight apostrophes, for word lists and patterns."""
        return self.prose.replace("’", "'").lower()

    @cached_property
    def words(self) -> list[str]:
        """The words of the prose in lower case; a character is a word where no blanks are used."""
        return [word for words in self.block_words for word in words]

    @cached_property
    def block_words(self) -> list[list[str]]:
        """The same, a list for each block."""
        return [words_of(block.text) for block in self.marks.blocks]

    @cached_property
    def all_words(self) -> int:
        """How many words the whole text has, code included."""
        spaced = _UNSPACED.sub(r" \g<0> ", self.raw) if _UNSPACED.search(self.raw) else self.raw
        return sum(any(map(str.isalnum, word)) for word in spaced.split())

    @cached_property
    def sentences(self) -> list[str]:
        """The sentences of the prose; the end of a block ends one too."""
        return [s for block in self.marks.blocks for s in sentences_of(block)]

    @property
    def opening(self) -> str:
        """The first sentence in lower case with straight apostrophes; "" where there is none."""
        return _flat(self.sentences[0]) if self.sentences else ""

    @property
    def ending(self) -> str:
        """The last sentence, likewise."""
        return _flat(self.sentences[-1]) if self.sentences else ""

    @cached_property
    def language(self) -> str | None:
        """The language of the prose, None where it is too short to tell."""
        return language_of(self.prose)

    @cached_property
    def letters(self) -> int:
        """How many characters its words have together."""
        return sum(map(len, self.words))

    @cached_property
    def _phrases(self) -> dict[int, Counter[str]]:
        return {}

    def phrases(self, length: int) -> Mapping[str, int]:
        """How often each run of so many words occurs, the words joined by a blank."""
        if length not in self._phrases:
            runs = zip(*(self.words[start:] for start in range(length)), strict=False)
            self._phrases[length] = Counter(map(" ".join, runs))
        return self._phrases[length]


@lru_cache(maxsize=256)
def parse(text: str) -> Text:
    r"""The record of a text; parts are worked out when asked for, and texts just met are reused.

    Line ends become \n; lone surrogates and NUL, which no parser takes, become U+FFFD.

    >>> text = parse("**Note:** it is 3 p.m. in Paris. Go!")
    >>> text.words[:3], text.sentences
    (['note', 'it', 'is'], ['Note: it is 3 p.m. in Paris.', 'Go!'])
    """
    clean = text.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "\ufffd")
    return Text(raw=_SURROGATES.sub("\ufffd", clean))


def words_of(prose: str) -> list[str]:
    """The words of a prose text, in lower case, punctuation at their ends taken off."""
    spaced = _UNSPACED.sub(r" \g<0> ", prose) if _UNSPACED.search(prose) else prose
    stripped = (word.strip(_EDGES) for word in spaced.translate(_PARTS).lower().split())
    return [word for word in stripped if word and any(map(str.isalnum, word))]


def sentences_of(block: Block) -> Iterator[str]:
    """The sentences of a block.

    A line ends a sentence unless the next one begins in lower case (a wrapped line). A mark does
    not where a lower-case letter follows, or after an abbreviation, an initial or a number.
    """
    line = ""
    for part in block.text.split("\n"):
        if line and not part.lstrip()[:1].islower():
            yield from _split(line)
            line = ""
        line = f"{line} {part}" if line else part
    yield from _split(line)


def _split(line: str) -> Iterator[str]:
    start = 0
    for end in _END.finditer(line):
        rest, before = line[end.end() : end.end() + 1], line[start : end.end()].rstrip()
        if rest.islower() or (before.endswith(".") and _ABBREVIATION.search(before[-10:])):
            continue
        yield before.lstrip()
        start = end.end()
    if line[start:].strip():
        yield line[start:].strip()


def _flat(sentence: str) -> str:
    return sentence.replace("’", "'").lower()
