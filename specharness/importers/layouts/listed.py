"""Lists of good and of bad answers to one prompt: each good one beats each bad one."""

from collections.abc import Iterator
from typing import Any

from specharness.errors import UsageError
from specharness.importers.columns import asks, columns, prompt_names
from specharness.importers.compared import Compared, compared, find_compared
from specharness.importers.extras import extras
from specharness.importers.fields import Prompt, text, user
from specharness.importers.judgement import (
    Dropped,
    Finding,
    Judgement,
    Layout,
    Options,
    Row,
    Unusable,
)
from specharness.importers.turns import answered, asked, readable_history, settled

_MOST = 1000


def every_pair(
    row: Row, prompt: Prompt, winners: list[Any], losers: list[Any]
) -> Iterator[Finding]:
    """A judgement for each winner over each loser, in the order of the data.

    An answer that is no text costs its own pairs only. Unusable("no partner") where a list is
    empty, UsageError where one has more than 1000.
    """
    if max(len(winners), len(losers)) > _MOST:
        what = f"more than {_MOST} answers to one prompt, which makes up to a million pairs"
        raise UsageError(row.where, what, "split the prompt or leave out most of them")
    if not winners or not losers:
        raise Unusable("no partner", "no worse response" if winners else "no better response")
    about = extras(columns(row.data))
    if len(winners) * len(losers) > 1:
        about["id"] = ""  # the row's id cannot name several pairs
    for winner in winners:
        for loser in losers:
            try:
                lead, first, second = answered((winner, loser), ("chosen", "rejected"))
                asking = settled(prompt, lead)
            except Unusable as error:
                yield Dropped(reason=error.reason, where=row.where, detail=error.detail)
                continue
            judged = Judgement(
                prompt=asking,
                first=first,
                second=second,
                better="first",
                where=row.where,
                shown=False,
                **about,
            )
            yield judged


def _lists(found: Compared) -> tuple[list[Any], list[Any]]:
    """The two sides as lists, of which one may be a single answer."""
    winners, losers = (value if isinstance(value, list) else [value] for value in found.values)
    return winners, losers


def _fits_prompted(row: Row) -> bool:
    found = find_compared(row)
    if found is None or found.kind != "lists":
        return False
    return bool(prompt_names(found.row)) and readable_history(found.row)


def _convert_prompted(row: Row, options: Options) -> Iterator[Finding]:
    found = compared(row)
    return every_pair(row, asked(found.row), *_lists(found))


def _fits_promptfoo(row: Row) -> bool:
    found = find_compared(row)
    if found is None or found.kind != "lists":
        return False
    return isinstance(found.row.get("vars"), list | dict) and not asks(found.row)


def _convert_promptfoo(row: Row, options: Options) -> Iterator[Finding]:
    found = compared(row)
    given = found.row["vars"]
    said = given.values() if isinstance(given, dict) else given
    # The template is not in the download, so the values of its variables stand for the prompt.
    prompt = user("\n\n".join(text(value, "vars") for value in said))
    return every_pair(row, prompt, *_lists(found))


LAYOUTS: tuple[Layout, ...] = (
    Layout(
        name="answer-lists",
        title="a prompt with lists of chosen and rejected answers (RewardBench 2)",
        fits=_fits_prompted,
        convert=_convert_prompted,
    ),
    Layout(
        name="promptfoo-dpo",
        title="promptfoo's DPO download: outputs that passed and that failed",
        fits=_fits_promptfoo,
        convert=_convert_promptfoo,
    ),
)
