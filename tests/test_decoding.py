"""Answers written side by side are those written one by one, and drawn as the model says."""

from collections import Counter
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import chisquare

from specharness.model import Completion, Identity, Request, Sampling
from specharness.models.decoding import ROWS, Manner, Row, plan_rows, write_rows
from specharness.models.local import LocalModel
from specharness.records import Message
from tests.inside import make_local
from tests.networks import NETWORKS, make_llama, make_tokenizer, torch

LENGTHS = (3, 17, 1, 9, 30)
END, PAD = 5, 7
NEVER = 97  # no token of the networks


def prompts(seed: int = 0) -> list[tuple[int, ...]]:
    """Token rows of several lengths, none of which ends a turn."""
    rng = np.random.default_rng(seed)
    return [tuple(int(i) for i in rng.integers(8, 97, size=length)) for length in LENGTHS]


def plainly(network: Any, ids: tuple[int, ...], most: int) -> list[int]:
    """Greedy without batch, cache or padding: the whole text is read again for every token."""
    written: list[int] = []
    while len(written) < most and (not written or written[-1] != END):
        with torch.inference_mode():
            logits = network(input_ids=torch.tensor([[*ids, *written]])).logits[0, -1]
        written.append(int(logits.argmax()))
    return written


@pytest.mark.parametrize("name", NETWORKS)
def test_rows_of_any_length_say_what_they_say_alone(name: str) -> None:
    network = NETWORKS[name]()
    rows = [Row(ids=ids, most=12) for ids in prompts()]
    manner = Manner(temperature=0, end=END, pad=PAD)
    together = write_rows(network, rows, manner)
    assert together == [plainly(network, row.ids, 12) for row in rows]
    assert together == [write_rows(network, [row], manner)[0] for row in rows]


def test_a_row_that_ends_is_cut_and_the_others_go_on() -> None:
    network = make_llama()
    rows = [Row(ids=ids, most=20) for ids in prompts(1)]
    free = write_rows(network, rows, Manner(temperature=0, end=NEVER, pad=PAD))
    # what one of the rows says in its third place ends it now
    end = free[0][2]
    found = write_rows(network, rows, Manner(temperature=0, end=end, pad=end))
    for row, told in zip(free, found, strict=True):
        assert told == (row[: row.index(end) + 1] if end in row else row)
    assert len(found[0]) <= 3


def test_each_row_stops_by_itself() -> None:
    network = make_llama()
    rows = [Row(ids=ids, most=15) for ids in prompts(2)]
    free = write_rows(network, rows, Manner(temperature=0, end=NEVER, pad=PAD))
    wanted = {free[0][1], free[1][5]}
    stopped = write_rows(
        network,
        rows,
        Manner(temperature=0, end=NEVER, pad=PAD, stops=lambda ids: ids[-1] in wanted),
    )
    for row, told in zip(free, stopped, strict=True):
        places = [n for n, token in enumerate(row, start=1) if token in wanted]
        assert told == row[: min(places, default=len(row))]


def test_a_draw_depends_on_its_own_seed_alone() -> None:
    network = make_llama()
    manner = Manner(temperature=1.0, end=END, pad=PAD)
    rows = [Row(ids=ids, most=10, seed=f"row {n}") for n, ids in enumerate(prompts())]
    together = write_rows(network, rows, manner)
    assert together == [write_rows(network, [row], manner)[0] for row in rows]
    assert together == write_rows(network, rows[::-1], manner)[::-1]
    other = [Row(ids=row.ids, most=10, seed="another") for row in rows]
    assert together != write_rows(network, other, manner)


@pytest.mark.parametrize("temperature", [0.5, 1.0, 2.0])
def test_tokens_are_drawn_as_often_as_the_softmax_says(temperature: float) -> None:
    network = make_llama(12)
    with torch.no_grad():
        network.lm_head.weight.mul_(20)  # random weights alone are nearly uniform
        logits = network(input_ids=torch.tensor([[9, 10]])).logits[0, -1]
    rows = [Row(ids=(9, 10), most=1, seed=str(n)) for n in range(2000)]
    manner = Manner(temperature=temperature, end=5, pad=7)
    drawn = Counter(token for [token] in write_rows(network, rows, manner))
    expected = 2000 * torch.softmax(logits.double() / temperature, 0).numpy()
    often = np.array([drawn[token] for token in range(12)])
    rare = expected < 5  # too few for the test: taken together
    often, expected = (np.append(x[~rare], x[rare].sum()) for x in (often, expected))
    assert chisquare(often[expected > 0], expected[expected > 0]).pvalue > 1e-4


@given(
    lengths=st.lists(st.tuples(st.integers(1, 400), st.integers(1, 300)), max_size=80),
    budget=st.integers(16, 2048),
)
def test_every_row_is_in_one_batch_with_rows_of_the_same_room(
    lengths: list[tuple[int, int]], budget: int
) -> None:
    rows = [Row(ids=(1,) * length, most=most) for length, most in lengths]
    batches = list(plan_rows(rows, budget))
    assert sorted(i for batch in batches for i in batch) == list(range(len(rows)))
    for batch in batches:
        assert 1 <= len(batch) <= ROWS
        assert len({rows[i].most for i in batch}) == 1
        if len(batch) > 1:
            longest = max(len(rows[i].ids) for i in batch)
            assert len(batch) * (longest + rows[batch[0]].most) <= 8 * budget


def ask(text: str, index: int = 0) -> Request:
    return Request(messages=(Message(role="user", content=text),), index=index)


def test_a_model_answers_side_by_side_as_it_does_alone() -> None:
    model = make_local()
    requests = [ask("a" * n) for n in (1, 40, 7, 200, 3)]
    sampling = Sampling(max_tokens=9, temperature=0.7, seed=3)
    together = model.generate(requests, sampling)
    assert together == [model.generate([request], sampling)[0] for request in requests]
    streamed = dict(model.iter_generate(requests, sampling))
    assert [streamed[i] for i in range(len(requests))] == together
    assert all(isinstance(one, Completion) and 1 <= one.count <= 9 for one in together)


def test_repeats_of_a_request_and_other_seeds_are_other_draws() -> None:
    model = make_local()
    said = {
        str(
            model.generate(
                [ask("Hello", index)], Sampling(max_tokens=8, temperature=1.0, seed=seed)
            )
        )
        for index in (0, 1)
        for seed in (0, 1)
    }
    assert len(said) == 4


def test_near_the_end_of_the_context_an_answer_is_as_long_as_there_is_room() -> None:
    tokenizer = make_tokenizer()
    network = make_llama(len(tokenizer), max_position_embeddings=64)
    identity = Identity(name="tiny", revision="1", engine="local-float32", template="chatml")
    model = LocalModel(network, tokenizer, identity, 256)
    free = len(model.template.prompt(ask("").messages))
    requests = [ask(""), ask("a" * (60 - free)), ask("a" * 80)]
    short, near, beyond = model.generate(requests, Sampling(max_tokens=20, temperature=0))
    assert isinstance(short, Completion) and short.count <= 20
    assert isinstance(near, Completion) and near.count <= 4
    assert "more than the model's context of 64" in str(beyond)
