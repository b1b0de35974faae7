"""What judges a spec and changed since the base: real repositories, a toy model, real verdicts."""

import json
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from specharness.gate.drift import Drift, compare_pairs, compare_settings
from specharness.pairs import parse_pairs
from specharness.run import Options, run_suite
from specharness.runfile import Gate
from specharness.settings import (
    EngineSettings,
    GateSettings,
    ScoreSettings,
    SplitSettings,
    SuiteSettings,
)
from specharness.suitefile import load_suite
from tests.obedient import Obedient
from tests.projects import commit_all, make_project, write_spec

Row = dict[str, Any]
HARMFUL = "Prefer the best, but not Question 1? Question 2? Question 3? Question 4? Question 5?"
BENIGN = "Prefer the best. Truly."


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A committed suite of 80 pairs, 60 of them enough for a PASS."""
    monkeypatch.setenv("SPECHARNESS_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("GITHUB_BASE_REF", raising=False)
    root = make_project(tmp_path / "project", pairs=80)
    commit_all(root)
    return root


def suite(root: Path) -> Path:
    return root / "suites" / "tone"


def rows(root: Path) -> list[Row]:
    return [json.loads(line) for line in (suite(root) / "pairs.jsonl").read_text().splitlines()]


def write_rows(root: Path, kept: Sequence[Row], name: str = "pairs.jsonl") -> None:
    (suite(root) / name).write_text("".join(json.dumps(row) + "\n" for row in kept))


def change(root: Path, edit: Callable[[Row], Row | None], *ids: str) -> None:
    """Put what `edit` makes of the pairs with these ids in their place; None removes them."""
    made = [edit(row) if row["id"] in ids else row for row in rows(root)]
    write_rows(root, [row for row in made if row is not None])


def gate(root: Path, **options: Any) -> Gate:
    return run_suite(
        load_suite(suite(root)), Options(mode="live", **options), model=Obedient()
    ).gate


def told(found: Gate) -> str:
    return " ".join(found.sentences)


def relabelled(row: Row) -> Row:
    return {**row, "chosen": row["rejected"], "rejected": row["chosen"]}


LOST = [f"p-{i:02}" for i in range(1, 6)]
TRICKS: dict[str, tuple[Callable[[Row], Row | None], str]] = {
    "removed": (lambda row: None, "5 pairs removed (p-01, p-02, p-03, p-04, p-05)"),
    "relabelled": (relabelled, "5 pairs relabelled (p-01, p-02, p-03, p-04, p-05)"),
    "text": (lambda row: {**row, "prompt": f"And {row['id']}?"}, "5 pairs edited (p-01, "),
    "weight": (lambda row: {**row, "weight": 0.1}, "5 pairs edited (p-01, "),
    "group": (lambda row: {**row, "group": "one"}, "5 pairs edited (p-01, "),
    "must": (lambda row: {**row, "must": True}, "5 pairs edited (p-01, "),
}


def test_without_tricks_the_harmful_edit_fails_and_the_benign_passes(project: Path) -> None:
    write_spec(project, HARMFUL)
    assert gate(project).verdict == "FAIL"
    write_spec(project, BENIGN)
    found = gate(project)
    assert found.verdict == "PASS"
    assert "judges" not in told(found)


@pytest.mark.parametrize("trick", ["removed", "relabelled", "text"])
def test_a_loss_cannot_be_edited_away(project: Path, trick: str) -> None:
    write_spec(project, HARMFUL)
    change(project, TRICKS[trick][0], *LOST)
    found = gate(project)
    assert found.verdict == "UNVERIFIABLE"
    assert found.sentences[1].startswith("The change touches what judges the spec, too: 5 pairs ")
    assert TRICKS[trick][1] in found.sentences[1]
    assert "Make that change on its own, with the spec left as it is" in told(found)
    assert found.n >= 75 and found.difference is not None


@pytest.mark.parametrize("trick", ["weight", "group", "must"])
def test_changed_pairs_make_no_verdict_on_a_benign_edit(project: Path, trick: str) -> None:
    write_spec(project, BENIGN)
    change(project, TRICKS[trick][0], *LOST)
    found = gate(project)
    assert found.verdict == "UNVERIFIABLE"
    assert TRICKS[trick][1] in told(found)


def test_the_next_command_shows_the_change(project: Path) -> None:
    write_spec(project, BENIGN)
    change(project, relabelled, "p-07")
    command = gate(project).next_command
    shown = subprocess.run(
        command, shell=True, cwd=suite(project), capture_output=True, text=True, check=True
    )
    assert '-{"id": "p-07"' in shown.stdout and "+Prefer the best. Truly." in shown.stdout


@pytest.mark.parametrize("trick", ["removed", "relabelled", "weight"])
def test_changed_pairs_alone_need_no_gating(project: Path, trick: str) -> None:
    change(project, TRICKS[trick][0], *LOST)
    found = gate(project)
    assert found.verdict == "PASS"
    assert TRICKS[trick][1] in told(found)
    assert found.sentences[-1] == "The spec did not, so that needs no gating."


def test_merged_first_they_judge_the_next_edit(project: Path) -> None:
    change(project, lambda row: None, *LOST)
    commit_all(project)
    write_spec(project, BENIGN)
    assert gate(project).verdict == "PASS"


def test_a_loss_that_shows_all_the_same_stays_a_fail(project: Path) -> None:
    write_spec(project, "Prefer the worst.")
    change(project, lambda row: None, *LOST)
    found = gate(project)
    assert found.verdict == "FAIL"
    assert "5 pairs removed" in told(found) and "The loss shows all the same." in told(found)


def test_added_pairs_are_welcome_and_told(project: Path) -> None:
    write_spec(project, BENIGN)
    more = [{"id": f"n-{i}", "prompt": f"New {i}?", "chosen": "Good.", "rejected": "Bad."}
            for i in range(7)]  # fmt: skip
    write_rows(project, [*rows(project), *more])
    found = gate(project)
    assert found.verdict == "PASS"
    assert "Since then: 7 pairs added (n-0, n-1, n-2, n-3, n-4, ...)." in found.sentences


def test_added_pairs_cannot_outvote_a_loss(project: Path) -> None:
    write_spec(project, HARMFUL)
    more = [{"id": f"n-{i}", "prompt": f"New {i}?", "chosen": "Good.", "rejected": "Bad."}
            for i in range(250)]  # fmt: skip
    write_rows(project, [*rows(project), *more])
    found = gate(project)
    assert found.excluded is not None and found.excluded < found.margin  # alone, they would PASS
    assert found.verdict == "UNVERIFIABLE"
    assert "The pairs that were there before show a loss" in told(found)


def test_order_ids_tags_and_layout_judge_nothing(project: Path) -> None:
    write_spec(project, BENIGN)
    write_rows(project, [{**row, "id": f"new {row['id']}", "tags": ["x"], "source": "s"}
                         for row in reversed(rows(project))])  # fmt: skip
    found = gate(project)
    assert found.verdict == "PASS" and "Since then" not in told(found)


def test_pairs_without_ids_are_told_by_what_they_say(project: Path) -> None:
    bare = [{k: v for k, v in row.items() if k not in ("id", "must")} for row in rows(project)]
    write_rows(project, bare)
    commit_all(project)
    write_spec(project, BENIGN)
    write_rows(project, [relabelled(bare[0]), *bare[2:]])
    found = gate(project)
    assert found.verdict == "UNVERIFIABLE"
    assert "1 pair removed (" in told(found) and "1 pair relabelled (" in told(found)


SETTINGS = {
    "margin": ("[gate]\nmargin = 0.3\n", "gate.margin 0.05 -> 0.3."),
    "alpha": ("[gate]\nalpha_fail = 0.001\n", "gate.alpha_fail 0.05 -> 0.001."),
    "seed": ("[gate]\nseed = 7\n", "gate.seed 0 -> 7."),
    "unproven": ('[gate]\nunproven = "fail"\n', 'gate.unproven "neutral" -> "fail".'),
    "temperature": ("[score]\ntemperature = 9\n", "score.temperature 0.0 -> 9.0."),
    "placement": ('placement = "system"\n', 'placement "auto" -> "system".'),
    "model": ('model = "other"\n', 'model "qwen2.5-coder-0.5b" -> "other".'),
}


@pytest.mark.parametrize("key", SETTINGS)
def test_settings_changed_with_the_spec_make_no_verdict(project: Path, key: str) -> None:
    toml, words = SETTINGS[key]
    (suite(project) / "suite.toml").write_text(toml)
    write_spec(project, BENIGN)
    found = gate(project)
    assert found.verdict == "UNVERIFIABLE"
    assert words in told(found)


def test_a_margin_cannot_be_widened_with_a_loss(project: Path) -> None:
    write_spec(project, HARMFUL)
    (suite(project) / "suite.toml").write_text("[gate]\nmargin = 0.3\n")
    assert gate(project).verdict == "UNVERIFIABLE"
    commit_all(project)
    write_spec(project, "Prefer the best.")
    (suite(project) / "suite.toml").unlink()
    found = gate(project)
    assert "gate.margin 0.3 -> 0.05." in told(found)
    write_spec(project, HARMFUL)
    found = gate(project)
    assert found.verdict == "PASS" and "The spec did not" in told(found)


def test_settings_about_words_and_machines_judge_nothing(project: Path) -> None:
    (suite(project) / "suite.toml").write_text('description = "x"\n[engine]\nthreads = 1\n')
    write_spec(project, BENIGN)
    assert gate(project).verdict == "PASS"


def test_another_split_is_told_by_setting_and_pairs(project: Path) -> None:
    (suite(project) / "suite.toml").write_text("[split]\ncompile = 1\n")
    write_spec(project, BENIGN)
    found = gate(project)
    assert found.verdict == "UNVERIFIABLE"
    assert "40 pairs removed (" in told(found) and "split.compile 0.0 -> 1.0" in told(found)
    commit_all(project)
    (suite(project) / "suite.toml").write_text("[split]\ncompile = 1\nseed = 1\n")
    write_spec(project, f"{BENIGN} Really.")
    found = gate(project)
    assert "split.seed 0 -> 1" in told(found)
    assert " added (" in told(found) and " removed (" in told(found)


def test_other_files_named_by_the_settings_are_compared_with_the_old_ones(project: Path) -> None:
    write_rows(project, rows(project)[:70], name="fewer.jsonl")
    (suite(project) / "prompt.md").write_text(f"{BENIGN}\n")
    (suite(project) / "suite.toml").write_text('pairs = "fewer.jsonl"\nspec = "prompt.md"\n')
    (suite(project) / "pairs.jsonl").unlink()
    (suite(project) / "spec.md").unlink()
    run = run_suite(load_suite(suite(project)), Options(mode="live"), model=Obedient())
    assert run.base_spec == "Prefer the best."
    assert "10 pairs removed (p-70, " in told(run.gate)
    assert run.gate.verdict == "UNVERIFIABLE"


def test_a_link_to_other_pairs_is_no_way_out(project: Path) -> None:
    write_rows(project, rows(project)[:70], name="fewer.jsonl")
    (suite(project) / "pairs.jsonl").unlink()
    (suite(project) / "pairs.jsonl").symlink_to("fewer.jsonl")
    write_spec(project, BENIGN)
    assert "10 pairs removed (p-70, " in told(gate(project))
    commit_all(project)
    write_rows(project, rows(project)[:60], name="fewest.jsonl")
    commit_all(project)
    (suite(project) / "pairs.jsonl").unlink()
    (suite(project) / "pairs.jsonl").symlink_to("fewest.jsonl")
    write_spec(project, f"{BENIGN} Really.")
    assert "10 pairs removed (p-60, " in told(gate(project))


def test_broken_pairs_at_the_base_cannot_be_compared(project: Path) -> None:
    whole = (suite(project) / "pairs.jsonl").read_text()
    (suite(project) / "pairs.jsonl").write_text(whole + '{"prompt": "?"}\n')
    commit_all(project)
    (suite(project) / "pairs.jsonl").write_text(whole)
    found = gate(project)
    assert found.verdict == "PASS" and "how it was cannot be read (pairs.jsonl:81: " in told(found)
    write_spec(project, BENIGN)
    found = gate(project)
    assert found.verdict == "UNVERIFIABLE"
    assert "how it was cannot be read (pairs.jsonl:81: no 'chosen')" in told(found)


def test_broken_settings_at_the_base_cannot_be_compared(project: Path) -> None:
    (suite(project) / "suite.toml").write_text("[gate]\nmargen = 0.3\n")
    commit_all(project)
    (suite(project) / "suite.toml").write_text("[gate]\nmargin = 0.3\n")
    write_spec(project, BENIGN)
    found = gate(project)
    assert found.verdict == "UNVERIFIABLE"
    assert "how it was cannot be read (suite.toml: unknown key 'gate.margen')" in told(found)


def test_pairs_git_does_not_know_are_said(project: Path) -> None:
    git = ("git", "-c", "user.name=test", "-c", "user.email=test@example.invalid")
    subprocess.run(
        [*git, "rm", "-q", "--cached", "suites/tone/pairs.jsonl"], cwd=project, check=True
    )
    subprocess.run([*git, "commit", "-qm", "Data elsewhere"], cwd=project, check=True)
    write_spec(project, BENIGN)
    found = gate(project)
    assert found.verdict == "PASS"
    assert "Git has no earlier pairs of this suite to compare these with." in found.sentences


def test_without_a_base_there_is_nothing_to_compare(project: Path) -> None:
    change(project, relabelled, "p-07")
    write_spec(project, BENIGN)
    assert "judges" not in told(gate(project, base="empty"))
    assert gate(project, base="HEAD").verdict == "UNVERIFIABLE"


def test_a_folder_of_preference_data_is_compared(project: Path) -> None:
    data = suite(project) / "data"
    data.mkdir()
    for i, row in enumerate(rows(project)):
        (data / f"{i:02}.json").write_text(json.dumps([row]))
    (suite(project) / "pairs.jsonl").unlink()
    (suite(project) / "suite.toml").write_text('pairs = "data"\n')
    commit_all(project)
    write_spec(project, BENIGN)
    assert gate(project).verdict == "PASS"
    (data / "07.json").unlink()
    assert "1 pair removed (p-07)" in told(gate(project))


def pairs(*lines: Row) -> Any:
    return parse_pairs([json.dumps(line) for line in lines], "pairs.jsonl")


def test_equal_pairs_under_ids_of_their_own_are_counted() -> None:
    one = {"prompt": "A?", "chosen": "a", "rejected": "b"}
    then = pairs({**one, "id": "x"}, {**one, "id": "y"})
    assert compare_pairs(then, then) == Drift()
    assert compare_pairs(then, pairs({**one, "id": "z"})) == Drift(removed=("y",))
    assert compare_pairs(then[:1], then) == Drift(added=("y",))


def test_every_deciding_setting_is_compared() -> None:
    now = SuiteSettings(
        description="x",
        gate=GateSettings(on_lost="fail"),
        split=SplitSettings(seed=1),
        score=ScoreSettings(reduce="sum"),
        engine=EngineSettings(dtype="bfloat16", device="cpu"),
    )
    assert compare_settings(SuiteSettings(), now) == (
        'gate.on_lost "gate" -> "fail"',
        "split.seed 0 -> 1",
        'score.reduce "auto" -> "sum"',
        'engine.dtype "float32" -> "bfloat16"',
    )
