"""The conditions a shift is measured from: a neutral line, no text, a placebo, another spec."""

from itertools import cycle
from pathlib import Path
from typing import Literal

from specharness.errors import UsageError
from specharness.opposites import opposite_text
from specharness.records import Spec
from specharness.settings import NEUTRAL

Reference = Literal["neutral", "empty", "placebo", "base", "opposite"]

# Sentences that set a scene and ask for nothing.
_SCENE = (
    "This is a conversation with a user.",
    "The user writes a message and then reads the reply.",
    "Messages may be about any subject.",
    "The conversation takes place in writing.",
    "Each message is followed by a reply.",
)


def reference_text(
    kind: Reference, head: Spec | str, base: Spec | str = "", where: str | Path = "spec"
) -> str:
    """The system text of a reference condition, for a head and a base spec (as shown, or read).

    "placebo" has the head's length. "opposite" turns the base's rules round, where these name
    opposites, so that an edit cannot move the line it is measured from; else the head's.
    UsageError, naming the file `where` the head comes from, when neither names any.

    >>> reference_text("empty", "Be kind.")
    ''
    >>> len(reference_text("placebo", "one two three four five six seven").split())
    7
    """
    match kind:
        case "empty":
            return ""
        case "neutral":
            return NEUTRAL
        case "placebo":
            return placebo(len(_shown(head).split()))
        case "base":
            return _shown(base)
    return _opposite(base) or _required_opposite(head, where)


def _opposite(base: Spec | str) -> str:
    try:
        return opposite_text(_read(base))
    except UsageError:  # the edit may be what mends it
        return ""


def _required_opposite(head: Spec | str, where: str | Path) -> str:
    found = opposite_text(_read(head), where)
    if not found:
        remedy = "end one with {#its-id opposite: ...}, or choose another [score] reference"
        raise UsageError(where, "no rule has an opposite to measure from", remedy)
    return found


def _read(spec: Spec | str) -> Spec:
    return spec if isinstance(spec, Spec) else Spec(text=spec, shown=spec)


def _shown(spec: Spec | str) -> str:
    return _read(spec).shown


def placebo(words: int) -> str:
    """`words` words that say nothing about how to answer; the last sentence may be cut."""
    found: list[str] = []
    for sentence in cycle(_SCENE):
        if len(found) >= words:
            break
        found += sentence.split()
    return " ".join(found[:words])
