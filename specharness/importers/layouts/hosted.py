"""What hosted fine-tuning takes: OpenAI (and Azure, Fireworks, Together), Amazon and Google."""

from collections.abc import Iterator, Mapping
from typing import Any

from specharness.importers.columns import columns
from specharness.importers.extras import extras
from specharness.importers.fields import messages, text
from specharness.importers.judgement import (
    Better,
    Finding,
    Judgement,
    Layout,
    Options,
    Row,
    Unusable,
)
from specharness.importers.layouts.listed import every_pair
from specharness.importers.turns import blank_system, role
from specharness.records import Message

_OUTPUTS = ("preferred_output", "non_preferred_output")
_LABELS = ("preferred", "non-preferred")


def _fits_openai(row: Row) -> bool:
    named = columns(row.data)
    given = named.get("input")
    asking = isinstance(given, Mapping) and isinstance(given.get("messages"), list)
    return asking and all(name in named for name in _OUTPUTS)


def _convert_openai(row: Row, options: Options) -> Iterator[Judgement]:
    named = columns(row.data)
    asked = named["input"]["messages"]
    yield Judgement(
        prompt=messages(asked, "input.messages"),
        first=_output(named[_OUTPUTS[0]], _OUTPUTS[0]),
        second=_output(named[_OUTPUTS[1]], _OUTPUTS[1]),
        better="first",
        shown=False,
        where=row.where,
        notes=blank_system(asked),
        **extras(named),
    )


def _output(value: Any, name: str) -> str:
    """The text of an output: one message of the assistant, no calls of tools."""
    if isinstance(value, str):
        return value
    said = messages([value] if isinstance(value, Mapping) else value, name)
    if len(said) != 1 or said[0].role != "assistant":
        raise Unusable("wrong turn", f"{name} is not one assistant message")
    return said[0].content


def _fits_nova(row: Row) -> bool:
    turns = columns(row.data).get("messages")
    last = turns[-1] if isinstance(turns, list) and turns else None
    candidates = last.get("candidates") if isinstance(last, Mapping) else None
    return (
        isinstance(candidates, list)
        and bool(candidates)
        and all(isinstance(one, Mapping) and "preferenceLabel" in one for one in candidates)
    )


def _convert_nova(row: Row, options: Options) -> Iterator[Finding]:
    named = columns(row.data)
    *asked, last = named["messages"]
    system = text(named.get("system"), "system")
    lead = (Message(role="system", content=system),) if system.strip() else ()
    labels = [one["preferenceLabel"] for one in last["candidates"]]
    if any(label not in _LABELS for label in labels):
        raise Unusable("unknown label", ", ".join(map(str, labels)))
    winners, losers = (
        [_answer(one) for one in last["candidates"] if one["preferenceLabel"] == label]
        for label in _LABELS
    )
    return every_pair(row, (*lead, *messages(asked, "messages")), winners, losers)


def _answer(candidate: Mapping[str, Any]) -> dict[str, Any]:
    return {"role": "assistant", "content": candidate.get("content")}


def _fits_vertex(row: Row) -> bool:
    named = columns(row.data)
    asked, answers = named.get("contents"), named.get("completions")
    return (
        isinstance(asked, list)
        and isinstance(answers, list)
        and len(answers) == 2
        and all(isinstance(one, Mapping) and {"score", "completion"} <= set(one) for one in answers)
    )


def _convert_vertex(row: Row, options: Options) -> Iterator[Judgement]:
    named = columns(row.data)
    system = named.get("system_instruction", named.get("systeminstruction"))
    lead = [system | {"role": "system"}] if isinstance(system, dict) else []
    first, second = (_plain([one["completion"]]) for one in named["completions"])
    yield Judgement(
        prompt=messages(_plain([*lead, *named["contents"]]), "contents"),
        first=_output(first, "completions"),
        second=_output(second, "completions"),
        better=_better([one["score"] for one in named["completions"]]),
        where=row.where,
        **extras(named),
    )


def _plain(turns: list[Any]) -> list[dict[str, Any]]:
    """Google's {role, parts} in the usual words; a turn without a role is the user's."""
    said = [turn if isinstance(turn, Mapping) else {} for turn in turns]
    return [{"role": role(turn) or "user", "content": turn.get("parts")} for turn in said]


def _better(scores: list[Any]) -> Better:
    if not all(isinstance(score, int | float) for score in scores):
        raise Unusable("no label", "a completion has no score")
    if scores[0] == scores[1]:
        return "neither"
    return "first" if scores[0] > scores[1] else "second"


LAYOUTS: tuple[Layout, ...] = (
    Layout(
        name="openai-dpo",
        title="OpenAI preference fine-tuning, also at Azure, Fireworks and Together",
        fits=_fits_openai,
        convert=_convert_openai,
    ),
    Layout(
        name="nova-dpo",
        title="Amazon Nova preference fine-tuning: candidates with a preferenceLabel",
        fits=_fits_nova,
        convert=_convert_nova,
    ),
    Layout(
        name="vertex-preference",
        title="Google Vertex preference tuning: contents and two scored completions",
        fits=_fits_vertex,
        convert=_convert_vertex,
    ),
)
