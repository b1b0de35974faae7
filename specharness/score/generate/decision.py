"""The gate of replies: is the head's reply as good as the base's, had both the same length?

The same three answers as `gates.decide` gives, on the length-controlled win rate w of the head's
replies: the difference is 2 w - 1, which at equal lengths is the share of prompts won minus that
lost. The interval is Wald's with a variance robust to clusters, the test flips signs: both hold as
the number of prompts grows (see `lengthcontrol`).
"""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from math import ceil

import numpy as np
from scipy.stats import norm

from specharness.gate import stats
from specharness.gate.decision import count, points, signed
from specharness.gate.stats import Floats
from specharness.runfile import GateVerdict
from specharness.score.generate.lengthcontrol import LengthFit, fit_lengths, null_scores
from specharness.score.margins import TIE
from specharness.settings import GateSettings

MOST_PAIRS = 100_000  # needing more is told as "no practical number"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplyDecision:
    """What comparing replies found; names and units are those of `gate.decision.Decision`.

    `lost` and `won` count replies as they were judged, at their own lengths, and `raw` is their
    difference; `difference`, `interval` and `p_value` are length-controlled.
    """

    verdict: GateVerdict
    n: int
    clusters: int
    lost: int
    won: int
    raw: float
    difference: float
    interval: tuple[float, float]
    p_value: float
    margin: float
    alpha_pass: float
    excluded: float
    needed: int | None
    minimum: int
    longer: float
    cut: int = 0

    def explain(self) -> tuple[str, ...]:
        """Tell the verdict in plain sentences: what happened, how sure, what would settle it."""
        return (self._happened, self._controlled, *self._unended, *self._told, *self._power)

    @property
    def _happened(self) -> str:
        tied = self.n - self.lost - self.won
        return (
            f"The head's reply was judged worse on {count(self.lost, 'prompt')}, better on "
            f"{self.won:,} and as good on {tied:,} of {self.n:,} ({signed(self.raw)} points)."
        )

    @property
    def _controlled(self) -> str:
        low, high = (signed(x) for x in self.interval)
        longer = f"{abs(self.longer):.0f} % {'longer' if self.longer >= 0 else 'shorter'}"
        return (
            f"At equal lengths that is {signed(self.difference)} points "
            f"({100 * (1 - 2 * self.alpha_pass):g} % interval {low} to {high}); "
            f"the head's replies are {longer}."
        )

    @property
    def _unended(self) -> tuple[str, ...]:
        if not self.cut:
            return ()
        told = "1 reply" if self.cut == 1 else f"{self.cut:,} replies"
        return (f"{told} had not ended at the limit of tokens ([generate] tokens).",)

    @property
    def _told(self) -> tuple[str, ...]:
        if self.verdict == "FAIL":
            return (f"Chance alone does that with p = {self.p_value:.3g}.",)
        if self.verdict == "PASS":
            return (f"That is not worse by more than the margin of {points(self.margin)} points.",)
        few = self.n < self.minimum
        return (f"No pass with fewer than {self.minimum} independent prompts.",) if few else ()

    @property
    def _power(self) -> tuple[str, ...]:
        told = f"A drop of up to {points(self.excluded)} points is not excluded"
        if self.verdict != "UNPROVEN":
            return (f"{told}.",)
        if self.needed is None:
            return (f"{told}, and no practical number of prompts would settle it.",)
        return (f"{told}; about {self.needed:,} prompts would settle it.",)


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """Replies as they were judged: one entry a prompt in each.

    `preferences` are P(the head's reply is better); `lengths` are characters, (head, base). Of all
    the replies, `cut` had not ended at the limit on them.
    """

    preferences: Sequence[float]
    lengths: Sequence[tuple[int, int]]
    groups: Sequence[Hashable]
    cut: int = 0


def decide_replies(found: Compared, settings: GateSettings) -> ReplyDecision:
    """PASS, FAIL or UNPROVEN for replies that a judge compared.

    PASS when the lower end of the interval lies above -margin and there are as many independent
    prompts as `stats.minimum_pairs` asks for. Else FAIL when the length-controlled difference is
    below 0 and the sign-flip test of what length does not explain is at most `alpha_fail`. At least
    one pair is needed.
    """
    p = np.asarray(found.preferences, float)
    sizes = np.asarray(found.lengths, float)
    longer_by = sizes[:, 0] - sizes[:, 1]
    levels = np.where(np.abs(p - 0.5) <= TIE, 0.0, np.sign(p - 0.5))
    fit = fit_lengths(p, longer_by, found.groups)
    sums = null_scores(p, longer_by, found.groups)
    effective = stats.effective_n(levels, found.groups)
    minimum = stats.minimum_pairs(settings.margin, settings.alpha_pass)
    low, high = _interval(fit, settings.alpha_pass)
    excluded = max(0.0, -low)
    if effective < minimum:  # what seeing no loss at all would exclude, by the binomial
        excluded = max(excluded, 1 - settings.alpha_pass ** (1 / effective))
    p_value = stats.sign_flip_p(sums, np.random.default_rng(settings.seed))
    difference = _points(fit.theta)
    verdict: GateVerdict = "UNPROVEN"
    if excluded < settings.margin and effective >= minimum:
        verdict = "PASS"
    elif difference < 0 and p_value <= settings.alpha_fail:
        verdict = "FAIL"
    return ReplyDecision(
        verdict=verdict,
        n=p.size,
        clusters=sums.size,
        lost=int(np.sum(levels < 0)),
        won=int(np.sum(levels > 0)),
        raw=float(np.sum(levels)) / p.size,
        difference=difference,
        interval=(low, high),
        p_value=p_value,
        margin=settings.margin,
        alpha_pass=settings.alpha_pass,
        excluded=excluded,
        needed=0 if verdict != "UNPROVEN" else _needed(fit, p.size, effective, settings),
        minimum=minimum,
        longer=_longer(sizes),
        cut=found.cut,
    )


def _interval(fit: LengthFit, alpha: float) -> tuple[float, float]:
    reach = fit.reach(float(norm.isf(alpha)))
    return _points(fit.theta - reach), _points(fit.theta + reach)


def _points(theta: float) -> float:
    """A difference of shares from log-odds: 2 w - 1."""
    return float(np.tanh(theta / 2))


def _needed(fit: LengthFit, n: int, effective: float, settings: GateSettings) -> int | None:
    """Errors shrink with the root of n: the fewer of the pairs a PASS and a FAIL would take."""
    bound = -2 * float(np.arctanh(settings.margin))  # the margin as log-odds
    passes = fails = np.inf
    if fit.theta > bound:
        passes = n * max(
            fit.times(fit.theta - bound, float(norm.isf(settings.alpha_pass))),
            stats.minimum_pairs(settings.margin, settings.alpha_pass) / effective,
        )
    if fit.theta < 0:
        fails = n * fit.times(-fit.theta, float(norm.isf(settings.alpha_fail)))
    fewest = max(min(passes, fails), n + 1)
    return ceil(fewest) if fewest <= MOST_PAIRS else None


def _longer(sizes: Floats) -> float:
    """How much longer the head's replies are altogether, in per cent of the base's."""
    head, base = sizes.sum(axis=0)
    return float(100 * (head / base - 1)) if base else 0.0
