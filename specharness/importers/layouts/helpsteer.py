"""HelpSteer 2 and 3: a strength whose sign says which of two responses is better."""

import re
from collections.abc import Iterator

from specharness.importers.columns import columns
from specharness.importers.extras import extras
from specharness.importers.fields import Prompt, has, prompt, text
from specharness.importers.judgement import Judgement, Layout, Options, Row
from specharness.importers.labelreader import take
from specharness.importers.labels import compare, number
from specharness.records import Message

# How HelpSteer 2 writes several turns into one text (NeMo-Aligner's template).
_TURN = re.compile(r"\n?<extra_id_1>(User|Assistant)\n")


def _fits_2(row: Row) -> bool:
    return has(row.data, "prompt", "response_1", "response_2", "preference_strength")


def _fits_3(row: Row) -> bool:
    return has(row.data, "context", "response1", "response2", "overall_preference")


def _turns(said: str) -> Prompt:
    """The turns in one text; it begins with the user's unless a mark says otherwise."""
    first, *rest = _TURN.split(said)
    turns = [("User", first)] if first.strip() or not rest else []
    turns += [(who, what) for who, what in zip(rest[::2], rest[1::2], strict=True) if what.strip()]
    return tuple(Message(role=who.lower(), content=what) for who, what in turns)


def _helpsteer2(row: Row, options: Options) -> Iterator[Judgement]:
    asked = take(row, "prompt")
    turns = _turns(asked) if isinstance(asked, str) else prompt(asked)
    yield _judged(row, turns, ("response_1", "response_2"), "preference_strength", options)


def _helpsteer3(row: Row, options: Options) -> Iterator[Judgement]:
    """The overall preference; the individual ones are what it was made from."""
    turns = prompt(take(row, "context"))
    yield _judged(row, turns, ("response1", "response2"), "overall_preference", options)


def _judged(
    row: Row, turns: Prompt, names: tuple[str, str], label: str, options: Options
) -> Judgement:
    """A negative strength prefers the first response, a positive one the second, 0 neither."""
    first, second = (text(take(row, name), name) for name in names)
    strength = number(take(row, label), label)
    return Judgement(
        prompt=turns,
        first=first,
        second=second,
        better=compare(0.0, strength, options.min_gap),
        where=row.where,
        **extras(columns(row.data)),
    )


LAYOUTS: tuple[Layout, ...] = (
    Layout(
        name="helpsteer2",
        title="HelpSteer 2: response_1, response_2 and preference_strength, negative for the first",
        fits=_fits_2,
        convert=_helpsteer2,
    ),
    Layout(
        name="helpsteer3",
        title="HelpSteer 3: response1, response2 and overall_preference, negative for the first",
        fits=_fits_3,
        convert=_helpsteer3,
    ),
)
