"""Training pairs rated by an adapter, once, when it is trained."""

from math import isfinite
from statistics import fmean
from typing import Any


def rate(model: Any, triples: list[dict[str, list[int]]], loss: str) -> dict[str, float]:
    """The shares of pairs that the loss's own reward puts in the right order; a tie is a half.

    `accuracy` is with the adapter, `untrained` without it. DPO's reward is how much likelier the
    adapter makes a response than the network without it (so nothing is ahead without it, 0.5),
    SimPO's the mean log-probability of its tokens. ValueError where one is no finite number.
    """
    model.eval()
    with_it = [_sides(model, triple) for triple in triples]
    with model.disable_adapter():
        without = [_sides(model, triple) for triple in triples]
    if not all(isfinite(number) for side in (*with_it, *without) for number in side):
        raise ValueError("the trained weights give no finite log-probabilities")
    if loss == "dpo":
        gains = [(on[0] - off[0], on[1] - off[1]) for on, off in zip(with_it, without, strict=True)]
        return {"accuracy": _ahead(gains), "untrained": 0.5}
    by_token = [_means(sides, triples) for sides in (with_it, without)]
    return dict(zip(("accuracy", "untrained"), map(_ahead, by_token), strict=True))


def _sides(model: Any, triple: dict[str, list[int]]) -> tuple[float, float]:
    """The log-probabilities of chosen and rejected after the prompt, in nats."""
    prompt = triple["prompt_ids"]
    return (
        _total(model, prompt, triple["chosen_ids"]),
        _total(model, prompt, triple["rejected_ids"]),
    )


def _total(model: Any, prompt: list[int], answer: list[int]) -> float:
    import torch  # noqa: PLC0415 - torch takes seconds

    device = model.device
    with torch.inference_mode():
        ids = torch.tensor([prompt + answer], device=device)
        logits = model(input_ids=ids, use_cache=False, logits_to_keep=len(answer) + 1).logits
        told = logits[0, :-1].double().log_softmax(-1)  # (T, V): what each token is told by
        chosen = told.gather(-1, torch.tensor(answer, device=device)[:, None])
    return float(chosen.sum())


def _means(
    sides: list[tuple[float, float]], triples: list[dict[str, list[int]]]
) -> list[tuple[float, float]]:
    return [
        (chosen / len(triple["chosen_ids"]), rejected / len(triple["rejected_ids"]))
        for (chosen, rejected), triple in zip(sides, triples, strict=True)
    ]


def _ahead(sides: list[tuple[float, float]]) -> float:
    found = fmean((left > right) + 0.5 * (left == right) for left, right in sides)
    return round(found, 4)
