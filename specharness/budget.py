"""What a run may spend, counted call by call: it stops before the limit, and keeps what was paid.

Before a call its cost is set aside (tokens read, and the most it may write); afterwards what it
really took is booked instead. A call is not begun when what is spent and set aside would pass a
limit. A call that the server refused costs nothing; one whose answer was lost counts as paid. How
many tokens a text has is an estimate until answers tell: where they tell of more, later estimates
grow by the largest factor seen, so that only the first calls under way can pass a limit.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import ceil
from time import monotonic

from specharness.errors import ModelError, UsageError
from specharness.prices import Price
from specharness.settings_remote import BudgetSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """Calls and tokens; of an estimate, `wrote` is the most there can be."""

    calls: int = 1
    read: int = 0
    wrote: int = 0

    def __add__(self, other: "Cost") -> "Cost":
        return Cost(
            calls=self.calls + other.calls,
            read=self.read + other.read,
            wrote=self.wrote + other.wrote,
        )

    def __sub__(self, other: "Cost") -> "Cost":
        return self + Cost(calls=-other.calls, read=-other.read, wrote=-other.wrote)

    @property
    def tokens(self) -> int:
        """Read and written."""
        return self.read + self.wrote

    def told(self, price: Price | None) -> str:
        """The cost in words, with dollars where the price is known."""
        usd = f", ${price.of(self.read, self.wrote):.4f}" if price else ""
        calls = "1 call" if self.calls == 1 else f"{self.calls:,} calls"
        return f"{calls}, {self.read:,} tokens read, {self.wrote:,} written{usd}"


NOTHING = Cost(calls=0)


def add_up(costs: Sequence[Cost]) -> Cost:
    """The sum."""
    return sum(costs, NOTHING)


class BudgetSpent(ModelError):
    """A limit of `[budget]` was reached; what was answered before is kept."""


class Purse:
    """One run's spending on one model. `spent` is booked, `held` set aside for calls under way.

    UsageError where dollars are limited and the model's price is not known.
    """

    def __init__(
        self,
        name: str,
        limits: BudgetSettings,
        price: Price | None,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        if limits.usd and price is None:
            what = f"'budget.usd' is set, but no price of {name} is known"
            remedy = "set usd_per_million_input and usd_per_million_output in [budget]"
            raise UsageError("suite.toml", what, remedy)
        self.name, self.limits, self.price = name, limits, price
        self.spent, self.held = NOTHING, NOTHING
        self._clock = clock
        self._began: float | None = None
        self._factor = 1.0

    def hold(self, cost: Cost) -> Cost:
        """Set a call's cost aside, and give what was; BudgetSpent where it would pass a limit."""
        if self._began is None:
            self._began = self._clock()
        cost = Cost(calls=cost.calls, read=ceil(cost.read * self._factor), wrote=cost.wrote)
        if reached := self._reached(self.spent + self.held + cost):
            told = (self.spent + self.held).told(self.price)
            what = f"the budget of {reached} is spent ({told})"
            remedy = "what was paid for is stored: raise [budget], or run again to go on from there"
            raise BudgetSpent(self.name, what, remedy)
        self.held += cost
        return cost

    def book(self, held: Cost, spent: Cost) -> None:
        """Replace what was set aside by what was spent (`NOTHING` for a refused call)."""
        self.held -= held
        self.spent += spent

    def learn(self, estimated: int, read: int) -> None:
        """Note how many tokens a text really had."""
        if estimated:
            self._factor = max(self._factor, read / estimated)

    def suffices(self, cost: Cost) -> str:
        """Which limit so much more may reach, "" where none."""
        return self._reached(self.spent + cost)

    def _reached(self, total: Cost) -> str:
        limits = self.limits
        if limits.calls and total.calls > limits.calls:
            return f"{limits.calls} calls"
        if limits.tokens and total.tokens > limits.tokens:
            return f"{limits.tokens:,} tokens"
        if limits.usd and self.price and self.price.of(total.read, total.wrote) > limits.usd:
            return f"${limits.usd:g}"
        took = 0.0 if self._began is None else self._clock() - self._began
        return f"{limits.minutes:g} minutes" if 0 < limits.minutes < took / 60 else ""
