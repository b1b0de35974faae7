"""How fast the local engine is, against a plain loop and against the machine's own limit.

    python tests/benchmarks/engine.py [--shape qwen-0.5b] [--pairs 100]

Random weights in the shape of a real model, so nothing is downloaded: 100 pairs with a 400-token
spec, 60-token prompts and 120-token responses. Prints pairs per second, tokens run / unique tokens
of the prefix tree (ideal 1.0), the speed-up over a plain loop over the same transformers model
(run on a few pairs, scaled), the largest difference in nats per token, and the time as a share of
what the machine's matrix multiplication takes for the same products, measured in the same run (by
oneDNN or by torch's own choice, whichever the engine takes here).
"""

import argparse
import time
from collections.abc import Callable

import numpy as np
import torch
from tabulate import tabulate
from transformers import LlamaConfig, LlamaForCausalLM

from specharness.models.engine import Engine
from specharness.models.products import quick_products, quicker
from specharness.models.tree import TokenRun, build_tree

SHAPES = {  # vocabulary, hidden, intermediate, layers, heads, kv heads, tied
    "smollm-135m": (49152, 576, 1536, 30, 9, 3, True),
    "qwen-0.5b": (151936, 896, 4864, 24, 14, 2, True),
    "llama-1b": (128256, 2048, 8192, 16, 32, 8, True),
    "llama-8b": (128256, 4096, 14336, 32, 32, 8, False),
}


def make_network(shape: str, device: str, dtype: torch.dtype) -> LlamaForCausalLM:
    vocabulary, hidden, inner, layers, heads, kv, tied = SHAPES[shape]
    config = LlamaConfig(
        vocab_size=vocabulary, hidden_size=hidden, intermediate_size=inner,
        num_hidden_layers=layers, num_attention_heads=heads, num_key_value_heads=kv,
        max_position_embeddings=4096, tie_word_embeddings=tied,
    )  # fmt: skip
    torch.manual_seed(0)
    with torch.device(device):
        torch.set_default_dtype(dtype)
        network = LlamaForCausalLM(config)
        torch.set_default_dtype(torch.float32)
    return network.eval()


def make_runs(vocabulary: int, pairs: int, spec: int, prompt: int, response: int) -> list[TokenRun]:
    rng = np.random.default_rng(0)

    def draw(n: int) -> tuple[int, ...]:
        return tuple(int(t) for t in rng.integers(0, vocabulary, n))

    head = draw(spec)
    heads = [(*head, *draw(prompt)) for _ in range(pairs)]
    return [TokenRun(ids=(*h, *draw(response)), start=len(h)) for h in heads for _ in range(2)]


def seconds(action: Callable[[], object]) -> float:
    if torch.cuda.is_available():
        torch.cuda.synchronize()
    begin = time.perf_counter()
    action()
    if torch.cuda.is_available():
        torch.cuda.synchronize()
    return time.perf_counter() - begin


def flops(shape: str, tokens: int, projected: int) -> float:
    """Multiply-adds of the weight matrices, times two; attention's own products are left out."""
    vocabulary, hidden, inner, layers, heads, kv, _ = SHAPES[shape]
    layer = 2 * hidden * hidden + 2 * hidden * hidden * kv // heads + 3 * hidden * inner
    return 2.0 * (tokens * layers * layer + projected * vocabulary * hidden)


def product_rate(shape: str, rows: int, network: LlamaForCausalLM) -> float:
    """The machine's best rate (FLOP/s) for the model's largest layer product over `rows` tokens."""
    _, hidden, inner, *_ = SHAPES[shape]
    a = torch.randn(rows, hidden, device=network.device, dtype=network.dtype)
    b = torch.randn(inner, hidden, device=network.device, dtype=network.dtype)
    repeat = max(2, int(2e11 / (2 * rows * hidden * inner)))
    product = lambda: [torch.nn.functional.linear(a, b) for _ in range(repeat)]  # noqa: E731
    with torch.inference_mode(), quick_products(network):
        product()
        best = min(seconds(product) for _ in range(5))
    return 2.0 * rows * hidden * inner * repeat / best


@torch.inference_mode()
def plain_loop(network: LlamaForCausalLM, run: TokenRun) -> list[float]:
    """What one writes first: a whole forward pass for each response."""
    ids = torch.tensor([run.ids], device=network.device)
    logs = network(input_ids=ids).logits[0].float().log_softmax(-1)
    places = torch.arange(run.start - 1, len(run.ids) - 1, device=ids.device)
    return logs[places, ids[0, run.start :]].tolist()


def measure(shape: str, pairs: int, plain: int, budget: int, device: str) -> list[list[object]]:
    dtype = torch.bfloat16 if device == "cuda" else torch.float32
    network = make_network(shape, device, dtype)
    runs = make_runs(SHAPES[shape][0], pairs, 400, 60, 120)
    engine = Engine(network, budget)
    engine.shared = engine.agrees(1e-3 if dtype == torch.float32 else 0.5)
    results: dict[int, list[float]] = {}
    list(engine.weigh(runs[:8], lambda n: None))
    engine.ran = 0
    rate = product_rate(shape, budget, network)
    shared = seconds(lambda: results.update(engine.weigh(runs, lambda n: None)))
    ran, unique = engine.ran, sum(n.size for n in build_tree(runs).roots)
    rate = max(rate, product_rate(shape, budget, network))
    alone: list[list[float]] = []
    loop = seconds(lambda: alone.extend(plain_loop(network, r) for r in runs[: 2 * plain]))
    loop *= len(runs) / (2 * plain)
    worst = max(abs(a - b) for i, p in enumerate(alone) for a, b in zip(results[i], p, strict=True))
    ideal = flops(shape, ran, sum(len(r.ids) - r.start for r in runs)) / rate
    return [
        ["pairs", pairs],
        ["seconds", f"{shared:.1f}"],
        ["pairs per second", f"{pairs / shared:.2f}"],
        ["tokens per second (tree)", f"{ran / shared:.0f}"],
        ["tokens run / unique tokens", f"{ran / unique:.3f}"],
        ["speed-up over a plain loop", f"{loop / shared:.2f}"],
        ["largest difference, nats per token", f"{worst:.1e}"],
        ["products on the processor by", "oneDNN" if quicker() else "torch's own choice"],
        ["matrix-multiply rate, GFLOP/s", f"{rate / 1e9:.0f}"],
        ["share of the matrix-multiply limit", f"{ideal / shared:.2f}"],
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--shape", choices=list(SHAPES), default="qwen-0.5b")
    parser.add_argument("--pairs", type=int, default=100)
    parser.add_argument("--plain", type=int, default=4, help="pairs for the plain loop (scaled)")
    parser.add_argument("--budget", type=int, default=0)
    args = parser.parse_args()
    device = "cuda" if torch.cuda.is_available() else "cpu"
    budget = args.budget or (8192 if device == "cuda" else 1024)
    rows = measure(args.shape, args.pairs, args.plain, budget, device)
    print(f"{args.shape}, random weights, {device}, {torch.get_num_threads()} threads, "
          f"{budget} tokens a pass\n")  # fmt: skip
    print(tabulate(rows, tablefmt="github", headers=["figure", "value"], disable_numparse=True))


if __name__ == "__main__":
    main()
