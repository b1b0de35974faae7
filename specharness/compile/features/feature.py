"""The vocabulary: what a feature is, what it is measured on, and when two values count as equal."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from specharness.compile.features.text import Text, parse

Unit = Literal["count", "words", "per 100 words", "share", "ratio", "score", "yes/no"]
Threshold = Literal["bound", "about"]
EPSILON = 1e-9  # so that the last bits of two floats are no preference


@dataclass(frozen=True, kw_only=True)
class Exchange:
    """A prompt (what the user said last) and a response to it, both parsed."""

    prompt: Text
    response: Text

    # no slots: a cached property is kept in the instance
    @cached_property
    def language(self) -> str | None:
        """The response's language, or the prompt's where the response is too short to tell."""
        return self.response.language or self.prompt.language


Reading = Callable[[Exchange], float | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadZone:
    """Two values count as equal when they differ by at most `absolute` or by the share `relative`.

    The share is of the larger of the two absolute values; the wider bound counts.
    """

    absolute: float = 0.0
    relative: float = 0.0

    def width(self, one: float, other: float) -> float:
        """The largest difference that still counts as none; the same for both orders.

        >>> DeadZone(absolute=3, relative=0.1).width(100, 200)
        20.0
        """
        return max(self.absolute, self.relative * max(abs(one), abs(other)), EPSILON)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ways:
    """How a writer would ask for more or less of a feature: one imperative sentence each.

    `more` and `less` stand without a number, `at_least` and `at_most` hold `{n}`, `none` forbids
    the thing. `threshold` says what {n} is: a bound that most chosen responses keep, or their
    middle.
    """

    more: str
    less: str
    at_least: str = ""
    at_most: str = ""
    none: str = ""
    threshold: Threshold = "bound"


@dataclass(frozen=True, slots=True, kw_only=True)
class Feature:
    """One measured property of a response given its prompt.

    `about` says what is measured and how; `languages` are the ISO 639-1 codes of the responses it
    can be measured on (empty: any); a `sensitive` one enters no spec without confirmation.
    """

    name: str
    family: str
    title: str
    about: str
    unit: Unit
    reading: Reading
    ways: Ways
    dead: DeadZone = DeadZone()
    languages: frozenset[str] = frozenset()
    sensitive: bool = False

    def of(self, exchange: Exchange) -> float | None:
        """The value, finite, or None where it cannot be measured (missing is not zero)."""
        if self.languages and exchange.language not in self.languages:
            return None
        value = self.reading(exchange)
        return None if value is None else float(value)

    def measure(self, prompt: str, response: str) -> float | None:
        """The value for two texts; many texts are measured faster by `measure_pairs`."""
        return self.of(Exchange(prompt=parse(prompt), response=parse(response)))


def per_hundred(count: float, text: Text) -> float | None:
    """Occurrences per 100 words of prose; None where there is no word."""
    return 100.0 * count / len(text.words) if text.words else None


def share(part: float, whole: float) -> float | None:
    """A share of a whole; None of nothing."""
    return part / whole if whole else None
