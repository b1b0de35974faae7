"""Two responses in two columns and a third column that says which is better."""

from collections.abc import Mapping
from typing import Any

from specharness.errors import UsageError
from specharness.importers.columns import columns, prompt_names, sides
from specharness.importers.extras import extras
from specharness.importers.fields import has
from specharness.importers.judgement import Judgement, Layout, Options, Row, Unusable
from specharness.importers.labelcolumns import LabelColumns, find_columns, words
from specharness.importers.labelreader import Compared, by_label, name_of, row_by_row
from specharness.importers.labels import Label, no_winner, said, winner
from specharness.importers.layouts import alpaca, arena, helpsteer, icai, reddit, saferlhf
from specharness.importers.turns import answered, asked, both, holds_its_prompt, settled

_SPECIAL = tuple(
    layout
    for family in (alpaca, arena, helpsteer, icai, reddit, saferlhf)
    for layout in family.LAYOUTS
)
_LONGEST = 100  # characters of a column's name
_TOOLS = ("annotation_id", "lead_time")  # Label Studio; its labels are read elsewhere


def _columns(data: Any) -> LabelColumns | None:
    return find_columns(_names(data)) if isinstance(data, Mapping) else None


def _names(data: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(name for name in data if isinstance(name, str) and len(name) <= _LONGEST)


def _plain(data: Mapping[str, Any], found: LabelColumns) -> dict[str, Any]:
    """The fields by their words (`Prompt Text` is `prompt_text`), of one kin with the responses."""
    named = {words(name): data[name] for name in _names(data)}
    if found.prefix:
        named = {said[1:]: value for said, value in named.items() if said[:1] == (found.prefix,)}
    return {"_".join(said): value for said, value in named.items()}


def _fits_any(row: Row) -> bool:
    found = _columns(row.data)
    if not found or sides(columns(row.data)) or any(name in row.data for name in _TOOLS):
        return False
    if not _labels(row, found):
        return False
    whole = all(holds_its_prompt(row.data[name]) for name in (found.first, found.second))
    return whole or bool(prompt_names(_plain(row.data, found)))


def _fits(row: Row) -> bool:
    return _fits_any(row) and not _is_llmbar(row) and not any(s.fits(row) for s in _SPECIAL)


def _is_llmbar(row: Row) -> bool:
    named = has(row.data, "input", "output_1", "output_2", "label")
    return named and not has(row.data, "instruction") and _fits_any(row)


def _judged_by_one(row: Row) -> bool:
    found = _columns(row.data)
    return bool(found and found.annotator)


def _read(row: Row, options: Options) -> Compared:
    """A judgement but for its verdict, and the label; the prompt by the rules of `turns.asked`."""
    found = _columns(row.data)
    if found is None:
        raise Unusable("missing field", "two responses and a label")
    plain = _plain(row.data, found)
    names = (found.first, found.second)
    lead, first, second = answered(both(row.data, names), names)
    judgement = Judgement(
        prompt=settled(asked(plain), lead),
        first=first,
        second=second,
        better="neither",
        where=row.where,
        annotator=name_of(row.data.get(found.annotator)),
        **extras(plain),
    )
    return judgement, _label(row, found, options.axis)


def _labels(row: Row, found: LabelColumns) -> list[Label]:
    """All that may say who won; lists and objects never do."""
    models = (name_of(row.data.get(found.models[0])), name_of(row.data.get(found.models[1])))
    sides = {"first": found.first, "second": found.second}
    return [
        Label(value=row.data[name], name=name, models=models, **sides)
        for name in found.labels
        if isinstance(row.data[name], str | int | float | None)
    ]


def _label(row: Row, found: LabelColumns, axis: str) -> Label:
    """The one label, or the one --axis names, or any where all that have a value agree."""
    labels = _labels(row, found)
    if len(labels) == 1:
        return labels[0]
    if axis:
        return _on_axis(row, labels, axis)
    heard = [label for label in labels if _has_value(label)]
    if len({_meaning(label) for label in heard}) > 1:
        names = " and ".join(label.name for label in heard)
        what = f"{names} do not say the same"
        raise UsageError(row.where, what, f"choose one, as in --axis {heard[0].name!r}")
    return (heard or labels)[0]


def _on_axis(row: Row, labels: list[Label], axis: str) -> Label:
    chosen = [label for label in labels if words(label.name) == words(axis)]
    if not chosen:
        names = ", ".join(label.name for label in labels)
        raise UsageError(row.where, f"no label {axis!r}", f"choose --axis among {names}")
    return chosen[0]


def _has_value(label: Label) -> bool:
    try:
        no_winner(said(label.value))
    except Unusable:
        return False
    return True


def _meaning(label: Label) -> str:
    """What a label says, so far as names can tell; labels they do not explain stay themselves."""
    text = said(label.value)
    found = "neither" if no_winner(text) else winner(label)
    return found if found in ("first", "second", "neither") else f"{label.name} {text}"


LAYOUTS: tuple[Layout, ...] = (
    Layout(
        name="labelled",
        title="response_a and response_b, output_1 and output_2, ... and a label that names one",
        fits=lambda row: _fits(row) and not _judged_by_one(row),
        convert=row_by_row(by_label(_read)),
        begin=by_label(_read),
    ),
    Layout(
        name="labelled-votes",
        title="the same with a column for the annotator: several make votes",
        fits=lambda row: _fits(row) and _judged_by_one(row),
        convert=row_by_row(by_label(_read)),
        begin=by_label(_read),
        votes=True,
    ),
    Layout(
        name="llmbar",
        title="LLMBar: input, output_1, output_2 and label 1 or 2",
        fits=_is_llmbar,
        convert=row_by_row(by_label(_read)),
        begin=by_label(_read),
    ),
)
