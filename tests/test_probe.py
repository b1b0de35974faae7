"""The probe asks one question twice: a model that changes its mind may not gate."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from specharness.keys import request_key
from specharness.model import Logprobs
from specharness.models.recorded import RecordedModel
from specharness.recordings import Recordings, read_recordings, write_recordings
from specharness.run import Options, run_suite
from specharness.runfile import SuiteRun
from specharness.score.logprob import Reading
from specharness.score.sensitivity import probe_requests
from specharness.score.trust import examine
from specharness.settings import Mode
from specharness.store import Store
from specharness.suitefile import load_suite
from tests.obedient import IDENTITY, Obedient
from tests.projects import commit_all, make_project, write_spec
from tests.toy import TOY, StreamingToy, ToyModel

FAILED = "failed: another answer to the same question"


def behind(model: Obedient, store: Store | None = None) -> RecordedModel:
    return RecordedModel(mode="live", factory=lambda: model, store=store)


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SPECHARNESS_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("GITHUB_BASE_REF", raising=False)
    root = make_project(tmp_path / "project", pairs=60)
    commit_all(root)
    write_spec(root, "Prefer the best. Truly.")
    return root


def run(project: Path, model: Obedient, mode: Mode) -> SuiteRun:
    return run_suite(load_suite(project / "suites" / "tone"), Options(mode=mode), model=model)


def test_one_who_answers_alike_passes_and_is_asked_twice(tmp_path: Path) -> None:
    model, store = Obedient(again=0.001), Store(tmp_path / "store.sqlite")
    assert examine(behind(model, store), Reading()).probe == "passed"
    known = [r for r in model.asked if r.response == "The capital of France is Paris."]
    assert [r.index for r in known] == [0, 1]
    asked = len(model.asked)
    assert examine(behind(model, store), Reading()).probe == "passed"
    assert len(model.asked) == asked


def test_one_who_answers_otherwise_fails_the_probe(tmp_path: Path) -> None:
    store = Store(tmp_path / "store.sqlite")
    assert examine(behind(Obedient(again=-0.3), store), Reading()).probe == FAILED
    steady = behind(Obedient(), store)  # the store keeps both answers
    assert examine(steady, Reading()).probe == FAILED


def test_a_store_filled_by_other_arithmetic_is_noticed(tmp_path: Path) -> None:
    store = Store(tmp_path / "store.sqlite")
    known, _, _ = probe_requests()
    behind(Obedient(), store).logprobs([known])
    changed = Obedient(again=-0.3, asked=[known])
    assert examine(behind(changed, store), Reading()).probe == FAILED


@pytest.mark.parametrize("mode", ["live", "record"])
def test_its_gate_is_unverifiable(project: Path, mode: Mode) -> None:
    assert run(project, Obedient(), "live").gate.verdict == "PASS"
    other = Obedient(again=-0.3, identity=replace(IDENTITY, name="other"))
    found = run(project, other, mode)
    assert found.gate.verdict == "UNVERIFIABLE"
    assert found.gate.sentences[0] == (
        "The probe of the model failed: another answer to the same question."
    )
    assert found.trust.sensitivity and found.trust.sensitivity.count == 24


def test_recorded_answers_that_differ_fail_in_replay(project: Path) -> None:
    assert run(project, Obedient(again=-0.3), "record").gate.verdict == "UNVERIFIABLE"
    found = run(project, Obedient(), "replay")
    assert (found.trust.calls, found.trust.probe) == (0, FAILED)


def test_recordings_from_before_it_was_asked_twice_replay(project: Path) -> None:
    assert run(project, Obedient(), "record").gate.verdict == "PASS"
    path = project / "fixtures" / "recordings" / "tone" / "obedient.jsonl"
    recorded = read_recordings(path)
    repeat = request_key(recorded.identity, probe_requests()[2])
    results = {key: found for key, found in recorded.results.items() if key != repeat}
    assert len(results) == len(recorded.results) - 1
    write_recordings(path, recorded.identity, results, prune=True)
    for mode in ("replay", "auto"):
        found = run(project, Obedient(), mode)
        assert (found.gate.verdict, found.trust.calls) == ("PASS", 0)
    assert len(path.read_text().splitlines()) == len(results) + 1
    assert json.loads(path.read_text().splitlines()[0])["model"]["name"] == "obedient"


def test_a_repeat_is_answered_anew_and_kept_apart() -> None:
    known, _, again = probe_requests()
    toy = StreamingToy()
    model = RecordedModel(mode="live", factory=lambda: toy)
    assert model.logprobs([known, known, again]) == model.logprobs([known, known, again])
    assert (toy.batches, model.calls) == ([2], 2)
    results = {request_key(TOY, known): Logprobs(tokens=(-1.0,))}
    old = RecordedModel(
        mode="replay", recordings=Recordings(identity=TOY, results=results), factory=ToyModel
    )
    assert old.logprobs([again, known]) == [Logprobs(tokens=(-1.0,))] * 2
