"""A conversation on its way to an answer, what guides it, and what was read and written for it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from specharness.arms.deliberation.effort import Effort
from specharness.model import Model, Request, Sampling, Unmeasured
from specharness.records import Message, Rule


@dataclass(frozen=True, slots=True, kw_only=True)
class Brief:
    """What a method goes by: the spec's text, its rules in two kinds, and what it may spend.

    Rules that stand under a heading with "safety" in it are the safety rules.
    """

    text: str
    behaviour: tuple[str, ...]
    safety: tuple[str, ...] = ()
    effort: Effort = field(default_factory=Effort)


@dataclass(slots=True, kw_only=True, eq=False)
class Work:
    """One conversation as a method leaves it.

    The answer follows `messages` and, in its own turn, `prefill`; or it is there already
    (`answer`). With an `error` there is none. `read` and `written` count the tokens of the calls
    that wrote so far: those of the requests, injected text included, and those that the model
    wrote. Where drafts were weighed too, or the model does not say what it reads, more was read
    than is told: `is_told` is False then.
    """

    messages: tuple[Message, ...]
    prefill: str = ""
    answer: str | None = None
    error: str = ""
    read: int = 0
    written: int = 0
    is_told: bool = True


# Takes every conversation as far as the answer; model results are had in batches.
Method = Callable[[Model, Sequence[Work], Brief], None]


def split_rules(rules: Sequence[Rule]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The texts of the behavioural rules, and of those under a heading that names safety."""
    safe = {id(rule) for rule in rules if "safety" in rule.section.casefold()}
    behaviour = tuple(rule.text for rule in rules if id(rule) not in safe)
    return behaviour, tuple(rule.text for rule in rules if id(rule) in safe)


def write(
    model: Model,
    works: Sequence[Work],
    requests: Sequence[Request],
    sampling: Sampling,
) -> list[str]:
    """What the model writes to each request, counted to its work ("" for one that has failed).

    A request that could not be answered is its work's error.
    """
    going = [i for i, work in enumerate(works) if not work.error]
    texts = ["" for _ in works]
    if not going:
        return texts
    answers = model.generate([requests[i] for i in going], sampling)
    for i, answer in zip(going, answers, strict=True):
        if isinstance(answer, Unmeasured):
            works[i].error = answer.reason
            continue
        works[i].read += answer.read
        works[i].written += answer.count
        works[i].is_told &= answer.read > 0
        texts[i] = answer.text
    return texts


def user(text: str) -> Message:
    """A turn of the user's."""
    return Message(role="user", content=text)


def assistant(text: str) -> Message:
    """A turn of the model's; one of nothing is told, as templates drop empty turns."""
    return Message(role="assistant", content=text.strip() or "(nothing)")


def listed(rules: Sequence[str]) -> str:
    """Rules as lines of a list."""
    return "\n".join(f"- {rule}" for rule in rules)
