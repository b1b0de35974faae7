"""Chatbot Arena and what grew around it: two conversations of one user, and the winner's side."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from specharness.importers.columns import columns
from specharness.importers.extras import extras
from specharness.importers.fields import Prompt, has, messages, shared_prompt, text
from specharness.importers.judgement import Better, Judgement, Layout, Options, Row, Unusable
from specharness.importers.labelreader import Compared, by_label, name_of, row_by_row, take
from specharness.importers.labels import Label, said
from specharness.records import Message

_WHOLE = (("conversation_a", "conversation_b"), ("messages_a", "messages_b"))
_ONE_HOT = ("winner_model_a", "winner_model_b", "winner_tie")
_SWITCH = {"1": True, "true": True, "0": False, "false": False}


def _names(row: Row) -> tuple[str, str]:
    return next((names for names in _WHOLE if has(row.data, *names)), _WHOLE[0])


def _fits_arena(row: Row) -> bool:
    names = _names(row)
    lists = has(row.data, *names) and all(isinstance(row.data[n], list | str) for n in names)
    return lists and has(row.data, "winner") and not _fits_mt_bench(row)


def _fits_mt_bench(row: Row) -> bool:
    """MT-bench's names, without the time and the vote of a user of the arena."""
    marks = ("question_id", "judge", "turn", "winner", *_WHOLE[0])
    return has(row.data, *marks) and not any(n in row.data for n in ("tstamp", "anony"))


def _fits_kaggle(row: Row) -> bool:
    return has(row.data, "prompt", "response_a", "response_b", *_ONE_HOT)


def _arena(row: Row, options: Options) -> Compared:
    first, second = _names(row)
    judgement = _compared(row, _turns(take(row, first), first), _turns(take(row, second), second))
    # every battle has a question_id of its own, so the prompt has to make the group
    return replace(judgement, group=""), _winner(row)


def _mt_bench(row: Row, options: Options) -> Compared:
    """Turn 1 judges the first answers, turn 2 the conversations up to the second."""
    turn = said(take(row, "turn"))
    if not turn.isdecimal() or not int(turn):
        raise Unusable("missing field", "turn is no number from 1 on")
    sides = [_until(_turns(take(row, name), name), int(turn)) for name in _WHOLE[0]]
    return _compared(row, *sides), _winner(row)


def _until(turns: Prompt, answers: int) -> Prompt:
    ends = [n for n, turn in enumerate(turns, 1) if turn.role == "assistant"]
    if len(ends) < answers:
        raise Unusable("wrong turn", f"the conversation has {len(ends)} answers, not {answers}")
    return turns[: ends[answers - 1]]


def _turns(value: Any, name: str) -> Prompt:
    """A conversation, also where a CSV file made JSON of it."""
    if isinstance(value, str):
        value = _parsed(value, name)
    return messages(value, name)


def _parsed(value: str, name: str) -> Any:
    try:
        return json.loads(value)
    except (ValueError, RecursionError) as error:
        raise Unusable("malformed", f"{name} is no JSON") from error


def _compared(row: Row, first: Prompt, second: Prompt) -> Judgement:
    """The last answers; what comes before has to be the same, earlier answers too."""
    for turns in (first, second):
        if not turns or turns[-1].role != "assistant":
            raise Unusable("wrong turn", "a conversation does not end with the assistant")
    return Judgement(
        prompt=shared_prompt(first[:-1], second[:-1]),
        first=first[-1].content,
        second=second[-1].content,
        better="neither",
        where=row.where,
        annotator=name_of(row.data.get("judge")),
        **extras(columns(row.data)),
    )


def _winner(row: Row) -> Label:
    return Label(
        value=take(row, "winner"),
        name="winner",
        first="model_a",
        second="model_b",
        models=(name_of(row.data.get("model_a")), name_of(row.data.get("model_b"))),
    )


def _kaggle(row: Row, options: Options) -> Iterable[Judgement]:
    """Prompts and responses are arrays with one text a turn, null where there was none."""
    asked, first, second = (
        _array(take(row, name), name) for name in ("prompt", "response_a", "response_b")
    )
    judgement = _compared(row, _conversation(asked, first), _conversation(asked, second))
    yield replace(judgement, better=_one_hot(row))


def _array(value: Any, name: str) -> list[str]:
    turns = _parsed(value, name) if isinstance(value, str) else value
    if not isinstance(turns, list):
        raise Unusable("malformed", f"{name} is no array of turns")
    return [text(turn, f"turn {n} of {name}") for n, turn in enumerate(turns, 1)]


def _conversation(asked: Sequence[str], answered: Sequence[str]) -> Prompt:
    if len(asked) != len(answered):
        raise Unusable("wrong turn", f"{len(asked)} prompts and {len(answered)} responses")
    return tuple(
        Message(role=role, content=content)
        for turn in zip(asked, answered, strict=True)
        for role, content in zip(("user", "assistant"), turn, strict=True)
    )


def _one_hot(row: Row) -> Better:
    given = [said(take(row, name)).lower() for name in _ONE_HOT]
    switches = [_SWITCH.get(value) for value in given]
    if not any(given) or switches == [False, False, False]:
        raise Unusable("no label")
    if None in switches or switches.count(True) > 1:
        raise Unusable("unknown label", ", ".join(given))
    sides: tuple[Better, ...] = ("first", "second", "neither")
    return sides[switches.index(True)]


LAYOUTS: tuple[Layout, ...] = (
    Layout(
        name="lmsys-arena",
        title="Chatbot Arena: conversation_a, conversation_b and winner model_a, model_b or tie",
        fits=_fits_arena,
        convert=row_by_row(by_label(_arena)),
        begin=by_label(_arena),
    ),
    Layout(
        name="lmsys-kaggle",
        title="LMSYS at Kaggle: arrays of turns and winner_model_a, winner_model_b, winner_tie",
        fits=_fits_kaggle,
        convert=_kaggle,
    ),
    Layout(
        name="mt-bench",
        title="MT-bench human judgements: several judges of turn 1 or 2 are votes",
        fits=_fits_mt_bench,
        convert=row_by_row(by_label(_mt_bench)),
        begin=by_label(_mt_bench),
        votes=True,
    ),
)
