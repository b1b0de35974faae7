"""JSON values read out of a text, with an eye to all that `json` lets pass or trips over."""

import math
from json import JSONDecodeError, JSONDecoder
from typing import Any

DEEPEST = 200  # levels of lists and objects in one value; more could not be walked safely
BLANKS = " \t\r\n"  # no others: a no-break space is text


class JsonValues:
    """Reads values that are JSON to the letter.

    It is the C scanner of `json`, which is as fast here as a streaming parser (ijson) and sees
    more: a key that stands twice, NaN, numbers out of range. One reader serves one file at a time.
    """

    def __init__(self) -> None:
        self._faults: list[str] = []
        self._read = JSONDecoder(
            object_pairs_hook=self._object,
            parse_constant=self._constant,
            parse_float=self._float,
        ).raw_decode
        self._read_long = JSONDecoder(
            object_pairs_hook=self._object,
            parse_constant=self._constant,
            parse_float=self._float,
            parse_int=self._int,
        ).raw_decode

    def read(self, text: str, at: int = 0) -> tuple[Any, int, str]:
        """The value at `at`, where it ends, and what is wrong with it ("" for nothing).

        A wrong value has an end, so that a reader can go on. JSONDecodeError for what is no JSON,
        RecursionError for far more than DEEPEST levels: those have none.

        >>> JsonValues().read('[1, NaN] 2')
        ([1, None], 8, 'NaN is no JSON')
        """
        self._faults.clear()
        try:
            value, end = self._read(text, at)
        except JSONDecodeError:
            raise
        except ValueError:  # more digits than int() takes
            self._faults.clear()
            value, end = self._read_long(text, at)
        if _may_be_deep(text, at, end) and _is_deep(value):
            self._faults.append(f"lists or objects nested deeper than {DEEPEST} levels")
        return value, end, self._faults[0] if self._faults else ""

    def _object(self, items: list[tuple[str, Any]]) -> dict[str, Any]:
        row = dict(items)
        if len(row) < len(items):
            names = [name for name, _ in items]
            twice = next(name for name in names if names.count(name) > 1)
            self._faults.append(f"the key {shown(twice)} stands twice")
        return row

    def _constant(self, name: str) -> None:
        self._faults.append(f"{name} is no JSON")

    def _float(self, text: str) -> float:
        number = float(text)
        if math.isinf(number):
            self._faults.append("a number out of range")
        return number

    def _int(self, text: str) -> int:
        try:
            return int(text)
        except ValueError:
            self._faults.append("a number with too many digits")
            return 0


def shown(name: str) -> str:
    """A name out of the data, cut and quoted so that it can stand in a message."""
    return ascii(name if len(name) <= 40 else name[:39] + "…")


def _may_be_deep(text: str, at: int, end: int) -> bool:
    enough = end - at > 2 * DEEPEST  # brackets open and close
    return enough and text.count("[", at, end) + text.count("{", at, end) > DEEPEST


def _is_deep(value: Any) -> bool:
    level, depth = [value], 0
    while level and depth <= DEEPEST:
        nodes = [node for node in level if isinstance(node, dict | list)]
        level = [
            child for node in nodes for child in (node.values() if isinstance(node, dict) else node)
        ]
        depth += bool(nodes)
    return depth > DEEPEST
