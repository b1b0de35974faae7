"""The engine's numbers against the plain computation, on random models and random trees."""

import random
from typing import Any

import pytest

from specharness.models.engine import Engine
from specharness.models.tree import TokenRun, build_tree
from tests.networks import NETWORKS, make_gemma, make_llama, torch

VOCABULARY = 97
CLOSE = 1e-3  # nats per token


def draw(rng: random.Random, n: int) -> tuple[int, ...]:
    return tuple(rng.randrange(VOCABULARY) for _ in range(n))


def random_runs(seed: int, prompts: int = 25, longest: int = 30) -> list[TokenRun]:
    """Prompts that share parts of a spec; responses of one token and more, some twice."""
    rng = random.Random(seed)
    spec = draw(rng, 40)
    runs = []
    for _ in range(prompts):
        prompt = (*spec[: rng.randrange(1, 41)], *draw(rng, rng.randrange(4)))
        for size in (1, rng.randrange(1, longest)):
            runs.append(TokenRun(ids=(*prompt, *draw(rng, size)), start=len(prompt)))
        if rng.random() < 0.3:
            runs.append(runs[-1])
    return runs


def weigh(engine: Engine, runs: list[TokenRun]) -> list[list[float]]:
    found = dict(engine.weigh(runs, lambda n: None))
    return [found[i] for i in range(len(runs))]


def worst(left: list[list[float]], right: list[list[float]]) -> float:
    return max(
        abs(a - b) for x, y in zip(left, right, strict=True) for a, b in zip(x, y, strict=True)
    )


@pytest.mark.parametrize("budget", [5, 64, 100_000])
@pytest.mark.parametrize("name", NETWORKS)
def test_the_tree_gives_what_one_by_one_gives(name: str, budget: int) -> None:
    engine = Engine(NETWORKS[name](), budget)
    engine.shared = engine.agrees(CLOSE)
    runs = random_runs(budget)
    assert worst(weigh(engine, runs), [engine.weigh_alone(r) for r in runs]) < CLOSE


@pytest.mark.parametrize("name", ["llama", "qwen", "gpt2"])
def test_each_unique_token_is_run_once(name: str) -> None:
    engine = Engine(NETWORKS[name](), 64)
    runs = random_runs(1)
    weigh(engine, runs)
    assert engine.ran == sum(root.size for root in build_tree(runs).roots)


def test_models_that_take_no_mask_are_run_plainly() -> None:
    shares = {name: Engine(make(), 64).agrees(CLOSE) for name, make in NETWORKS.items()}
    assert shares == {"llama": True, "qwen": True, "gpt2": True, "gemma": True, "bloom": False}


def test_paths_longer_than_a_sliding_window_are_run_plainly() -> None:
    engine = Engine(make_gemma(), 64)
    rng = random.Random(0)
    spec = draw(rng, 40)
    runs = [TokenRun(ids=(*spec, *draw(rng, n)), start=40) for n in (3, 30)]
    assert worst(weigh(engine, runs), [engine.weigh_alone(r) for r in runs]) < CLOSE
    assert engine.ran == 2 * (43 + 70)


def test_a_response_of_1000_tokens_in_pieces() -> None:
    engine = Engine(make_llama(), 128)
    rng = random.Random(3)
    prompt = draw(rng, 200)
    runs = [TokenRun(ids=(*prompt, *draw(rng, n)), start=200) for n in (1000, 1)]
    assert worst(weigh(engine, runs), [engine.weigh_alone(r) for r in runs]) < CLOSE


@pytest.mark.parametrize("side", ["left", "right"])
def test_equal_to_a_padded_batch(side: str) -> None:
    """transformers' own batched computation, padded on either side."""
    network = make_llama()
    runs = random_runs(5, prompts=6)
    padded = padded_batch(network, runs, side)
    assert worst(weigh(Engine(network, 64), runs), padded) < CLOSE


@torch.inference_mode()
def padded_batch(network: Any, runs: list[TokenRun], side: str) -> list[list[float]]:
    longest = max(len(r.ids) for r in runs)
    ids = torch.zeros(len(runs), longest, dtype=torch.long)
    mask = torch.zeros_like(ids)
    begins = [longest - len(r.ids) if side == "left" else 0 for r in runs]
    for row, (begin, run) in enumerate(zip(begins, runs, strict=True)):
        ids[row, begin : begin + len(run.ids)] = torch.tensor(run.ids)
        mask[row, begin : begin + len(run.ids)] = 1
    positions = (mask.cumsum(-1) - 1).clamp(min=0)
    logits = network(input_ids=ids, attention_mask=mask, position_ids=positions).logits
    logs = logits.log_softmax(-1)
    return [
        [float(logs[row, begin + i - 1, run.ids[i]]) for i in range(run.start, len(run.ids))]
        for row, (begin, run) in enumerate(zip(begins, runs, strict=True))
    ]


def test_half_precision_weights_are_read_in_float32_softmax() -> None:
    network = make_llama().to(torch.bfloat16)
    engine = Engine(network, 64)
    runs = random_runs(9, prompts=4)
    values = weigh(engine, runs)
    assert all(v <= 0 for row in values for v in row)
    assert worst(values, [engine.weigh_alone(r) for r in runs]) < 0.5
