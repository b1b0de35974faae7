"""What a run of a suite would ask and cost, without asking anything: `--dry-run`."""

from dataclasses import dataclass, replace

from specharness.baseline import find_baseline, with_admission
from specharness.budget import Cost, Purse
from specharness.choice import Chosen, choose_model
from specharness.diagnosing import diagnose, measure_pairs
from specharness.errors import SpecharnessError
from specharness.judging import judge_cases, judge_gate
from specharness.ledger.anchor import compare_with_anchor, find_anchor, needs_anchor
from specharness.models.planned import StandIn, plan_model
from specharness.models.remote.naming import PREFIX, is_remote
from specharness.prices import Price, find_price
from specharness.run import Options, read_held_out
from specharness.seating import Seating, take_seats
from specharness.suitefile import Suite, project_root


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What one model of a suite would be asked.

    `reused` results are at hand, `cost` is about what the others take (written: at most); `limit`
    is what the budget would end it with ("": nothing), `stopped` why planning broke off.
    """

    suite: str
    model: str
    reused: int
    cost: Cost
    price: Price | None = None
    limit: str = ""
    stopped: str = ""

    @property
    def told(self) -> str:
        """The plan in words, some lines."""
        head = f"{self.suite}: {self.model}\n  {self.reused:,} results are at hand"
        if not self.cost.calls:
            return f"{head}, nothing would be asked{self._end()}"
        source = f" ({self.price.source})" if self.price else ""
        return f"{head}; to ask: about {self.cost.told(self.price)} at most{source}{self._end()}"

    def _end(self) -> str:
        told = f"\n  the budget of {self.limit} would end it before" if self.limit else ""
        return told + (f"\n  planning broke off: {self.stopped}" if self.stopped else "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Rehearsal:
    """A run with models that only count: who sat where, and why it broke off ("": it did not)."""

    seats: tuple[tuple[Chosen, StandIn | None], ...]
    stopped: str


def plan_suite(suite: Suite, options: Options) -> list[Plan]:
    """What `run_suite` would ask of the suite's models. Nothing is called, loaded or written."""
    found = rehearse(suite, options)
    return [_plan(suite, seat, double, found.stopped) for seat, double in found.seats]


def rehearse(suite: Suite, options: Options, *, stored: bool = True) -> Rehearsal:
    """Go through a run of a suite without a model; without the store too where not `stored`."""
    pairs, _ = read_held_out(suite)
    baseline = find_baseline(suite, options.base, pairs)
    chosen = choose_model(suite, options.mode, project_root(suite.folder))
    seats = take_seats(suite, options.mode, chosen)
    baseline = with_admission(baseline, suite, seats.decided_by)
    stopped = ""
    doubles: dict[int, StandIn] = {}
    try:
        seats = _replaced(seats, doubles, stored=stored)
        found = measure_pairs(seats, suite.settings.score.scorer, pairs, baseline)
        anchor = None if options.base == "empty" else find_anchor(suite, options.anchor)
        if anchor and found.trust.may_gate and needs_anchor(suite, baseline, anchor):
            scorer = found.scorer.held(found.scores)
            compare_with_anchor(suite, anchor, scorer=scorer, pairs=pairs, trust=found.trust)
        cases = judge_cases(pairs, found.scores)
        gate = judge_gate(suite, cases, baseline, found.trust, partial=False)
        diagnose(seats, pairs, baseline, cases, gate, partial=False)
    except SpecharnessError as error:
        stopped = str(error)
    sitting = tuple((seat, doubles.get(id(seat.model))) for seat in _seats(seats))
    return Rehearsal(seats=sitting, stopped=stopped)


def _replaced(seats: Seating, doubles: dict[int, StandIn], *, stored: bool) -> Seating:
    """The seats with models that only count."""

    def planned(seat: Chosen) -> Chosen:
        model, double = plan_model(seat.model, seats.suite.settings.remote, stored=stored)
        doubles[id(model)] = double
        return replace(seat, model=model)

    model, judge = planned(seats.model), seats.judge
    if judge is not None:
        judge = model if judge is seats.model else planned(judge)
    return replace(seats, model=model, judge=judge)


def _seats(seats: Seating) -> list[Chosen]:
    both = [seats.model, seats.judge] if seats.judge else [seats.model]
    return list({id(seat.model): seat for seat in both}.values())


def _plan(suite: Suite, seat: Chosen, double: StandIn | None, stopped: str) -> Plan:
    cost = double.cost if double else Cost(calls=0)
    budget, price, limit = suite.settings.budget, None, ""
    if is_remote(seat.name):
        price = find_price(seat.name.removeprefix(PREFIX), budget)
        limit = Purse(seat.name, budget, price).suffices(cost)
    return Plan(
        suite=suite.name,
        model=seat.name,
        reused=seat.model.reused,
        cost=cost,
        price=price,
        limit=limit,
        stopped=stopped,
    )
