"""Hold-out: paths counted by hand, an adaptive opponent kept at bay, looks counted."""

import json
from itertools import product
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from scipy.stats import norm

from specharness.errors import UsageError
from specharness.gate.commands import holdout_command
from specharness.gate.exposure import count_run, suite_exposure
from specharness.gate.holdout import explain_exposure, expose, paths
from specharness.gate.lookfile import (
    LOOKED,
    Looks,
    Seen,
    count_looks,
    count_unknown,
    looks_text,
    mark,
    most_looked,
    read_looks,
)
from specharness.gate.stats import pairs_to_pass
from specharness.ledger.accepting import accept_verdict
from specharness.pairs import load_pairs
from specharness.run import Options, run_suite
from specharness.runfile import write_run
from specharness.settings import GateSettings
from specharness.suitefile import Suite, load_suite
from tests.projects import commit_all, make_project
from tests.runs import make_run
from tests.test_looks import Reader

SETTINGS = GateSettings()
LOOK = Looks(seen=(Seen(pairs="p", spec="a", verdict="PASS"),))


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
    assert count_looks(seen, ["p"]) == (2, 1)
    assert looks_text(Looks(seen=tuple(seen))).count("\n") == 3


def test_too_few_pairs_are_never_called_worn() -> None:
    for looks, often in ((0, "not been looked at yet"), (3, "been looked at 3 times")):
        told = explain_exposure(expose(looks, 0, 40, SETTINGS, hidden=True), hidden=True)
        assert told == (
            f"These 40 gate pairs have {often}.",
            "They are too few for a margin of 5.0 points, looked at or not: about 126 pairs are "
            "needed until a harmless edit that turns 10.0 % of them passes as often as not.",
            "Add pairs, or set a wider `margin` under [gate]; `specharness plan SUITE` says how "
            "many make a gate that can be relied on.",
        )
    assert not expose(3, 0, 40, SETTINGS, hidden=False).rotate
    assert expose(40, 0, 130, SETTINGS, hidden=False).rotate
    wide = GateSettings(margin=0.15)
    assert "too few" not in " ".join(
        explain_exposure(expose(0, 0, 40, wide, hidden=True), hidden=True)
    )


def test_the_pairs_that_were_looked_at_most_are_counted() -> None:
    seen = tuple(
        Seen(pairs=name, spec=spec, verdict=verdict)
        for name, spec, verdict in [
            ("old", "a", "PASS"), ("old", "b", "FAIL"), ("new", "b", "FAIL"), ("new", "c", "PASS"),
            ("gone", "d", "PASS"),
        ]
    )  # fmt: skip
    looks = Looks(seen=seen, marks={"old": frozenset("12"), "new": frozenset("23")})
    # 2 was in both: a, b (once, though in both) and c; 4 was in none; nothing names "gone"
    assert most_looked(looks, ["1", "2", "3", "4"]) == [(3, 1, 1), (2, 1, 2), (0, 0, 1)]
    assert count_unknown(looks) == 1


def test_a_looks_file_is_small_and_read_as_it_was_written(tmp_path: Path) -> None:
    pairs = load_suite(make_project(tmp_path, 200) / "suites" / "tone").pairs_path
    marks = frozenset(mark(pair) for pair in load_pairs(pairs))
    assert len(marks) == 200
    seen = tuple(Seen(pairs="p" * 64, spec=f"{n:064}", verdict="PASS") for n in range(50))
    text = looks_text(Looks(seen=seen, marks={"p" * 64: marks}))
    assert len(text) < 13_000  # 2.1 kB for the pairs, however many looks
    path = tmp_path / LOOKED
    path.write_text(text)
    assert looks_text(read_looks(path)) == text
    assert read_looks(path).marks == {"p" * 64: marks}


BROKEN = ["{", "[]", '{"pairs": "p"}', '{"pairs": "p", "texts": "0123"}', '{"texts": "0123456789"}']


@pytest.mark.parametrize("line", BROKEN)
def test_a_broken_line_is_named(tmp_path: Path, line: str) -> None:
    path = tmp_path / "looks.jsonl"
    path.write_text(f"{looks_text(LOOK)}{line}\n")
    with pytest.raises(UsageError, match=r"looks\.jsonl:2: no look"):
        read_looks(path)


@pytest.fixture
def suite(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Suite:
    monkeypatch.chdir(make_project(tmp_path, 140))
    monkeypatch.setenv("SPECHARNESS_CACHE", str(tmp_path / "cache"))
    commit_all(tmp_path)
    return load_suite(tmp_path / "suites" / "tone")


def look(suite: Suite, spec: str) -> None:
    """A run of the suite as it is now under this spec, counted."""
    (suite.folder / "spec.md").write_text(f"{spec}\n")
    run = run_suite(load_suite(suite.folder), Options(mode="live"), model=Reader())
    write_run(make_run(run), Path("reports/run.json"))
    count_run(suite, Path("reports/run.json"))


def test_looks_are_counted_from_runs(suite: Suite) -> None:
    run = run_suite(suite, Options(mode="live"), model=Reader())
    write_run(make_run(run), Path("reports/run.json"))
    counted = CliRunner().invoke(holdout_command, ["tone", "--count", "--hidden"])
    assert counted.output.splitlines()[:2] == [
        f"counted in {Path('suites/tone/looks.jsonl')}",
        "These 140 gate pairs have been looked at once; the next PASS would have to hold at level "
        "0.05, which takes about 126 pairs.",
    ]
    again = CliRunner().invoke(holdout_command, ["tone", "--count"])
    assert "looked at once" in again.output


def test_a_pair_taken_out_or_put_in_makes_no_other_fresh(suite: Suite) -> None:
    for n in range(3):
        look(suite, f"Prefer the best. {n}")
    rows = suite.pairs_path.read_text().splitlines()
    suite.pairs_path.write_text("\n".join(rows[1:]) + "\n")
    found = suite_exposure(suite, hidden=True)
    assert (found.looks, found.pairs, found.total, found.unknown) == (3, 139, 139, 0)
    fresh = '{"id": "new", "prompt": "New?", "chosen": "Good.", "rejected": "Bad."}'
    renamed = rows[1].replace('"p-01"', '"another"')  # another name is no other pair
    suite.pairs_path.write_text("\n".join([renamed, *rows[2:], fresh]) + "\n")
    look(suite, "Prefer the best. 3")
    found = suite_exposure(suite, hidden=True)
    assert (found.looks, found.pairs, found.total) == (4, 139, 140)
    told = explain_exposure(found, hidden=True)[0]
    assert told.startswith("Of these 140 gate pairs the 139 most looked at have been looked at 4 ")
    with_others = [row.replace("Bad", "Poor") for row in rows]
    suite.pairs_path.write_text("\n".join(with_others) + "\n")
    assert suite_exposure(suite, hidden=True).looks == 0


def test_accepted_looks_at_earlier_pairs_are_found_in_git(suite: Suite) -> None:
    (suite.folder / "spec.md").write_text("Prefer the very best.\n")
    edited = load_suite(suite.folder)
    run = run_suite(edited, Options(mode="record"), model=Reader())
    write_run(make_run(run), Path("reports/run.json"))
    accept_verdict(edited, Path("reports/run.json"), "fine")
    rows = suite.pairs_path.read_text().splitlines()
    suite.pairs_path.write_text("\n".join(rows[5:]) + "\n")
    found = suite_exposure(suite, hidden=True)
    assert (found.looks, found.total, found.unknown) == (1, 135, 0)


def test_looks_at_pairs_that_nothing_names_are_told(suite: Suite) -> None:
    old = [Seen(pairs="0" * 64, spec=f"{n}", verdict="PASS") for n in range(2)]
    (suite.folder / LOOKED).write_text(looks_text(Looks(seen=tuple(old))))
    found = suite_exposure(suite, hidden=True)
    assert (found.looks, found.unknown) == (0, 2)
    assert explain_exposure(found, hidden=True)[-1] == (
        "2 further looks were at pairs as neither looks.jsonl nor git has them: whether some of "
        "these were among them is not known."
    )


def test_a_run_of_other_pairs_is_no_look_at_these(suite: Suite) -> None:
    look(suite, "Prefer the best. 1")
    rows = suite.pairs_path.read_text().splitlines()
    suite.pairs_path.write_text("\n".join(rows[1:]) + "\n")
    with pytest.raises(UsageError, match="the pairs of tone are not those it is of any more; run"):
        count_run(suite, Path("reports/run.json"))


def test_groups_are_told_of(suite: Suite) -> None:
    rows = [json.loads(row) for row in suite.pairs_path.read_text().splitlines()]
    grouped = [row | {"group": f"g{n // 2}"} for n, row in enumerate(rows)]
    suite.pairs_path.write_text("".join(f"{json.dumps(row)}\n" for row in grouped))
    told = " ".join(explain_exposure(suite_exposure(suite, hidden=True), hidden=True))
    assert told.startswith("These 140 gate pairs (in 70 groups) have not been looked at yet. They ")
    assert "about 126 groups are needed" in told
