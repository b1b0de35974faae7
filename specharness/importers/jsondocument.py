"""A JSON object that holds records in a list somewhere: which list, and what surrounds it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from specharness.errors import UsageError
from specharness.importers.jsontext import JsonText
from specharness.importers.jsonvalues import shown
from specharness.importers.openfile import RECORD_LIMIT

# What tools call the list of their records.
NAMES = (
    "comparisons", "results", "records", "data", "rows", "examples", "annotations", "tasks", "items"
)  # fmt: skip

# Lists of objects with such a name on their way belong to one record: the object itself.
_INSIDE = {
    "messages", "conversation", "conversations", "turns", "completions", "replies", "responses",
    "summaries", "candidates", "choices", "predictions", "prompts", "answers",
}  # fmt: skip
_LEVELS = 4  # of objects in objects that are searched for the list
_FEW = 100  # objects of another list that still belong to the surroundings
_SMALL = 2**20  # characters of such a list
_LEFT_OUT = object()

Place = tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectList:
    """A list of objects: how many, where in the text it begins, whether they are parts of one."""

    objects: int
    offset: int
    parts: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """An object after one way through it.

    `around` is the object without its lists of more than 100 objects or 1 MiB. `one_line` says
    that it ends on the line it begins on, `more` that something follows it. `trouble` is what is
    wrong with it although it has an end (a key twice, NaN, ...), records not looked at.
    """

    lists: Mapping[Place, ObjectList]
    around: dict[str, Any]
    one_line: bool
    more: bool
    trouble: UsageError | None


def survey(text: JsonText) -> Document:
    """Go through the object that begins here, holding only what is small."""
    text.peek()
    walk, line = _Walk(text), text.line
    around = walk.record(())
    return Document(
        lists=walk.lists,
        around=around,
        one_line=text.line == line,
        more=text.peek() != "",
        trouble=walk.trouble,
    )


def find_records(document: Document, path: Path) -> Place | None:
    """Which list holds the records; None where the object is a record itself.

    The longest of those called by one of NAMES, else the longest of all. Messages, and lists that
    belong to one record by their name, are no candidates. UsageError where two are equally long.
    """
    lists = {
        place: found.objects
        for place, found in document.lists.items()
        if not found.parts and not _INSIDE.intersection(place)
    }
    named = {place: objects for place, objects in lists.items() if place[-1] in NAMES}
    candidates = named or lists
    longest = [p for p in candidates if candidates[p] == max(candidates.values())]
    if len(longest) > 1:
        told = ", ".join(f"{shown('.'.join(p))} with {candidates[p]}" for p in longest[:5])
        what = f"several lists may be the records ({told})"
        raise UsageError(path, what, "keep one, or write its objects to a file of their own")
    return longest[0] if longest else None


def surroundings(around: Mapping[str, Any], place: Place) -> dict[str, Any]:
    """`around` without the list at `place`."""
    rest = dict(around)
    if place[1:] and isinstance(inner := rest.get(place[0]), dict):
        rest[place[0]] = surroundings(inner, place[1:])
    elif not place[1:]:
        rest.pop(place[0], None)
    return rest


@dataclass(slots=True)
class _Walk:
    text: JsonText
    lists: dict[Place, ObjectList] = field(default_factory=dict)
    kept: int = 0  # characters of the surroundings
    trouble: UsageError | None = None

    def record(self, place: Place) -> dict[str, Any]:
        row: dict[str, Any] = {}
        seen: set[str] = set()
        for key in self.text.fields():
            if key in seen:
                self._note(f"the key {shown(key)} stands twice")
            seen.add(key)
            self._keep(len(key) + 8)
            value = self._member((*place, key))
            if value is not _LEFT_OUT:
                row[key] = value
        return row

    def _member(self, place: Place) -> Any:
        opening = self.text.peek()
        if opening == "[":
            return self._list(place)
        if opening == "{" and len(place) <= _LEVELS:
            return self.record(place)
        start = self.text.offset
        value, fault = self.text.value()
        self._note(fault)
        self._keep(self.text.offset - start)
        return value

    def _list(self, place: Place) -> Any:
        offset, objects, parts, small = self.text.offset, 0, True, True
        kept: list[Any] = []
        for _ in self.text.elements():
            element, _fault = self.text.value()  # told when the records are read
            if isinstance(element, dict):
                objects += 1
                parts = parts and _is_part(element)
            small = small and objects <= _FEW and self.text.offset - offset <= _SMALL
            kept.append(element)
            if not small:
                kept.clear()
        if objects:
            self.lists[place] = ObjectList(objects=objects, offset=offset, parts=parts)
        if small:
            self._keep(self.text.offset - offset)
        return kept if small else _LEFT_OUT

    def _note(self, fault: str) -> None:
        if fault and self.trouble is None:
            self.trouble = self.text.problem(fault)

    def _keep(self, characters: int) -> None:
        self.kept += characters
        if self.kept > RECORD_LIMIT:
            what = f"more than {RECORD_LIMIT // 2**20} MiB that are no list of records"
            raise self.text.problem(what)


def _is_part(element: Mapping[str, Any]) -> bool:
    """Whether it is a message of a conversation, or one annotator's word in Label Studio."""
    said = {"content", "value", "text", "tool_calls"} & element.keys()
    return bool(said and {"role", "from"} & element.keys()) or "completed_by" in element
