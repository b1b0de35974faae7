"""How the tests of a pair and of a gate have to end, and what a junit file says of them."""

from dataclasses import dataclass

import pytest

from specharness.gate.verdicts import blocks, end_case, has_base
from specharness.runfile import Case, SuiteRun
from specharness.suitefile import Suite


@dataclass(frozen=True, slots=True)
class PreferenceCheck:
    """One pair's case and how its test has to end."""

    case: Case
    suite_run: SuiteRun
    suite: Suite
    item: pytest.Item

    def check(self) -> None:
        """End the test: pass, xfail (known miss, lost), xpass (won) or fail (a must was lost)."""
        on_lost = self.suite.settings.gate.on_lost
        verdict = end_case(self.case, on_lost=on_lost, has_base=has_base(self.suite_run))
        if verdict.ending == "xfailed":
            pytest.xfail(verdict.sentence)
        if verdict.ending == "xpassed":
            self.item.add_marker(pytest.mark.xfail(reason=verdict.sentence, strict=False))
        if verdict.ending in ("failed", "error"):
            pytest.fail(verdict.sentence, pytrace=False)


@dataclass(frozen=True, slots=True)
class GateCheck:
    """A suite's run and how its gate test has to end."""

    suite_run: SuiteRun
    suite: Suite

    def check(self) -> None:
        """Pass on PASS, fail where the verdict blocks, xfail on a neutral UNPROVEN."""
        gate = self.suite_run.gate
        told = "\n".join((f"{self.suite.name}: {gate.verdict}", *gate.sentences))
        if blocks(gate.verdict, self.suite.settings.gate):
            told += f"\nnext: {gate.next_command}" if gate.next_command else ""
            pytest.fail(told, pytrace=False)
        if gate.verdict == "UNPROVEN":
            pytest.xfail(told)


def note(item: pytest.Item, **facts: str | float | None) -> None:
    """Add flat scalars to the junit properties (xdist carries nothing else)."""
    item.user_properties += [(f"spec_{k}", v) for k, v in facts.items() if v is not None]
