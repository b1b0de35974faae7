"""A plan from a project's own runs: what they say, what the gate then does, what a user reads."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner, Result

from specharness import cli
from specharness.errors import UsageError
from specharness.gate.findings import Churn
from specharness.gate.gates import decide_at
from specharness.gate.observed import (
    Observed,
    Repeats,
    observe,
    read_repeats,
    repeats_path,
    repeats_text,
)
from specharness.gate.planning import plan_pairs
from specharness.gate.votes import clustered, design_effect
from specharness.gate.wanted import Wanted, tell_plan
from specharness.runfile import Case, SuiteRun, write_run, write_text
from specharness.settings import GateSettings
from tests.projects import make_project
from tests.runs import HEAD_SPEC, make_case, make_run, make_suite

CHURN = Churn(
    n=40, clusters=40, runs=5, share=0.06, low=0.03, high=0.11, alarms=0, drop=0.05,
    false_alarm=0.01, passed=0.3, caught=0.4, unstable=(),
)  # fmt: skip
REPEATS = Repeats(suite="tone", votes=3, size=2.0, churn=CHURN)


# --- planned with groups is what the gate then does ----------------------------------------------


def verdicts(n: int, size: int, icc: float, churn: float, drop: float) -> list[str]:
    """What the gate says of 120 edits on `n` pairs in groups whose flips correlate by `icc`."""
    rng, found = np.random.default_rng(n), list[str]()
    rates = [(churn + drop) / 2, (churn - drop) / 2]
    clusters = n // size
    groups = np.repeat(np.arange(clusters), size)
    for _ in range(120):
        whole, own = (
            rng.choice([-1, 1, 0], k, p=[*rates, 1 - sum(rates)]) for k in (clusters, groups.size)
        )
        flips = np.where(rng.random(groups.size) < np.sqrt(icc), whole[groups], own)
        base = np.where(flips < 0, 0.8, np.where(flips > 0, 0.2, 0.8))
        head = np.where(flips < 0, 0.2, np.where(flips > 0, 0.8, 0.8))
        decided = decide_at(base, head, groups=groups.tolist(), settings=GateSettings(), draws=499)
        found.append(decided.verdict)
    return found


@pytest.mark.parametrize(("size", "icc"), [(4, 0.25), (2, 1.0)])
def test_the_planned_groups_are_enough_and_far_fewer_are_not(size: int, icc: float) -> None:
    plan, effect = plan_pairs(0.05, churn=0.1), design_effect(size, icc)
    assert plan.to_pass and plan.to_catch
    to_pass, to_catch = (clustered(n, effect) for n in (plan.to_pass, plan.to_catch))
    passed = verdicts(to_pass, size, icc, 0.1, 0.0).count("PASS") / 120
    assert 0.68 < passed < 0.92
    assert 0.68 < verdicts(to_catch, size, icc, 0.1, 0.05).count("FAIL") / 120 < 0.92
    # planned as if every pair stood alone, an edit passes less often than was asked for
    assert verdicts(plan.to_pass, size, icc, 0.1, 0.0).count("PASS") / 120 < passed - 0.05


# --- what runs say -------------------------------------------------------------------------------


def grouped(lost: int = 3, won: int = 1, kept: int = 16, size: int = 2) -> SuiteRun:
    """A run of pairs in groups of `size`, whose members moved alike."""
    kinds = ["lost"] * lost + ["won"] * won + ["kept"] * kept
    cases = [
        make_case(f"p-{i}-{j}", kind, group=f"g{i}")  # type: ignore[arg-type]
        for i, kind in enumerate(kinds)
        for j in range(size)
    ]
    return make_suite("tone", cases)


def stored(tmp_path: Path, *suites: SuiteRun) -> Path:
    write_run(make_run(*suites), tmp_path / "run.json")
    return tmp_path / "run.json"


def test_a_run_says_what_turned_and_how_pairs_moved_together(tmp_path: Path) -> None:
    found = observe("tone", stored(tmp_path, grouped()), tmp_path / "none.json")
    assert found.churn == pytest.approx(8 / 40)
    assert (found.size, found.icc, found.aa, found.votes) == (2.0, 1.0, None, 0)
    assert found.told == (
        "The last run of tone, 40 pairs in 20 groups: its edit turned 20.0 % of them (95 % "
        "interval 10.5 to 34.8).",
    )


def test_pairs_that_stand_alone_have_no_groups(tmp_path: Path) -> None:
    found = observe("tone", stored(tmp_path, grouped(size=1)), tmp_path / "none.json")
    assert (found.size, found.icc) == (1.0, 0.0) and "groups" not in found.told[0]


def test_a_run_in_which_nothing_turned_says_nothing_of_edits(tmp_path: Path) -> None:
    path = stored(tmp_path, grouped(lost=0, won=0))
    found = observe("tone", path, tmp_path / "none.json")
    assert (found.churn, found.icc, found.size) == (None, None, 2.0)


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"base_spec": ""}, "it compared with no spec, so no edit was measured yet."),
        ({"base_spec": HEAD_SPEC}, "its spec was as at the base, so no edit was measured yet."),
    ],
)
def test_a_run_without_an_edit_says_nothing_of_edits(
    tmp_path: Path, changes: dict[str, str], told: str
) -> None:
    run = replace(grouped(won=20, lost=0, kept=0), **changes)  # type: ignore[arg-type]
    found = observe("tone", stored(tmp_path, run), tmp_path / "none.json")
    assert (found.churn, found.icc, found.size) == (None, None, 2.0)
    assert found.told[0].endswith(told)
    plan = tell_plan(Wanted(size=1.0), found)
    assert "About 274 pairs are needed for an edit that does no harm" in plan[1]
    assert "for edits that turn 10.0 % of the pairs round" in plan[4]
    assert plan[4].endswith("The share is assumed: count it in a run of yours (lost and won, of "
                            "all pairs), and give it as --churn.")  # fmt: skip


def test_hidden_pairs_are_in_no_run_and_so_in_no_plan(tmp_path: Path) -> None:
    whole = grouped()
    shown: tuple[Case, ...] = whole.cases[8:]  # those that moved are hidden
    found = observe("tone", stored(tmp_path, replace(whole, cases=shown)), tmp_path / "no")
    assert found.churn is None


def test_an_aa_run_says_what_turns_by_itself(tmp_path: Path) -> None:
    write_text(tmp_path / "aa.json", repeats_text(REPEATS))
    assert read_repeats(tmp_path / "aa.json") == REPEATS
    alone = observe("tone", tmp_path / "none.json", tmp_path / "aa.json")
    assert (alone.aa, alone.votes, alone.size, alone.churn) == (0.06, 3, 2.0, None)
    both = observe("tone", stored(tmp_path, grouped()), tmp_path / "aa.json")
    assert (both.aa, both.icc) == (0.06, 1.0) and len(both.told) == 2


def test_nothing_stored_is_told(tmp_path: Path) -> None:
    path = stored(tmp_path, make_suite("other"))
    with pytest.raises(UsageError, match="no run of tone is stored here; `specharness run tone`"):
        observe("tone", path, tmp_path / "none.json")


@pytest.mark.parametrize("text", ["{", "[]", "{}", repeats_text(replace(REPEATS, size=0.5))])
def test_a_broken_aa_record_is_told(text: str, tmp_path: Path) -> None:
    (tmp_path / "aa.json").write_text(text)
    with pytest.raises(UsageError, match=r"aa\.json: no A/A run; write it again"):
        observe("tone", tmp_path / "none.json", tmp_path / "aa.json")


# --- what a user reads ---------------------------------------------------------------------------


def type_(*words: str) -> Result:
    return CliRunner().invoke(cli.main, ["plan", *words])


FROM_RUNS = """\
The last run of tone, 40 pairs in 20 groups: its edit turned 20.0 % of them (95 % interval 10.5 to \
34.8).
Its A/A run: 6.0 % of the verdicts turn when nothing changed (95 % interval 3.0 to 11.0).
Planned for the suite's own [gate]: a margin of 5.0 points, alpha_fail 0.05, alpha_pass 0.05.
About 507 pairs are needed for an edit that does no harm to pass 4 times in 5.
About 536 pairs are needed for an edit that costs 5.0 points to fail 4 times in 5.
With fewer than 59 pairs nothing passes: even if none is lost, that many are needed to exclude a \
drop of 5.0 points.
This is for edits that turn 20.0 % of the pairs round, as often for better as for worse when they \
do no harm: fewer flips need fewer pairs.
Groups of 2 whose pairs move together (correlation 1.00): 2 pairs are worth one that stands alone.
So it takes 1,014 to pass and 1,072 to catch a drop, in about 536 groups; fresh prompts count more \
than further pairs of one.
"""


def test_a_plan_is_read_from_the_projects_own_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(make_project(tmp_path, pairs=4))
    assert type_("tone").exit_code == 4
    stored(Path("reports"), grouped())
    write_text(repeats_path("tone"), repeats_text(replace(REPEATS, votes=0)))
    assert type_("tone").output == FROM_RUNS
    write_text(repeats_path("tone"), repeats_text(REPEATS))
    told = type_("tone").output
    assert told.startswith(FROM_RUNS) and "Fewest votes in all: " in told
    asked = type_("tone", "--churn", "0.1", "--cluster-size", "1").output
    assert "About 274 pairs are needed" in asked and "Groups" not in asked


def test_options_say_what_no_run_does() -> None:
    told = type_("--cluster-size", "5", "--icc", "0.25", "--pairs", "200").output
    assert "Groups of 5 whose pairs move together (correlation 0.25): 2 pairs are worth" in told
    assert "So it takes 548 to pass and 534 to catch a drop, in about 110 groups" in told
    alone = type_("--pairs", "100").output.splitlines()[-2:]
    assert [line.replace("200", "100") for line in told.splitlines()[-2:]] == alone
    voted = type_("--votes", "1", "--votes", "5", "--aa-churn", "0.08").output
    assert "1 vote a pair: an edit turns 10.0 % of the pairs, so 274 pairs (274 votes)." in voted
    assert "5 votes a pair" in voted and "3 votes a pair" not in voted
    assert "How many votes pay, an A/A run says" in type_("--votes", "3").output


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--votes", "2", "--aa-churn", "0.05"), "--votes: 2: an even number of votes can tie"),
        (("--cluster-size", "0.5"), "--cluster-size: groups of 0.5 with a correlation of 1"),
        (("--icc", "2", "--cluster-size", "3"), "--cluster-size: groups of 3 with a correlation"),
        (("--churn", "1.5"), "--churn: 1.5"),
        (("--cluster-size", "inf"), "--cluster-size: groups of inf with a correlation of 1; give"),
        (("--cluster-size", "nan"), "--cluster-size: groups of nan with a correlation of 1; give"),
        (("--cluster-size", "1e300"), "--cluster-size: groups of 1e+300 with"),
        (("--pairs", "1" + "0" * 400), "--pairs: 1000"),
        (("--votes", "1" + "0" * 30 + "1", "--aa-churn", "0.05"), "--votes: 1000"),
        (("--margin", "nan"), "--margin: nan points"),
        (("--alpha-pass", "0.5"), "--alpha-pass: 0.5; give a share between 0 and 0.5"),
        (
            ("--votes", "3", "--aa-churn", "0.05", "--churn", "0.35"),
            "--churn: 0.35 is more than can turn where 0.05 turn by themselves; give a share of at "
            "most 0.32",
        ),
        (
            ("--votes", "3", "--aa-churn", "0.6", "--churn", "0.7"),
            "--aa-churn: 0.6 is more than can turn by noise alone; give a share of at most 0.4",
        ),
        (("nosuite",), "nosuite"),
    ],
)
def test_mistakes_are_one_line(words: tuple[str, ...], told: str) -> None:
    done = type_(*words)
    assert done.exit_code == 4 and done.output.startswith(told)
    assert done.output.count("\n") == 1


def test_a_plan_is_for_the_suites_own_margin_and_levels(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = make_project(tmp_path, pairs=4)
    monkeypatch.chdir(root)
    stored(Path("reports"), grouped())
    (root / "suites/tone/suite.toml").write_text("[gate]\nmargin = 0.1\nalpha_pass = 0.01\n")
    own = type_("tone", "--cluster-size", "1").output
    gate = GateSettings(margin=0.1, alpha_pass=0.01)
    plan = plan_pairs(0.1, churn=0.2, alpha_fail=gate.alpha_fail, alpha_pass=gate.alpha_pass)
    assert "Planned for the suite's own [gate]: a margin of 10.0 points, alpha_fail 0.05, " in own
    assert f"About {plan.to_pass} pairs are needed for an edit that does no harm" in own
    assert f"About {plan.to_catch} pairs are needed for an edit that costs 10.0 points" in own
    asked = type_("tone", "--margin", "5", "--alpha-pass", "0.05", "--cluster-size", "1").output
    assert "Planned for what is asked; the suite's own [gate] has a margin of 10.0 points" in asked
    assert "About 507 pairs are needed for an edit that does no harm" in asked
    write_text(repeats_path("tone"), repeats_text(REPEATS))
    voted = tell_plan(
        Wanted(gate=gate, votes=(3,), size=1.0), Observed(churn=0.2, aa=0.06, votes=3)
    )
    assert f"so {max(plan.to_pass or 0, plan.to_catch or 0)} pairs" in " ".join(voted)


def test_an_edit_that_turned_nearly_all_is_no_mistake_of_the_user() -> None:
    told = tell_plan(Wanted(), Observed(churn=0.9, aa=0.05, votes=3))
    assert told[-1].startswith("The last edit turned 90.0 % of the pairs, more than one that has")
    with pytest.raises(UsageError, match=r"--churn: 0\.9 is more than can turn"):
        tell_plan(Wanted(churn=0.9), Observed(aa=0.05, votes=3))


def test_the_bound_that_is_told_is_in_reach() -> None:
    done = type_("--votes", "3", "--aa-churn", "0.05", "--churn", "0.9")
    bound = done.output.split()[-1]
    for words in (("--aa-churn", "0.05", "--churn", bound), ("--aa-churn", "1e-30")):
        assert type_("--votes", "3", *words).exit_code == 0


def test_a_judge_that_turns_more_than_an_edit_did_is_told() -> None:
    seen = Observed(churn=0.05, aa=0.08, votes=2)
    told = tell_plan(Wanted(margin=0.05), seen)
    assert any(line.startswith("The judge alone turns 8.0 %, more than an edit") for line in told)
