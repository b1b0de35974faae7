"""`mutate`, `blame`, `bisect` and `history` quote the gate: what a run spares, they spare."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from specharness.baseline import find_baseline
from specharness.blame.commands import blame_command
from specharness.blame.finding import find_blame
from specharness.blame.record import Blame
from specharness.blame.words import render_terminal as tell_blame
from specharness.history.bisecting import Bisection, find_first_bad
from specharness.history.commands import bisect_command, history_command
from specharness.history.commits import list_versions, with_working
from specharness.history.timeline import Timeline, read_timeline
from specharness.history.words import render_timeline, tell_bisection
from specharness.keeping import kept_path
from specharness.model import Logprobs, Request
from specharness.mutation.commands import mutate_command
from specharness.mutation.mutants import make_mutants
from specharness.mutation.record import Mutations, mutations_text
from specharness.mutation.trying import try_mutants
from specharness.mutation.words import advice, render_terminal
from specharness.panel import Asking, Panel, open_panel
from specharness.report.beside import find_beside
from specharness.run import Options, run_suite
from specharness.runfile import GateVerdict, Run, write_text
from specharness.sparing import find_held, held_at
from specharness.specfile import parse_spec
from specharness.suitefile import Suite, load_suite
from tests.projects import commit_all, make_project, write_spec
from tests.test_sparing import LOST, Touchy, quarantined

BEST = "Prefer the very best."
AGAIN = "A pair that must hold was lost, but not when measured again (0 of 7 repeats, 7 would"
NEGATED = next(
    m.shown for m in make_mutants(parse_spec("Prefer the best.")) if m.operator == "negate"
)


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SPECHARNESS_CACHE", str(tmp_path / "cache"))
    for name in ("GITHUB_BASE_REF", "CI_MERGE_REQUEST_TARGET_BRANCH_NAME"):
        monkeypatch.delenv(name, raising=False)


def edited(root: Path, pairs: int = 110, settings: str = "") -> Suite:
    """A project whose spec was edited since its only commit; its first pair must hold."""
    make_project(root, pairs=pairs)
    return committed(root, settings)


def committed(root: Path, settings: str = "") -> Suite:
    if settings:
        (root / "suites/tone/suite.toml").write_text(settings)
    commit_all(root)
    write_spec(root, BEST)
    return load_suite(root / "suites" / "tone")


def panel(suite: Suite, model: Touchy, room: str = "x") -> Panel:
    return open_panel(suite, Asking(room=room, command=f"specharness {room}", mode="live"), model)


def blamed(suite: Suite, model: Touchy) -> Blame:
    ours = panel(suite, model)
    base = find_baseline(suite, None, ours.pairs)
    return find_blame(ours, base.spec, base.label, find_held(suite, base, today=None).held)


def bisected(suite: Suite, model: Touchy) -> Bisection:
    versions = with_working(suite, list_versions(suite))
    held = held_at(suite, versions[0].commit, None)
    return find_first_bad(panel(suite, model), versions, held=held)


def timed(suite: Suite, model: Touchy) -> Timeline:
    return read_timeline(panel(suite, model), with_working(suite, list_versions(suite)))


def mutated(suite: Suite, model: Touchy) -> Mutations:
    asking = Asking(room="mutation", command="specharness mutate tone", mode="live")
    return try_mutants(suite, asking, model=model, operators=("negate",))


def all_say(suite: Suite, model: Touchy) -> set[GateVerdict]:
    """The verdicts on one edit, by everything that has one."""
    run = run_suite(suite, Options(mode="live"), model=model)
    step, point = bisected(suite, model).steps[0], timed(suite, model).points[-1]
    assert (step.state == "bad") == (step.verdict == "FAIL")
    assert point.verdict and point.since
    return {
        run.gate.verdict,
        blamed(suite, model).verdict,
        step.verdict,
        point.verdict,
        point.since,
    }


@pytest.mark.parametrize(
    ("layouts", "confirm", "verdict"), [(False, 7, "PASS"), (True, 7, "FAIL"), (False, 0, "FAIL")]
)
def test_a_lost_must_pair_is_judged_as_in_a_run(
    tmp_path: Path, layouts: bool, confirm: int, verdict: GateVerdict
) -> None:
    suite = edited(tmp_path, settings=f"[gate]\nconfirm = {confirm}\n")
    model = Touchy(BEST, [0], layouts=layouts)
    assert all_say(suite, model) == {verdict}


def test_a_must_pair_lost_once_is_told_as_what_it_is(tmp_path: Path) -> None:
    suite, model = edited(tmp_path), Touchy(BEST, [0], layouts=False)
    found = blamed(suite, model)
    assert found.lost == ("p-00",) and found.told[0].startswith(AGAIN)
    assert AGAIN in " ".join(tell_blame(found, 300).split())
    steps = bisected(suite, model)
    assert steps.first is None and steps.steps[0].lost == ("p-00",)
    assert AGAIN in " ".join(tell_bisection(steps, 300).split())
    # only that pair was asked for again
    assert steps.steps[0].told == found.told


def test_only_lost_pairs_that_must_hold_are_measured_again(tmp_path: Path) -> None:
    suite, asked = edited(tmp_path), list[str]()

    class Listening(Touchy):
        def weigh(self, request: Request) -> Logprobs:
            asked.append(request.messages[-1].content)
            return super().weigh(request)

    blamed(suite, Listening(BEST, [0, 5], layouts=True))
    again = asked.count("Question 0?") - asked.count("Question 7?")
    assert again == 7 * 2 * 2 and asked.count("Question 5?") == asked.count("Question 7?")


@pytest.mark.parametrize(("layouts", "verdict"), [(False, "PASS"), (True, "FAIL")])
def test_a_mutant_is_judged_as_in_a_run(
    tmp_path: Path, layouts: bool, verdict: GateVerdict
) -> None:
    make_project(tmp_path, pairs=110)
    suite = load_suite(tmp_path / "suites" / "tone")
    (one,) = mutated(suite, Touchy(NEGATED, [0], layouts=layouts)).tried
    assert (one.verdict, one.lost, one.is_caught) == (verdict, 1, layouts)
    assert one.told[0].startswith(AGAIN if not layouts else "A pair that must hold was lost, and")
    assert (AGAIN in one.told[0]) == (not layouts)


def test_pairs_in_quarantine_spare_an_edit_everywhere(tmp_path: Path) -> None:
    quarantined(tmp_path)
    suite, model = committed(tmp_path), Touchy(BEST, LOST, layouts=True)
    assert all_say(suite, model) == {"UNPROVEN"}
    told = " ".join(tell_blame(blamed(suite, model), 300).split())
    assert "The loss shows only with pairs in quarantine: without them none is shown." in told
    assert "6 pairs are in quarantine (p-03, p-04, p-05, p-06, p-07 and 1 more) and cannot" in told
    assert "in quarantine" in tell_bisection(bisected(suite, model), 300)
    assert "6 pairs are in quarantine" in render_timeline(timed(suite, model), 300)


def test_the_quarantine_of_the_base_counts_and_not_that_of_the_edit(tmp_path: Path) -> None:
    make_project(tmp_path, pairs=20)
    suite, model = committed(tmp_path), Touchy(BEST, LOST, layouts=True)
    quarantined(tmp_path)
    write_spec(tmp_path, BEST)
    assert all_say(suite, model) == {"FAIL"}


def test_mutants_are_edits_of_the_suite_as_it_is(tmp_path: Path) -> None:
    quarantined(tmp_path)
    suite = load_suite(tmp_path / "suites" / "tone")
    found = mutated(suite, Touchy(NEGATED, LOST, layouts=True))
    (one,) = found.tried
    assert (one.verdict, one.lost, one.toward) == ("UNPROVEN", 6, "FAIL")
    assert "more (the loss shows, but only with pairs in quarantine): " in advice(one)
    assert "6 pairs are in quarantine" in " ".join(render_terminal(found, 300).split())
    (suite.folder / "quarantine.jsonl").unlink()
    assert mutated(suite, Touchy(NEGATED, LOST, layouts=True)).tried[0].verdict == "FAIL"


def test_the_same_text_has_nothing_to_lose(tmp_path: Path) -> None:
    make_project(tmp_path, pairs=5)
    commit_all(tmp_path)
    suite = load_suite(tmp_path / "suites" / "tone")
    assert blamed(suite, Touchy(BEST, [], layouts=True)).verdict == "PASS"


@pytest.mark.parametrize("scorer", ["judge", "generate"])
def test_where_another_scorer_decides_they_say_by_what_they_measured(
    tmp_path: Path, scorer: str
) -> None:
    suite = edited(tmp_path, settings=f'[score]\nscorer = "{scorer}"\n')
    model = Touchy(BEST, [], layouts=True)
    told = f"Verdicts here are by log-probabilities; in a run of this suite the scorer '{scorer}'"
    pages = [
        tell_blame(blamed(suite, model), 300),
        tell_bisection(bisected(suite, model), 300),
        render_timeline(timed(suite, model), 300),
        render_terminal(mutated(suite, model), 300),
    ]
    assert all(told in " ".join(page.split()) for page in pages)
    assert "a gate by log-probabilities says FAIL" in " ".join(pages[-1].split())
    for command in (blame_command, bisect_command, history_command, mutate_command):
        page = CliRunner().invoke(command, ["--help"]).output
        assert "log-probabilities" in page or "log- probabilities" in " ".join(page.split())


def test_a_record_keeps_what_decided(tmp_path: Path) -> None:
    make_project(tmp_path, pairs=110)
    commit_all(tmp_path)
    suite, model = load_suite(tmp_path / "suites" / "tone"), Touchy(NEGATED, [0], layouts=False)
    found = mutated(suite, model)
    write_text(kept_path(tmp_path / "reports", "mutation", "tone"), mutations_text(found))
    run = run_suite(suite, Options(mode="live", base="empty"), model=model)
    beside = find_beside(Run(version="0", suites=(run,)), tmp_path / "reports")[run.folder]
    assert beside.mutations == found
    assert json.loads(mutations_text(found))["tried"][0]["told"][0].startswith(AGAIN)


def test_repeats_that_nobody_recorded_are_told_and_count_as_in_a_run(tmp_path: Path) -> None:
    suite = edited(tmp_path, settings="[gate]\nconfirm = 0\n")
    model = Touchy(BEST, [0], layouts=False)
    recording = Asking(room="blame", command="specharness blame tone", mode="record")
    first = open_panel(suite, recording, model)
    base = find_baseline(suite, None, first.pairs)
    find_blame(first, base.spec, base.label)
    first.save()
    (suite.folder / "suite.toml").write_text("")
    replay = Asking(room="blame", command="specharness blame tone", mode="replay")
    found = find_blame(open_panel(load_suite(suite.folder), replay, model), base.spec, base.label)
    assert found.verdict == "FAIL"
    assert found.told == ("Must hold, was lost, and was not measured again: p-00.",)
