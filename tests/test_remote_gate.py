"""A whole suite gated by a judge behind a real server: llama.cpp's, over litellm, to the replay.

The model is made by hand (`tests/rulejudge.py`), so that what has to come out is known: it judges
right where a response carries its mark, and has a favourite place where none does.
"""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

pytest.importorskip("litellm", reason="models behind an API need the extra `remote`")
pytest.importorskip("xllamacpp", reason="the server of `pip install xllamacpp`")
pytest.importorskip("gguf", reason="the model file is written with the extra `local`")

from specharness.cli import main
from specharness.report import render_html, render_terminal
from specharness.reporting import make_run
from specharness.run import Options, run_suite
from specharness.runfile import SuiteRun
from specharness.score.judge.admissionfile import read_admission
from specharness.suitefile import load_suite
from tests.projects import commit_all
from tests.rulejudge import write_judge
from tests.servers import Server, running

NAME = "litellm:openai/rule"
SUITE = """\
model = "{name}"
[score]
scorer = "judge"
[gate]
margin = 0.25
[remote]
api_base = "{url}"
answers_as = "*"
"""
MARKED, PLAIN = 12, 3


@pytest.fixture(scope="module")
def gguf(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_judge(tmp_path_factory.mktemp("gguf") / "rule.gguf")


@pytest.fixture
def server(gguf: Path) -> Iterator[Server]:
    with running("llamacpp", str(gguf)) as server:
        yield server


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("CI", "GITHUB_BASE_REF", "OPENAI_API_KEY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("SPECHARNESS_CACHE", str(tmp_path / "cache"))
    root = tmp_path / "project"
    (root / "suites" / "tone").mkdir(parents=True)
    monkeypatch.chdir(root)
    return root


def rows(count: int, *, marked: bool) -> list[dict[str, str]]:
    marks = ("~", "#") if marked else ("", "")
    return [
        {"prompt": f"{'Marked' if marked else 'Plain'} question {i}?",
         "chosen": f"One answer to {i}.{marks[0]}", "rejected": f"Another one to {i}.{marks[1]}"}
        for i in range(count)
    ]  # fmt: skip


def write(path: Path, lines: Sequence[dict[str, str]]) -> None:
    path.write_text("".join(f"{json.dumps(line)}\n" for line in lines))


def set_up(project: Path, server: Server) -> None:
    suite = project / "suites" / "tone"
    write(suite / "pairs.jsonl", rows(MARKED, marked=True) + rows(PLAIN, marked=False))
    (suite / "suite.toml").write_text(SUITE.format(name=NAME, url=server.url))
    spec("Be kind.")
    commit_all(project)


def spec(text: str) -> None:
    Path("suites/tone/spec.md").write_text(f"{text}\n")


def admit(lines: Sequence[dict[str, str]]) -> Result:
    write(Path("labelled.jsonl"), lines)
    words = ["judges", "admit", NAME, "--pairs", "labelled.jsonl", "--suite", "tone"]
    done = CliRunner().invoke(main, words)
    commit_all(Path())
    return done


def run(mode: str = "live") -> SuiteRun:
    return run_suite(load_suite(Path("suites/tone")), Options(mode=mode))  # type: ignore[arg-type]


def told(found: SuiteRun) -> str:
    return render_terminal(make_run([found]), 200, False)


def test_a_judge_gates_nothing_before_it_is_admitted(project: Path, server: Server) -> None:
    set_up(project, server)
    spec("Be kind. Always.")
    found = run()
    assert (found.gate.verdict, found.trust.calls) == ("UNVERIFIABLE", 0)
    assert "has not been admitted" in found.gate.sentences[0]
    assert found.gate.next_command.startswith(f"specharness judges admit {NAME}")
    refused = admit(rows(92, marked=False))
    assert refused.exit_code == 1
    assert "right on 46 (50%" in refused.output and "the same in both orders on 0" in refused.output
    spec("Be kind. Always!")
    found = run()
    assert (found.gate.verdict, found.trust.calls) == ("UNVERIFIABLE", 0)
    assert "was refused when it was tried" in found.gate.sentences[0]
    assert "UNVERIFIABLE" in told(found) and "was refused when it was tried" in told(found)


def test_an_admitted_judge_passes_and_fails_edits_and_replays(project: Path, gguf: Path) -> None:
    with running("llamacpp", str(gguf)) as server:
        set_up(project, server)
        done = admit(rows(92, marked=True))
        assert done.exit_code == 0, done.output
        admission = read_admission(Path("judges/litellm-openai-rule.json"))
        assert (admission.right.count, admission.manner.by) == (92, "logprob")
        assert admission.confusion.chosen_first == (92, 0, 0)
        spec("Be kind. Always.")
        passed = run()
        spec("Be kind. ^")
        failed = run("record")
        assert failed.trust.calls > 0
    assert (passed.gate.verdict, passed.gate.lost) == ("PASS", 0)
    assert (failed.gate.verdict, failed.gate.lost, failed.gate.won) == ("FAIL", MARKED, 0)
    for found in (passed, failed):
        judge = found.trust.judge
        assert judge and judge.agreement and judge.mass
        # two specs; what carries no mark gets another verdict in the other order
        assert (judge.agreement.count, judge.agreement.n) == (2 * MARKED, 2 * (MARKED + PLAIN))
        assert (judge.by, judge.votes, judge.admitted, judge.drifted) == ("logprob", 0, True, False)
        assert judge.mass > 0.99
        plain = [case for case in found.cases if "Plain" in case.prompt[0].content]
        ends = [arm and (arm.verdict, arm.orders and arm.orders.agree)
                for case in plain for arm in (case.head, case.base)]  # fmt: skip
        assert ends == [("tie", False)] * (2 * PLAIN)
        assert "orders disagree on 6 of 30 (20 %)" in told(found), told(found)
    assert "FAIL" in told(failed) and "orders" in render_html(make_run([failed]))
    # the server is gone
    again = run("replay")
    assert (again.gate, again.cases) == (failed.gate, failed.cases)
    assert again.trust.judge == failed.trust.judge and again.trust.calls == 0
    spec("Be kind. Always.")
    assert run("replay").gate.verdict == "UNVERIFIABLE"  # that one was not recorded
