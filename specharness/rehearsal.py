"""A run of a suite gone through with models that only count: nothing is called, loaded or written.

What recordings and the store lack is answered by stand-ins (see `models.planned`).
"""

from collections.abc import Collection
from dataclasses import dataclass, fields, replace

from specharness.baseline import find_baseline, with_admission
from specharness.choice import Chosen, choose_model
from specharness.diagnosing import diagnose, measure_pairs, shade
from specharness.errors import SpecharnessError
from specharness.gate.hidden import shown
from specharness.judging import judge_cases, judge_gate
from specharness.ledger.anchor import find_anchor, needs_anchor
from specharness.model import Identity, Model
from specharness.models.planned import StandIn, plan_model
from specharness.models.recorded import RecordedModel
from specharness.run import Options, read_held_out, select_pairs
from specharness.runfile import Trust
from specharness.score.judge.admissionfile import read_admission
from specharness.score.judge.bench import Bench
from specharness.score.scoring import GenerateScorer, JudgeScorer, Scorer
from specharness.seating import JUDGED, Seating, take_seats
from specharness.settings import Scorer as Name
from specharness.since import compare_since
from specharness.suitefile import Suite, project_root

MODEL, JUDGE = "model", "judge_model"  # the fixtures of pytest that bring who answers


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """What of a run is gone through: the pairs in `only` (None: all).

    `brought` are the fixtures that bring who answers: those models are unknown, and are not made.
    """

    only: Collection[str] | None = None
    brought: frozenset[str] = frozenset()


WHOLE = Part()


@dataclass(frozen=True, slots=True, kw_only=True)
class Rehearsal:
    """A run with models that only count: who sat where, and why it broke off ("": it did not)."""

    seats: tuple[tuple[Chosen, StandIn | None], ...]
    stopped: str


def rehearse(
    suite: Suite, options: Options, *, stored: bool = True, part: Part = WHOLE
) -> Rehearsal:
    """Go through a run of a suite without a model; without the store too where not `stored`."""
    held_out, _ = read_held_out(suite)
    pairs = select_pairs(held_out, part.only, suite.settings.gate)
    partial = len(pairs) < len(held_out)
    baseline = find_baseline(suite, options.base, held_out)
    root = project_root(suite.folder)
    chosen = choose_model(suite, options.mode, root, _own(suite, MODEL, part))
    seats = take_seats(suite, options.mode, chosen, _own(suite, JUDGE, part))
    baseline = with_admission(baseline, suite, seats.decided_by)
    stopped = ""
    doubles: dict[int, StandIn] = {}
    try:
        seats = _replaced(seats, doubles, stored=stored)
        found = measure_pairs(seats, suite.settings.score.scorer, pairs, baseline)
        apart = partial or options.base == "empty"
        anchor = None if apart else find_anchor(suite, options.anchor)
        if anchor and found.trust.may_gate and needs_anchor(suite, baseline, anchor):
            scorer = found.scorer.held(found.scores)
            compare_since(suite, anchor, scorer=scorer, pairs=pairs, trust=found.trust)
        cases = judge_cases(pairs, found.scores)
        gate = judge_gate(suite, cases, baseline, found.trust, partial=partial)
        _, cases = diagnose(seats, pairs, baseline, cases, gate, partial=partial)
        seen = shown(cases, suite.settings.gate)
        shade(found, pairs, seen, suite.spec.shown, baseline.spec.shown)
    except SpecharnessError as error:
        stopped = str(error)
    sitting = tuple((seat, doubles.get(id(seat.model))) for seat in _seats(seats))
    return Rehearsal(seats=sitting, stopped=stopped)


def judging_fixture(suite: Suite, brought: Collection[str]) -> str:
    """The fixture that brings who judges in a run of the suite, "" where none does."""
    settings = suite.settings
    if not set(JUDGED) & {settings.score.scorer, *settings.score.diagnostics}:
        return ""
    if JUDGE in brought:
        return JUDGE
    named = settings.judge.model or settings.remote.judge
    return MODEL if MODEL in brought and not named else ""


def admitted_identity(suite: Suite) -> Identity | None:
    """Who the suite's admission is of; of several in the project, only a named one will do."""
    named, folder = suite.settings.judge.admission, project_root(suite.folder) / "judges"
    files = [suite.folder / named] if named else sorted(folder.glob("*.json"))
    return read_admission(files[0]).judge if len(files) == 1 and files[0].is_file() else None


def _own(suite: Suite, fixture: str, part: Part) -> Model | None:
    """Who stands in for a fixture's model, before it is replaced like all others."""
    if fixture not in part.brought:
        return None
    known = admitted_identity(suite) if judging_fixture(suite, part.brought) == fixture else None
    title = f"the model of the fixture `{fixture}`"
    identity = known or Identity(name=title, revision="", engine="", template="")
    return StandIn(identity=identity, weighs_text=True)


class _JudgeScorer(JudgeScorer):
    def examine(self) -> Trust:
        return _believed(super().examine(), self.bench)


class _GenerateScorer(GenerateScorer):
    def examine(self) -> Trust:
        return _believed(super().examine(), self.bench)


class _Planned(Seating):
    """Seats whose scorers go on where only a stand-in speaks against the judge."""

    def scorer(self, name: Name, reference: str) -> Scorer:
        found = super().scorer(name, reference)
        if isinstance(found, JudgeScorer):
            return _JudgeScorer(bench=found.bench)
        if isinstance(found, GenerateScorer):
            return _GenerateScorer(**{f.name: getattr(found, f.name) for f in fields(found)})
        return found


def _believed(trust: Trust, bench: Bench) -> Trust:
    """`trust`, though anchors moved, where a stand-in judged them: a run would go on from there."""
    asked = isinstance(bench.model, RecordedModel) and bench.model.inner is not None
    if asked and trust.judge and trust.judge.drifted:
        return replace(trust, may_gate=True, why="")
    return trust


def _replaced(seats: Seating, doubles: dict[int, StandIn], *, stored: bool) -> Seating:
    """The seats with models that only count."""

    def planned(seat: Chosen) -> Chosen:
        model, double = plan_model(seat.model, seat.means.remote, stored=stored)
        doubles[id(model)] = double
        return replace(seat, model=model)

    model, judge = planned(seats.model), seats.judge
    if judge is not None:
        judge = model if judge is seats.model else planned(judge)
    return _Planned(suite=seats.suite, model=model, judge=judge, admission=seats.admission)


def _seats(seats: Seating) -> list[Chosen]:
    both = [seats.model, seats.judge] if seats.judge else [seats.model]
    return list({id(seat.model): seat for seat in both}.values())
