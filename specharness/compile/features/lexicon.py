"""Lists of words and phrases, counted in a text in time that hardly grows with the list."""

from collections import defaultdict
from dataclasses import dataclass

from specharness.compile.features.text import Text


@dataclass(frozen=True, slots=True)
class Lexicon:
    """Phrases in lower case by their number of words; made by `lexicon`."""

    phrases: tuple[tuple[int, tuple[str, ...]], ...]

    def count(self, text: Text) -> int:
        """How often any of the phrases occurs in the prose of a text (case does not matter)."""
        return sum(
            counts[phrase]
            for length, phrases in self.phrases
            if (counts := text.phrases(length))
            for phrase in phrases
            if phrase in counts
        )


def lexicon(*listed: str) -> Lexicon:
    """A lexicon from phrases separated by commas.

    Write apostrophes straight and leave out marks at the ends of words ("e.g"); no phrase may
    contain another as words, or it would count twice.
    """
    lengths: dict[int, set[str]] = defaultdict(set)
    for phrase in ",".join(listed).split(","):
        words = phrase.split()
        if words:
            lengths[len(words)].add(" ".join(words))
    return Lexicon(tuple((n, tuple(sorted(lengths[n]))) for n in sorted(lengths)))
