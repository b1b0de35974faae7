"""`suite.toml` read into settings: the fields of the records in `settings` are its keys."""

import math
import re
import tomllib
from collections.abc import Callable
from dataclasses import fields, is_dataclass
from difflib import get_close_matches
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, Literal, get_args, get_origin, get_type_hints

from specharness.errors import UsageError
from specharness.settings import Scorer, SuiteSettings

Check = tuple[Callable[[Any], bool], str]

_SHARE: Check = (lambda x: 0 <= x < math.inf, "a finite number of at least 0")
_RATE: Check = (lambda x: 0 < x < 0.5, "above 0 and below 0.5")
_COUNT: Check = (lambda x: x >= 0, "at least 0")
_SEED: Check = (lambda x: 0 <= x < 2**32, "between 0 and 4294967295")
_AUTO = "0 for what the admission says, or"
_SCORERS = get_args(Scorer)
_NAME: Check = (lambda x: bool(x.strip()), "a text that is not empty")
_RANGES: dict[str, Check] = {
    "spec": _NAME,
    "pairs": _NAME,
    "model": _NAME,
    "read.format": _NAME,
    "read.min_gap": _SHARE,
    "gate.margin": (lambda x: 0 < x < 1, "above 0 and below 1"),
    "gate.alpha_fail": _RATE,
    "gate.alpha_pass": _RATE,
    "gate.budget": (lambda x: 0 <= x < 1, "at least 0 and below 1"),
    "gate.confirm": (lambda x: x == 0 or 5 <= x <= 15, "0, or between 5 and 15"),
    "gate.seed": _SEED,
    "compile.rules": (lambda x: 1 <= x <= 20, "between 1 and 20"),
    "compile.words": (lambda x: 1 <= x <= 2000, "between 1 and 2000"),
    "compile.seed": _SEED,
    "split.compile": _SHARE,
    "split.select": _SHARE,
    "split.gate": (lambda x: 0 < x < math.inf, "a finite number above 0"),
    "split.seed": _SEED,
    "score.temperature": (lambda x: 0 <= x < math.inf, "a finite number of at least 0 (nats)"),
    "score.diagnostics": (
        lambda x: set(x) <= set(_SCORERS),
        "a list of scorers: " + ", ".join(f'"{name}"' for name in _SCORERS),
    ),
    "judge.votes": (lambda x: 0 <= x <= 1000, f"{_AUTO} between 1 and 1000"),
    "judge.more": (lambda x: -1 <= x <= 1000, "-1 for what the admission says, or 0 to 1000"),
    "judge.temperature": (lambda x: x == 0 or 0.01 <= x <= 10, f"{_AUTO} between 0.01 and 10"),
    "judge.tokens": (lambda x: 0 <= x <= 100_000, f"{_AUTO} between 1 and 100000"),
    "judge.characters": (
        lambda x: x == 0 or 100 <= x <= 1_000_000,
        f"{_AUTO} between 100 and 1000000",
    ),
    "judge.seed": (lambda x: -1 <= x < 2**32, "-1 for what the admission says, or 0 to 4294967295"),
    "generate.tokens": (lambda x: 1 <= x <= 100_000, "between 1 and 100000"),
    "generate.temperature": (lambda x: 0 <= x <= 10, "between 0 (greedy) and 10"),
    "generate.seed": _SEED,
    "engine.threads": _COUNT,
    "engine.tokens": _COUNT,
    "remote.concurrency": (lambda x: 1 <= x <= 1024, "between 1 and 1024"),
    "remote.timeout": (lambda x: 0 < x <= 86_400, "above 0 and at most 86400 (seconds)"),
    "remote.deadline": (lambda x: 0 < x <= 86_400, "above 0 and at most 86400 (seconds)"),
    "budget.usd": _SHARE,
    "budget.calls": _COUNT,
    "budget.tokens": _COUNT,
    "budget.minutes": _SHARE,
    "budget.usd_per_million_input": _SHARE,
    "budget.usd_per_million_output": _SHARE,
}
# a judge's own tables have the same keys: [remote.judge], [budget.judge]
_RANGES |= {
    key.replace(".", ".judge.", 1): check
    for key, check in _RANGES.items()
    if key.startswith(("remote.", "budget."))
}


def read_settings(path: Path) -> tuple[SuiteSettings, frozenset[str]]:
    """The settings in a TOML file, and which top-level keys it sets itself.

    UsageError for a file that is not TOML and for an unknown key, a wrong type, choice or range.
    """
    table = _toml(path)
    settings = _record(SuiteSettings, table, path, "")
    assert isinstance(settings, SuiteSettings)
    return settings, frozenset(table)


def _toml(path: Path) -> dict[str, Any]:
    remedy = "mend the TOML (https://toml.io)"
    try:
        return tomllib.loads(path.read_bytes().decode("utf-8-sig"))
    except OSError as error:
        raise UsageError(path, f"cannot be read ({error.strerror})", "name a file") from None
    except UnicodeDecodeError as error:
        raise UsageError(path, f"not UTF-8 at byte {error.start}", "save it as UTF-8") from None
    except tomllib.TOMLDecodeError as error:
        what = str(error)
        line = re.search(r" \(at line (\d+), column \d+\)$", what)
        where = f"{path}:{line[1]}" if line else str(path)
        raise UsageError(where, what[: line.start()] if line else what, remedy) from None
    except (ValueError, RecursionError):
        raise UsageError(path, "a number too long or lists too deep", remedy) from None


def _record(kind: type, table: dict[str, Any], path: Path, above: str) -> object:
    """The record whose fields a table sets; `above` is "" or the table's name with a dot."""
    hints = get_type_hints(kind)
    names = [field.name for field in fields(kind)]
    values = {}
    for key, value in table.items():
        if key not in names:
            raise UsageError(path, f"unknown key {_shown(above + key)}", _instead(key, names))
        values[key] = _value(hints[key], value, path, above + key)
    return kind(**values)


def _instead(key: str, names: list[str]) -> str:
    close = get_close_matches(key, names, n=1)
    listed = f"the keys here are {', '.join(names)}"
    return f"did you mean '{close[0]}'? {listed}" if close else listed


def _value(hint: Any, value: Any, path: Path, key: str) -> object:
    if get_origin(hint) is UnionType:  # a table that may be left out
        hint = next(part for part in get_args(hint) if part is not NoneType)
    if is_dataclass(hint) and isinstance(hint, type):
        if not isinstance(value, dict):
            remedy = f"begin a table with [{key}]"
            raise UsageError(path, f"'{key}' is {_found(value)}, not a table", remedy)
        return _record(hint, value, path, f"{key}.")
    if get_origin(hint) is dict:
        return _texts(value, path, key)
    if get_origin(hint) is tuple:
        return _in_range(_listed(value, path, key), path, key)
    if get_origin(hint) is Literal:
        return _choice(get_args(hint), value, path, key)
    return _in_range(_typed(hint, value, path, key), path, key)


def _texts(value: Any, path: Path, key: str) -> dict[str, str]:
    """A table whose values are all strings."""
    if not isinstance(value, dict):
        remedy = f"begin a table with [{key}]"
        raise UsageError(path, f"'{key}' is {_found(value)}, not a table", remedy)
    return {name: _typed(str, text, path, f"{key}.{name}") for name, text in value.items()}


def _listed(value: Any, path: Path, key: str) -> tuple[str, ...]:
    """A list whose values are all strings."""
    if not isinstance(value, list) or not all(isinstance(text, str) for text in value):
        what = f"'{key}' is {_shown(value) if isinstance(value, list) else _found(value)}"
        raise UsageError(path, f"{what}, not a list of strings", 'write it as ["one", "two"]')
    return tuple(value)


def _choice(choices: tuple[str, ...], value: Any, path: Path, key: str) -> object:
    if not isinstance(value, str) or value not in choices:
        shown = _shown(value) if isinstance(value, str) else _found(value)
        listed = ", ".join(f'"{choice}"' for choice in choices)
        raise UsageError(path, f"'{key}' is {shown}", f"choose one of {listed}")
    return value


_TYPES = {str: "a string", int: "a whole number", float: "a number", bool: "true or false"}


def _typed(hint: type, value: Any, path: Path, key: str) -> Any:
    wanted: Any = (int, float) if hint is float else hint
    if not isinstance(value, wanted) or (isinstance(value, bool) and hint is not bool):
        what = f"'{key}' is {_found(value)}, not {_TYPES[hint]}"
        raise UsageError(path, what, f"write {_TYPES[hint]}")
    try:
        return float(value) if hint is float else value
    except OverflowError:
        return math.inf


def _in_range(value: object, path: Path, key: str) -> object:
    holds, words = _RANGES.get(key, (None, ""))
    if holds is not None and not holds(value):
        remedy = f"it has to be {words}"
        raise UsageError(path, f"'{key}' is {_shown(value)}", remedy)
    return value


def _found(value: object) -> str:
    names = {dict: "a table", list: "a list"} | _TYPES
    return names.get(type(value), "a date or time")


def _shown(value: object) -> str:
    """A value in one line, shortened."""
    text = repr(value)
    return text if len(text) <= 60 else text[:59] + "…"
