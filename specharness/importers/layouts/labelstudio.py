"""Comparisons annotated in Label Studio: the full export, and JSON-MIN, CSV and TSV.

The export does not hold the labelling config, so the left response is the first of the two fields
whose names differ in a number, a letter or a side only (text1 and text2): what <Pairwise> is told
in the first place. `<br>` in a text is a line break.
"""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from specharness.errors import UsageError
from specharness.importers.fields import has
from specharness.importers.judgement import Finding, Layout, Options, Row, Unusable
from specharness.importers.naming import ASKING, asked, is_tie, named_side, siblings
from specharness.importers.questions import Answers, Comparison, judged
from specharness.importers.rankings import Question
from specharness.importers.suggestions import starting_map

_BREAK = re.compile(r"<br\s*/?>", re.IGNORECASE)
_OWN = (
    "id", "annotation_id", "annotator", "created_at", "updated_at", "lead_time", "completed_by",
    "was_cancelled", "inner_id", "comments", "agreement",
)  # fmt: skip


def _fits_tasks(row: Row) -> bool:
    """A task of the full export."""
    if not has(row.data, "data", "annotations") or not isinstance(row.data["data"], Mapping):
        return False
    done = row.data["annotations"]
    return isinstance(done, list) and all(has(one, "result") for one in done)


def _tasks(row: Row, options: Options) -> Iterator[Finding]:
    done = row.data["annotations"]
    if not done:
        raise Unusable("no label", "no annotations (predictions are no labels)")
    answers = [_annotation(one) for one in done]
    yield from _judged(row, row.data["data"], answers, options)


def _annotation(one: Mapping[str, Any]) -> Answers:
    results = one["result"] if isinstance(one["result"], list) else []
    controls = [result for result in results if has(result, "from_name", "value")]
    return Answers(
        said=_ties_win({str(result["from_name"]): _said(result["value"]) for result in controls}),
        annotator=_annotator(one.get("completed_by")),
        status="cancelled" if one.get("was_cancelled") else "",
    )


def _annotator(who: Any) -> str:
    """The number of a user, or what an export says of one."""
    if isinstance(who, Mapping):
        who = who.get("email") or who.get("id")
    return "" if who is None else str(who)


def _said(value: Any) -> Any:
    """What a control holds, as one text or number: the side, the choice or the stars."""
    if isinstance(value, list) and len(value) == 1:
        value = value[0]
    if not isinstance(value, Mapping):
        return value
    kind = next((name for name in ("selected", "choices", "rating", "number") if name in value), "")
    inner = value.get(kind)
    return inner[0] if isinstance(inner, list) and len(inner) == 1 else inner


def _ties_win(said: Mapping[str, Any]) -> dict[str, Any]:
    """<Pairwise> has no tie, so a choice that says "tie" beside it takes back the side."""
    ties = {name for name, value in said.items() if isinstance(value, str) and is_tie(value)}
    return {name: v for name, v in said.items() if not (ties and v in ("left", "right"))}


def _fits_rows(row: Row) -> bool:
    """A row of JSON-MIN or CSV: data, controls and the annotation's own fields side by side."""
    return has(row.data, "annotation_id", "lead_time") and not has(row.data, "annotations")


def _rows(row: Row, options: Options) -> Iterator[Finding]:
    sides = siblings({name: v for name, v in row.data.items() if name not in _OWN})
    rest = [name for name in row.data if name not in (*_OWN, *sides, *ASKING)]
    cells = {name: _cell(row.data[name]) for name in rest}
    answered = {name: _said(cell) for name, cell in cells.items() if _is_answer(cell, sides)}
    answers = Answers(
        said=_ties_win(answered),
        annotator=_annotator(row.data.get("annotator", row.data.get("completed_by"))),
        status="cancelled" if str(row.data.get("was_cancelled")).lower() == "true" else "",
    )
    fields = {name: v for name, v in row.data.items() if name not in answered}
    yield from _judged(row, fields, [answers], options)


def _cell(value: Any) -> Any:
    """What a cell of a CSV file holds: a control is JSON there."""
    if not isinstance(value, str) or not value.lstrip().startswith(('[{"', '{"')):
        return value
    try:
        return json.loads(value)
    except (ValueError, RecursionError):
        return value


def _is_answer(cell: Any, sides: tuple[str, ...]) -> bool:
    """A control, or a choice that names a side or a tie: all else is data or a comment."""
    if isinstance(cell, str):
        return named_side(cell, sides) is not None
    one = cell[0] if isinstance(cell, list) and cell else cell
    return isinstance(one, Mapping)


def _judged(
    row: Row, data: Mapping[str, Any], answers: list[Answers], options: Options
) -> Iterator[Finding]:
    fields = {name: _BREAK.sub("\n", v) if isinstance(v, str) else v for name, v in data.items()}
    names = siblings({name: value for name, value in fields.items() if name not in _OWN})
    if not names:
        what = "which fields hold the two responses?"
        raise UsageError(row.where, what, f"say it yourself: {starting_map([row])}")
    question = Question(prompt=asked(fields, (*names, *_OWN)))
    comparison = Comparison(
        question=question, fields=fields, names=names, answers=answers, where=row.where
    )
    yield from judged(comparison, options)


LAYOUTS: tuple[Layout, ...] = (
    Layout(
        name="label-studio",
        title="tasks with data and annotations (Label Studio, JSON)",
        fits=_fits_tasks,
        convert=_tasks,
        votes=True,
    ),
    Layout(
        name="label-studio-min",
        title="data and answers side by side, one row per annotation (Label Studio, JSON-MIN, CSV)",
        fits=_fits_rows,
        convert=_rows,
        votes=True,
    ),
)
