import os
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from specharness.errors import ModelError, RecordingMiss, UsageError
from specharness.keys import settle
from specharness.model import Completion, Logprobs, Sampling, Unmeasured
from specharness.models.recorded import RecordedModel
from specharness.recordings import read_recordings, write_recordings
from specharness.store import Store
from tests.toy import TOY, StreamingToy, ToyModel, ask

MANY = [ask(f"Question {i % 10}?", f"Response {i}.") for i in range(40)]
HOT = Sampling(max_tokens=5, temperature=1.0)
OTHER = replace(TOY, revision="2")


def never():
    raise AssertionError("the model was made")


@pytest.fixture
def store(tmp_path):
    return Store(tmp_path / "store.sqlite")


@pytest.fixture
def path(tmp_path):
    return tmp_path / "recordings" / "tone" / "toy.jsonl"


@pytest.fixture
def recordings(path):
    """Recordings of all of MANY."""
    model = RecordedModel(mode="record", factory=ToyModel, suite="suites/tone")
    model.logprobs(MANY)
    model.save(path)
    return read_recordings(path)


def replay(recordings, **more):
    return RecordedModel(
        mode="replay", factory=never, recordings=recordings, suite="suites/tone", **more
    )


def test_live_answers_are_the_models():
    model = RecordedModel(mode="live", factory=ToyModel)
    assert model.logprobs(MANY) == [settle(answer) for answer in ToyModel().logprobs(MANY)]
    assert model.generate(MANY, HOT) == ToyModel().generate(MANY, HOT)
    assert (model.identity, model.calls, model.reused) == (TOY, 80, 0)
    assert model.seconds > 0


def test_a_second_run_makes_no_call_and_reads_the_same_numbers(store):
    first = RecordedModel(mode="live", factory=ToyModel, store=store)
    second = RecordedModel(mode="live", factory=never, store=store, expected=TOY)
    assert second.logprobs(MANY[:0]) == []
    assert first.logprobs(MANY) == second.logprobs(MANY)
    assert first.generate(MANY, HOT) == second.generate(MANY, HOT)
    assert (second.calls, second.reused, second.inner, second.seconds) == (0, 80, None, 0)


def test_equal_requests_are_asked_once():
    toy = ToyModel()
    model = RecordedModel(mode="live", factory=lambda: toy)
    answers = model.logprobs([MANY[0], MANY[1], MANY[0]])
    assert answers[0] == answers[2] != answers[1]
    model.logprobs(MANY[:2])
    assert (toy.batches, model.calls, model.reused) == ([2], 2, 0)


def test_samples_are_told_apart(store):
    model = RecordedModel(mode="live", factory=ToyModel, store=store)
    texts = {model.generate(MANY[:1], replace(HOT, index=i))[0].text for i in range(5)}
    assert len(texts) == 5


def test_replay_makes_no_model(recordings, store):
    model = replay(recordings, store=store, expected=TOY)
    assert [a.total for a in model.logprobs(MANY)] == pytest.approx(
        [a.total for a in ToyModel().logprobs(MANY)], abs=0.0003
    )
    assert (model.identity, model.calls, model.reused) == (TOY, 0, 40)


def test_a_record_run_gives_the_numbers_that_replay_gives(path, store):
    RecordedModel(mode="live", factory=ToyModel, store=store).logprobs(MANY[:20])
    model = RecordedModel(mode="record", factory=ToyModel, store=store)
    answers = model.logprobs(MANY), model.generate(MANY, HOT)
    model.save(path)
    again = replay(read_recordings(path))
    assert (again.logprobs(MANY), again.generate(MANY, HOT)) == answers
    assert (model.calls, model.reused) == (60, 20)


def test_recording_twice_gives_the_same_bytes(path, recordings):
    before = path.read_bytes()
    model = RecordedModel(mode="record", factory=ToyModel)
    model.logprobs(MANY[::-1])
    model.save(path, prune=True)
    assert path.read_bytes() == before


def test_a_part_of_a_run_adds_and_a_whole_run_prunes(path, recordings):
    new = ask("New?", "Yes.")
    part = RecordedModel(mode="record", factory=ToyModel)
    part.logprobs([new])
    part.save(path)
    assert len(read_recordings(path).results) == 41
    part.save(path, prune=True)
    assert len(read_recordings(path).results) == 1


def test_a_miss_says_how_many_and_what_to_do(recordings, path, store):
    full = RecordedModel(mode="live", factory=ToyModel, store=store)
    new = [ask("New?", "Yes."), ask("New?", "No.")]
    full.logprobs(new)  # the store has them, but replay does not look there
    with pytest.raises(RecordingMiss) as caught:
        replay(recordings, store=store).logprobs([*MANY, *new])
    assert str(caught.value) == (
        f"{path}: 2 of 42 results are not recorded; "
        "record them with `specharness run suites/tone --spec-mode=record`"
    )


@pytest.mark.parametrize("expected", [None, TOY])
def test_replay_without_recordings(expected):
    model = replay(None, expected=expected)
    with pytest.raises(RecordingMiss, match=r"^suites/tone: no recordings to replay; record them"):
        model.logprobs(MANY)


def test_auto_takes_recordings_then_store_then_model(recordings, store):
    extra = [ask("Extra?", f"{i}") for i in range(4)]
    RecordedModel(mode="live", factory=ToyModel, store=store).logprobs([*MANY, *extra[:2]])
    toy = ToyModel()
    model = RecordedModel(mode="auto", factory=lambda: toy, recordings=recordings, store=store)
    answers = model.logprobs([*MANY, *extra])
    assert answers[:40] == replay(recordings).logprobs(MANY)
    assert answers[40:] == [settle(answer) for answer in ToyModel().logprobs(extra)]
    assert (toy.batches, model.calls, model.reused) == ([2], 2, 42)


@pytest.mark.parametrize("mode", ["live", "record"])
def test_live_and_record_look_at_no_recordings(recordings, mode):
    model = RecordedModel(mode=mode, factory=ToyModel, recordings=recordings)
    model.logprobs(MANY)
    assert (model.calls, model.reused) == (40, 0)


@pytest.mark.parametrize("mode", ["auto", "replay"])
def test_recordings_do_not_answer_for_another_model(recordings, path, mode):
    with pytest.raises(UsageError) as caught:
        RecordedModel(mode=mode, factory=never, recordings=recordings, expected=OTHER)
    assert str(caught.value) == (
        f"{path}: recorded with toy (revision 1, digest, template words), "
        "but the model is toy (revision 2, digest, template words); "
        "record again with `specharness run SUITE --spec-mode=record`, or use live mode"
    )


def test_other_arithmetic_may_replay_but_not_answer_beside_the_recordings(recordings):
    gpu = replace(TOY, engine="gpu")
    model = RecordedModel(mode="auto", factory=never, recordings=recordings, expected=gpu)
    model.logprobs(MANY)
    with pytest.raises(UsageError, match=r"digest, .* but the model is .*gpu"):
        model.logprobs([ask("New?")])


def test_the_model_itself_must_be_the_recorded_one(recordings):
    model = RecordedModel(
        mode="auto", factory=lambda: ToyModel(identity=OTHER), recordings=recordings
    )
    with pytest.raises(UsageError, match=r"recorded with .*revision 1.*revision 2"):
        model.logprobs([ask("New?")])


def test_the_model_must_be_the_expected_one(store):
    model = RecordedModel(
        mode="live", factory=lambda: ToyModel(identity=OTHER), store=store, expected=TOY
    )
    with pytest.raises(UsageError, match=r"should be .*revision 1.*but it is .*revision 2"):
        model.logprobs(MANY)
    assert store.get_many(model.used) == {}


def test_another_models_store_does_not_answer(store):
    RecordedModel(mode="live", factory=ToyModel, store=store).logprobs(MANY)
    model = RecordedModel(mode="live", factory=lambda: ToyModel(identity=OTHER), store=store)
    model.logprobs(MANY)
    assert (model.calls, model.reused) == (40, 0)


def test_no_model_to_ask():
    with pytest.raises(ModelError, match="no model to ask"):
        RecordedModel(mode="live", expected=TOY).logprobs(MANY)


def test_what_could_not_be_measured_is_asked_again_and_never_kept(store, path):
    broken = ToyModel(refuse=lambda request: request in MANY[:3])
    model = RecordedModel(mode="record", factory=lambda: broken, store=store)
    answers = model.logprobs([*MANY, MANY[0]])
    assert [i for i, a in enumerate(answers) if isinstance(a, Unmeasured)] == [0, 1, 2, 40]
    model.save(path)
    assert len(read_recordings(path).results) == 37
    broken.refuse = lambda request: False
    assert not any(isinstance(a, Unmeasured) for a in model.logprobs(MANY))
    assert model.calls == 43


def test_numbers_that_are_none_are_unmeasured(store):
    class Broken(ToyModel):
        def weigh(self, request):
            return Logprobs(tokens=(-1.0, float("nan")))

    model = RecordedModel(mode="live", factory=Broken, store=store)
    (answer,) = model.logprobs(MANY[:1])
    assert answer == Unmeasured(reason="token 2 of 2 has log-probability nan")
    assert model.used == {}


def test_a_damaged_row_is_computed_again(store):
    first = RecordedModel(mode="live", factory=ToyModel, store=store)
    answers = first.logprobs(MANY)
    with store._open as db:
        db.execute("UPDATE results SET payload = x'4c00' WHERE key < '8'")
    second = RecordedModel(mode="live", factory=ToyModel, store=store)
    assert second.logprobs(MANY) == answers
    assert 0 < second.calls == store.damaged < 40
    assert second.calls + second.reused == 40


def test_completions_and_weights_of_one_request_stand_side_by_side(path):
    model = RecordedModel(mode="record", factory=ToyModel)
    model.logprobs(MANY[:1])
    model.generate(MANY[:1], HOT)
    model.save(path)
    kinds = {type(result) for result in read_recordings(path).results.values()}
    assert kinds == {Logprobs, Completion}


def test_saving_keeps_another_runs_results_of_the_same_model(path):
    key = "f" * 32
    write_recordings(path, TOY, {key: Completion(text="kept", count=1)})
    model = RecordedModel(mode="record", factory=ToyModel)
    model.logprobs(MANY)
    model.save(path)
    assert key in read_recordings(path).results


# A run that tells when it has begun its 30th request, and then waits to be killed.
RUN = """
import signal, sys
from pathlib import Path
from specharness.models.recorded import RecordedModel
from specharness.store import Store
from tests.test_recorded import MANY
from tests.toy import StreamingToy, ToyModel

seen = []

def wait(request):
    seen.append(request)
    if len(seen) == 30:
        print("begun", flush=True)
        signal.pause()

toy = {"chunks": ToyModel, "stream": StreamingToy}[sys.argv[2]](before=wait)
store = Store(Path(sys.argv[1]))
RecordedModel(mode="live", factory=lambda: toy, store=store, batch_characters=60).logprobs(MANY)
"""


@pytest.mark.parametrize(("kind", "kept"), [("chunks", 24), ("stream", 16)])
def test_a_kill_loses_the_batch_in_flight_only(store, kind, kept):
    root = Path(__file__).parent.parent
    run = subprocess.Popen(
        [sys.executable, "-c", RUN, str(store.path), kind],
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(root)},
    )
    with run:
        assert run.stdout.readline() == b"begun\n"
        run.send_signal(signal.SIGKILL)
    second = RecordedModel(mode="live", factory=StreamingToy, store=store)
    assert second.logprobs(MANY) == [settle(answer) for answer in ToyModel().logprobs(MANY)]
    assert (second.calls, second.reused) == (40 - kept, kept)
    assert store.damaged == 0
