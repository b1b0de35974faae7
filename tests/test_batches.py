import pytest
from hypothesis import given
from hypothesis import strategies as st

from specharness.errors import ModelError
from specharness.model import Completion, Sampling, Unmeasured
from specharness.models.batches import plan_batches, run_batches
from tests.toy import StreamingToy, ToyModel, ask

MANY = [ask(f"Question {i % 20}?", f"Response {i}.", spec="Rule. " * 50) for i in range(60)]


def merge(batches):
    return {i: answer for batch in batches for i, answer in batch.items()}


@given(st.lists(st.tuples(st.sampled_from("xyz"), st.text(max_size=9))), st.integers(1, 60))
def test_every_request_is_in_one_batch_and_no_prompt_in_two(pairs, characters):
    requests = [ask(prompt, response) for prompt, response in pairs]
    batches = plan_batches(requests, characters)
    assert sorted(i for batch in batches for i in batch) == list(range(len(requests)))
    prompts = [{requests[i].messages for i in batch} for batch in batches]
    assert sum(map(len, prompts)) == len(set().union(*prompts))
    assert all(batches)


def test_shared_text_counts_once():
    assert len(plan_batches(MANY, 600)) == 2  # 300 for the spec, 20 prompts, 60 short responses
    assert len(plan_batches(MANY, 100_000)) == 1
    assert len(plan_batches(MANY, 1)) == 20


def test_neighbours_stand_together():
    (batch,) = plan_batches([ask("b", "1"), ask("a", "2"), ask("b", "0")], 1000)
    assert batch == [1, 2, 0]


def test_answers_to_come_count():
    assert len(plan_batches(MANY[:20], 1500, answer_characters=1500)) == 20


@pytest.mark.parametrize("kind", [ToyModel, StreamingToy])
def test_answers_are_those_of_the_model(kind):
    batches = list(run_batches(kind(), MANY, None, 600))
    assert len(batches) > 1
    assert merge(batches) == dict(enumerate(ToyModel().logprobs(MANY)))


def test_a_model_that_streams_is_asked_once():
    model = StreamingToy()
    list(run_batches(model, MANY, None, 1))
    assert model.batches == [60]


def test_generating_goes_in_batches_too():
    model = StreamingToy()
    hot = Sampling(max_tokens=10, temperature=1.0)
    answers = merge(run_batches(model, MANY, hot, 1500))
    assert len(model.batches) > 1
    assert len(answers) == 60
    assert all(isinstance(answer, Completion) for answer in answers.values())


@pytest.mark.parametrize("kind", [ToyModel, StreamingToy])
def test_no_requests_are_no_answers(kind):
    assert merge(run_batches(kind(), [], None, 100)) == {}


class Terse(ToyModel):
    def logprobs(self, requests):
        return super().logprobs(requests)[:-1]


class TerseStream(StreamingToy):
    def iter_logprobs(self, requests):
        return super().iter_logprobs(requests[:-1])


@pytest.mark.parametrize("kind", [Terse, TerseStream])
def test_a_model_that_leaves_out_an_answer_is_told(kind):
    with pytest.raises(ModelError, match=r"toy: gave \d+ answers to \d+ requests"):
        merge(run_batches(kind(), MANY, None, 100_000))


@pytest.mark.parametrize("trouble", [KeyboardInterrupt, MemoryError])
def test_what_was_streamed_before_trouble_is_handed_over(trouble):
    def stop(request):
        if request == MANY[7]:
            raise trouble

    done = {}
    with pytest.raises(trouble):
        for batch in run_batches(StreamingToy(before=stop), MANY, None, 1):
            done |= batch
    assert sorted(done) == list(range(8, 60))


def test_refusals_are_answers():
    model = ToyModel(refuse=lambda request: True)
    assert merge(run_batches(model, MANY[:1], None, 1)) == {0: Unmeasured(reason="the toy refuses")}
