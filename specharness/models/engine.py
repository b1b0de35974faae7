"""Teacher-forced log-probabilities over a prefix tree: every token of a batch is run once.

Needs torch. `Engine` knows tokens only; conversations are `template`'s subject.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
import torch
from transformers import DynamicCache

from specharness.models.products import quick_products
from specharness.models.tree import (
    Node,
    Step,
    TokenRun,
    Tree,
    build_tree,
    plan_steps,
    targets,
    visible,
)

Report = Callable[[int], None]


class Engine:
    """Runs a causal language model from transformers over token sequences.

    `budget` is the number of tokens in one forward pass (memory grows with it). Models whose
    attention cannot be told by a mask (state-space layers, ALiBi) fail `agrees` and are then run
    one sequence at a time. `ran` counts the tokens run so far.
    """

    def __init__(self, model: Any, budget: int) -> None:
        self._model = model
        self._budget = budget
        self.ran = 0
        config = model.config.get_text_config()
        window = getattr(config, "sliding_window", None)
        self._window = window if getattr(config, "use_sliding_window", True) else None
        self.context = getattr(config, "max_position_embeddings", None)
        self.shared = True

    def weigh(self, runs: Sequence[TokenRun], report: Report) -> Iterator[tuple[int, list[float]]]:
        """Yield (index, log-probabilities in nats of the tokens from `start` on) as they are done.

        Equal to running each sequence alone up to float rounding. `report` hears of tokens run.
        """
        whole = [i for i, r in enumerate(runs) if self._may_share(r)]
        for local, values in self._weigh_tree([runs[i] for i in whole], report, self._budget):
            yield whole[local], values
        for i in sorted(set(range(len(runs))) - set(whole)):
            yield i, self.weigh_alone(runs[i])
            report(len(runs[i].ids))

    @torch.inference_mode()
    def weigh_alone(self, run: TokenRun) -> list[float]:
        """The plain computation: one sequence, one forward pass, no cache, no mask."""
        ids = torch.tensor([run.ids], device=self._model.device)
        keep = torch.arange(run.start - 1, len(run.ids) - 1, device=ids.device)
        with quick_products(self._model):
            logits = self._model(input_ids=ids, logits_to_keep=keep, use_cache=False).logits[0]
        self.ran += len(run.ids)
        return _gather(logits, ids[0, run.start :]).tolist()

    def agrees(self, tolerance: float) -> bool:
        """Whether the tree gives what the plain computation gives, on a small made-up batch."""
        runs = _made_up(self._model.config.get_text_config().vocab_size)
        try:
            shared = dict(self._weigh_tree(runs, lambda n: None, budget=16))
        except (RuntimeError, ValueError, TypeError, AttributeError, NotImplementedError):
            return False  # an architecture that takes no such mask or cache: run it plainly
        plain = [self.weigh_alone(r) for r in runs]
        self.ran = 0
        return all(np.allclose(shared[i], p, atol=tolerance) for i, p in enumerate(plain))

    def _may_share(self, run: TokenRun) -> bool:
        return self.shared and (self._window is None or len(run.ids) <= self._window)

    def _weigh_tree(
        self, runs: Sequence[TokenRun], report: Report, budget: int
    ) -> Iterator[tuple[int, list[float]]]:
        if not runs:
            return
        tree = build_tree(runs)
        waiting = _ends(tree)
        found: dict[int, torch.Tensor] = {}
        cache: Any = None
        for step in plan_steps(tree.roots, budget):
            cache = self._run(step, cache, found)
            report(len(step.tokens))
            for piece in step.pieces:
                if piece.end == len(piece.node.tokens):
                    for i in waiting.get(id(piece.node), ()):
                        yield i, _path(piece.node, runs[i].start, found)

    @torch.inference_mode()
    def _run(self, step: Step, cache: Any, found: dict[int, torch.Tensor]) -> Any:
        """One forward pass; puts the wanted log-probabilities into `found` by node."""
        device, dtype = self._model.device, self._model.dtype
        if step.past:
            _cut(cache, step.past)
        else:
            # one without a window: `_may_share` keeps paths inside it, what lies beside them not
            cache = DynamicCache()
        seen = torch.from_numpy(visible(step)).to(device)
        mask = torch.zeros(seen.shape, dtype=dtype, device=device)
        mask.masked_fill_(~seen, torch.finfo(dtype).min)
        wanted = targets(step)
        rows = sorted({row for row, _, _ in wanted})
        with quick_products(self._model):
            out = self._model(
                input_ids=torch.tensor([step.tokens], device=device),
                position_ids=torch.tensor([step.positions], device=device),
                attention_mask=mask[None, None],
                past_key_values=cache,
                use_cache=True,
                logits_to_keep=torch.tensor(rows or [0], device=device),
            )
        self.ran += len(step.tokens)
        if wanted:
            place = {row: i for i, row in enumerate(rows)}
            pick = torch.tensor([place[row] for row, _, _ in wanted], device=device)
            ids = torch.tensor([node.tokens[i] for _, node, i in wanted], device=device)
            _file(wanted, _gather(out.logits[0], ids, pick), found)
        return cache


def _made_up(vocabulary: int) -> list[TokenRun]:
    """Four sequences of random tokens: a shared spec, two prompts, two responses each."""
    rng = np.random.default_rng(0)

    def draw(n: int) -> tuple[int, ...]:
        return tuple(int(t) for t in rng.integers(0, vocabulary, n))

    spec, prompts = draw(9), (draw(4), draw(5))
    return [TokenRun(ids=(*spec, *p, *draw(n)), start=9 + len(p)) for p in prompts for n in (3, 6)]


def _cut(cache: Any, length: int) -> None:
    """Shorten a cache to its first `length` positions (a negative argument removes that many)."""
    surplus = cache.get_seq_length() - length
    if surplus:
        cache.crop(-surplus)


def _gather(
    logits: torch.Tensor, ids: torch.Tensor, rows: torch.Tensor | None = None
) -> torch.Tensor:
    """log softmax in float32 at (row, id): logits (R, V), ids (T,), rows (T,) -> (T,)."""
    if rows is None:
        rows = torch.arange(len(ids), device=ids.device)
    # in slices, so that a float32 copy of a wide vocabulary never stands whole in memory
    total = torch.cat([torch.logsumexp(part.float(), dim=-1) for part in torch.split(logits, 64)])
    return (logits[rows, ids].float() - total[rows]).cpu()


def _file(
    wanted: list[tuple[int, Node, int]], values: torch.Tensor, found: dict[int, torch.Tensor]
) -> None:
    for (_, node, i), value in zip(wanted, values.tolist(), strict=True):
        if id(node) not in found:
            found[id(node)] = torch.full((len(node.tokens),), float("nan"), dtype=torch.float64)
        found[id(node)][i] = value


def _ends(tree: Tree) -> dict[int, list[int]]:
    waiting: dict[int, list[int]] = {}
    for i, node in enumerate(tree.ends):
        waiting.setdefault(id(node), []).append(i)
    return waiting


def _path(node: Node | None, start: int, found: dict[int, torch.Tensor]) -> list[float]:
    """Walk up from a sequence's last node and collect its response's log-probabilities."""
    parts: list[list[float]] = []
    while node is not None and node.end > start:
        parts.append(found[id(node)][max(0, start - node.depth) :].tolist())
        node = node.parent
    return [value for part in reversed(parts) for value in part]
