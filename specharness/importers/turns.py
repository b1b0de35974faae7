"""Prompts and responses put together from what several columns say."""

import json
from collections.abc import Mapping
from typing import Any

from specharness.importers.columns import Columns, Sides, blank, prompt_names
from specharness.importers.fields import Prompt, messages, prompt, response, shared_prompt, text
from specharness.importers.fields import user as one_turn
from specharness.importers.judgement import Unusable
from specharness.records import Message

_SYSTEM = ("system", "developer")
_SYSTEM_COLUMNS = ("system", "system_prompt", "system_message")
_USER = ("user", "human", "prompter")
_MEDIA = ("image", "images", "video", "videos", "audio", "audios")


def role(turn: Any) -> str:
    """The role a message names, in lower case; "" for what is no message."""
    said = turn.get("role", turn.get("from")) if isinstance(turn, Mapping) else None
    return said.strip().lower() if isinstance(said, str) else ""


def unpacked(value: Any) -> Any:
    """A cell that holds messages as JSON (CSV has nothing better), else the value as it is.

    Only a list of {role, content} or {from, value} objects, or one such object, counts.
    """
    if not isinstance(value, str) or not value[:80].lstrip().startswith(("[", "{")):
        return value
    try:
        said = json.loads(value)
    except (ValueError, RecursionError):
        return value
    turns = said if isinstance(said, list) else [said]
    return said if turns and all(_is_turn(turn) for turn in turns) else value


def _is_turn(turn: Any) -> bool:
    return role(turn) != "" and ("content" in turn or "value" in turn)


def both(row: Columns, names: Sides) -> tuple[Any, Any]:
    """The two responses of a row; as messages only where both cells hold messages."""
    raw = (row[names[0]], row[names[1]])
    read = (unpacked(raw[0]), unpacked(raw[1]))
    return read if not any(isinstance(value, str) for value in read) else raw


def holds_its_prompt(value: Any) -> bool:
    """Whether a side is a conversation from the first user turn on, not just the answer."""
    if not isinstance(value, list):
        return False
    roles = [role(turn) for turn in value if role(turn) not in _SYSTEM]
    return bool(roles) and roles[0] in _USER


def answered(values: tuple[Any, Any], names: Sides) -> tuple[Prompt, str, str]:
    """What both sides begin with (() where they are answers only), and the two responses."""
    (lead, first), (other, second) = (
        _side(value, name) for value, name in zip(values, names, strict=True)
    )
    return shared_prompt(lead, other) if lead and other else lead or other, first, second


def _side(value: Any, name: str) -> tuple[Prompt, str]:
    if isinstance(value, list) and not all(isinstance(turn, Mapping) for turn in value):
        raise Unusable("not text", f"{name} is a list of other things than messages")
    return response(value, name)


def asked(row: Columns) -> Prompt:
    """The prompt as its own columns have it, with `system` and `history`; () without any."""
    refuse_media(row)
    names = prompt_names(row)
    if not names:
        return ()
    several = len(names) > 1
    question = "\n\n".join(row[n] for n in names) if several else unpacked(row[names[0]])
    if _is_parts(question):
        question = text(question, names[0])
    turns = prompt(question, _system(row))
    lead = tuple(turn for turn in turns if turn.role in _SYSTEM)
    return (*lead, *_history(row), *turns[len(lead) :]) if _history(row) else turns


def refuse_media(row: Columns) -> None:
    """Unusable("not text") where images or sounds stand beside the text: they belong to it."""
    if media := [name for name in _MEDIA if not blank(row.get(name))]:
        raise Unusable("not text", f"the prompt has {media[0]}")


def _is_parts(value: Any) -> bool:
    """A list of content parts, as in {"type": "text", "text": "..."}, is one text."""
    return isinstance(value, list) and bool(value) and not any(role(part) for part in value)


def _system(row: Columns) -> Any:
    return next((row[name] for name in _SYSTEM_COLUMNS if not blank(row.get(name))), None)


def with_system(row: Columns, turns: Prompt) -> Prompt:
    """The turns after what a `system` column says, unless they begin with a system message."""
    if turns and turns[0].role in _SYSTEM:
        return turns
    return (*one_turn("", _system(row))[:-1], *turns)


def readable_history(row: Columns) -> bool:
    """Whether `history` is empty, earlier [question, answer] pairs, or messages."""
    value = row.get("history")
    if blank(value):
        return True
    return isinstance(value, list) and (
        all(_is_turn(one) for one in value) or all(_is_exchange(one) for one in value)
    )


def _is_exchange(value: Any) -> bool:
    return isinstance(value, list) and [type(said) for said in value] == [str, str]


def _history(row: Columns) -> Prompt:
    earlier = row.get("history")
    if blank(earlier) or not isinstance(earlier, list):
        return ()
    if not all(_is_exchange(one) for one in earlier):
        return messages(earlier, "history")
    pairs = [zip(("user", "assistant"), one, strict=True) for one in earlier]
    return tuple(Message(role=who, content=said) for pair in pairs for who, said in pair)


def settled(question: Prompt, lead: Prompt) -> Prompt:
    """One prompt from the prompt column and from what the conversations begin with.

    The two may repeat each other in whole or in part; Unusable("differs early") where they
    contradict each other.
    """
    if not lead or not question:
        return question or lead
    if any(lead[at : at + len(question)] == question for at in range(len(lead))):
        return lead
    if question[-len(lead) :] == lead or question[: len(lead)] == lead:
        return question
    if all(turn.role in _SYSTEM for turn in lead) and question[0].role not in _SYSTEM:
        return (*lead, *question)
    if lead[0].role == "assistant":
        return (*question, *lead)
    raise Unusable("differs early", "the prompt and the conversations begin differently")


def blank_system(*conversations: Any) -> tuple[str, ...]:
    """The note for system messages without text among these values."""
    turns = [turn for value in conversations if isinstance(value, list) for turn in value]
    found = any(role(t) in _SYSTEM and blank(t.get("content", t.get("value"))) for t in turns)
    return ("blank system",) if found else ()
