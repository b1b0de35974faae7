"""Hold-out: paths counted by hand, an adaptive opponent kept at bay, looks counted."""

from itertools import product
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from scipy.stats import norm

from specharness.errors import UsageError
from specharness.gate.commands import holdout_command
from specharness.gate.holdout import (
    Seen,
    count_looks,
    explain_exposure,
    expose,
    looks_text,
    paths,
    read_looks,
)
from specharness.gate.stats import pairs_to_pass
from specharness.run import Options, run_suite
from specharness.runfile import write_run
from specharness.settings import GateSettings
from specharness.suitefile import load_suite
from tests.projects import commit_all, make_project
from tests.runs import make_run
from tests.test_looks import Reader

SETTINGS = GateSettings()


@pytest.mark.parametrize(("looks", "refused"), [(0, 0), (3, 0), (4, 1), (5, 2), (4, 4)])
def test_paths_are_counted_by_hand(looks: int, refused: int) -> None:
    all_of_them = product(("PASS", "FAIL", "UNPROVEN"), repeat=looks)
    few = sum(sum(v != "PASS" for v in path) <= refused for path in all_of_them)
    assert paths(looks, refused) == few


def test_the_level_keeps_an_adaptive_opponent_at_bay() -> None:
    # Worthless edits (true drop = margin), the next one chosen by the verdicts so far: whoever
    # could see all paths would submit the edit that passes. 3 looks, at most 1 refused.
    rng = np.random.default_rng(0)
    ways = paths(3, 1)
    scores = rng.standard_normal((20_000, ways))  # one edit for each path that may lead to it
    passes = scores > norm.isf(SETTINGS.alpha_pass / ways)
    assert passes.any(axis=1).mean() <= SETTINGS.alpha_pass
    assert (scores > norm.isf(SETTINGS.alpha_pass)).any(axis=1).mean() > 4 * SETTINGS.alpha_pass


def test_an_unbroken_row_of_passes_teaches_nothing() -> None:
    found = expose(500, 0, 400, SETTINGS, hidden=True)
    assert (found.level, found.left, found.rotate) == (0.05, None, False)
    assert found.needs == pairs_to_pass(5e4, 5e4, 1e6, 0.05, 0.05)


def test_refusals_wear_pairs_out() -> None:
    found = [expose(20, refused, 600, SETTINGS, hidden=True) for refused in range(4)]
    assert [f.rotate for f in found] == [False, False, True, True]
    assert found[1].level == 0.05 / 41
    assert sorted(f.needs for f in found) == [f.needs for f in found]
    assert found[2].left == 0


def test_what_is_left_is_the_last_look_that_holds() -> None:
    found = expose(4, 1, 600, SETTINGS, hidden=True)
    assert found.left
    assert not expose(4 + found.left, 1, 600, SETTINGS, hidden=True).rotate
    assert expose(4 + found.left + 1, 1, 600, SETTINGS, hidden=True).rotate


def test_shown_pairs_are_divided_by_looks_and_told_so() -> None:
    found = expose(9, 4, 300, SETTINGS, hidden=False)
    assert found.level == pytest.approx(0.005)
    assert explain_exposure(found, hidden=False) == (
        "These 300 gate pairs have been looked at 9 times, 4 of them no PASS; the next PASS would "
        "have to hold at level 0.005, which takes about 309 pairs.",
        "They are worn: put fresh pairs into the gate and let these compile or rest.",
        "Their results are shown pair by pair: no bound covers an edit that was written for pairs "
        "it saw. Hide the hold-out, or take fresh pairs for a release.",
    )
    fresh = explain_exposure(expose(0, 0, 300, SETTINGS, hidden=True), hidden=True)
    assert fresh == (
        "These 300 gate pairs have not been looked at yet; the next PASS would have to hold at "
        "level 0.05, which takes about 126 pairs.",
        "They last for more than 1,000 further looks of this kind.",
    )


def test_counts_that_cannot_be_are_refused() -> None:
    with pytest.raises(UsageError, match="3 of 2 refused"):
        expose(2, 3, 100, SETTINGS, hidden=True)


def test_one_spec_counts_once_and_other_pairs_not_at_all() -> None:
    seen = [
        Seen(pairs="p", spec="a", verdict="PASS"),
        Seen(pairs="p", spec="a", verdict="PASS"),
        Seen(pairs="p", spec="b", verdict="FAIL"),
        Seen(pairs="old", spec="c", verdict="FAIL"),
    ]
    assert count_looks(seen, "p") == (2, 1)
    assert looks_text(seen).count("\n") == 3


@pytest.mark.parametrize("line", ["{", "[]", '{"pairs": "p"}'])
def test_a_broken_line_is_named(tmp_path: Path, line: str) -> None:
    path = tmp_path / "looks.jsonl"
    path.write_text(f"{looks_text([Seen(pairs='p', spec='a', verdict='PASS')])}{line}\n")
    with pytest.raises(UsageError, match=r"looks\.jsonl:2: no look"):
        read_looks(path)


def test_looks_are_counted_from_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(make_project(tmp_path, 70))
    monkeypatch.setenv("SPECHARNESS_CACHE", str(tmp_path / "cache"))
    commit_all(tmp_path)
    suite = load_suite(tmp_path / "suites" / "tone")
    run = run_suite(suite, Options(mode="live"), model=Reader())
    write_run(make_run(run), tmp_path / "reports" / "run.json")
    counted = CliRunner().invoke(holdout_command, ["tone", "--count", "--hidden"])
    assert counted.output.splitlines()[:2] == [
        f"counted in {Path('suites/tone/looks.jsonl')}",
        "These 70 gate pairs have been looked at once; the next PASS would have to hold at level "
        "0.05, which takes about 126 pairs.",
    ]
    again = CliRunner().invoke(holdout_command, ["tone", "--count"])
    assert "looked at once" in again.output
