"""How pairs end, as a table."""

import pytest

from specharness.gate.gates import decide
from specharness.gate.verdicts import blocks, end_case, exit_code, outcome_of, preferred
from specharness.runfile import ArmScore, Outcome
from specharness.settings import GateSettings
from tests.runs import make_case, make_score

LEVELS = {"chosen": make_score(0.5), "tie": make_score(0.0), "rejected": make_score(-0.5)}


@pytest.mark.parametrize(
    ("base", "head", "outcome"),
    [
        ("chosen", "chosen", "kept"),
        ("chosen", "tie", "lost"),
        ("chosen", "rejected", "lost"),
        ("tie", "chosen", "won"),
        ("tie", "tie", "tie"),
        ("tie", "rejected", "lost"),
        ("rejected", "chosen", "won"),
        ("rejected", "tie", "won"),
        ("rejected", "rejected", "known miss"),
    ],
)
def test_outcomes_count_as_the_gate_counts(base: str, head: str, outcome: Outcome) -> None:
    assert outcome_of(LEVELS[head], LEVELS[base]) == outcome
    found = decide([LEVELS[base].preference], [LEVELS[head].preference])
    assert (found.lost, found.won) == (int(outcome == "lost"), int(outcome == "won"))


def test_an_unmeasured_arm_is_an_error() -> None:
    assert outcome_of(None, LEVELS["tie"]) == outcome_of(LEVELS["tie"], None) == "error"


@pytest.mark.parametrize(
    ("outcome", "must", "on_lost", "has_base", "ending"),
    [
        ("kept", False, "gate", True, "passed"),
        ("won", False, "gate", True, "xpassed"),
        ("won", False, "gate", False, "passed"),
        ("known miss", False, "gate", True, "xfailed"),
        ("known miss", True, "gate", True, "xfailed"),
        ("known miss", True, "gate", False, "failed"),
        ("lost", False, "gate", True, "xfailed"),
        ("lost", True, "gate", True, "failed"),
        ("lost", False, "fail", True, "failed"),
        ("lost", False, "fail", False, "xfailed"),
        ("error", False, "gate", True, "error"),
    ],
)
def test_endings(outcome: Outcome, must: bool, on_lost: str, has_base: bool, ending: str) -> None:
    case = make_case(outcome=outcome, must=must)
    assert end_case(case, on_lost=on_lost, has_base=has_base).ending == ending  # type: ignore[arg-type]


def test_a_tie_is_half_a_preference_and_errors_are_none() -> None:
    scores: list[ArmScore | None] = [*LEVELS.values(), None]
    share = preferred(scores)
    assert (share.count, share.n) == (1.5, 3)
    assert preferred([None]).n == 0


def test_exit_codes() -> None:
    neutral, strict = GateSettings(), GateSettings(unproven="fail")
    assert exit_code([("PASS", neutral), ("UNPROVEN", neutral)]) == 0
    assert exit_code([("PASS", neutral), ("UNPROVEN", strict)]) == 2
    assert exit_code([("UNVERIFIABLE", neutral), ("UNPROVEN", strict)]) == 3
    assert exit_code([("UNVERIFIABLE", neutral), ("FAIL", neutral)]) == 1
    assert not blocks("PASS", strict)
