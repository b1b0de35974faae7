"""What can be known of a metric from outside: so that another metric is another judge."""

import inspect
from collections.abc import Iterator, Mapping
from enum import Enum
from functools import partial
from pathlib import Path
from types import FunctionType
from typing import Any

from specharness.records import digest

_DEPTH = 6  # how far settings inside settings are followed
_MODEL = ("temperature", "generation_kwargs", "base_url", "endpoint", "digest")


def describe_metric(metric: Any) -> str:
    """A digest of a metric's class, its settings and its model's; it holds no secrets.

    What is no text, number, list or record counts by its class only.
    """
    return digest("metric", _of_class(type(metric), _DEPTH), _describe(vars(metric), _DEPTH))


def source_digest(make: object) -> str:
    """A digest of the file that `make` is written in; "" where there is none.

    Line ends do not count, as git may change them.
    """
    try:
        file = inspect.getsourcefile(inspect.unwrap(_inside(make)))  # type: ignore[arg-type]
        text = Path(file or "").read_text(encoding="utf-8")
    except (TypeError, OSError, UnicodeDecodeError, ValueError):
        return ""
    return digest("source", text)


def model_name(metric: Any) -> str:
    """The model that answers for a metric, "" for one that asks none."""
    return str(getattr(metric, "evaluation_model", None) or "")


def _inside(make: object) -> object:
    while isinstance(make, partial):
        make = make.func
    named = inspect.isroutine(make) or inspect.isclass(make)
    return make if named else type(make)


def _describe(value: object, depth: int) -> object:
    if isinstance(value, Enum):
        return str(value)
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if depth <= 0:
        return type(value).__qualname__
    if isinstance(value, type):
        return _of_class(value, depth - 1)
    return _of_many(value, depth - 1)


def _of_many(value: object, depth: int) -> object:
    if isinstance(value, Mapping):
        return {str(key): _describe(inner, depth) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_describe(inner, depth) for inner in value]
    if isinstance(value, set | frozenset):
        return sorted(str(_describe(inner, depth)) for inner in value)
    return _of_object(value, depth)


def _of_object(value: object, depth: int) -> object:
    """A model by its name and how it samples (never its key); a record by its fields."""
    if callable(getattr(value, "get_model_name", None)):
        known = {name: getattr(value, name, None) for name in _MODEL}
        return [_name(type(value)), value.get_model_name(), _describe(known, depth)]  # type: ignore[attr-defined]
    fields = getattr(type(value), "model_fields", None) or getattr(
        type(value), "__dataclass_fields__", {}
    )
    return [_name(type(value)), {n: _describe(getattr(value, n, None), depth) for n in fields}]


def _of_class(cls: type, depth: int) -> object:
    """A class by its name; one that is not deepeval's own also by what it holds and captured."""
    if cls.__module__.partition(".")[0] in ("deepeval", "builtins") or depth <= 0:
        return _name(cls)
    held = {
        name: _describe(value, depth)
        for name, value in vars(cls).items()
        if not name.startswith("__") and not callable(value)
    }
    return [_name(cls), held, [_describe(value, depth - 1) for value in _captured(cls)]]


def _captured(cls: type) -> Iterator[object]:
    """What a class's functions took from around them."""
    for value in vars(cls).values():
        inner = inspect.unwrap(value) if callable(value) else value
        if isinstance(inner, FunctionType):
            for cell in inner.__closure__ or ():
                try:
                    held = cell.cell_contents
                except ValueError:  # empty: nothing was put there yet
                    continue
                if held is not cls:
                    yield held


def _name(cls: type) -> str:
    return f"{cls.__module__}.{cls.__qualname__}"
