"""A suite gated by the scorer `judge`: admission, drift, recordings, and every view of it."""

import json
from dataclasses import replace
from pathlib import Path
from time import process_time

import pytest

from specharness.gate.drift import compare_settings
from specharness.gate.verdicts import end_case
from specharness.ledger.accepting import accept_verdict
from specharness.ledger.chain import LEDGER, read_ledger
from specharness.ledger.verifying import verify_run, verify_suite
from specharness.model import Identity
from specharness.report import render_html, render_terminal
from specharness.report.annotations import find_notes, render_github, render_notes_as_sarif
from specharness.report.markdown import render_markdown
from specharness.report.schema import render_schema
from specharness.reporting import make_run
from specharness.runfile import SuiteRun, read_run, run_text, write_run
from specharness.score.judge.admissionfile import write_admission
from specharness.score.judge.manner import Manner
from specharness.settings import JudgeSettings, ScoreSettings, SuiteSettings
from tests.judgeprojects import SCORER, admit, by_spec, edit, judge_of, make_project, run
from tests.judges import Shown, always_a, honest
from tests.projects import commit_all

JUDGE = SCORER.format("judge")


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SPECHARNESS_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("GITHUB_BASE_REF", raising=False)


def gated(root: Path, head: str = "Be the worst.", settings: str = JUDGE) -> SuiteRun:
    """A run of an edited suite by an admitted judge."""
    suite = make_project(root, settings)
    judge = judge_of()
    admit(root, judge)
    commit_all(root)
    return run(edit(suite, head), model=judge)


def test_an_admitted_judge_fails_an_edit_that_turns_its_verdicts(tmp_path: Path) -> None:
    found = gated(tmp_path)
    assert found.gate.verdict == "FAIL"
    assert (found.gate.n, found.gate.lost, found.gate.won) == (80, 80, 0)
    assert (found.scorer, found.model, found.reduce) == ("judge", "toyjudge", "logprob")
    case = found.cases[0]
    assert case.head and case.base and case.head.orders and case.base.orders
    assert (case.outcome, case.head.verdict, case.base.verdict) == (
        "lost", "prefers rejected", "prefers chosen",
    )  # fmt: skip
    assert case.base.orders.first == pytest.approx(0.9, abs=1e-5)
    assert case.head.orders.second == pytest.approx(0.1, abs=1e-5)
    assert case.base.orders.agree and case.base.orders.votes == 0
    assert (case.head.terms, case.head.absolute, case.reference) == (None, None, None)
    assert case.base.margin == pytest.approx(2.197, abs=1e-3)  # ln(0.9 / 0.1)
    assert found.spec_sentence.startswith("Judged by the spec, the chosen response is the better")


def test_an_edit_that_changes_no_verdict_passes(tmp_path: Path) -> None:
    found = gated(tmp_path, head="Be the very best.")
    assert (found.gate.verdict, found.gate.lost) == ("PASS", 0)


def test_an_unchanged_spec_passes_and_is_judged_once(tmp_path: Path) -> None:
    suite = make_project(tmp_path, JUDGE)
    judge = judge_of()
    admit(tmp_path, judge)
    commit_all(tmp_path)
    judge.asked = 0
    found = run(suite, model=judge)
    assert (found.gate.verdict, judge.asked) == ("PASS", 80 * 4 + 12 * 4)


def test_trust_says_who_judged_and_how_steadily(tmp_path: Path) -> None:
    told = gated(tmp_path).trust
    judge = told.judge
    assert judge is not None and told.may_gate and judge.admitted
    assert (judge.model, judge.by, judge.anchors, judge.drifted) == (
        "toyjudge",
        "logprob",
        12,
        False,
    )
    assert judge.agreement and (judge.agreement.count, judge.agreement.n) == (160, 160)
    assert judge.right and judge.right.count == 100
    assert judge.chosen_first == (100, 0, 0) and judge.chosen_second == (0, 100, 0)
    assert judge.mass == pytest.approx(0.9, abs=1e-5)
    assert judge.anchors_sentence.startswith("0 of 12 anchors have another verdict")
    assert told.sensitivity_sentence.endswith("It may gate.")


def test_orders_that_disagree_are_ties_and_counted(tmp_path: Path) -> None:
    def taste(shown: Shown) -> float:
        odd = int(shown.prompt.split()[1][:-1]) % 4 == 0
        return 0.9 if odd and shown.spec else by_spec(shown)  # A, whatever stands there

    suite = make_project(tmp_path, JUDGE)
    judge = judge_of(taste)
    admit(tmp_path, judge)  # tried without a spec, where it is steady
    commit_all(tmp_path)
    found = run(edit(suite, "Be the very best."), model=judge)
    assert found.trust.judge and found.trust.judge.agreement
    assert (found.trust.judge.agreement.count, found.trust.judge.agreement.n) == (120, 160)
    ties = [c for c in found.cases if c.head and c.head.orders and not c.head.orders.agree]
    assert len(ties) == 20 and {c.outcome for c in ties} == {"tie"}


def test_a_judge_without_admission_is_unverifiable_and_asked_nothing(tmp_path: Path) -> None:
    suite = make_project(tmp_path, JUDGE)
    judge = judge_of()
    found = run(edit(suite, "Be the worst."), model=judge)
    assert (found.gate.verdict, judge.asked) == ("UNVERIFIABLE", 0)
    assert found.gate.sentences[0] == (
        "The judge toyjudge has not been admitted: "
        "whether it judges better than a coin is not known."
    )
    assert found.gate.next_command == (
        "specharness judges admit toyjudge --pairs LABELLED.jsonl --out judges/toyjudge.json "
        "--suite tone"
    )
    assert {case.outcome for case in found.cases} == {"error"}
    assert found.trust.judge and not found.trust.judge.admitted
    assert "judge toyjudge: not admitted" in render_terminal(make_run([found]))


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ("votes = 5", "was admitted when it was asked in another way (votes 3, here 5)"),
        ('standard = "quoted"', "in another way (standard system, here quoted)"),
        ('proposer = "litellm:x/toyjudge-7b"', "is of the family that wrote the spec (toyjudge)"),
    ],
)
def test_a_judge_has_to_be_asked_as_it_was_admitted(
    settings: str, told: str, tmp_path: Path
) -> None:
    found = gated(tmp_path, settings=f"{JUDGE}\n[judge]\n{settings}\n")
    assert found.gate.verdict == "UNVERIFIABLE"
    assert told in found.gate.sentences[0]


def test_what_the_suite_says_as_the_admission_does_is_no_hindrance(tmp_path: Path) -> None:
    settings = (
        f'{JUDGE}\n[judge]\nby = "logprob"\nvotes = 3\nmore = 4\nseed = 0\nproposer = "gpt-4"\n'
    )
    assert gated(tmp_path, settings=settings).gate.verdict == "FAIL"


def test_a_refused_and_another_judge_do_not_gate(tmp_path: Path) -> None:
    suite = make_project(tmp_path, JUDGE)
    admit(tmp_path, judge_of(always_a))
    refused = run(edit(suite, "Be the worst."), model=judge_of(always_a))
    assert "was refused when it was tried" in refused.gate.sentences[0]
    admit(tmp_path, judge_of())
    other = judge_of(identity=Identity(name="toyjudge", revision="2", engine="x", template="y"))
    changed = run(suite, model=other)
    assert "is not the one that was admitted" in changed.gate.sentences[0]
    assert other.asked == 0


def test_a_judge_that_drifted_is_unverifiable(tmp_path: Path) -> None:
    suite = make_project(tmp_path, JUDGE)
    admit(tmp_path, judge_of())
    commit_all(tmp_path)

    def weaker(shown: Shown) -> float:
        return 0.5 + (by_spec(shown) - 0.5) * 0.9  # 0.86 where it was 0.9

    judge = judge_of(weaker)
    found = run(edit(suite, "Be the worst."), model=judge)
    assert found.gate.verdict == "UNVERIFIABLE"
    assert found.gate.sentences[0] == (
        "The judge toyjudge is no longer the one that was admitted: 0 of 12 anchors have another "
        "verdict than at its admission, and p moved by 0.040 on average."
    )
    assert found.trust.judge and found.trust.judge.drifted
    assert judge.asked == 12 * 4  # the anchors, and nothing after them


def test_anchors_are_judged_by_the_spec_of_the_admission(tmp_path: Path) -> None:
    suite = make_project(tmp_path, JUDGE)
    seen: set[str] = set()

    def taste(shown: Shown) -> float:
        seen.add(shown.spec)
        return by_spec(shown)

    admit(tmp_path, judge_of(), spec="Judge the tone.")
    run(suite, model=judge_of(taste))
    assert seen == {"Judge the tone.", "Be the best."}


def test_an_admission_that_changes_with_the_spec_is_unverifiable(tmp_path: Path) -> None:
    suite = make_project(tmp_path, JUDGE)
    admit(tmp_path, judge_of())
    commit_all(tmp_path)
    admit(tmp_path, judge_of(), spec="Another spec.")
    edited = edit(suite, "Be the very best.")
    found = run(edited, model=judge_of())
    assert found.gate.verdict == "UNVERIFIABLE"
    assert "admission of the judge" in " ".join(found.gate.sentences)
    assert found.gate.next_command.endswith("':/judges/toyjudge.json'")
    commit_all(tmp_path)
    assert run(edit(suite, "Be the best of all."), model=judge_of()).gate.verdict == "PASS"


def test_settings_of_judges_count_only_where_one_decides(tmp_path: Path) -> None:
    plain, other = SuiteSettings(), SuiteSettings(judge=JudgeSettings(votes=5))
    assert compare_settings(plain, other) == ()
    judged = [replace(s, score=ScoreSettings(scorer="judge")) for s in (plain, other)]
    assert compare_settings(*judged) == ("judge.votes 0 -> 5",)
    assert compare_settings(plain, judged[0]) == ('score.scorer "logprob" -> "judge"',)
    shown = replace(plain, score=ScoreSettings(diagnostics=("judge",)))
    assert compare_settings(plain, shown) == ()


def test_votes_escalate_and_are_told(tmp_path: Path) -> None:
    def taste(shown: Shown) -> float:
        steady = int(shown.prompt.split()[1][:-1]) % 4 or not shown.spec
        return float(by_spec(shown) > 0.5) if steady else 1.0

    suite = make_project(tmp_path, JUDGE)
    judge = judge_of(taste, weighs=False)
    admit(tmp_path, judge, manner=Manner(by="votes", votes=1, more=2))
    commit_all(tmp_path)
    found = run(edit(suite, "Be the very best."), model=judge)
    told = found.trust.judge
    assert told is not None
    assert (told.by, told.votes_each, told.votes_more) == ("votes", 1, 2)
    assert (told.escalated, told.votes, told.mass) == (40, 160 * 2 + 40 * 4, None)
    orders = {c.head.orders.votes for c in found.cases if c.head and c.head.orders}
    assert orders == {2, 6}
    assert "480 votes (0 unreadable), 40 pairs voted on again" in render_terminal(
        make_run([found]), 400
    )


def test_a_separate_judge_is_brought_by_its_own_argument(tmp_path: Path) -> None:
    suite = make_project(tmp_path, JUDGE)
    admit(tmp_path, judge_of())
    commit_all(tmp_path)
    deaf = judge_of(honest, identity=Identity(name="deaf", revision="1", engine="x", template="y"))
    found = run(edit(suite, "Be the worst."), model=deaf, judge=judge_of())
    assert (found.gate.verdict, found.model, deaf.asked) == ("FAIL", "toyjudge", 0)


# Recordings


def test_a_replay_asks_nobody_and_says_the_same(tmp_path: Path) -> None:
    suite = make_project(tmp_path, JUDGE)
    admit(tmp_path, judge_of())
    commit_all(tmp_path)
    edited = edit(suite, "Be the worst.")
    recorded = run(edited, "record", model=judge_of())
    file = tmp_path / "fixtures" / "recordings" / "tone" / "toyjudge.jsonl"
    assert len(file.read_text().splitlines()) == 1 + 80 * 8 + 12 * 4
    silent = judge_of()
    replayed = run(edited, "replay", model=silent)
    assert silent.asked == 0
    assert (replayed.cases, replayed.gate) == (recorded.cases, recorded.gate)
    assert replayed.trust.judge == recorded.trust.judge
    missing = run(edit(suite, "Be brief."), "replay", model=silent)
    assert missing.gate.verdict == "UNVERIFIABLE"
    assert missing.gate.next_command == "specharness run tone --spec-mode=record"


def test_a_recording_of_one_judge_never_answers_for_another(tmp_path: Path) -> None:
    suite = make_project(tmp_path, JUDGE)
    admit(tmp_path, judge_of())
    edited = edit(suite, "Be the worst.")
    run(edited, "record", model=judge_of())
    other = judge_of(identity=Identity(name="toyjudge", revision="2", engine="x", template="y"))
    admit(tmp_path, other)
    with pytest.raises(Exception, match="recorded with toyjudge"):
        run(edited, "replay", model=other)
    other.asked = 0
    run(edited, model=other)  # nor does the store
    assert other.asked == 80 * 8 + 12 * 4


def test_ten_thousand_recorded_results_are_replayed_in_seconds(tmp_path: Path) -> None:
    suite = make_project(tmp_path, JUDGE, pairs=1250)  # 2 specs, 2 orders, 2 letters
    admit(tmp_path, judge_of())
    commit_all(tmp_path)
    edited = edit(suite, "Be the worst.")
    run(edited, "record", model=judge_of())
    began = process_time()
    found = run(edited, "replay", model=judge_of())
    took = process_time() - began  # of this process: what others do on the machine is theirs
    assert found.trust.reused == 10_000 + 12 * 4
    assert found.gate.lost == 1250
    assert took < 3


# The ledger


def test_an_accepted_verdict_is_verified_with_its_judge(tmp_path: Path) -> None:
    suite = make_project(tmp_path, JUDGE)
    admit(tmp_path, judge_of())
    commit_all(tmp_path)
    edited = edit(suite, "Be the very best.")
    found = run(edited, "record", model=judge_of())
    path = tmp_path / "reports" / "run.json"
    write_run(make_run([found]), path)
    entry = accept_verdict(edited, path, "reads better")
    assert (entry.judge, entry.model) == ("toyjudge", "toyjudge")
    assert found.trust.judge and entry.admission == found.trust.judge.admission
    assert read_ledger(suite.folder / LEDGER) == (entry,)
    assert verify_suite(edited).note == "1 accepted, the last PASS, computed again from recordings"
    assert [f.problem for f in verify_run(path, [edited])] == [""]
    admit(tmp_path, judge_of(), spec="Another spec.")
    assert "the admission of the judge changed" in verify_suite(edited).note


def test_a_changed_preference_in_a_run_file_is_found(tmp_path: Path) -> None:
    suite = make_project(tmp_path, JUDGE)
    admit(tmp_path, judge_of())
    commit_all(tmp_path)
    edited = edit(suite, "Be the worst.")
    found = run(edited, "record", model=judge_of())
    case = found.cases[0]
    assert case.head and case.head.orders
    orders = replace(case.head.orders, first=0.95)
    forged = replace(case, head=replace(case.head, orders=orders))
    path = tmp_path / "reports" / "run.json"
    write_run(make_run([replace(found, cases=(forged, *found.cases[1:]))]), path)
    (problem,) = [f.problem for f in verify_run(path, [edited])]
    assert "orders.first is 0.95" in problem


# Views


def test_every_view_shows_a_judged_run(tmp_path: Path) -> None:
    jsonschema = pytest.importorskip("jsonschema")
    found = gated(tmp_path)
    whole = make_run([found])
    data = json.loads(run_text(whole))
    jsonschema.validate(data, json.loads(render_schema()))
    write_run(whole, tmp_path / "run.json")
    assert read_run(tmp_path / "run.json") == whole
    terminal = render_terminal(whole, 200)
    assert (
        "tone: judge toyjudge, right on 100 of 100 (100 %) pairs when it was admitted" in terminal
    )
    assert "orders disagree on 0 of 160 (0 %)" in terminal
    assert "lost: p 0.90 -> 0.10  p0" in terminal
    markdown = render_markdown(whole)
    assert "judge toyjudge, right on 100 of 100" in markdown
    assert "p 0.90 → 0.10" in markdown
    html = render_html(whole)
    assert "Both orders" in html and "agree on" in html and "Admission digest" in html
    assert "Chosen first" in html and "log p chosen" not in html.partition("<script")[0]
    notes = find_notes(whole, {})
    assert "It was judged: p 0.90 -&gt; 0.10." not in render_github(whole, notes)
    assert "It was judged: p 0.90 -> 0.10." in render_github(whole, notes)
    assert json.loads(render_notes_as_sarif(notes))["version"] == "2.1.0"
    sentence = end_case(found.cases[0], on_lost="gate", has_base=True).sentence
    assert sentence == "lost: does worse than at base (p = 0.10, base 0.90)"


def test_an_admission_of_an_older_version_does_not_gate(tmp_path: Path) -> None:
    suite = make_project(tmp_path, JUDGE)
    old = admit(tmp_path, judge_of(), spec="Judge the tone.")
    write_admission(replace(old, spec_text=""), tmp_path / "judges" / "toyjudge.json")
    found = run(suite, model=judge_of())
    assert "did not keep the spec it judged by" in found.gate.sentences[0]


def test_an_admission_outside_the_project_is_refused(tmp_path: Path) -> None:
    suite = make_project(tmp_path, f'{JUDGE}\n[judge]\nadmission = "../../../x.json"\n')
    with pytest.raises(Exception, match=r"suite\.toml: 'judge\.admission' leads out of the proj"):
        run(suite, model=judge_of())
