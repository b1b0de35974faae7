"""Labels as data has them ("model_a", 2, "A>B", 0.5, null) read into which response is better."""

import math
import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal

from specharness.importers.judgement import Better, Unusable
from specharness.importers.labelcolumns import NOUNS, places, words

Reading = Better | Literal["unsettled"] | None

TIES = frozenset({
    "tie", "ties", "tied", "tiebothbad", "tiebothgood", "bothbad", "bothgood", "both", "neither",
    "equal", "equallygood", "equallybad", "same", "aboutthesame", "draw", "nopreference",
})  # fmt: skip
MISSING = frozenset({"", "null", "none", "nan", "na"})

_SIDES: dict[str, Better] = {
    "a": "first", "left": "first", "first": "first", "one": "first",
    "b": "second", "right": "second", "second": "second", "two": "second",
}  # fmt: skip
_BESIDES = NOUNS | {
    "model", "assistant", "system", "side", "is", "better", "wins", "won", "winner", "preferred",
    "much", "clearly", "slightly", "significantly",
}  # fmt: skip
_NUMBER = re.compile(r"[+-]?\d{1,300}(\.\d{1,300})?(e[+-]?\d{1,3})?", re.IGNORECASE)
_WHOLE = re.compile(r"([+-]?\d+)\.0*")
_COMPARED = re.compile(r"([\w -]+)(<+|>+|=+)([\w -]+)")
_SQUEEZED = re.compile(r"[\W_]+")
_YES_NO = frozenset({"true", "false", "yes", "no"})
_LONGEST = 100  # characters; a longer text is a reason or an essay, but no label


@dataclass(frozen=True, slots=True, kw_only=True)
class Label:
    """The value of a label, its column, and what the two responses are called in the data.

    `models` are the names of those who wrote them, ("", "") where the data does not say.
    """

    value: Any
    name: str
    first: str
    second: str
    models: tuple[str, str] = ("", "")


def said(value: Any) -> str:
    """A label as text: JSON's true and false, whole numbers without a fraction, "" for no value.

    Unusable for a list or an object, and for texts that are too long for a label.

    >>> said(True), said(2.0), said(" 1.0 "), said(None), said(float("nan"))
    ('true', '2', '1', '', '')
    """
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if not isinstance(value, str | int | float):
        raise Unusable("unknown label", "the label is no single value")
    text = str(value).strip()
    if len(text) > _LONGEST:
        raise Unusable("unknown label", f"the label has {len(text)} characters")
    whole = _WHOLE.fullmatch(text)
    return whole[1] if whole else text


def no_winner(label: str) -> bool:
    """Whether a label (as `said` gives it) calls it a tie; Unusable("no label") for no word at all.

    >>> no_winner("tie (bothbad)"), no_winner("Both_Bad"), no_winner("model_a")
    (True, True, False)
    """
    squeezed = _SQUEEZED.sub("", label.casefold())
    if squeezed in MISSING:
        raise Unusable("no label")
    return squeezed in TIES


def number(value: Any, name: str) -> float:
    """A rating or strength, also where a CSV file made a text of it.

    Unusable("no label") for no value, Unusable("unknown label") for what is no finite number.
    """
    text = said(value)
    if _SQUEEZED.sub("", text.casefold()) in MISSING:
        raise Unusable("no label", f"no {name}")
    if not _NUMBER.fullmatch(text) or not math.isfinite(float(text)):
        raise Unusable("unknown label", f"{name} is {text!r}")
    return float(text)


def compare(first: float, second: float, min_gap: float) -> Better:
    """The side with the higher number; equal ones tie, Unusable("small gap") below `min_gap`."""
    if first == second:
        return "neither"
    require_gap(first, second, min_gap)
    return "first" if first > second else "second"


def require_gap(first: float, second: float, min_gap: float) -> None:
    """Unusable("small gap") where two numbers differ by less than `min_gap`."""
    if abs(first - second) < min_gap:
        raise Unusable("small gap", f"{first:g} and {second:g}")


def winner(label: Label) -> Reading:
    """The side a label names, by the names of the responses or of the models that wrote them.

    Letters and words (`b`, `Response B`, `right`, `B>A`) name a side whatever the columns are
    called. A number names one only where the columns carry that number: 1 is the first of
    `output_1` and `output_2` and the second of `answer_0` and `answer_1`. "unsettled" for other
    numbers, yes and no, and a label that names both sides at once; None for one that names none.

    >>> winner(Label(value=1, name="label", first="output_1", second="output_2"))
    'first'
    >>> winner(Label(value=1, name="label", first="answer_0", second="answer_1"))
    'second'
    >>> winner(Label(value=1, name="label", first="response_a", second="response_b"))
    'unsettled'
    """
    text = said(label.value)
    found = {_by_model(text, label.models), _by_name(text, label.first, label.second)} - {None}
    return found.pop() if len(found) == 1 else "unsettled" if found else None


def _by_model(text: str, models: tuple[str, str]) -> Reading:
    if models[0] == models[1] or text not in models:
        return None
    return "first" if text == models[0] else "second"


@lru_cache(maxsize=1024)
def _by_name(text: str, first: str, second: str) -> Reading:
    compared = _COMPARED.fullmatch(text.strip("[] "))
    if not compared:
        return _side(text, first, second)
    left, right = (_side(side.strip(), first, second) for side in compared.group(1, 3))
    if "unsettled" in (left, right):
        return "unsettled"
    if left is None or right is None or left == right:
        return None
    if "=" in compared[2]:
        return "neither"
    return left if ">" in compared[2] else right


def _side(text: str, first: str, second: str) -> Reading:
    if text.casefold() in _YES_NO:
        return "unsettled"
    if _NUMBER.fullmatch(text) and not text.isdigit():
        return "unsettled"  # -1 and 0.5 are no places
    order = places(first, second) or ("", "")
    known: dict[str, Better] = _SIDES | {order[0]: "first", order[1]: "second"}
    besides = _BESIDES | {word for word in words(first) if word not in known}
    left = [word for word in words(text) if word not in besides]
    if len(left) != 1:
        return None
    return known.get(left[0], "unsettled" if left[0].isdigit() else None)
