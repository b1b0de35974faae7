"""Deciding on batches: laziness, verdicts and words, error rates by simulation, a real run."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from specharness import cli
from specharness.errors import UsageError
from specharness.gate.anytime import anytime_interval
from specharness.gate.findings import Quarantined
from specharness.gate.gates import decide
from specharness.gate.looks import (
    Batch,
    decide_by_looks,
    decide_until,
    plan_batches,
    plan_looks,
)
from specharness.gate.quarantine import QUARANTINE, quarantine_text
from specharness.gate.until import run_until_decided
from specharness.ledger.accepting import accept_verdict
from specharness.ledger.verifying import run_difference
from specharness.model import Logprobs, Request, Unmeasured
from specharness.report.annotations import find_notes, render_github
from specharness.report.badge import render_badge
from specharness.report.html import render_html
from specharness.report.markdown import render_markdown
from specharness.report.terminal import render_terminal
from specharness.run import Options, run_suite
from specharness.runfile import SuiteRun, write_run
from specharness.score.sensitivity import planted_pairs
from specharness.settings import GateSettings
from specharness.suitefile import Suite, load_suite
from tests.benchmarks.wholegate import Edit, margins, preferences
from tests.obedient import IDENTITY, Obedient
from tests.projects import commit_all, make_project, write_spec
from tests.runs import make_run
from tests.test_report_formats_messages import wrong_on
from tests.toy import ToyModel


def batch(n: int, lost: int = 0, won: int = 0, first: int = 0) -> Batch:
    base, head = [0.9] * n, [0.9] * n
    head[:lost] = [0.1] * lost
    base[lost : lost + won] = [0.1] * won
    return Batch(base=base, head=head, groups=[f"g{first + i}" for i in range(n)])


class Counted:
    """Batches that say how many were asked for."""

    def __init__(self, *batches: Batch) -> None:
        self.batches, self.asked = batches, 0

    def __iter__(self) -> Iterator[Batch]:
        for one in self.batches:
            self.asked += 1
            yield one


# --- planned looks -------------------------------------------------------------------------------


def test_a_clear_loss_ends_at_the_first_look() -> None:
    batches = Counted(batch(200, lost=60), batch(200, first=200))
    found = decide_by_looks(batches, 400)
    assert (found.verdict, batches.asked, found.looks[0].n) == ("FAIL", 1, 200)
    assert found.sentences[-1] == (
        "Look 1 at the pairs (200 of 400), so 200 pairs need not be measured: a loss had to reach "
        "p = 0.0037 and its absence p = 0.0056, so that all looks together err no more often than "
        "one."
    )


def test_what_one_look_would_show_may_not_do_at_an_early_one() -> None:
    early = batch(150, lost=9, won=2)
    assert decide(early.base, early.head).verdict == "FAIL"
    found = decide_by_looks([early, batch(150, lost=1, won=5, first=150)], 300)
    assert [look.verdict for look in found.looks] == ["UNPROVEN", "PASS"]


def test_one_look_at_everything_is_the_gate() -> None:
    whole = batch(400, lost=20, won=9)
    found = decide_by_looks([whole], 400)
    assert found.decision is not None
    plain = decide(whole.base, whole.head, groups=whole.groups)
    assert found.decision == replace(plain, detectable=found.decision.detectable)


def test_few_pairs_get_no_planned_looks() -> None:
    with pytest.raises(UsageError, match="299 pairs are too few for planned looks"):
        decide_by_looks([batch(299)], 299)
    with pytest.raises(UsageError, match="no pairs"):
        decide_by_looks([], 300)


# --- until decided -------------------------------------------------------------------------------


def test_no_more_is_asked_for_than_it_takes() -> None:
    batches = Counted(*(batch(50, lost=12, first=50 * i) for i in range(9)))
    found = decide_until(batches)
    assert (found.verdict, batches.asked) == ("FAIL", 1)
    assert found.sentences == (
        "50 pairs measured: 12 lost, 0 won (-24.0 points; 90 % interval -43.3 to -8.7, whenever "
        "one stops).",
        "A loss is shown: an edit that does no harm gets here less than 5 times in 100.",
        "Looked once; by e-values, which may be looked at after every pair.",
    )


def test_a_pass_takes_pairs_even_when_none_is_lost() -> None:
    found = decide_until(batch(20, first=20 * i) for i in range(9))
    assert (found.verdict, found.looks[-1].n) == ("PASS", 100)
    assert found.sentences[1] == "Not worse: a drop of 5.0 points or more is excluded."


def test_what_stays_open_says_how_far_it_got() -> None:
    found = decide_until([batch(60, lost=3, won=1)])
    assert found.verdict == "UNPROVEN"
    assert found.sentences[1] == (
        "Neither a loss nor its absence is shown, and there are no more pairs: the evidence for a "
        "loss is 0.62 (it takes 20), for its absence 0.68 (it takes 20). Add pairs and go on: what "
        "is measured counts."
    )
    assert decide_until([]).sentences == ("Nothing was measured.",)


def test_more_won_than_lost_never_fails() -> None:
    base, head = [0.51] * 30 + [0.49] * 3, [0.02] * 2 + [0.505] * 28 + [0.6] * 3
    found = decide_until([Batch(base=base, head=head, groups=list(range(33)))])
    assert found.looks[-1].won > found.looks[-1].lost
    assert found.verdict != "FAIL"


def test_groups_count_once() -> None:
    alone = batch(100, lost=8)
    together = replace(alone, groups=[i // 10 for i in range(100)])
    assert decide_until([alone]).verdict == "FAIL"
    assert decide_until([together], largest=10).verdict == "UNPROVEN"


def ends(edit: Edit, runs: int, n: int, *, planned: bool) -> tuple[float, float]:
    """Shares of FAIL and PASS over simulated edits that are looked at in batches."""
    rng, said = np.random.default_rng(n), []
    for _ in range(runs):
        base, head = (preferences(x) for x in margins(rng, n, edit))
        groups = [str(i) for i in range(n)]
        parts = np.array_split(np.arange(n), 3) if planned else plan_batches(groups)
        batches = [
            Batch(base=base[p].tolist(), head=head[p].tolist(), groups=[groups[i] for i in p])
            for p in parts
        ]
        found = decide_by_looks(batches, n) if planned else decide_until(batches)
        said.append(found.verdict)
    return said.count("FAIL") / runs, said.count("PASS") / runs


def most(share: float, runs: int) -> float:
    return share + 3 * float(np.sqrt(share * (1 - share) / runs))


@pytest.mark.parametrize("planned", [True, False])
def test_all_looks_together_err_no_more_often_than_one(planned: bool) -> None:
    runs = 50 if planned else 80
    assert ends(Edit(), runs, 300, planned=planned)[0] <= most(0.05, runs)
    assert ends(Edit(0.05), runs, 300, planned=planned)[1] <= most(0.05, runs)


# --- the interval --------------------------------------------------------------------------------


def test_the_interval_holds_the_truth_whenever_one_stops() -> None:
    # the truth is the drop itself: by construction a shift of all margins loses that share
    runs, n, missed = 100, 300, {"above": 0, "below": 0}
    for drop in (0.0, 0.05):
        rng = np.random.default_rng(int(100 * drop) + 5)
        for _ in range(runs):
            base, head = (preferences(x) for x in margins(rng, n, Edit(drop)))
            found = decide_until(split(base, head, plan_batches([str(i) for i in range(n)])))
            assert found.interval is not None
            missed["above"] += found.interval[0] > -drop
            missed["below"] += found.interval[1] < -drop
    assert max(missed.values()) <= most(0.05, 2 * runs) * 2 * runs
    assert sum(missed.values()) <= most(0.10, 2 * runs) * 2 * runs


def test_the_interval_is_that_of_the_verdict() -> None:
    for lost, margin in ((0, 0.05), (1, 0.05), (3, 0.05), (3, 0.15)):
        one = batch(120, lost=lost)
        found = decide_until([one], settings=GateSettings(margin=margin))
        assert found.interval is not None
        low, high = found.interval
        assert low <= -lost / 120 <= high
        assert (found.verdict == "PASS") == (-low < margin)
    assert anytime_interval([], [], 1, 0.05) == (-1.0, 1.0)
    mirrored = anytime_interval([1] * 9 + [0] * 40, [1] * 49, 1, 0.05)
    assert anytime_interval([-1] * 9 + [0] * 40, [1] * 49, 1, 0.05) == pytest.approx(
        (-mirrored[1], -mirrored[0])
    )


def split(base: np.ndarray, head: np.ndarray, parts: list[list[int]]) -> list[Batch]:
    return [
        Batch(base=base[p].tolist(), head=head[p].tolist(), groups=[str(i) for i in p])
        for p in parts
    ]


# --- pairs in quarantine -------------------------------------------------------------------------


def held(one: Batch, aside: int) -> Batch:
    """With the first so many pairs in quarantine."""
    return replace(one, kept=[i >= aside for i in range(len(one.base))])


def test_only_kept_pairs_show_a_loss_and_all_show_its_absence() -> None:
    lost_aside = held(batch(300, lost=30), 30)
    assert decide_until([batch(300, lost=30)]).verdict == "FAIL"
    found = decide_until([lost_aside])
    assert (found.verdict, found.is_spared, found.looks[-1].lost) == ("UNPROVEN", True, 30)
    assert found.sentences[1] == (
        "The loss shows only with pairs in quarantine: without them none is shown."
    )
    planned = decide_by_looks([lost_aside], 300, held=30)
    assert (planned.verdict, planned.is_spared) == ("UNPROVEN", True)
    assert planned.looks[-1].loss == 1.0 and planned.decision and planned.decision.lost == 30
    # a loss of the others is shown without them, and so it is in the figures of that look
    other = held(batch(300, lost=60), 30)
    assert decide_until([other]).verdict == decide_by_looks([other], 300, held=30).verdict == "FAIL"
    # a PASS counts them: 300 pairs that lose 12 pass with nobody's help or not at all
    close = held(batch(300, lost=12), 12)
    assert decide_until([close]).verdict == decide_by_looks([close], 300, held=12).verdict
    assert decide_by_looks([close], 300, held=12).verdict == "UNPROVEN"
    easy = held(batch(300), 30)
    assert decide_until([easy]).verdict == decide_by_looks([easy], 300, held=30).verdict == "PASS"


def test_a_batch_of_nothing_but_quarantine_or_errors_is_no_look_at_a_loss() -> None:
    nothing = Batch(base=(), head=(), groups=())
    parts = [held(batch(150, lost=15), 150), nothing, held(batch(150, first=150), 0)]
    found = decide_by_looks(parts, 300, held=150)
    assert len(found.looks) == 2 and found.looks[0].loss == 1.0
    assert len(decide_until(parts).looks) == 2
    assert decide_until([nothing]).verdict == "UNPROVEN"


@pytest.mark.parametrize("planned", [True, False])
def test_error_rates_hold_with_pairs_in_quarantine(planned: bool) -> None:
    runs, n, aside = 50 if planned else 80, 300, 30
    for drop, wrong in ((0.0, "FAIL"), (0.05, "PASS")):
        rng, said = np.random.default_rng(n), list[str]()
        for _ in range(runs):
            base, head = (preferences(x) for x in margins(rng, n, Edit(drop)))
            # those nearest to the line at base: the pairs that an A/A run finds unstable
            near = set(np.argsort(np.abs(base - 0.5))[:aside].tolist())
            thirds = [list(range(start, start + 100)) for start in (0, 100, 200)]
            parts = thirds if planned else plan_batches([str(i) for i in range(n)])
            batches = [
                replace(one, kept=[i not in near for i in part])
                for one, part in zip(split(base, head, parts), parts, strict=True)
            ]
            found = decide_by_looks(batches, n, held=aside) if planned else decide_until(batches)
            said.append(found.verdict)
        assert said.count(wrong) / runs <= most(0.05, runs)


def test_batches_are_whole_groups_in_an_order_no_result_chooses() -> None:
    groups = [f"prompt {i // 3}" for i in range(200)]
    batches = plan_batches(groups)
    assert sorted(i for one in batches for i in one) == list(range(200))
    owners = [{groups[i] for i in one} for one in batches]
    assert not any(a & b for k, a in enumerate(owners) for b in owners[k + 1 :])
    assert 40 <= len(batches[0]) <= 42
    assert batches == plan_batches(groups) != plan_batches(groups, seed=1)
    assert plan_batches([]) == []


# --- in a run ------------------------------------------------------------------------------------

FOLLOWS = {(p["rule"], p["follows"]) for p in planted_pairs()}
FOLLOWS |= {(p["opposite"], p["violates"]) for p in planted_pairs()}


class Reader(ToyModel):
    """Likes answers that begin with Good under "best", the others under "worst"."""

    def weigh(self, request: Request) -> Logprobs | Unmeasured:
        spec = request.messages[0].content if request.messages[0].role == "system" else ""
        good = request.response.startswith("Good")
        liked = (good and "best" in spec) or (not good and "worst" in spec)
        liked = liked or (spec, request.response) in FOLLOWS
        liked = liked or request.response.endswith("is Paris.")
        words = request.response.split()
        return Logprobs(tokens=tuple(-0.5 - 0.01 * i - (not liked) for i in range(len(words) + 1)))


@pytest.fixture
def suite(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Suite:
    monkeypatch.setenv("SPECHARNESS_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("GITHUB_BASE_REF", raising=False)
    make_project(tmp_path, 300)
    pairs = tmp_path / "suites" / "tone" / "pairs.jsonl"
    pairs.write_text(pairs.read_text().replace('"must": true', '"must": false'))
    commit_all(tmp_path)
    return load_suite(tmp_path / "suites" / "tone")


def reloaded(suite: Suite, spec: str) -> Suite:
    write_spec(suite.folder.parents[1], spec)
    return load_suite(suite.folder)


def test_a_run_stops_when_a_loss_is_shown(suite: Suite) -> None:
    edited, model = reloaded(suite, "Prefer the worst."), Reader()
    run = run_until_decided(edited, Options(mode="live"), model)
    assert (run.gate.verdict, run.selected, run.held_out) == ("FAIL", 40, 300)
    assert run.gate.sentences[0].startswith("Compared with")
    assert run.gate.sentences[1].startswith("40 pairs measured: 40 lost, 0 won (-100.0 points; 90")
    assert run.gate.interval and run.gate.interval[0] == -1 and run.gate.excluded == 1


def test_a_run_goes_on_until_it_passes(suite: Suite) -> None:
    edited, model = reloaded(suite, "Prefer the very best."), Reader()
    run = run_until_decided(edited, Options(mode="live"), model)
    assert run.gate.verdict == "PASS", run.gate.sentences
    assert run.selected < 150
    asked = sum(model.batches)
    run_suite(edited, Options(mode="live"), model=model)
    assert sum(model.batches) > 2 * asked  # the other pairs were never measured before


def test_a_run_looks_at_half_of_its_pairs_first(suite: Suite) -> None:
    edited, model = reloaded(suite, "Prefer the worst."), Reader()
    run = run_until_decided(edited, Options(mode="live"), model, planned=True)
    assert (run.gate.verdict, run.selected, run.gate.n, run.gate.lost) == ("FAIL", 150, 150, 150)
    assert run.gate.difference == -1 and run.gate.p_value and run.gate.p_value < 0.01
    assert run.gate.sentences[-1].startswith("Look 1 at the pairs (150 of 300), so 150 pairs need")


@pytest.mark.parametrize("planned", [False, True])
@pytest.mark.parametrize("spec", ["Prefer the worst.", "Prefer the very best."])
def test_a_run_in_steps_is_computed_again_and_not_accepted(
    suite: Suite, planned: bool, spec: str, tmp_path: Path
) -> None:
    edited = reloaded(suite, spec)
    run = run_until_decided(edited, Options(mode="record"), Reader(), planned=planned)
    assert run.steps and run.selected < run.held_out
    assert run_difference(edited, run) == ""
    forged = replace(run, gate=replace(run.gate, lost=run.gate.lost + 1))
    assert run_difference(edited, forged).startswith("gate.lost is")
    write_run(make_run(run), tmp_path / "run.json")
    with pytest.raises(UsageError, match="looked at the pairs in steps"):
        accept_verdict(edited, tmp_path / "run.json", "A reason.", anyway=True)


def test_planned_looks_take_300_pairs_as_typed(
    suite: Suite, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(suite.folder.parents[1])
    few = suite.folder / "pairs.jsonl"
    few.write_text("".join(few.read_text().splitlines(keepends=True)[:299]))
    done = CliRunner().invoke(cli.main, ["run", "tone", "--looks"])
    assert done.exit_code == 4
    assert "299 pairs are too few for --looks; have 300, or use --until-decided" in done.output
    both = CliRunner().invoke(cli.main, ["run", "--looks", "--until-decided"])
    assert both.exit_code == 4 and "choose one" in both.output


def test_planned_looks_are_whole_groups() -> None:
    groups = [f"prompt {i // 3}" for i in range(400)]
    parts = plan_looks(groups)
    assert sorted(i for one in parts for i in one) == list(range(400))
    assert [200 <= len(parts[0]) <= 202, len(parts)] == [True, 3]
    owners = [{groups[i] for i in one} for one in parts]
    assert not any(a & b for k, a in enumerate(owners) for b in owners[k + 1 :])


def test_a_run_of_few_pairs_stays_unproven(suite: Suite) -> None:
    few = suite.folder / "pairs.jsonl"
    few.write_text("".join(few.read_text().splitlines(keepends=True)[:45]))
    edited = reloaded(suite, "Prefer the very best.")
    run = run_until_decided(edited, Options(mode="live", base="HEAD"), Reader())
    assert run.gate.verdict in ("UNPROVEN", "UNVERIFIABLE")


def test_a_pair_that_must_hold_settles_it(suite: Suite) -> None:
    pairs = suite.folder / "pairs.jsonl"
    pairs.write_text(pairs.read_text().replace('"must": false', '"must": true'))
    commit_all(suite.folder.parents[1])
    run = run_until_decided(reloaded(suite, "Prefer the worst."), Options(mode="live"), Reader())
    assert run.gate.verdict == "FAIL"
    assert "must hold" in " ".join(run.gate.sentences)


def in_quarantine(suite: Suite, count: int) -> None:
    """The first pairs of the suite, at the base."""
    entries = [
        Quarantined(id=f"p-{n:02}", reason="turned", flips=2, runs=4, spec="0" * 64, looks=9)
        for n in range(count)
    ]
    (suite.folder / QUARANTINE).write_text(quarantine_text(entries))
    commit_all(suite.folder.parents[1])


@pytest.mark.parametrize("way", ["once", "any", "planned"])
def test_a_quarantine_spares_an_edit_however_the_pairs_are_looked_at(
    suite: Suite, way: str
) -> None:
    in_quarantine(suite, 30)
    edited = reloaded(suite, wrong_on(*range(30)))
    model = Obedient(identity=IDENTITY)
    if way == "once":
        run = run_suite(edited, Options(mode="live"), model=model)
    else:
        run = run_until_decided(edited, Options(mode="live"), model, planned=way == "planned")
    told = " ".join(run.gate.sentences)
    assert (run.gate.verdict, run.selected, run.gate.lost) == ("UNPROVEN", 300, 30), told
    assert run.gate.sentences[1].startswith("The loss shows only with pairs in quarantine")
    assert run.gate.sentences[2].startswith("30 pairs are in quarantine (p-00, ")
    assert "Neither a loss nor its absence" not in told
    if way != "once":
        assert run_difference_is_none(edited, run)


def run_difference_is_none(suite: Suite, run: SuiteRun) -> bool:
    again = run_until_decided(
        suite, Options(mode="live"), Obedient(identity=IDENTITY), planned=run.steps == "planned"
    )
    return again.gate == run.gate


def test_a_quarantine_spares_no_other_loss(suite: Suite) -> None:
    in_quarantine(suite, 30)
    edited = reloaded(suite, wrong_on(*range(20, 90)))
    for planned in (False, True):
        model = Obedient(identity=IDENTITY)
        run = run_until_decided(edited, Options(mode="live"), model, planned=planned)
        assert run.gate.verdict == "FAIL", run.gate.sentences
        assert any("in quarantine" in sentence for sentence in run.gate.sentences)


def test_a_lost_must_pair_has_no_interval_and_every_view_copes(suite: Suite) -> None:
    pairs = suite.folder / "pairs.jsonl"
    pairs.write_text(pairs.read_text().replace('"must": false', '"must": true'))
    commit_all(suite.folder.parents[1])
    run = run_until_decided(reloaded(suite, "Prefer the worst."), Options(mode="live"), Reader())
    assert (run.gate.interval, run.gate.excluded, run.gate.p_value) == (None, None, None)
    told = run.gate.sentences
    assert told[1].startswith("A pair that must hold was lost: ") and "interval" not in str(told)
    assert "7 of 7 repeats" in told[2] and told[3].startswith("That was seen after 40 of 300 pairs")
    whole = make_run(run)
    for text in (render_terminal(whole), render_markdown(whole), render_html(whole)):
        assert "FAIL" in text and "None" not in text
    notes = find_notes(whole, {})
    assert notes[0].kind == "gate-fail" and "None" not in render_github(whole, notes)
    assert "FAIL" in render_badge(whole)


def test_settings_are_those_of_the_suite() -> None:
    strict = GateSettings(alpha_fail=0.001, alpha_pass=0.001)
    looks = decide_until([batch(100)], settings=strict).looks
    assert (looks[0].loss_bar, looks[0].not_worse_bar, looks[0].verdict) == (1000, 1000, "UNPROVEN")
