"""What a run file says of judges: what was measured of a pair, and why a judge may be believed."""

from dataclasses import dataclass
from typing import Literal

Verdict = Literal[
    "prefers chosen", "prefers rejected", "tie", "error", "prefers head", "prefers base"
]
Row = tuple[int, int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """`count` of `n` with a two-sided 95 % Wilson interval of the share."""

    count: float
    n: int
    low: float
    high: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Orders:
    """What a judge said of two texts, order by order.

    `first` is how probable the better-to-be (the chosen response, the head's reply) was where it
    was shown first, `second` where it was shown second, in [0, 1]: a probability, or a share of
    votes. Where the two prefer different texts (`agree` is False) the pair is a tie. `votes` counts
    those cast in both orders (0: verdicts were weighed), `unreadable` those that were no verdict,
    `repaired` those that a second turn saved.
    """

    first: float
    second: float
    agree: bool
    votes: int = 0
    unreadable: int = 0
    repaired: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Replies:
    """What the model answered to a pair's prompt under head and base, and which reply is better.

    `preference` is P(the head's reply is better) over both orders in [0, 1], None where the replies
    could not be compared (`error` says why). `orders` is None where nobody had to be asked, as the
    replies are the same. Tokens are those the model generated, and `cut` counts the replies that
    had not ended where the suite's limit on them was reached.
    """

    head: str
    base: str
    head_tokens: int
    base_tokens: int
    preference: float | None = None
    verdict: Verdict = "error"
    orders: Orders | None = None
    error: str = ""
    cut: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgeTrust:
    """Who judged, by which admission, and how steady the verdicts of this run were.

    `digest` is the judge's identity, `by` to `seed` how it was asked (see `score.judge.manner`),
    `admission` the digest of the admission file ("" where there is none) and `told` what it says.
    `right`, `consistency` and the two rows of the confusion matrix (said first, said second,
    neither; where the chosen response was shown first, and second) are those of the admission.

    `anchors` pairs of it were judged again, `anchors_sentence` says with what result, and `drifted`
    whether the judge is no longer the same. `agreement` is the share of this run's comparisons on
    which both orders agree (None: there was none); `votes` were cast, `escalated` comparisons got
    more of them, `unreadable` votes were no verdict even after a second turn, which saved
    `repaired`. `mass` is how probable A and B were together (median; None for votes).
    """

    model: str
    digest: str
    by: str
    standard: str
    votes_each: int
    votes_more: int
    seed: int
    admission: str
    admitted: bool
    told: str
    right: Share | None = None
    consistency: Share | None = None
    chosen_first: Row | None = None
    chosen_second: Row | None = None
    anchors: int = 0
    anchors_sentence: str = ""
    drifted: bool = False
    agreement: Share | None = None
    votes: int = 0
    escalated: int = 0
    unreadable: int = 0
    repaired: int = 0
    mass: float | None = None
