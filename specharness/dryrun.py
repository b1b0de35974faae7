"""What a run of a suite would ask and cost, without asking anything: `--dry-run`."""

from dataclasses import dataclass, replace

from specharness.budget import NOTHING, Cost, Purse
from specharness.choice import Chosen
from specharness.models.planned import StandIn
from specharness.models.remote.naming import PREFIX, is_remote
from specharness.prices import Price, find_price
from specharness.rehearsal import (
    JUDGE,
    MODEL,
    WHOLE,
    Part,
    admitted_identity,
    judging_fixture,
    rehearse,
)
from specharness.run import Options
from specharness.suitefile import Suite

__all__ = ["JUDGE", "MODEL", "WHOLE", "Part", "Plan", "plan_suite", "rehearse"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What one model of a suite would be asked.

    `reused` results are at hand (None: a fixture brings the model, and nobody asked it who it is),
    `cost` is about what the others take (written: at most); `limit` is what the budget would end it
    with ("": nothing), `stopped` why planning broke off, `notes` what else there is to know.
    """

    suite: str
    model: str
    reused: int | None
    cost: Cost
    price: Price | None = None
    limit: str = ""
    stopped: str = ""
    notes: tuple[str, ...] = ()

    @property
    def told(self) -> str:
        """The plan in words, some lines."""
        head = f"{self.suite}: {self.model}\n  {self._at_hand}"
        if not self.cost.calls:
            return f"{head}, nothing would be asked{self._end}"
        source = f" ({self.price.source})" if self.price else ""
        return f"{head}; to ask: about {self.cost.told(self.price)} at most{source}{self._end}"

    @property
    def _at_hand(self) -> str:
        if self.reused is None:
            return "what is at hand is not known before the fixture has run"
        return f"{self.reused:,} results are at hand"

    @property
    def _end(self) -> str:
        told = [f"the budget of {self.limit} would end it before"] if self.limit else []
        told += [f"planning broke off: {self.stopped}"] if self.stopped else []
        return "".join(f"\n  {line}" for line in (*told, *self.notes))


def plan_suite(suite: Suite, options: Options, part: Part = WHOLE) -> list[Plan]:
    """What `run_suite` would ask of the suite's models. Nothing is called, loaded or written.

    Not counted is what only answers decide: pairs that are measured again once they were lost, and
    what a failed gate looks into.
    """
    replays = options.mode == "replay"
    if part.brought and replays:  # under a name that is not known nothing can be looked up
        options = replace(options, mode="auto")
    found = rehearse(suite, options, part=part)
    notes = (*_stale(suite), *_unplanned(suite, part))
    plans = []
    for (seat, double), fixture in zip(found.seats, (MODEL, JUDGE), strict=False):
        plan = replace(_plan(suite, seat, double, found.stopped), notes=notes)
        if fixture in part.brought:
            plan = replace(plan, reused=None, cost=NOTHING if replays else plan.cost)
        plans.append(plan)
    return plans


def _stale(suite: Suite) -> tuple[str, ...]:
    from specharness.compilation.compiling import stale_because  # noqa: PLC0415 - it is large

    changed = "; ".join(stale_because(suite, look=False))
    return (f"its spec is stale ({changed}), and a run compiles it first",) if changed else ()


def _unplanned(suite: Suite, part: Part) -> tuple[str, ...]:
    fixture = judging_fixture(suite, part.brought)
    if not fixture or admitted_identity(suite) is not None:
        return ()
    told = f"the fixture `{fixture}` brings the judge, and no admission says who that is"
    return (f"{told}: what it would be asked is not known",)


def _plan(suite: Suite, seat: Chosen, double: StandIn | None, stopped: str) -> Plan:
    cost = double.cost if double else NOTHING
    budget, price, limit = seat.means.budget, None, ""
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
