"""Records made again of the JSON that they were written as."""

from dataclasses import MISSING, Field, fields, is_dataclass
from math import isfinite
from types import UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

_PLAIN = (str, int, float, bool)
_UNIONS = (UnionType, Union)  # a Literal or None is of the second


def build_record(kind: Any, value: Any) -> Any:
    """JSON as the record, or whatever annotation, that it was made of by `dataclasses.asdict`.

    Fields with a default may be missing. KeyError, TypeError or ValueError where it is no such
    thing; plain values are taken as they are.

    >>> from specharness.records import Message
    >>> build_record(tuple[Message, ...], [{"role": "user", "content": "Hello"}])
    (Message(role='user', content='Hello'),)
    """
    if is_dataclass(kind):
        hints = get_type_hints(kind)
        given = [f for f in fields(kind) if f.name in value or not _has_default(f)]
        return kind(**{f.name: build_record(hints[f.name], value[f.name]) for f in given})  # type: ignore[operator]
    if get_origin(kind) in _UNIONS:
        inner = next(a for a in get_args(kind) if a is not type(None))
        return None if value is None else build_record(inner, value)
    if get_origin(kind) is tuple:
        args = get_args(kind)
        if args[0] in _PLAIN and args[-1] is ...:  # of tokens there are hundreds of thousands
            return tuple(value)
        kinds = [args[0]] * len(value) if args[-1] is ... else args
        return tuple(build_record(k, v) for k, v in zip(kinds, value, strict=True))
    return value


def _has_default(field: Field[Any]) -> bool:
    """Whether what was written before the field was thought of can do without it."""
    return field.default is not MISSING


def is_made_of(kind: Any, value: Any) -> bool:
    """Whether a record (or whatever annotation) holds what it says, down to each finite number.

    >>> is_made_of(tuple[int, ...], (1, 2)), is_made_of(float | None, "1")
    (True, False)
    """
    given, args = get_origin(kind), get_args(kind)
    if is_dataclass(kind):
        return isinstance(value, kind) and _holds(kind, value)  # type: ignore[arg-type]
    if given in _UNIONS:
        return any(is_made_of(each, value) for each in args)
    if given is Literal:
        return value in args
    if given is tuple:
        return isinstance(value, tuple) and _holds_all(args, value)
    if kind is float:
        return isinstance(value, int | float) and isfinite(value)
    return isinstance(value, kind)


def _holds(kind: Any, record: Any) -> bool:
    hints = get_type_hints(kind)
    return all(is_made_of(hints[f.name], getattr(record, f.name)) for f in fields(kind))


def _holds_all(kinds: tuple[Any, ...], values: tuple[Any, ...]) -> bool:
    wanted = [kinds[0]] * len(values) if kinds[-1] is ... else list(kinds)
    return len(wanted) == len(values) and all(map(is_made_of, wanted, values))
