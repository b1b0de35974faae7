"""A small local model with random weights, pairs it can be fitted on, and what it makes of them."""

from pathlib import Path
from typing import Any

from specharness.arms.arm import Condition, Materials
from specharness.model import Identity, Model
from specharness.models.local import LocalModel
from specharness.records import Message, Pair
from specharness.score.margins import Reduce, Weighed, shift_margin
from specharness.score.weigh import weigh_pairs
from tests.networks import make_llama, make_tokenizer

VOCABULARY = 260  # of the tokenizer: bytes and control tokens
TINY = Identity(name="tiny", revision="1", engine="local-float32", template="chatml")
TOPICS = (
    "bread", "tides", "violins", "chess", "owls", "salt", "ships", "silk", "tea", "tin", "wool",
    "zinc", "moss", "ink", "lamps", "maps",
)  # fmt: skip


def make_local(network: Any = None, identity: Identity = TINY) -> LocalModel:
    return LocalModel(network or make_llama(VOCABULARY), make_tokenizer(), identity, 256)


def planted(count: int = len(TOPICS)) -> tuple[Pair, ...]:
    """Pairs in which praise is chosen over a list."""
    return tuple(
        Pair(
            id=topic, group=topic, prompt=(Message(role="user", content=f"About {topic}?"),),
            chosen=f"{topic} is good good good.", rejected=f"- {topic}\n- bad {topic}",
        )
        for topic in TOPICS[:count]
    )  # fmt: skip


def materials(model: Model, pairs: tuple[Pair, ...] = (), **more: Any) -> Materials:
    return Materials(
        pairs=pairs or planted(), spec=None, instruction="", where=Path("suite.toml"), model=model,
        **more,
    )  # fmt: skip


def weights(model: Model, pairs: tuple[Pair, ...]) -> dict[str, Weighed]:
    found = weigh_pairs(model, pairs, {"": ""}, "system")[""]
    assert all(isinstance(one, Weighed) for one in found.values())
    return found  # type: ignore[return-value]


def moves(
    model: Model, condition: Condition, pairs: tuple[Pair, ...], reduce: Reduce = "sum"
) -> list[float]:
    """How much further than the plain model each pair moves towards chosen, in nats."""
    plain = weights(model, pairs)
    with condition.enter(model) as answering:
        found = weights(answering, pairs)
    return [shift_margin(found[p.id], plain[p.id], reduce) for p in pairs]
