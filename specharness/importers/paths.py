"""Paths into a record: `outputs.better`, `outputs[0].text`, `"odd.key".text`."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from enum import Enum
from typing import Any, Final, Literal

from specharness.importers.columns import snake

Keys = tuple[str | int, ...]


class _Missing(Enum):
    MISSING = "there is no such field"


Missing = Literal[_Missing.MISSING]
MISSING: Final = _Missing.MISSING

_PLACE = re.compile(r"\[(-?\d{1,9})\]|(-?\d{1,9})(?=[.\[]|$)")
_SPLIT = re.compile(r"[.\[]")
_PLAIN = re.compile(r"[^.\[\]\"'=^+\s](?:[^.\[\]\"'=^+\n]*[^.\[\]\"'=^+\s])?")


def look_up(data: Any, path: str) -> Any:
    r"""What a path leads to, MISSING where it leads nowhere; null is a value.

    Names are parted by dots; lists take an index, from the end where it is negative, as `[0]` or
    `.0`. The longest key that fits comes first, so a key with dots or spaces in it needs no
    quotes: `Con (P)`. A part in double quotes (as in JSON) or single quotes is that key and no
    other. Where the path goes on into a text that is JSON (a cell of a CSV file), it is read.

    >>> row = {"outputs": [{"text": "A"}], "a.b": 1, "a": {"b": 2}}
    >>> look_up(row, "outputs[0].text"), look_up(row, "a.b"), look_up(row, '"a".b')
    ('A', 1, 2)
    >>> look_up(row, "outputs.1")
    <_Missing.MISSING: 'there is no such field'>
    """
    if not path:
        return data
    opened = _opened(data)
    for key, rest in _steps(opened, path):
        found = look_up(opened[key], rest)
        if found is not MISSING:
            return found
    return MISSING


def _opened(data: Any) -> Any:
    if not isinstance(data, str) or not data.lstrip().startswith(("{", "[")):
        return data
    try:
        return json.loads(data)
    except (ValueError, RecursionError):
        return data


def _steps(data: Any, path: str) -> Iterator[tuple[Any, str]]:
    """The keys of `data` that a path may begin with, each with the rest of the path."""
    if isinstance(data, Mapping):
        if quoted := _quoted(path):
            yield from [quoted] if quoted[0] in data else []
            return
        ends = [len(path), *(m.start() for m in reversed(list(_SPLIT.finditer(path))))]
        yield from ((path[:end], _after(path, end)) for end in ends if path[:end] in data)
    elif isinstance(data, Sequence) and not isinstance(data, str):
        place = _PLACE.match(path)
        index = int(place[1] or place[2]) if place else len(data)
        if place and -len(data) <= index < len(data):
            yield index, _after(path, place.end())


def _after(path: str, end: int) -> str:
    return path[end + 1 :] if path[end : end + 1] == "." else path[end:]


def _quoted(path: str) -> tuple[str, str] | None:
    """The key in quotes that a path begins with (`["key"]` included), and the rest; or None."""
    inner = path[1:] if path[:2] in ('["', "['") else path
    try:
        if inner.startswith("'"):
            key, end = inner[1 : inner.index("'", 1)], inner.index("'", 1) + 1
        elif inner.startswith('"'):
            key, end = json.JSONDecoder().raw_decode(inner)
        else:
            return None
    except ValueError:
        return None
    if inner is not path:
        end += inner[end : end + 1] == "]"
    return (key, _after(inner, end)) if inner[end : end + 1] in ("", ".", "[") else None


def spelled(data: Any, keys: Keys) -> str:
    """A path that leads to `keys` within `data`, with quotes only where they are needed.

    It is printable: other characters are written as escapes, in quotes.

    >>> spelled({"a.b": [{"c d": 1}]}, ("a.b", 0, "c d"))
    '"a.b"[0].c d'
    """
    plain = _joined(keys, quote_all=False)
    target: Any = data
    for key in keys:
        target = target[key]
    return plain if look_up(data, plain) is target else _joined(keys, quote_all=True)


def _joined(keys: Keys, *, quote_all: bool) -> str:
    path = ""
    for key in keys:
        if isinstance(key, int):
            path += f"[{key}]"
            continue
        plain = _PLAIN.fullmatch(key) and key.isprintable() and not quote_all
        part = key if plain else json.dumps(key)
        path += f".{part}" if path else part
    return path


def last_name(path: str) -> str:
    """The last name of a path, in snake case; of `messages[0].content`, the list's.

    >>> last_name("out.Better Answer"), last_name("messages[0].content")
    ('better_answer', 'messages')
    """
    plain = path.replace('"', "")
    before, _, last = plain.rpartition(".")
    if last in ("content", "value", "text") and before.endswith("]"):
        last = before.rpartition(".")[2]
    return snake(re.sub(r"\[\d+\]$", "", last))


def leaves(data: Any, most: int) -> Iterator[tuple[Keys, Any]]:
    """The values of a record that hold no others, with the way to each; two of a list only.

    Of texts that are JSON nothing inside is shown. At most `most` of them, and eight steps deep.
    """
    waiting: list[tuple[Keys, Any]] = [((), data)]
    shown = 0
    while waiting and shown < most:
        keys, value = waiting.pop()
        inner = _inner(value) if len(keys) < 8 else []
        if keys and not inner:
            shown += 1
            yield keys, value
        waiting += [((*keys, key), one) for key, one in reversed(inner)]


def _inner(value: Any) -> list[tuple[str | int, Any]]:
    if isinstance(value, Mapping):
        return [(key, one) for key, one in value.items() if isinstance(key, str)]
    if isinstance(value, list):
        return [(place, one) for place, one in enumerate(value[:2])]
    return []
