"""Several answers written at once: each step runs one token of every row through the network.

What a row says does not depend on the rows beside it but for rounding: rows are padded on the left,
padding is masked, and each row draws with a generator of its own.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

import torch

from specharness.models.products import quick_products

ROWS = 16  # at most; more gain little on processors and take memory
_ROOM = 8  # budgets: tokens of prompts and answers that a batch may hold, padding included

Stop = Callable[[list[int]], bool]


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """The tokens to go on from, the most to add, and what the row's draws depend on."""

    ids: tuple[int, ...]
    most: int
    seed: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Manner:
    """How rows are written: greedy at `temperature` 0; up to `end`, or until `stops` says so.

    `stops` is asked with the tokens a row has so far. `pad` is any token the network knows.
    """

    temperature: float
    end: int
    pad: int
    stops: Stop | None = None


def plan_rows(rows: Sequence[Row], budget: int) -> Iterator[list[int]]:
    """Indexes of rows to be written together: of like length, and with the same room left."""
    batch: list[int] = []
    for i in sorted(range(len(rows)), key=lambda i: (rows[i].most, len(rows[i].ids))):
        size = (len(batch) + 1) * (len(rows[i].ids) + rows[i].most)
        alike = bool(batch) and rows[batch[0]].most == rows[i].most
        if batch and not (alike and len(batch) < ROWS and size <= _ROOM * budget):
            yield batch
            batch = []
        batch.append(i)
    if batch:
        yield batch


@torch.inference_mode()
def write_rows(network: Any, rows: Sequence[Row], manner: Manner) -> list[list[int]]:
    """The tokens that go on each row, the end of the turn included where it was reached."""
    longest = max(len(row.ids) for row in rows)
    padding = [longest - len(row.ids) for row in rows]
    ids = [[manner.pad] * gap + list(row.ids) for gap, row in zip(padding, rows, strict=True)]
    seen = [[0] * gap + [1] * len(row.ids) for gap, row in zip(padding, rows, strict=True)]
    watch = _Watch(stops=manner.stops, start=longest)
    draws = _Draws(rows, manner.temperature) if manner.temperature > 0 else None
    device = network.device
    with quick_products(network):
        out = network.generate(
            input_ids=torch.tensor(ids, device=device),
            attention_mask=torch.tensor(seen, device=device),
            max_new_tokens=rows[0].most,
            do_sample=False,
            eos_token_id=manner.end,
            pad_token_id=manner.pad,
            repetition_penalty=1.0,
            temperature=None,
            top_p=None,
            top_k=None,
            logits_processor=[draws] if draws else None,
            stopping_criteria=[watch] if manner.stops else None,
        )[:, longest:].tolist()
    return [_cut(row[: watch.stopped.get(i)], manner.end) for i, row in enumerate(out)]


def _cut(tokens: list[int], end: int) -> list[int]:
    """Up to the end of the turn: what follows it fills the row until the others are done."""
    return tokens[: tokens.index(end) + 1] if end in tokens else tokens


@dataclass(slots=True, kw_only=True)
class _Watch:
    """Tells which rows are to stop, and remembers after how many tokens they did."""

    stops: Stop | None
    start: int
    stopped: dict[int, int] = field(default_factory=dict)

    def __call__(self, ids: torch.Tensor, scores: object, **rest: object) -> torch.Tensor:
        assert self.stops is not None
        for i, row in enumerate(ids[:, self.start :].tolist()):
            if i not in self.stopped and self.stops(row):
                self.stopped[i] = len(row)
        return torch.tensor([i in self.stopped for i in range(len(ids))], device=ids.device)


class _Draws:
    """Samples by the largest of score / temperature + Gumbel noise, which is a draw by softmax."""

    def __init__(self, rows: Sequence[Row], temperature: float) -> None:
        self._temperature = temperature
        self._drawn = [torch.Generator().manual_seed(_number(row.seed)) for row in rows]

    def __call__(self, ids: torch.Tensor, scores: torch.Tensor) -> torch.Tensor:
        waits = torch.empty(scores.shape, dtype=torch.float32)
        for row, generator in zip(waits, self._drawn, strict=True):
            row.exponential_(generator=generator)
        noise = -waits.log().to(scores.device)
        return scores.float() / self._temperature + noise


def _number(seed: str) -> int:
    return int.from_bytes(sha256(seed.encode()).digest()[:8], "big") >> 1
