"""What a judge found about pairs: a preference for each, and how far it may be believed."""

from dataclasses import dataclass

from specharness.gate.verdicts import share_of
from specharness.runfile import Share, Verdict
from specharness.score.margins import TIE, verdict_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """One pair. `first` is P(chosen) where chosen was shown first, `second` where it was second.

    Both lie in [0, 1]; with an `error` there is neither. `asked` counts votes (0: none were needed,
    as verdicts were weighed), `unreadable` those that were no verdict even after the repair turn.
    """

    id: str
    first: float | None = None
    second: float | None = None
    asked: int = 0
    unreadable: int = 0
    repaired: int = 0
    error: str = ""

    @property
    def agrees(self) -> bool:
        """Whether both orders prefer the same response; an order without preference does not."""
        if self.first is None or self.second is None:
            return False
        return (self.first - 0.5) * (self.second - 0.5) > TIE**2

    @property
    def preference(self) -> float | None:
        """p in [0, 1]: the mean over both orders, and 0.5 (a tie) where they disagree."""
        if self.first is None or self.second is None:
            return None
        return (self.first + self.second) / 2 if self.agrees else 0.5

    @property
    def verdict(self) -> Verdict:
        """In words."""
        return "error" if self.preference is None else verdict_of(self.preference)


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """All pairs under one spec, in order.

    `escalated` counts pairs that got more votes. `mass` is how probable A and B were together, as
    the median over all questions (None for votes): near 0, the judge wanted to say something else.
    """

    judgements: tuple[Judgement, ...]
    escalated: int = 0
    mass: float | None = None

    @property
    def measured(self) -> tuple[Judgement, ...]:
        """Those that are no error."""
        return tuple(j for j in self.judgements if j.preference is not None)

    @property
    def errors(self) -> int:
        """How many pairs could not be judged."""
        return len(self.judgements) - len(self.measured)

    @property
    def unreadable(self) -> int:
        """How many votes were no verdict."""
        return sum(j.unreadable for j in self.judgements)

    @property
    def repaired(self) -> int:
        """How many votes the repair turn saved."""
        return sum(j.repaired for j in self.judgements)

    @property
    def consistency(self) -> Share:
        """The share of measured pairs on which both orders agree; the rest are ties."""
        return share_of([float(j.agrees) for j in self.measured])

    @property
    def right(self) -> Share:
        """The share of measured pairs whose chosen response is preferred; a tie counts half."""
        worth = {"prefers chosen": 1.0, "tie": 0.5, "prefers rejected": 0.0}
        return share_of([worth[j.verdict] for j in self.measured])
