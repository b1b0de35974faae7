"""What a deliberating arm may spend, and the tags its reasoning stands between."""

from dataclasses import dataclass

from specharness.errors import Ranges, UsageError, refuse_outside


@dataclass(frozen=True, slots=True, kw_only=True)
class Effort:
    """The settings of test-time deliberation. UsageError for values out of range.

    `opening` and `closing` are the model's tags of reasoning; for a model that has none they are
    plain text to it. `stage_tokens` bounds each stretch of reasoning and each critique,
    `answer_tokens` each draft. `cycles` are more-think's, `rounds` self-refine's. `samples` counts
    the answers that best-of-n and tpo draw in all, at `temperature`; tpo draws them in `depth` + 1
    rounds (see `draws`). The defaults of the last five are those of Align3's paper.
    """

    opening: str = "<think>"
    closing: str = "</think>"
    stage_tokens: int = 256
    answer_tokens: int = 512
    cycles: int = 3
    rounds: int = 3
    samples: int = 15
    depth: int = 2
    temperature: float = 0.7
    seed: int = 0

    def __post_init__(self) -> None:
        refuse_outside(self, _RANGES, "deliberation")
        for name in ("opening", "closing"):
            if not getattr(self, name).strip():
                raise UsageError(name, "a reasoning tag is empty", "give one, such as <think>")

    @property
    def tags(self) -> tuple[str, str]:
        """Both tags."""
        return self.opening, self.closing

    @property
    def draws(self) -> tuple[int, ...]:
        """How many answers tpo draws in each round, `samples` in all.

        The first rounds take what cannot be shared out; no round is left without an answer.

        >>> Effort(samples=15).draws, Effort(samples=4).draws, Effort(samples=1).draws
        ((5, 5, 5), (2, 1, 1), (1,))
        """
        rounds = min(self.samples, self.depth + 1)
        each, rest = divmod(self.samples, rounds)
        return tuple(each + (number < rest) for number in range(rounds))

    def plain(self, text: str) -> str:
        """A text of somebody else's, whose tags neither open nor close the reasoning.

        >>> Effort().plain("No </think> here.")
        'No < /think> here.'
        """
        for tag in self.tags:
            text = text.replace(tag, f"{tag[0]} {tag[1:]}")
        return text


_RANGES: Ranges = (
    ("stage_tokens", 1, 100_000),
    ("answer_tokens", 1, 100_000),
    ("cycles", 1, 100),
    ("rounds", 1, 100),
    ("samples", 1, 1000),
    ("depth", 1, 100),
    ("temperature", 0.01, 10),  # at 0 all samples would be the same one
    ("seed", 0, 2**32 - 1),
)
