"""The codes of findings: what `codes.toml` says about each."""

import re
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from textwrap import fill
from typing import Any, Literal

from specharness.errors import UsageError

Level = Literal["error", "warning", "note"]
LEVELS: tuple[Level, ...] = ("error", "warning", "note")

_WIDTH = 88
_PREFIX = re.compile(r"SH\d{0,3}", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Code:
    """One kind of finding: its level, a title of a few words, why it matters and what to do."""

    code: str
    level: Level
    title: str
    why: str
    remedy: str


@cache
def all_codes() -> dict[str, Code]:
    """Every code, in rising order."""
    text = (files("specharness.lint") / "codes.toml").read_text(encoding="utf-8")
    tables = sorted(tomllib.loads(text).items())
    return {name: Code(code=name, **_flowing(table)) for name, table in tables}


def _flowing(table: dict[str, str]) -> dict[str, Any]:
    """Texts without the line breaks of the file."""
    return {key: " ".join(told.split()) for key, told in table.items()}


def find_code(name: str) -> Code:
    """The code of that name, in whatever case it is written; UsageError when there is none.

    >>> find_code("sh107").title
    'identical responses'
    """
    code = all_codes().get(name.upper())
    if code is None:
        raise UsageError(name, "no such code", "`specharness explain` lists them")
    return code


def explain(code: Code) -> str:
    """What `specharness explain` prints: title, level, why it matters, what to do."""
    told = (f"{code.code} {code.title} ({code.level})", code.why, f"What to do: {code.remedy}")
    return "\n\n".join(fill(part, _WIDTH, break_on_hyphens=False) for part in told)


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """Which codes are wanted: those that begin with one of `select` (none: all), less `ignore`."""

    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()

    def holds(self, code: str) -> bool:
        """Whether findings of this code are wanted.

        >>> Selection(select=("SH1", "SH3"), ignore=("SH306",)).holds("SH305")
        True
        """
        return code.startswith(self.select or ("SH",)) and not code.startswith(self.ignore)


def read_prefixes(words: Iterable[str], where: str) -> tuple[str, ...]:
    """Codes and beginnings of codes, split at commas; UsageError for one that no code begins with.

    >>> read_prefixes(["SH1,sh305"], "--select")
    ('SH1', 'SH305')
    """
    names = [name.strip().upper() for word in words for name in word.split(",") if name.strip()]
    for name in names:
        if not _PREFIX.fullmatch(name) or not any(c.startswith(name) for c in all_codes()):
            remedy = "give codes or beginnings of codes, such as SH1 or SH305"
            raise UsageError(where, f"no code begins with {name!r}", remedy)
    return tuple(names)
