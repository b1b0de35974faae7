"""What stands beside the texts of a row: its id, group, tags and source, and scores of the sides.

Weights and margins in the data are not read: a margin says how much better, not how sure.
"""

import math
from typing import Any, TypedDict

from specharness.importers.columns import Columns, Sides
from specharness.importers.judgement import Better, Options, Unusable

_IDS = ("id", "pair_id", "example_id", "sample_id", "uid", "uuid")
# A prompt's id is shared by all pairs of the prompt, so it names a group and not a pair.
_GROUPS = (
    "group", "group_id", "conversation_id", "conv_id", "dialogue_id", "dialog_id", "thread_id",
    "prompt_id", "question_id",
)  # fmt: skip
_TAGS = ("subset", "category", "domain", "tags")
_SOURCES = ("source", "dataset")
_LONGEST = 200  # what is longer is a text, not a name
_SCORES = ("score_{}", "{}_score", "rating_{}", "{}_rating", "{}_avg_rating", "avg_rating_{}")


class Extras(TypedDict):
    """The fields of a judgement that say nothing about its texts."""

    id: str
    group: str
    tags: tuple[str, ...]
    source: str


def extras(row: Columns) -> Extras:
    """Id, group, tags and source of a row; "" and () where the row has none that can be one.

    >>> extras({"id": 7, "subset": "Focus", "dataset": "mine", "prompt_id": None})
    {'id': '7', 'group': '', 'tags': ('Focus',), 'source': 'mine'}
    """
    tags = [tag for name in _TAGS for tag in _all(row.get(name))]
    return {
        "id": _first(row, _IDS),
        "group": _first(row, _GROUPS),
        "tags": tuple(dict.fromkeys(filter(None, map(_name, tags)))),
        "source": _first(row, _SOURCES),
    }


def _all(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _first(row: Columns, names: tuple[str, ...]) -> str:
    return next(filter(None, (_name(row.get(name)) for name in names)), "")


def _name(value: Any) -> str:
    """A value that can be a name: a whole number, or a short printable line."""
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value) if abs(value) < 10**18 else ""
    if not isinstance(value, str):
        return ""
    name = value.strip()
    return name if name.isprintable() and len(name) <= _LONGEST else ""


def verdict(row: Columns, names: Sides, options: Options) -> Better:
    """ "first", or "neither" where the row's own scores or status call it a tie.

    Binarised ratings still have rows whose two scores are equal: a coin chose there. The columns
    are score_chosen/score_rejected, chosen_rating/rejected_rating and the like. Unusable("small
    gap") where the scores differ by less than the user asks for.
    """
    scored = any("score" in name or "rating" in name for name in row)
    gaps = [gap for form in _SCORES for gap in _gap(row, form, names)] if scored else []
    if row.get("status") == "tie" or (gaps and max(gaps) == 0):
        return "neither"
    if gaps and max(gaps) < options.min_gap:
        raise Unusable("small gap", f"{max(gaps):g}")
    return "first"


def _gap(row: Columns, form: str, names: Sides) -> list[float]:
    pairs = dict.fromkeys((("chosen", "rejected"), names))
    scores = [
        (_number(row.get(form.format(a))), _number(row.get(form.format(b)))) for a, b in pairs
    ]
    return [abs(a - b) for a, b in scores if math.isfinite(a) and math.isfinite(b)]


def _number(value: Any) -> float:
    """A number, also as CSV has it; NaN for everything else."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return math.nan
    try:
        return float(value)
    except (ValueError, OverflowError):
        return math.nan
