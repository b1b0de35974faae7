"""Arms with options: `name:key=value:key=value`.

A name that is an arm's own ("compiled:icai") has no options. Values hold no colon and no comma.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from math import isfinite
from pathlib import Path
from typing import Any, TypeVar

from specharness.errors import UsageError

T = TypeVar("T")


class _Unnamed(ValueError):
    """A value that is none of the names that can be given."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """The options typed after an arm's name; a key may come more than once."""

    typed: str
    values: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def where(self) -> str:
        """The place for errors."""
        return f"arm {self.typed!r}"

    def last(self, key: str, default: T, read: Callable[[str], Any] = str) -> T:
        """The value of `key` (the last one, if there are more), read; else the default."""
        found = self.each(key, read)
        return found[-1] if found else default

    def each(self, key: str, read: Callable[[str], Any] = str) -> tuple[Any, ...]:
        """All values of `key`, read; UsageError for one that cannot be."""
        return tuple(self._read(key, text, read) for text in self.values.get(key, ()))

    def grid(self, key: str, default: tuple[float, ...]) -> tuple[float, ...]:
        """Numbers with slashes between them ("0.5/1"); one number is a grid of one."""
        return self.last(key, default, numbers)

    def _read(self, key: str, text: str, read: Callable[[str], Any]) -> Any:
        try:
            return read(text)
        except _Unnamed as error:
            raise UsageError(self.where, f"{key}={text} is no choice", f"give {error}") from None
        except ValueError:
            raise UsageError(self.where, f"{key}={text} cannot be read", "give a number") from None


def numbers(text: str) -> tuple[float, ...]:
    """The finite numbers of a text with slashes between them; ValueError for another text.

    >>> numbers("0.5/1")
    (0.5, 1.0)
    """
    found = tuple(float(part) for part in text.split("/"))
    if not all(map(isfinite, found)):
        raise ValueError(text)
    return found


def at_least(least: int) -> Callable[[str], int]:
    """A reader that takes whole numbers from `least` on."""

    def read(text: str) -> int:
        found = int(text)
        if found < least:
            raise _Unnamed(f"{least} or more")
        return found

    return read


def given_options(typed: str, known: tuple[str, ...]) -> Given:
    """The options in what was typed; UsageError for a key the arm does not know.

    >>> given_options("palrs:layer=3:alpha=0.1/0.2", ("layer", "alpha")).values["layer"]
    ('3',)
    """
    values: dict[str, tuple[str, ...]] = {}
    for part in typed.split(":")[1:]:
        key, is_given, value = part.partition("=")
        if not is_given or key not in known:
            raise UsageError(f"arm {typed!r}", f"no option {part!r}", f"it has {', '.join(known)}")
        values[key] = (*values.get(key, ()), value)
    return Given(typed=typed, values=values)


def one_of(*names: str) -> Callable[[str], str]:
    """A reader that takes these names only."""

    def read(text: str) -> str:
        if text not in names:
            raise _Unnamed(" or ".join(names))
        return text

    return read


def a_path(text: str) -> Path:
    """A path, the home folder's sign resolved."""
    return Path(text).expanduser()
