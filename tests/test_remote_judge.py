"""A judge on a server of its own: `[remote.judge]`, `[budget.judge]`, `judges admit --api-base`."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

pytest.importorskip("litellm", reason="models behind an API need the extra `remote`")

from specharness.cli import main
from specharness.errors import UsageError
from specharness.models.remote.naming import remote_identity
from specharness.models.remote.remotemodel import RemoteModel
from specharness.pairs import dump_pair
from specharness.recordings import read_recordings
from specharness.run import Options, run_suite
from specharness.runfile import SuiteRun
from specharness.score.judge.admission import admit_judge
from specharness.score.judge.admissionfile import (
    admission_text,
    read_admission,
    write_admission,
)
from specharness.settings_remote import BudgetSettings, RemoteSettings
from specharness.settingsfile import read_settings
from specharness.suitefile import load_suite
from tests.judgeprojects import edit, make_project
from tests.judges import make_pairs
from tests.projects import commit_all
from tests.servers import Server, running

JUDGE = "litellm:openai/judge-1"
SUITE = """\
model = "litellm:openai/toy-1"
[score]
scorer = "generate"
[judge]
model = "litellm:openai/judge-1"
[generate]
tokens = 8
[remote]
api_base = "{model_at}"
[remote.judge]
api_base = "{judge_at}"
concurrency = 4
"""
PAIRS = 10
JUDGED = 24 + 2 * PAIRS  # anchors and pairs, in both orders
ADMITTED = 2 + 2 * 92  # the probe, the question whether it weighs, pairs in both orders
ADMISSION = "judges/litellm-openai-judge-1.json"


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("CI", "GITHUB_BASE_REF", "OPENAI_API_KEY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("SPECHARNESS_CACHE", str(tmp_path / "cache"))
    root = tmp_path / "project"
    root.mkdir()
    monkeypatch.chdir(root)
    return root


def call(*words: str) -> Result:
    return CliRunner().invoke(main, list(words))


def admit(*more: str) -> Result:
    rows = "".join(f"{dump_pair(pair)}\n" for pair in make_pairs(92))
    Path("labelled.jsonl").write_text(rows)
    return call("judges", "admit", JUDGE, "--pairs", "labelled.jsonl", *more)


def calls(server: Server) -> int:
    return int(server.stats()["calls"])


@dataclass(frozen=True)
class Bench:
    """A server for the model, one for the judge, and what admits the judge there."""

    model: Server
    judge: Server
    admission: str

    def project(self, root: Path) -> None:
        """An edited suite of both."""
        suite = make_project(
            root, SUITE.format(model_at=self.model.url, judge_at=self.judge.url), pairs=PAIRS
        )
        (root / ADMISSION).parent.mkdir()
        (root / ADMISSION).write_text(self.admission)
        commit_all(root)
        edit(suite, "Be the very best.")


@pytest.fixture(scope="module")
def bench() -> Iterator[Bench]:
    with running("hosted") as model, running("judging") as judge:
        settings = RemoteSettings(api_base=judge.url)
        admitted = admit_judge(RemoteModel(JUDGE, settings, BudgetSettings(), "x"), make_pairs(92))
        yield Bench(model, judge, admission_text(admitted))


class Counting:
    """How many calls two servers had since."""

    def __init__(self, *servers: Server) -> None:
        self._servers, self._before = servers, [calls(s) for s in servers]

    @property
    def calls(self) -> tuple[int, ...]:
        return tuple(calls(s) - n for s, n in zip(self._servers, self._before, strict=True))


def run(mode: str) -> SuiteRun:
    return run_suite(load_suite(Path("suites/tone")), Options(mode=mode))  # type: ignore[arg-type]


def test_each_server_is_asked_its_own(here: Path, bench: Bench) -> None:
    bench.project(here)
    asked = Counting(bench.model, bench.judge)
    plan = call("run", "--dry-run").output
    assert f"toy-1\n  0 results are at hand; to ask: about {2 * PAIRS} calls" in plan
    assert f"judge-1\n  0 results are at hand; to ask: about {JUDGED} calls" in plan
    assert asked.calls == (0, 0)
    found = run("record")
    assert asked.calls == (2 * PAIRS, JUDGED + 1)  # and a probe
    assert found.trust.judge and found.trust.judge.admitted
    assert found.gate.n == PAIRS and found.gate.won + found.gate.lost > 0
    files = {p.name: read_recordings(p) for p in Path("fixtures/recordings/tone").iterdir()}
    assert {name: len(f.results) for name, f in files.items()} == {
        "litellm-openai-judge-1.jsonl": 2 * JUDGED,  # A and B
        "litellm-openai-toy-1.jsonl": 2 * PAIRS,
    }
    assert len({f.identity.revision for f in files.values()}) == 2  # by endpoint
    asked = Counting(bench.model, bench.judge)
    again = run("replay")
    assert (again.gate, again.cases, asked.calls) == (found.gate, found.cases, (0, 0))


def test_an_answer_of_one_server_is_none_of_another(here: Path, bench: Bench) -> None:
    bench.project(here)
    run("record")
    file = Path("suites/tone/suite.toml")
    with running("judging") as other:
        file.write_text(file.read_text().replace(bench.judge.url, other.url))
        asked = Counting(bench.judge, other)
        with pytest.raises(UsageError, match="recorded with litellm:openai/judge-1"):
            run("replay")
        found = run("live")
        assert found.gate.verdict == "UNVERIFIABLE"
        assert "is not the one that was admitted" in found.gate.sentences[0]
        assert asked.calls == (0, 0)
        # admitted there, it is asked all of it
        known = read_admission(Path(ADMISSION))
        identity = remote_identity(JUDGE, RemoteSettings(api_base=other.url), "x")
        write_admission(replace(known, judge=identity), Path(ADMISSION))
        base = run_suite(load_suite(Path("suites/tone")), Options(mode="live", base="empty"))
        assert (base.gate.n, asked.calls) == (PAIRS, (0, 1 + JUDGED))


def test_a_judge_of_the_models_name_sits_apart(here: Path, bench: Bench) -> None:
    bench.project(here)
    file = Path("suites/tone/suite.toml")
    text = file.read_text().replace(f'model = "{JUDGE}"\n', "").replace("toy-1", "judge-1")
    file.write_text(text.replace('"generate"', '"judge"'))
    asked = Counting(bench.model, bench.judge)
    assert run("record").gate.n == PAIRS
    assert asked.calls == (0, 1 + 24 + 4 * PAIRS)  # two specs, both orders
    names = [p.name for p in Path("fixtures/recordings/tone").iterdir()]
    assert names == ["litellm-openai-judge-1.judge.jsonl"]


def test_a_judges_budget_is_its_own(here: Path, bench: Bench) -> None:
    bench.project(here)
    file = Path("suites/tone/suite.toml")
    text = file.read_text()
    file.write_text(f"{text}[budget.judge]\ncalls = 5\nusd_per_million_input = 2.0\n")
    plan = call("run", "--dry-run").output
    assert plan.count("the budget of 5 calls would end it before") == 1
    assert plan.count("(suite.toml)") == 1  # the prices, too
    asked = Counting(bench.model, bench.judge)
    found = run("live")
    assert found.gate.verdict == "UNVERIFIABLE" and "budget of 5 calls" in str(found.gate)
    assert asked.calls == (0, 5)  # its anchors are judged before anything is written
    file.write_text(f"{text}[budget]\ncalls = {JUDGED + 1}\n")  # holds for each
    assert run("live").gate.n == PAIRS


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[remote.judge]\nconcurency = 4", "unknown key 'remote.judge.concurency'; did you mean"),
        ("[remote.judge]\nconcurrency = 0", "'remote.judge.concurrency' is 0; it has to be betw"),
        ("[remote]\njudge = 1", "'remote.judge' is a whole number, not a table"),
        ("[remote.judge.judge]", "unknown key 'remote.judge.judge'"),
        ("[budget.judge]\nusd = -1.0", "'budget.judge.usd' is -1.0; it has to be a finite"),
    ],
)
def test_a_judges_tables_are_checked_like_the_others(text: str, told: str, here: Path) -> None:
    (here / "suite.toml").write_text(text)
    with pytest.raises(UsageError) as caught:
        read_settings(here / "suite.toml")
    assert told in str(caught.value)


def test_an_empty_table_is_the_providers_own_server(here: Path) -> None:
    (here / "suite.toml").write_text('[remote]\napi_base = "http://x.invalid"\n[remote.judge]\n')
    settings, _ = read_settings(here / "suite.toml")
    assert settings.remote.judge == RemoteSettings()
    (here / "suite.toml").write_text("")
    assert read_settings(here / "suite.toml")[0].remote.judge is None


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('[judge]\nmodel = "smollm2-135m"\n[remote.judge]', "smollm2-135m, is no model behind an"),
        ("[remote.judge]", "the judge, qwen2.5-coder-0.5b, is no model behind an API; name it"),
        ("[budget.judge]\ncalls = 1", "[budget.judge] is there, but the suite's own model"),
        (
            f'[judge]\nmodel = "{JUDGE}"\n[remote.judge]\napi_key = "sk-oh-no"',
            "suite.toml [remote.judge]: 'remote.api_key' is not the name of an environment",
        ),
    ],
)
def test_a_table_that_nobody_is_asked_by_is_told(text: str, told: str, here: Path) -> None:
    make_project(here, f'[score]\nscorer = "judge"\n{text}\n', pairs=2)
    with pytest.raises(UsageError) as caught:
        run("live")
    assert told in str(caught.value) and "sk-oh" not in str(caught.value)


def test_a_judge_is_admitted_at_an_address(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JUDGE_KEY", "sk-planted-3f9a1c77e0b24d58")
    with running("judging") as server:
        where = ("--api-base", server.url, "--api-key", "JUDGE_KEY")
        done = admit(*where)
        assert (done.exit_code, calls(server)) == (0, ADMITTED), done.output
        found = read_admission(Path(ADMISSION))
        assert (found.n, found.admitted, found.manner.by) == (92, True, "logprob")
        assert server.url not in json.dumps(found.judge.revision)
        assert "sk-planted" not in Path(ADMISSION).read_text()
        # the suite that names this server is judged by the same judge
        suite = SUITE.format(model_at="http://127.0.0.1:9/v1", judge_at=server.url)
        make_project(here, suite, pairs=PAIRS)
        assert admit("--suite", "tone").exit_code == 0
        assert calls(server) == ADMITTED  # all of it is in the store
        assert read_admission(Path(ADMISSION)) == found


def test_the_suites_key_is_not_sent_to_another_address(
    here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SUITE_KEY", "sk-planted-3f9a1c77e0b24d58")
    toml = '[remote]\napi_base = "http://127.0.0.1:9/v1"\napi_key = "SUITE_KEY"\n'
    make_project(here, f'model = "litellm:openai/toy-1"\n{toml}', pairs=2)
    with running("hosted", "--key", "sk-planted-3f9a1c77e0b24d58") as server:
        words = ("judges", "admit", "litellm:openai/toy-1", "--pairs", "suites/tone/pairs.jsonl")
        there = (*words, "--suite", "tone", "--api-base", server.url)
        refused = call(*there)
        assert (refused.exit_code, "refuses the key" in refused.output) == (3, True), refused.output
        assert "refuses" not in call(*there, "--api-key", "SUITE_KEY").output


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ((JUDGE, "--api-key", "sk-oh-no"), "--api-key: this is not the name of an environment"),
        ((JUDGE, "--api-base", "localhost"), "MODEL: 'remote.api_base' is no address"),
        (("smollm2-135m", "--api-base", "http://x.invalid"), "MODEL: smollm2-135m is no model beh"),
        ((JUDGE, "--api-base", "http://x.invalid", "--api-key", "NOT_SET"), "names is not set"),
    ],
)
def test_mistakes_are_told_without_the_key(words: tuple[str, ...], told: str) -> None:
    Path("labelled.jsonl").write_text(f"{dump_pair(make_pairs(1)[0])}\n")
    done = call("judges", "admit", *words, "--pairs", "labelled.jsonl")
    assert done.exit_code != 0 and told in done.output, done.output
    assert "sk-oh-no" not in done.output and "Traceback" not in done.output
