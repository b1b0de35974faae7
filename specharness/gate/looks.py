"""Deciding on batches of pairs as they are measured: planned looks, or until it is decided.

Two ways, both of whose error rates hold for the whole row of looks:

    decide_by_looks   a few looks at planned shares of all pairs (300 or more), each with its part
                      of the error rates (O'Brien-Fleming): hardly less power than one look
    decide_until      any number of looks, stopping whenever one likes (e-values, see `anytime`):
                      more pairs in a close case, far fewer in a clear one

Batches are whole groups in an order that a digest fixes (`plan_batches`), so that no result can
choose what is measured next.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from scipy.stats import norm

from specharness.errors import UsageError
from specharness.gate import stats
from specharness.gate.anytime import decide_until
from specharness.gate.batches import Batch, Looked, joined, plan_batches, plan_looks
from specharness.gate.decision import FLIP_SHARE, SIZE_SHARE, Decision, count
from specharness.gate.findings import Look
from specharness.gate.gates import Levels, decide_at
from specharness.gate.quarantine import SparedLoss, combine, spare
from specharness.gate.sequential import levels
from specharness.settings import GateSettings

__all__ = [
    "FEWEST", "Batch", "Looked", "decide_by_looks", "decide_until", "plan_batches", "plan_looks",
]  # fmt: skip

FEWEST = 300  # pairs that planned looks take: their bounds are those of normal statistics
_DEFAULTS = GateSettings()


def decide_by_looks(
    batches: Iterable[Batch], total: int, settings: GateSettings = _DEFAULTS, held: int = 0
) -> Looked:
    """Decide after each batch of `total` pairs in all, until PASS or FAIL; batches come lazily.

    A look at the share t of the pairs may use what `sequential.spent` allows by then, each of the
    gate's three tests on its own. `held` of the pairs are in quarantine (see `Batch.kept`): a loss
    is looked for at shares of the others, and its absence at shares of all. UsageError for fewer
    than 300 pairs.
    """
    if total < FEWEST:
        what = f"{total} pairs are too few for planned looks"
        raise UsageError("looks", what, f"have {FEWEST} or more, or look once")
    seen, looks = Batch(base=(), head=(), groups=()), list[Look]()
    every, others = _Row(total=total), _Row(total=total - held)
    found: Decision | None = None
    for batch in batches:
        if not batch.base:
            continue  # nothing of it could be measured
        seen = joined(seen, batch)
        whole = every.decide(seen, settings)
        assert whole is not None  # there are more pairs than at the look before
        found = whole if all(seen.kept) else _combined(whole, others.decide(seen.showing, settings))
        looks.append(_planned(found, whole, every, every if all(seen.kept) else others))
        if found.verdict != "UNPROVEN":
            break
    if found is None:
        raise UsageError("looks", "no pairs", "give at least one batch")
    told = _told_planned(looks, found, total)
    return Looked(
        verdict=found.verdict,
        looks=tuple(looks),
        sentences=told,
        decision=found,
        is_spared=isinstance(found, SparedLoss),
    )


@dataclass(slots=True, kw_only=True)
class _Row:
    """A row of looks at shares of `total` pairs, each with the levels that all before leave it."""

    total: int
    times: list[float] = field(default_factory=list)
    bars: Levels | None = None
    last: Decision | None = None

    def decide(self, seen: Batch, settings: GateSettings) -> Decision | None:
        """What the pairs say at this look; as before where there are no more of them."""
        time = min(1.0, len(seen.base) / self.total) if self.total else 0.0
        if time > (self.times[-1] if self.times else 0.0):
            self.times.append(time)
            self.bars = _bars(self.times, settings)
            self.last = decide_at(
                seen.base, seen.head, groups=seen.groups, settings=settings, levels=self.bars
            )
        return self.last


def _combined(whole: Decision, shows: Decision | None) -> Decision:
    """As of one look: PASS by all pairs, FAIL by those that may show a loss."""
    if shows is None:
        return spare(whole) if whole.verdict == "FAIL" else whole
    return combine(whole, shows)


def _bars(times: Sequence[float], settings: GateSettings) -> Levels:
    """The levels of the last of these looks."""
    fail = settings.alpha_fail
    size, flips, passes = (
        levels(times, alpha)[-1]
        for alpha in (SIZE_SHARE * fail, FLIP_SHARE * fail, settings.alpha_pass)
    )
    return Levels(size=size, flips=flips, passes=passes)


def _planned(found: Decision, whole: Decision, every: _Row, others: _Row) -> Look:
    """A look at all pairs and, for a loss, at those that may show one."""
    clear = stats.tango_z(*_worth(whole), whole.margin)
    shows = others.last
    assert every.bars is not None
    return Look(
        n=whole.n,
        lost=whole.lost,
        won=whole.won,
        verdict=found.verdict,
        loss=shows.p_value if shows else 1.0,
        loss_bar=(others.bars or every.bars).size,
        not_worse=float(norm.sf(clear)),
        not_worse_bar=every.bars.passes,
    )


def _worth(found: Decision) -> tuple[float, float, float]:
    scale = found.effective / found.n
    return found.lost * scale, found.won * scale, found.effective


def _told_planned(looks: Sequence[Look], found: Decision, total: int) -> tuple[str, ...]:
    """The decision's sentences, and what it means that it was looked at more than once."""
    last = looks[-1]
    saved = f", so {count(total - last.n, 'pair')} need not be measured" if last.n < total else ""
    looked = (
        f"Look {len(looks)} at the pairs ({last.n:,} of {total:,}){saved}: a loss had to reach "
        f"p = {last.loss_bar:.2g} and its absence p = {last.not_worse_bar:.2g}, so that all looks "
        "together err no more often than one."
    )
    return (*found.explain(), looked)
