"""The head of an answer: read token by token, gone on with, and weighed responses after it."""

from typing import Any

import pytest

from specharness.errors import ModelError
from specharness.keys import pack_result, request_key, unpack_result
from specharness.model import Completion, Identity, Logprobs, Request, Sampling
from specharness.models.batches import run_batches
from specharness.models.template import Template
from specharness.records import Message
from tests.networks import CHATML, make_llama, make_tokenizer, torch
from tests.toy import TOY, ToyModel

USER = (Message(role="user", content="Hi"),)
IDENTITY = Identity(name="tiny", revision="1", engine="local-float32", template="chatml")
TAGS = ("<think>", "</think>")


@pytest.fixture(scope="module")
def model() -> Any:
    """A random network that writes letters: rows of other bytes are nothing."""
    from specharness.models.local import LocalModel

    tokenizer = make_tokenizer()
    network = make_llama(len(tokenizer))
    letters = {tokenizer.convert_tokens_to_ids(chr(c)) for c in range(33, 127)}
    with torch.no_grad():
        for row in set(range(len(tokenizer))) - letters:
            network.lm_head.weight[row] = 0
    return LocalModel(network, tokenizer, IDENTITY, 512)


def tagged_tokenizer(special: bool = False) -> Any:
    from tokenizers import AddedToken

    tokenizer = make_tokenizer()
    tokenizer.add_tokens([AddedToken(tag, special=special, normalized=False) for tag in TAGS])
    return tokenizer


def test_the_response_begins_after_the_prefill() -> None:
    template = Template(make_tokenizer(), "toy")
    plain, run = template.encode(USER, "Yes."), template.encode(USER, "Yes.", "So: ")
    extra = len(run.ids) - len(plain.ids)
    assert extra == len("So: ") and run.start == plain.start + extra
    assert run.ids[run.start :] == plain.ids[plain.start :]
    assert run.ids[: plain.start] == plain.ids[: plain.start]


@pytest.mark.parametrize("special", [False, True])
def test_tags_are_tokens_where_the_model_has_them_and_letters_elsewhere(special: bool) -> None:
    tokenizer = tagged_tokenizer(special)
    template = Template(tokenizer, "toy")
    opening, closing = tokenizer.convert_tokens_to_ids(list(TAGS))
    prompt = template.prompt(USER)
    ids = template.begin(prompt, "<think>\nGood.</think>\n\n", TAGS)
    assert ids[0] == opening and ids.count(closing) == 1
    assert opening not in template.begin(prompt, "<think>\nGood.", ())
    assert template.begin(prompt, "a<|im_end|>b", TAGS).count(template.end[0]) == 0
    letters = Template(make_tokenizer(), "toy").begin(prompt, "<think>", TAGS)
    assert len(letters) == len("<think>")  # no such token: bytes


def test_a_tag_the_template_has_opened_is_not_opened_twice() -> None:
    tokenizer = tagged_tokenizer()
    tokenizer.chat_template = CHATML.replace(
        "assistant\n{% endif %}", "assistant\n<think>\n{% endif %}"
    )
    template = Template(tokenizer, "toy")
    ids = template.begin(template.prompt(USER), "<think>\nGood.", TAGS)
    assert tokenizer.decode(list(ids)) == "Good."


def test_a_generation_goes_on_from_every_prefix_of_itself(model: Any) -> None:
    """Token by token: what follows a prefix is what the model wrote after it."""
    (whole,) = model.generate([Request(messages=USER)], Sampling(max_tokens=6))
    assert len(whole.text) == whole.count == 6
    for cut in range(1, 6):
        request = Request(messages=USER, prefill=whole.text[:cut])
        (rest,) = model.generate([request], Sampling(max_tokens=6 - cut))
        assert rest.text == whole.text[cut:] and rest.count == 6 - cut
        assert rest.read == whole.read + cut


def test_a_response_after_a_prefill_is_weighed_as_the_tail_of_both(model: Any) -> None:
    head, tail = "I think so: ", "Yes."
    both, after = model.logprobs(
        [
            Request(messages=USER, response=head + tail),
            Request(messages=USER, response=tail, prefill=head),
        ]
    )
    assert len(after.tokens) == len(tail) + 1
    assert after.tokens == pytest.approx(both.tokens[len(head) :], abs=1e-5)


def test_an_answer_ends_before_a_stop_and_its_tokens_are_counted(model: Any) -> None:
    (whole,) = model.generate([Request(messages=USER)], Sampling(max_tokens=12))
    stop = whole.text[5:7]
    at = whole.text.index(stop)
    ran = model.tokens_run
    (cut,) = model.generate([Request(messages=USER)], Sampling(max_tokens=12, stop=(stop, "\0")))
    assert (cut.text, cut.count) == (whole.text[:at], at + 2)
    assert model.tokens_run - ran == cut.read + cut.count


def test_a_model_that_takes_no_prefill_is_not_asked() -> None:
    toy = ToyModel()
    request = Request(messages=USER, prefill="So")
    with pytest.raises(ModelError, match="toy: takes no beginning of an answer"):
        list(run_batches(toy, [request], None, 100))
    assert not toy.batches


def test_keys_tell_prefills_tags_and_stops_apart() -> None:
    plain = Request(messages=USER, response="Yes.")
    some = [plain, Request(messages=USER, response="Yes.", prefill="So"),
            Request(messages=USER, response="Yes.", prefill="So", tags=TAGS)]  # fmt: skip
    assert len({request_key(TOY, request) for request in some}) == 3
    ways = [Sampling(), Sampling(stop=("a",)), Sampling(stop=("b",))]
    assert len({request_key(TOY, plain, way) for way in ways}) == 3


def test_what_was_read_is_kept_with_a_completion() -> None:
    for told in (Completion(text="a", count=1), Completion(text="a", count=1, read=7)):
        assert unpack_result(pack_result(told)) == told
    assert pack_result(Completion(text="a", count=1)) == b'C["a", 1]'
    assert isinstance(unpack_result(pack_result(Logprobs(tokens=(-1.0,)))), Logprobs)
