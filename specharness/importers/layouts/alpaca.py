"""AlpacaEval and PandaLM: an instruction, its input, two outputs and numbers for the verdict."""

import re
from collections.abc import Iterator

from specharness.importers.columns import columns
from specharness.importers.extras import extras
from specharness.importers.fields import Prompt, has, text
from specharness.importers.judgement import (
    Better,
    Dropped,
    Finding,
    Judgement,
    Layout,
    Options,
    Row,
    Unusable,
)
from specharness.importers.labelreader import name_of, take
from specharness.importers.labels import number, said
from specharness.importers.turns import asked

_ANNOTATOR = re.compile(r"annotator\d{1,3}")
_VOTES: dict[str, Better] = {"0": "neither", "1": "first", "2": "second"}


def _fits_eval(row: Row) -> bool:
    marks = ("generator_1", "generator_2", "annotator")
    named = has(row.data, "instruction", "output_1", "output_2", "preference")
    return named and any(name in row.data for name in marks)


def _eval(row: Row, options: Options) -> Iterator[Judgement]:
    yield Judgement(
        prompt=_asked(row),
        first=text(take(row, "output_1"), "output_1"),
        second=text(take(row, "output_2"), "output_2"),
        better=_preference(number(take(row, "preference"), "preference")),
        where=row.where,
        annotator=name_of(row.data.get("annotator")),
        **extras(columns(row.data)),
    )


def _preference(value: float) -> Better:
    """From 1.0, output_1 for sure, to 2.0, output_2; 1.5 ties, as 0 does in older files."""
    if value in (0, 1.5):
        return "neither"
    if not 1 <= value <= 2:
        raise Unusable("unknown label", f"preference is {value:g}, not within 1 and 2")
    return "first" if value < 1.5 else "second"


def _asked(row: Row) -> Prompt:
    """The instruction, and what it is about after a blank line."""
    return asked({"instruction": take(row, "instruction"), "input": row.data.get("input")})


def _fits_pandalm(row: Row) -> bool:
    return has(row.data, "instruction", "response1", "response2", "annotator1")


def _pandalm(row: Row, options: Options) -> Iterator[Finding]:
    """One judgement for each annotator who said something."""
    prompt = _asked(row)
    first, second = (text(take(row, name), name) for name in ("response1", "response2"))
    votes = {name: said(row.data[name]) for name in row.data if _ANNOTATOR.fullmatch(str(name))}
    if not any(votes.values()):
        raise Unusable("no label")
    for name, vote in votes.items():
        if vote and vote not in _VOTES:
            detail = f"{name} is {vote!r}"
            yield Dropped(reason="unknown label", where=row.where, detail=detail)
        elif vote:
            yield Judgement(
                prompt=prompt,
                first=first,
                second=second,
                better=_VOTES[vote],
                where=row.where,
                annotator=name,
                ballot=row.where,  # a second record of the same texts is a record of its own
            )


LAYOUTS: tuple[Layout, ...] = (
    Layout(
        name="alpaca-eval",
        title="AlpacaEval annotations: output_1, output_2 and a preference from 1.0 to 2.0",
        fits=_fits_eval,
        convert=_eval,
        votes=True,
    ),
    Layout(
        name="pandalm",
        title="PandaLM: response1, response2 and the votes (0, 1, 2) of annotator1 to annotator3",
        fits=_fits_pandalm,
        convert=_pandalm,
        votes=True,
    ),
)
