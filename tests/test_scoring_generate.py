"""A suite gated by the scorer `generate`, and scorers shown beside the one that decides."""

from pathlib import Path

import pytest

from specharness.errors import UsageError
from specharness.gate.verdicts import end_case
from specharness.ledger.accepting import accept_verdict
from specharness.ledger.verifying import verify_run, verify_suite
from specharness.model import Identity
from specharness.report import render_html, render_terminal
from specharness.report.markdown import render_markdown
from specharness.reporting import make_run
from specharness.runfile import write_run
from specharness.settingsfile import read_settings
from specharness.suitefile import Suite
from tests.judgeprojects import SCORER, Writer, admit, edit, judge_of, likes_good, make_project, run
from tests.judges import Shown
from tests.obedient import Obedient
from tests.projects import commit_all

GENERATE = SCORER.format("generate")


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SPECHARNESS_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("GITHUB_BASE_REF", raising=False)


def prepared(root: Path, settings: str = GENERATE, pairs: int = 80) -> Suite:
    """A committed suite with an admitted judge of replies."""
    suite = make_project(root, settings, pairs)
    admit(root, judge_of(likes_good))
    commit_all(root)
    return suite


def test_worse_replies_fail_and_are_kept(tmp_path: Path) -> None:
    suite, writer = prepared(tmp_path), Writer()
    found = run(edit(suite, "Be the worst."), model=writer, judge=judge_of(likes_good))
    assert (found.gate.verdict, found.gate.lost, found.gate.won) == ("FAIL", 80, 0)
    assert found.gate.difference is not None and found.gate.difference < -0.5
    assert (found.scorer, found.model, found.reference) == ("generate", "writer", "quality")
    case = found.cases[3]
    assert case.replies and case.head and case.base
    assert (case.replies.base, case.replies.head) == ("Good reply to 3.", "Poor reply to 3.")
    assert (case.outcome, case.head.verdict, case.base.verdict) == ("lost", "prefers base", "tie")
    assert case.replies.preference == case.head.preference == pytest.approx(0.1, abs=1e-5)
    assert case.replies.orders and case.replies.orders.agree
    assert writer.asked == 160
    assert {(s.temperature, s.seed, s.max_tokens) for s in writer.samples} == {(0.0, 0, 256)}
    assert found.trust.judge and found.trust.judge.agreement
    assert found.trust.judge.agreement.n == 80
    sentence = end_case(case, on_lost="gate", has_base=True).sentence
    assert sentence == "lost: the reply under the head's spec was judged worse (p = 0.10)"


def test_better_replies_pass_and_win(tmp_path: Path) -> None:
    suite = make_project(tmp_path, GENERATE, spec="Be the worst.")
    admit(tmp_path, judge_of(likes_good))
    commit_all(tmp_path)
    found = run(edit(suite, "Be the best."), model=Writer(), judge=judge_of(likes_good))
    assert (found.gate.verdict, found.gate.won) == ("PASS", 80)
    ending = end_case(found.cases[0], on_lost="gate", has_base=True)
    assert ending.ending == "xpassed"


def test_equal_replies_are_ties_that_nobody_is_asked_about(tmp_path: Path) -> None:
    suite, judge = prepared(tmp_path), judge_of(likes_good)
    judge.asked = 0
    found = run(edit(suite, "Be the very best."), model=Writer(), judge=judge)
    assert (found.gate.verdict, found.gate.lost, found.gate.won) == ("PASS", 0, 0)
    assert judge.asked == 12 * 4  # the anchors
    assert {case.outcome for case in found.cases} == {"tie"}


def test_an_unchanged_spec_is_not_answered_by(tmp_path: Path) -> None:
    suite, writer = prepared(tmp_path), Writer()
    found = run(suite, model=writer, judge=judge_of(likes_good))
    assert (found.gate.verdict, writer.asked) == ("PASS", 0)


def test_a_judge_that_likes_length_is_controlled_for(tmp_path: Path) -> None:
    def longer(shown: Shown) -> float:
        if shown.a.startswith(("Good answer", "Bad answer")):
            return likes_good(shown)
        a, b = len(shown.a), len(shown.b)
        return 0.5 if a == b else 0.9 if a > b else 0.1

    def padded(spec: str, asked: str) -> str:
        number = int(asked.split()[1][:-1])
        more = (number * 7) % 23 - (8 if "worst" in spec else 0)
        return f"Reply {'worst' in spec} " + "and so on " * max(0, more if number % 2 else 9)

    suite = make_project(tmp_path, GENERATE)
    admit(tmp_path, judge_of(longer))
    commit_all(tmp_path)
    edited = edit(suite, "Be the worst.")
    found = run(edited, model=Writer(says=padded), judge=judge_of(longer))
    raw = (found.gate.won - found.gate.lost) / found.gate.n
    assert found.gate.difference is not None
    assert raw < -0.2
    assert abs(found.gate.difference) < abs(raw)


def test_replies_that_were_cut_are_told(tmp_path: Path) -> None:
    suite = prepared(tmp_path, f"{GENERATE}[generate]\ntokens = 4\nseed = 7\n")
    writer = Writer()
    found = run(edit(suite, "Be the worst."), model=writer, judge=judge_of(likes_good))
    assert {(s.max_tokens, s.seed) for s in writer.samples} == {(4, 7)}
    assert found.cases[0].replies and found.cases[0].replies.cut == 2  # of 4 words each
    told = "160 replies had not ended at the limit of tokens ([generate] tokens)."
    assert told in found.gate.sentences


def test_replies_go_by_the_instruction_or_what_the_suite_says(tmp_path: Path) -> None:
    seen: set[str] = set()

    def taste(shown: Shown) -> float:
        seen.add(shown.spec)
        return likes_good(shown)

    texts = {"auto": "Be kind.", "quality": "", "head": "Be the worst.", "base": "Be the best."}
    for standard, expected in texts.items():
        root = tmp_path / standard
        settings = f'instruction = "Be kind."\n{GENERATE}[generate]\nstandard = "{standard}"\n'
        suite = prepared(root, settings)
        seen.clear()
        run(edit(suite, "Be the worst."), model=Writer(), judge=judge_of(taste))
        assert seen == {"", expected}, standard  # "" is the admission's, for the anchors


def test_a_replay_needs_both_recordings_and_asks_nobody(tmp_path: Path) -> None:
    suite, writer, judge = prepared(tmp_path), Writer(), judge_of(likes_good)
    edited = edit(suite, "Be the worst.")
    recorded = run(edited, "record", model=writer, judge=judge)
    folder = tmp_path / "fixtures" / "recordings" / "tone"
    assert sorted(f.name for f in folder.iterdir()) == ["toyjudge.jsonl", "writer.jsonl"]
    writer.asked = judge.asked = 0
    again = run(edited, "replay", model=writer, judge=judge)
    assert (writer.asked, judge.asked) == (0, 0)
    assert (again.cases, again.gate, again.trust.judge) == (
        recorded.cases, recorded.gate, recorded.trust.judge,
    )  # fmt: skip
    path = tmp_path / "reports" / "run.json"
    write_run(make_run([recorded]), path)
    entry = accept_verdict(edited, path, "known", anyway=True)
    assert (entry.judge, entry.model) == ("toyjudge", "writer")
    assert verify_suite(edited).problem == ""
    assert "computed again" in verify_suite(edited).note
    assert [f.problem for f in verify_run(path, [edited])] == [""]
    lines = (folder / "toyjudge.jsonl").read_text().splitlines(keepends=True)
    (folder / "toyjudge.jsonl").write_text("".join(lines[:-1]))
    assert "is not what was accepted" in verify_suite(edited).problem


def test_a_judge_of_the_models_name_has_recordings_of_its_own(tmp_path: Path) -> None:
    suite = prepared(tmp_path)
    twin = Writer(identity=Identity(name="toyjudge", revision="9", engine="toy", template="none"))
    edited = edit(suite, "Be the worst.")
    recorded = run(edited, "record", model=twin, judge=judge_of(likes_good))
    folder = tmp_path / "fixtures" / "recordings" / "tone"
    assert sorted(f.name for f in folder.iterdir()) == ["toyjudge.jsonl", "toyjudge.judge.jsonl"]
    again = run(edited, "replay", model=twin, judge=judge_of(likes_good))
    assert again.cases == recorded.cases


def test_without_an_admission_nothing_is_written(tmp_path: Path) -> None:
    suite, writer = make_project(tmp_path, GENERATE), Writer()
    found = run(edit(suite, "Be the worst."), model=writer, judge=judge_of(likes_good))
    assert (found.gate.verdict, writer.asked) == ("UNVERIFIABLE", 0)
    assert "specharness judges admit toyjudge" in found.gate.next_command


def test_what_was_not_answered_is_an_error(tmp_path: Path) -> None:
    class Shy(Writer):
        def _write(self, request):  # type: ignore[no-untyped-def]
            from specharness.model import Unmeasured

            if "Question 1?" in request.messages[-1].content:
                return Unmeasured(reason="it refuses")
            return super()._write(request)

    suite = prepared(tmp_path)
    found = run(edit(suite, "Be the worst."), model=Shy(), judge=judge_of(likes_good))
    assert found.cases[1].error == "no reply under head: it refuses"
    assert (found.gate.errors, found.gate.lost) == (1, 79)


# Beside the scorer that decides


def test_replies_stand_beside_log_probabilities_and_block_nothing(tmp_path: Path) -> None:
    class Both(Obedient):
        """Weighs like the toy of other tests, and writes like this one's."""

        generate = Writer().generate

    suite = prepared(tmp_path, '[score]\ndiagnostics = ["generate", "judge", "logprob"]\n')
    edited = edit(suite, "Be the very best.")
    found = run(edited, model=Both(), judge=judge_of(likes_good))
    assert found.scorer == "logprob"
    assert [d.scorer for d in found.diagnostics] == ["generate", "judge"]
    beside = found.diagnostics[0]
    assert (beside.model, beside.gate.verdict, beside.gate.n) == ("obedient", "PASS", 80)
    assert beside.trust.judge and beside.trust.judge.admitted
    assert found.cases[0].replies and found.cases[0].replies.head == "Good reply to 0."
    assert found.cases[0].head and found.cases[0].head.terms is not None
    whole = make_run([found])
    assert "tone, beside it: generate PASS (0.0 [" in render_terminal(whole, 200)
    assert "Beside it: generate PASS" in render_markdown(whole)
    html = render_html(whole)
    assert "they block nothing" in html and "reply at head" in html
    recorded = run(edited, "record", model=Both(), judge=judge_of(likes_good))
    replayed = run(edited, "replay", model=Both(), judge=judge_of(likes_good))
    assert replayed.diagnostics == recorded.diagnostics


def test_scorers_that_disagree_say_so(tmp_path: Path) -> None:
    settings = '[score]\nscorer = "generate"\ndiagnostics = ["judge"]\n'
    suite = prepared(tmp_path, settings)
    found = run(edit(suite, "Be the worst."), model=Writer(), judge=judge_of(likes_good))
    (beside,) = found.diagnostics
    assert (found.gate.verdict, beside.gate.verdict) == ("FAIL", "PASS")
    assert beside.sentence == "The scorers disagree: judge says PASS, generate decides (FAIL)."
    assert (beside.same.count, beside.same.n) == (0, 80)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('[score]\nscorer = "coin"', "'score.scorer' is 'coin'; choose one of"),
        (
            '[score]\ndiagnostics = ["coin"]',
            "'score.diagnostics' is ('coin',); it has to be a list",
        ),
        ("[judge]\nvotes = -1", "'judge.votes' is -1; it has to be 0 for what the admission says"),
        ("[judge]\nmore = -2", "'judge.more' is -2"),
        ("[judge]\ntemperature = 0.001", "'judge.temperature' is 0.001"),
        ("[judge]\ncharacters = 7", "'judge.characters' is 7"),
        ("[judge]\nmodle = 'x'", "unknown key 'judge.modle'; did you mean 'model'?"),
        ("[generate]\ntokens = 0", "'generate.tokens' is 0; it has to be between 1 and 100000"),
        ('[generate]\nstandard = "x"', "'generate.standard' is 'x'; choose one of"),
    ],
)
def test_wrong_settings_are_told_in_a_line(text: str, told: str, tmp_path: Path) -> None:
    path = tmp_path / "suite.toml"
    path.write_text(f"{text}\n")
    with pytest.raises(UsageError) as caught:
        read_settings(path)
    assert told in str(caught.value) and "\n" not in str(caught.value)
