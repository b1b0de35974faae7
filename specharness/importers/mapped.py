"""The fields that a user mapped, row by row."""

import re
from collections.abc import Mapping
from typing import Any, NamedTuple

from specharness.errors import UsageError
from specharness.importers.judgement import Row, Unusable
from specharness.importers.paths import MISSING, look_up
from specharness.importers.suggestions import named_fields

_SUMMAND = re.compile(r"""(?:"(?:\\.|[^"\\])*"|'[^']*'|[^+])+""")
_REMEMBERED = 20  # rows that an error may name the fields of


class Sum(NamedTuple):
    """The values to be added up, of a path such as `a+b+c`."""

    values: tuple[Any, ...]


class Columns:
    """The mapped fields of one row after the other.

    `^` at the end of a path takes the last value above an empty cell, within one file. Paths that
    lead somewhere in at least one row are remembered; `require_found` names one that never did.
    """

    def __init__(self, mapping: Mapping[str, str]) -> None:
        self._mapping = mapping
        self._found: set[str] = set()
        self._above: dict[str, Any] = {}
        self._values: dict[str, Any] = {}
        self._rows: list[Row] = []
        self._file = ""

    def turn_to(self, row: Row) -> None:
        """Read all fields of the next row."""
        file = row.where.rpartition("#" if "#" in row.where else ":")[0]
        if file != self._file:
            self._above, self._file = {}, file
        if len(self._rows) < _REMEMBERED:
            self._rows.append(row)
        for name, path in self._mapping.items():
            value = self._value(name, path, row.data)
            self._values[name] = value
            if value is not MISSING:
                self._found.add(name)

    def _value(self, name: str, path: str, data: Any) -> Any:
        if path.startswith("="):
            return path[1:]
        found = look_up(data, path)
        if found is not MISSING:
            return found
        if path.endswith("^"):
            return self._filled(name, look_up(data, path[:-1]))
        if "+" in path and name == "rating":
            parts = [look_up(data, part.strip()) for part in _SUMMAND.findall(path)]
            return MISSING if MISSING in parts else Sum(tuple(parts))
        return MISSING

    def _filled(self, name: str, value: Any) -> Any:
        if value is None or (isinstance(value, str) and not value.strip()):
            return self._above.get(name, value)
        if value is not MISSING:
            self._above[name] = value
        return value

    def named(self, name: str) -> bool:
        """Whether the mapping has a field."""
        return name in self._mapping

    def path(self, name: str) -> str:
        """The path a field was mapped to."""
        return self._mapping[name]

    def get(self, name: str) -> Any:
        """A field of this row; None where it is not mapped, or not there in this row."""
        value = self._values.get(name, MISSING)
        return None if value is MISSING else value

    def need(self, name: str) -> Any:
        """A field of this row; Unusable("missing field") where it is not there."""
        if self._values[name] is MISSING:
            raise Unusable("missing field", self._mapping[name])
        return self._values[name]

    def require_found(self) -> None:
        """UsageError for a path that led nowhere in every row; it names the fields there are."""
        for name, path in self._mapping.items():
            if self._rows and name not in self._found:
                remedy = f"name one of the fields found: {named_fields(self._rows)}"
                raise UsageError(f"--map {name}={path}", "no row has this field", remedy)
