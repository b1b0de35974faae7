"""From log-probabilities to margins and preferences (DESIGN 5). Pure arithmetic, all in nats.

For a pair (x, y_w, y_l), a spec s and a reference condition n, with l(y|c) the log-probability of
response y under condition c:

    shift(y)  = reduce over y's tokens of log p(t | s) - log p(t | n)
    m         = shift(y_w) - shift(y_l)                    the shift margin
    p         = 1 / (1 + exp(-m / T))                      the preference
"""

from collections.abc import Iterable
from dataclasses import dataclass
from math import exp, fsum, log
from statistics import median
from typing import Literal

from specharness.model import Logprobs
from specharness.runfile import Terms, Verdict

Reduce = Literal["sum", "mean", "clip", "first"]
CLIP = 1.0  # nats a single token may contribute under "clip"
FIRST = 32  # tokens that count under "first"
SUREST = 0.9999  # a preference beyond has no larger log-odds
TIE = 1e-9  # preferences this close to a half are a tie


@dataclass(frozen=True, slots=True, kw_only=True)
class Weighed:
    """Both responses of a pair under one condition."""

    chosen: Logprobs
    rejected: Logprobs

    @property
    def sizes(self) -> tuple[int, int]:
        """How many tokens each response has."""
        return len(self.chosen.tokens), len(self.rejected.tokens)

    @property
    def terms(self) -> Terms:
        """The summed log-probabilities and token counts, as a run file keeps them."""
        return Terms(
            chosen=self.chosen.total,
            chosen_tokens=len(self.chosen.tokens),
            rejected=self.rejected.total,
            rejected_tokens=len(self.rejected.tokens),
        )


def shift(spec: Logprobs, reference: Logprobs, reduce: Reduce) -> float:
    """What a condition adds to a response over the reference, in nats (per token but for "sum").

    "mean" divides by the number of tokens, "clip" bounds each token's ratio to +-CLIP before, and
    "first" is the mean over the first FIRST tokens.

    >>> a, b = Logprobs(tokens=(-1.0, -2.0)), Logprobs(tokens=(-2.0, -2.5))
    >>> shift(a, b, "sum"), shift(a, b, "mean")
    (1.5, 0.75)
    """
    ratios = [s - n for s, n in zip(spec.tokens, reference.tokens, strict=True)]
    if reduce == "first":
        ratios = ratios[:FIRST]
    if reduce == "clip":
        ratios = [max(-CLIP, min(CLIP, r)) for r in ratios]
    total = fsum(ratios)
    return total if reduce == "sum" else total / max(1, len(ratios))


def shift_margin(spec: Weighed, reference: Weighed, reduce: Reduce) -> float:
    """m: how much more the spec favours `chosen` over `rejected` than the reference does."""
    chosen = shift(spec.chosen, reference.chosen, reduce)
    return chosen - shift(spec.rejected, reference.rejected, reduce)


def absolute_margin(weighed: Weighed) -> float:
    """The margin of mean log-probability per token under one condition, no reference."""
    t = weighed.terms
    return t.chosen / max(1, t.chosen_tokens) - t.rejected / max(1, t.rejected_tokens)


def label_free_temperature(margins: Iterable[tuple[float, float]]) -> float:
    """The median over pairs of the larger |m| of the two arms, in nats: a scale without labels.

    Swapping base and head leaves it as it is, so the permutation test stays exact, and an arm that
    equals the reference (all its margins are 0) does not shrink it. 1.0 when there is no margin.

    >>> label_free_temperature([(-3.0, 0.0), (1.0, 0.0), (0.5, -2.0)])
    2.0
    """
    sizes = [max(abs(head), abs(base)) for head, base in margins]
    return (median(sizes) or max(sizes) or 1.0) if sizes else 1.0


def preference(margin: float, temperature: float) -> float:
    """p = sigmoid(m / T), in [0, 1], without overflow.

    >>> preference(0.0, 1.0), preference(-10000.0, 1.0)
    (0.5, 0.0)
    """
    x = margin / temperature
    if x >= 0:
        return 1.0 / (1.0 + exp(-x)) if x < 700 else 1.0
    return exp(x) / (1.0 + exp(x)) if x > -700 else 0.0


def log_odds(preference_: float) -> float:
    """ln(p / (1 - p)) in nats, the margin that a judge's preference is worth at T = 1.

    Votes may all be for one side, so p is taken as no nearer to 0 or 1 than 0.0001 (9.2 nats).

    >>> log_odds(0.5), round(log_odds(1.0), 2), round(log_odds(0.1), 2)
    (0.0, 9.21, -2.2)
    """
    p = min(max(preference_, 1 - SUREST), SUREST)
    return log(p / (1 - p))


def verdict_of(preference_: float) -> Verdict:
    """In words; a half is a tie."""
    if abs(preference_ - 0.5) <= TIE:
        return "tie"
    return "prefers chosen" if preference_ > 0.5 else "prefers rejected"
