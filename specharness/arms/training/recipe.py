"""How an adapter is trained: everything that decides its numbers, besides model and pairs."""

from dataclasses import asdict, dataclass, replace
from typing import Any, Literal

from specharness.arms.options import Given
from specharness.errors import UsageError

Loss = Literal["dpo", "simpo"]
OPTIONS = (
    "beta", "gamma", "rate", "epochs", "rank", "scale", "batch", "length", "most", "pairs",
)  # fmt: skip

SHORTEST = 16  # tokens of a sequence: half of them are the prompt's


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """Settings of preference training with LoRA on all linear maps but the output.

    `beta` is the loss's own (DPO: how near the reference; SimPO: the reward's scale), `gamma` is
    SimPO's target margin in units of beta times nats (its papers quote gamma / beta). `rate` is
    AdamW's peak, after which it falls to 0 in a straight line. `scale` is lora_alpha / rank.
    `batch` pairs make a step. A sequence is cut to `length` tokens: the prompt's last half of that
    at least, then the response's first ones.
    """

    loss: Loss
    beta: float = 0.1
    gamma: float = 0.0
    rate: float = 2e-4
    epochs: int = 1
    rank: int = 8
    scale: float = 2.0
    batch: int = 4
    length: int = 512
    seed: int = 0

    def values(self) -> dict[str, Any]:
        """All settings by name."""
        return asdict(self)


RECIPES: dict[str, Recipe] = {
    "dpo": Recipe(loss="dpo"),
    # beta and gamma / beta within the ranges of the SimPO repository
    "simpo": Recipe(loss="simpo", beta=2.0, gamma=1.0),
}


def read_recipe(name: str, given: Given, seed: int) -> Recipe:
    """The recipe of an arm with the options given; UsageError for values that cannot be."""
    plain = RECIPES[name]
    if name == "dpo" and "gamma" in given.values:
        raise UsageError(given.where, "gamma is SimPO's", "leave it out, or take simpo")
    found = {
        key: given.last(key, getattr(plain, key), _above_zero(type(getattr(plain, key))))
        for key in ("beta", "rate", "epochs", "rank", "scale", "batch", "length")
    }
    found["gamma"] = given.last("gamma", plain.gamma, _zero_or_more)
    if found["length"] < SHORTEST:
        what = f"length={found['length']} is too short"
        raise UsageError(given.where, what, f"give {SHORTEST} or more")
    return replace(plain, seed=seed, **found)


def _zero_or_more(text: str) -> float:
    value = float(text)
    if not 0 <= value < float("inf"):
        raise ValueError(text)
    return value


def _above_zero(kind: type) -> Any:
    def read(text: str) -> Any:
        value = kind(text)
        if not 0 < value < float("inf"):
            raise ValueError(text)
        return value

    return read
