"""A run tells where an edit loses, with the pairs' own tags, and what a lost `must` decides."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from specharness.run import Options, run_suite
from specharness.runfile import SuiteRun
from specharness.slicing import MOST_TAGS
from specharness.suitefile import load_suite
from tests.obedient import IDENTITY, Obedient
from tests.projects import commit_all, make_project, write_spec

LOST = range(1, 13)
REFUSALS = {number: ["refusal"] for number in LOST}

Tags = dict[int, list[str]]


def run(
    root: Path, tags: dict[int, list[str]], spec: str, model: Obedient | None = None
) -> SuiteRun:
    """The suite `tone` of 80 pairs with these tags, after an edit."""
    file = make_project(root, pairs=80) / "suites" / "tone" / "pairs.jsonl"
    rows = [json.loads(line) for line in file.read_text().splitlines()]
    lines = [json.dumps(row | {"tags": tags.get(i, ["other"])}) for i, row in enumerate(rows)]
    file.write_text("\n".join(lines) + "\n")
    commit_all(root)
    write_spec(root, spec)
    suite = load_suite(root / "suites" / "tone")
    return run_suite(suite, Options(mode="live"), model=model or Obedient(identity=IDENTITY))


def losing(*numbers: int) -> str:
    return " ".join(["Prefer the best, but not", *(f"Question {n}?" for n in numbers)])


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SPECHARNESS_CACHE", str(tmp_path / "cache"))
    for name in ("GITHUB_BASE_REF", "CI_MERGE_REQUEST_TARGET_BRANCH_NAME"):
        monkeypatch.delenv(name, raising=False)


def test_the_tag_that_lost_is_the_first(tmp_path: Path) -> None:
    found = run(tmp_path / "a", REFUSALS, losing(*LOST))
    refusal, other = found.slices[:2]
    assert (refusal.kind, refusal.name, refusal.n, refusal.lost) == ("tag", "refusal", 12, 12)
    assert (other.name, other.n, other.lost, other.p_holm) == ("other", 68, 0, 1.0)
    assert refusal.p_holm is not None and refusal.p_holm <= 0.01
    assert found.cases[1].tags == ("refusal",)


def test_nothing_can_have_changed_where_the_spec_did_not(tmp_path: Path) -> None:
    assert run(tmp_path / "a", REFUSALS, "Prefer the best.").slices == ()


def test_a_model_that_may_not_gate_tells_no_parts(tmp_path: Path) -> None:
    class Deaf(Obedient):
        """Says the same under every spec."""

        def weigh(self, request):  # type: ignore[no-untyped-def]
            return super().weigh(replace(request, messages=request.messages[-1:]))

    found = run(tmp_path / "a", {}, losing(*LOST), Deaf(identity=IDENTITY))
    assert (found.gate.verdict, found.slices) == ("UNVERIFIABLE", ())


def test_tags_of_one_pair_are_no_parts_and_there_are_not_too_many(tmp_path: Path) -> None:
    tags = {i: [f"only-{i}", "all", *(f"t-{n:03}" for n in range(MOST_TAGS + 5))] for i in (1, 2)}
    found = run(tmp_path / "a", tags, losing(1))
    names = {part.name for part in found.slices if part.kind == "tag"}
    assert "other" in names and not {"only-1", "only-2"} & names
    assert len(names) == MOST_TAGS


def test_a_lost_pair_that_must_hold_leaves_nothing_open(tmp_path: Path) -> None:
    found = run(tmp_path / "a", {}, losing(0))
    told = " ".join(found.gate.sentences)
    assert found.gate.verdict == "FAIL"
    assert "A pair that must hold was lost: p-00. That alone fails the suite." in told
    assert "Neither a loss" not in told and "would settle it" not in told


def test_where_all_pairs_show_a_loss_that_is_told_as_well(tmp_path: Path) -> None:
    found = run(tmp_path / "a", {}, losing(0, *LOST))
    told = " ".join(found.gate.sentences)
    assert "A pair that must hold was lost: p-00." in told and "A loss is shown" in told
