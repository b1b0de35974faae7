"""An A/A run of a suite: its base spec measured in several layouts that mean the same."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np

from specharness.baseline import find_baseline
from specharness.choice import choose_model
from specharness.errors import UsageError
from specharness.gate.churn import explain_churn, measure_churn
from specharness.gate.decision import count
from specharness.gate.findings import Churn, Quarantined
from specharness.gate.gates import level
from specharness.gate.hidden import shown_or_refuse
from specharness.gate.quarantine import (
    FEWEST,
    LOOKS,
    QUARANTINE,
    count_flips,
    quarantine_pairs,
    quarantine_text,
)
from specharness.gate.stats import Floats
from specharness.gate.variants import neutral_variants
from specharness.ledger.chain import LEDGER, read_ledger
from specharness.model import Model
from specharness.records import Pair, Spec
from specharness.run import held_out
from specharness.runfile import write_text
from specharness.score.reference import reference_text
from specharness.score.scoring import JudgeScorer, Scorer
from specharness.seating import Seating, take_seats
from specharness.settings import Mode
from specharness.suitefile import SETTINGS, Suite, project_root

TIMES = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """How to measure again: `times` layouts, with `reorder` the items of lists rotated, too.

    `quarantine` says that one is to be decided on by it, which takes a spec that git has.
    """

    mode: Mode = "auto"
    base: str | None = None
    times: int = TIMES
    reorder: bool = False
    quarantine: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Repeated:
    """An A/A run: preferences by measurement (rows; the first is the gate's own) of `pairs`.

    `label` is where the spec (`committed`: one that git has) comes from; `errors` pairs could not
    be measured in every layout and are left out. `votes` were cast on a pair in each order (0:
    nobody voted).
    """

    spec: Spec
    label: str
    committed: bool
    pairs: tuple[Pair, ...]
    rows: Floats
    errors: int
    churn: Churn
    votes: int = 0

    def explain(self) -> tuple[str, ...]:
        """What was measured, in sentences."""
        turned = sum(n > 0 for n in count_flips(level(self.rows[1:])))
        told = (f"A/A of {self.label}.", *explain_churn(self.churn, turned))
        if not self.errors:
            return told
        return (*told, f"{count(self.errors, 'pair')} could not be measured.")


def run_again(
    suite: Suite, options: Options, model: Model | None = None, judge: Model | None = None
) -> Repeated:
    """Measure the suite's base spec (its own where git has no earlier one) again and again.

    What is being edited is never measured where there is a base, so that what an A/A run decides
    cannot depend on it. Hidden pairs are left out: a quarantine would tell of them. UsageError
    where nothing is left or could be measured, for fewer than two layouts, and for the scorer
    "generate".
    """
    if options.times < 2:
        raise UsageError("--times", f"{options.times} layouts", "ask for 2 or more")
    pairs = shown_or_refuse(held_out(suite), suite.settings.gate, suite.folder / SETTINGS)
    baseline = find_baseline(suite, options.base, pairs)
    committed = bool(baseline.spec.shown)
    if options.quarantine and not committed:
        raise _uncommitted(suite)
    spec = baseline.spec if committed else suite.spec
    texts = neutral_variants(spec.shown, options.times, reorder=options.reorder)
    chosen = choose_model(suite, options.mode, project_root(suite.folder), model)
    seats = take_seats(suite, options.mode, chosen, judge)
    scorer = _scorer(seats, spec)
    rows = measure_rows(scorer, pairs, [spec.shown, *texts])
    seats.save(whole=False)
    whole = np.asarray(~np.isnan(rows).any(axis=0))
    kept = tuple(pair for pair, ok in zip(pairs, whole.tolist(), strict=True) if ok)
    if not kept:
        raise UsageError(suite.folder, "no pair could be measured", "see `specharness run`")
    return Repeated(
        spec=spec,
        label=baseline.label if committed else f"the spec of {suite.name} as it stands",
        committed=committed,
        pairs=kept,
        rows=rows[:, whole],
        errors=len(pairs) - len(kept),
        churn=measure_churn(
            [pair.id for pair in kept],
            rows[:, whole],
            groups=[pair.group for pair in kept],
            settings=suite.settings.gate,
        ),
        votes=_votes(scorer),
    )


def measure_rows(scorer: Scorer, pairs: Sequence[Pair], texts: Sequence[str]) -> Floats:
    """Preferences (texts, pairs) under each spec's text, all read as those under the first.

    NaN where a pair could not be measured.
    """
    trust = scorer.examine()
    first = scorer.score(pairs, head=texts[0], base=texts[0], trust=trust)
    fixed = scorer.held(first)
    rows = [first]
    rows += [fixed.score(pairs, head=text, base=texts[0], trust=trust) for text in texts[1:]]
    return np.array(
        [[s.head.preference if s.head else np.nan for s in scores.pairs] for scores in rows]
    )


def _votes(scorer: Scorer) -> int:
    if not isinstance(scorer, JudgeScorer):
        return 0
    manner = scorer.bench.manner
    return 0 if manner.by == "logprob" else manner.votes


def _scorer(seats: Seating, spec: Spec) -> Scorer:
    suite, name = seats.suite, seats.suite.settings.score.scorer
    where = suite.spec_path or suite.folder / SETTINGS
    if name == "generate":
        what = "the scorer generate compares the replies of two specs, and this is one"
        raise UsageError(suite.folder / SETTINGS, what, 'choose "logprob" or "judge" for it')
    kind = seats.model.reading.reference
    return seats.scorer(name, reference_text(kind, spec, spec, where) if name == "logprob" else "")


def _uncommitted(suite: Suite) -> UsageError:
    what = "git has no earlier spec to decide a quarantine by"
    return UsageError(suite.folder, what, "commit the spec first")


def check_quarantine(*, times: int, until: str, today: date) -> None:
    """UsageError for what `write_quarantine` would refuse after everything was measured.

    Too few layouts, an end that is no day or one that is over; `today` is when it is asked for.
    """
    if times < FEWEST:
        what = f"{times} layouts decide on no quarantine"
        raise UsageError("--times", what, f"ask for {FEWEST} or more")
    if not until:
        return
    try:
        day = date.fromisoformat(until)
    except ValueError:
        raise UsageError("--until", f"{until!r} is no day", "write it as 2027-01-31") from None
    if day <= today:
        raise UsageError("--until", f"{until} is no day to come", "name a later one, or --looks")


def write_quarantine(
    suite: Suite, found: Repeated, *, looks: int = LOOKS, until: str = ""
) -> tuple[Path, tuple[Quarantined, ...]]:
    """Put the pairs that turned into the suite's quarantine file, instead of what it held.

    UsageError where the spec measured is not one that git has: a quarantine is decided on before
    an edit, never by it.
    """
    if not found.committed:
        raise _uncommitted(suite)
    entries = quarantine_pairs(
        found.pairs,
        level(found.rows[1:]),
        spec=found.spec.digest,
        since=len(read_ledger(suite.folder / LEDGER)),
        looks=looks,
        until=until,
    )
    path = suite.folder / QUARANTINE
    if entries:
        write_text(path, quarantine_text(entries))
    else:
        path.unlink(missing_ok=True)
    return path, entries
