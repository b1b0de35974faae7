"""What a scorer gives for a suite's pairs, whichever scorer it is."""

from dataclasses import dataclass

from specharness.runfile import ArmScore, Replies, Terms
from specharness.runjudge import Share


@dataclass(frozen=True, slots=True, kw_only=True)
class PairScore:
    """One pair under head and base; with an `error` there is no score.

    `reference` is there where margins are shifts, `replies` where the model answered the prompt.
    """

    id: str
    head: ArmScore | None = None
    base: ArmScore | None = None
    reference: Terms | None = None
    error: str = ""
    replies: Replies | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Steadiness:
    """How steady a judge was over all comparisons of a run; see `runjudge.JudgeTrust`."""

    agreement: Share
    votes: int = 0
    escalated: int = 0
    unreadable: int = 0
    repaired: int = 0
    mass: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Scores:
    """All pairs of a suite, in order, and the temperature their preferences were read with.

    `steadiness` is there where a judge was asked.
    """

    pairs: tuple[PairScore, ...]
    temperature: float
    steadiness: Steadiness | None = None
