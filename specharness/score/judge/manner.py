"""How a judge is asked: what a suite's admission fixes, so that it is asked the same ever after."""

from dataclasses import dataclass
from typing import Literal

from specharness.errors import Ranges, refuse_outside

By = Literal["logprob", "votes", "metric"]
Standard = Literal["system", "user", "quoted"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Manner:
    """How verdicts are had, and how the judge is given the spec.

    `by` is "logprob" (how probable the answers A and B are, for models that weigh given text),
    "votes" (answers written at `temperature`, of at most `tokens` tokens: `votes` in each order,
    and `more` where the orders then disagree) or "metric" (votes too, each the scores that a metric
    gives both responses; `standard`, `tokens` and `characters` mean nothing to it). `standard` is
    where the spec stands: it conditions the judge ("system", "user"), or is shown to it between
    marks ("quoted": for specs that would change how a judge writes). `characters` is what is shown
    of each text; longer ones are cut in the middle, and a note says how much is missing.
    UsageError for values out of range.
    """

    by: By = "logprob"
    standard: Standard = "system"
    votes: int = 3
    more: int = 4
    temperature: float = 1.0
    tokens: int = 8
    characters: int = 6000
    seed: int = 0

    def __post_init__(self) -> None:
        refuse_outside(self, _RANGES, "a judge")


_RANGES: Ranges = (
    ("votes", 1, 1000),
    ("more", 0, 1000),
    ("temperature", 0.01, 10),  # at 0 all votes would be the same one
    ("tokens", 1, 100_000),
    ("characters", 100, 1_000_000),
    ("seed", 0, 2**32 - 1),
)
