"""The labels of mapped rows: which of two responses is better, or whether one is good or bad."""

from fractions import Fraction
from typing import Any

from specharness.errors import UsageError
from specharness.importers.judgement import Better, Unusable
from specharness.importers.labelreader import LabelReader
from specharness.importers.labels import MISSING, Label, said
from specharness.importers.paths import last_name

_GOOD = {"true": 1, "false": 0}


class SideLabels:
    """Reads the labels of one file as `LabelReader` does, also those that name a mapped field."""

    def __init__(self, first_wins_when: str = "") -> None:
        self._reader = LabelReader(first_wins_when)
        self._given = bool(first_wins_when)

    def better(self, label: Label, tie: Any, where: str) -> Better:
        """Which response a label prefers, "neither" where it is the value `tie` (None: no such)."""
        told = said(label.value).casefold()
        if tie is not None and told == said(tie).casefold():
            return "neither"
        names = [{path.casefold(), last_name(path)} for path in (label.first, label.second)]
        if told and not self._given and (told in names[0]) != (told in names[1]):
            return "first" if told in names[0] else "second"
        return self._reader.better(label, where)


class Verdicts:
    """Reads the labels of one file: the value that is given means good, the only other one bad.

    Without a value only true and false speak for themselves. UsageError for all else, and for a
    third value.
    """

    def __init__(self, good: str = "") -> None:
        self._good = said(good).casefold()
        self._bad = ""

    def good(self, value: Any, where: str) -> Fraction:
        """1 for a good response, 0 for a bad one; Unusable("no label") for neither."""
        label = said(value).casefold()
        if label in MISSING:
            raise Unusable("no label")
        if not self._good:
            if label not in _GOOD:
                what = f"the label {label!r} says neither true nor false"
                raise UsageError(where, what, "say which value is good: --first-wins-when VALUE")
            return Fraction(_GOOD[label])
        if label == self._good:
            return Fraction(1)
        if label != (self._bad or label):
            what = f"a third label {label!r}, beside {self._good!r} and {self._bad!r}"
            raise UsageError(where, what, "leave these rows out, or map a rating instead")
        self._bad = label
        return Fraction(0)
