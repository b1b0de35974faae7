"""Slices by rule: a kept coverage record says which pairs a rule moves, and nothing is measured."""

import json
from pathlib import Path

import pytest

from specharness.coverage.kept import KEPT, exercised_rules, read_coverage
from specharness.coverage.measuring import measure_coverage
from specharness.coverage.record import coverage_text
from specharness.errors import UsageError
from specharness.gate.slices import explain_slices
from specharness.ledger.verifying import run_difference
from specharness.panel import Asking
from specharness.run import Options, run_suite
from specharness.runfile import SuiteRun
from specharness.suitefile import Suite, load_suite
from tests.projects import commit_all
from tests.rulebooks import SPEC, Reader, make_suite

COUNTS = {"brief": 12, "kind": 10, "code": 8}
EDITED = SPEC.replace("Be brief.", "Be long.")


@pytest.fixture
def suite(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Suite:
    """A committed suite whose rule "brief" 12 of its 30 pairs are about."""
    monkeypatch.setenv("SPECHARNESS_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("GITHUB_BASE_REF", raising=False)
    found = make_suite(tmp_path / "p", SPEC, COUNTS)
    commit_all(tmp_path / "p")
    return found


def keep(suite: Suite) -> Path:
    asking = Asking(room="coverage", command="specharness coverage tone", mode="live")
    path = suite.folder / KEPT
    path.write_text(coverage_text(measure_coverage(suite, asking, Reader())))
    return path


def run_edited(suite: Suite, spec: str = EDITED, mode: str = "live") -> tuple[SuiteRun, Reader]:
    (suite.folder / "spec.md").write_text(spec)
    model = Reader()
    options = Options(mode=mode)  # type: ignore[arg-type]
    return run_suite(load_suite(suite.folder), options, model=model), model


def rules_of(run: SuiteRun) -> dict[str, int]:
    return {part.name: part.n for part in run.slices if part.kind == "rule"}


def test_a_record_of_the_base_says_where_an_edited_rule_loses(suite: Suite) -> None:
    path = keep(suite)
    kept = read_coverage(path)
    assert coverage_text(kept) == path.read_text()
    run, model = run_edited(suite)
    assert rules_of(run)["brief"] == len(kept.exercised()["brief"]) == 12
    first = run.slices[0]
    assert (first.kind, first.name, first.lost) == ("rule", "brief", 12)
    assert explain_slices(run.slices)[0].startswith(
        "Lost in pairs about the rule 'brief': 12 of 12 pairs lost and 0 won (-100.0 points"
    )
    # the texts that coverage would have to weigh were not asked for
    assert not any("Be brief" in spec and "Be tidy" not in spec for spec in model.specs)


def test_a_record_of_the_edited_spec_serves_as_well(suite: Suite) -> None:
    (suite.folder / "spec.md").write_text(EDITED)
    keep(load_suite(suite.folder))
    assert rules_of(run_edited(suite)[0])
    assert not rules_of(run_edited(suite, SPEC.replace("Be tidy.", "Be neat."))[0])


def test_without_a_record_there_are_no_rules(suite: Suite) -> None:
    assert rules_of(run_edited(suite)[0]) == {}
    assert exercised_rules(suite, {suite.spec.digest}) == {}


def test_rules_count_among_the_parts_that_holm_allows_for(suite: Suite) -> None:
    before = {part.name: part.p_holm for part in run_edited(suite)[0].slices}
    (suite.folder / "spec.md").write_text(SPEC)
    keep(suite)
    after, tested = {}, 0
    for part in run_edited(suite)[0].slices:
        after[part.name] = part.p_holm
        tested += part.p_holm is not None
    assert tested > sum(p is not None for p in before.values())
    assert all(after[name] >= p for name, p in before.items() if p is not None)  # type: ignore[operator]


def test_verify_tells_when_the_record_changed(suite: Suite) -> None:
    path = keep(suite)
    run, _ = run_edited(suite, mode="record")
    edited = load_suite(suite.folder)
    assert run_difference(edited, run) == ""
    path.unlink()
    assert run_difference(edited, run).startswith("slices has ")


@pytest.mark.parametrize(
    "spoil",
    [
        lambda text: "{",
        lambda text: "[]",
        lambda text: json.dumps({"format": 1}),
        lambda text: text.replace('"format": 1', '"format": 9'),
        lambda text: text.replace('"changes": [', '"changes": [0.5, ', 1),
    ],
)
def test_a_broken_record_is_one_line_that_says_what_to_do(suite: Suite, spoil: object) -> None:
    path = keep(suite)
    path.write_text(spoil(path.read_text()))  # type: ignore[operator]
    with pytest.raises(UsageError, match=r"coverage\.json: .*; write it again with") as caught:
        run_edited(suite)
    assert "\n" not in str(caught.value)
