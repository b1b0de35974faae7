"""The conditions a shift is measured from: a neutral line, no text, or a placebo."""

from itertools import cycle
from typing import Literal

from specharness.settings import NEUTRAL

Reference = Literal["neutral", "empty", "placebo"]

# Sentences that set a scene and ask for nothing.
_SCENE = (
    "This is a conversation with a user.",
    "The user writes a message and then reads the reply.",
    "Messages may be about any subject.",
    "The conversation takes place in writing.",
    "Each message is followed by a reply.",
)


def reference_text(kind: Reference, spec: str) -> str:
    """The system text of a reference condition; only "placebo" looks at the spec, for its length.

    >>> reference_text("empty", "Be kind.")
    ''
    >>> len(reference_text("placebo", "one two three four five six seven").split())
    7
    """
    if kind == "empty":
        return ""
    if kind == "neutral":
        return NEUTRAL
    return placebo(len(spec.split()))


def placebo(words: int) -> str:
    """`words` words that say nothing about how to answer; the last sentence may be cut."""
    found: list[str] = []
    for sentence in cycle(_SCENE):
        if len(found) >= words:
            break
        found += sentence.split()
    return " ".join(found[:words])
