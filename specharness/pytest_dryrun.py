"""What `--spec-dry-run` says of a suite, and which of a test's fixtures bring models."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from specharness.dryrun import JUDGE, MODEL, Part, plan_suite
from specharness.errors import SpecharnessError
from specharness.exchange import Exchange
from specharness.run import Options
from specharness.suitefile import Suite

_OURS = "specharness.plugin"
_NO_PLAN = "no plan: "


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A plan in words; where `is_plan` is False there is none, and the words say why."""

    words: str
    is_plan: bool


class Plans:
    """The plans of a dry run: each is made once, by one of the processes."""

    def __init__(self) -> None:
        self._lines: dict[Path, str] = {}

    def find(self, suite: Path, exchange: Exchange, make: Callable[[], Told]) -> Told:
        """The plan of the suite in a folder: made now, or by another process before."""

        def written() -> str:
            told = make()
            return told.words if told.is_plan else f"{_NO_PLAN}{told.words}"

        if suite not in self._lines:
            self._lines[suite] = exchange.tell(suite, written)
        line = self._lines[suite]
        is_plan = not line.startswith(_NO_PLAN)
        return Told(words=line.removeprefix(_NO_PLAN), is_plan=is_plan)

    def show(self, reporter: pytest.TerminalReporter, exchange: Exchange) -> None:
        """Print all plans, those of other processes too; nothing where there is none."""
        lines = {*self._lines.values(), *exchange.read_told()}
        if lines:
            reporter.section("specharness: dry run", sep="=")
            reporter.write_line("\n".join(sorted(lines)))


def tell_plan(suite: Suite, options: Options, part: Part) -> Told:
    """What a run of the suite would ask. No plan where it would break off."""
    try:
        plans = plan_suite(suite, options, part)
    except SpecharnessError as error:
        return Told(words=str(error), is_plan=False)
    words = "\n".join(plan.told for plan in plans)
    return Told(words=words, is_plan=not any(plan.stopped for plan in plans))


def brought_by(item: pytest.Item) -> frozenset[str]:
    """The fixtures that bring models of the user's own, as they are overridden for a test."""
    found: dict[str, Any] = getattr(getattr(item, "_fixtureinfo", None), "name2fixturedefs", {})
    nearest = {name: found[name][-1] for name in (MODEL, JUDGE) if found.get(name)}
    return frozenset(n for n, fixture in nearest.items() if fixture.func.__module__ != _OURS)
