"""Texts and conversations as data has them, read into messages; shared by all layouts."""

from collections.abc import Mapping, Sequence
from typing import Any

from specharness.importers.judgement import Unusable
from specharness.records import Message

Prompt = tuple[Message, ...]

_ROLES = {
    "system": "system", "developer": "developer",
    "user": "user", "human": "user", "prompter": "user",
    "assistant": "assistant", "gpt": "assistant", "chatgpt": "assistant", "bot": "assistant",
    "model": "assistant", "ai": "assistant",
    "tool": "tool", "function": "tool", "function_call": "tool", "observation": "tool",
}  # fmt: skip


def has(row: Any, *keys: str) -> bool:
    """Whether a row is an object with all these fields (their values may be null)."""
    return isinstance(row, Mapping) and all(map(row.__contains__, keys))


def text(value: Any, name: str) -> str:
    """A text, possibly empty (null is empty); content parts are joined by newlines.

    Unusable("not text") for numbers, booleans and objects: a response `true` is a fault of the
    data, not the word "true". Images and other parts that are no text are "not text" as well.
    """
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, Sequence) and all(isinstance(part, Mapping) for part in value):
        return "\n".join(_part(part, name) for part in value)
    raise Unusable("not text", f"{name} is {_kind(value)}")


def _part(part: Mapping[str, Any], name: str) -> str:
    kind = part.get("type", "text")
    if kind in ("tool_use", "tool_result", "tool_call"):
        raise Unusable("tool call", name)
    said = part.get("text", part.get("value", part.get("content")))
    if kind not in ("text", "input_text", "output_text") or not isinstance(said, str):
        raise Unusable("not text", f"{name} has a part of type {kind!r}")
    return said


def _kind(value: Any) -> str:
    names = {bool: "a boolean", int: "a number", float: "a number", list: "a list"}
    return names.get(type(value), "an object")


def user(asked: str, system: Any = None) -> Prompt:
    """A prompt of one user turn, after the system text if there is one."""
    first = text(system, "the system text")
    lead = (Message(role="system", content=first),) if first.strip() else ()
    return (*lead, Message(role="user", content=asked))


def message(value: Any, name: str) -> Message:
    """One turn, as {role, content}, {from, value} or {role, text}; roles of all common tools."""
    if not isinstance(value, Mapping):
        raise Unusable("not text", f"{name} is no message")
    role = value.get("role", value.get("from"))
    if not isinstance(role, str) or role.strip().lower() not in _ROLES:
        raise Unusable("unknown role", f"{name}: {role!r}")
    known = _ROLES[role.strip().lower()]
    if known == "tool" or value.get("tool_calls") or value.get("function_call"):
        raise Unusable("tool call", name)
    content = value.get("content", value.get("value", value.get("text")))
    return Message(role=known, content=text(content, name))


def messages(value: Any, name: str) -> Prompt:
    """A conversation; system messages without text ask for nothing and are left out."""
    if not isinstance(value, Sequence) or isinstance(value, str):
        raise Unusable("not text", f"{name} is no list of messages")
    turns = [message(turn, f"message {n} of {name}") for n, turn in enumerate(value, 1)]
    return tuple(t for t in turns if t.content.strip() or t.role not in ("system", "developer"))


def response(value: Any, name: str) -> tuple[Prompt, str]:
    """The turns before a response, () where it stands alone, and the response.

    A string, one message, or messages of which the last is the assistant's.
    """
    if isinstance(value, Mapping):
        value = [value]
    if not isinstance(value, list) or not _are_turns(value):
        return (), text(value, name)
    turns = messages(value, name)
    if not turns or turns[-1].role != "assistant":
        raise Unusable("wrong turn", f"{name} does not end with the assistant")
    return turns[:-1], turns[-1].content


def _are_turns(value: list[Any]) -> bool:
    if not all(isinstance(turn, Mapping) for turn in value):
        return False
    return any("role" in turn or "from" in turn for turn in value)


def prompt(value: Any, system: Any = None) -> Prompt:
    """A prompt given as a string or as messages, after the system text if there is one."""
    if isinstance(value, str) or value is None:
        return user(text(value, "the prompt"), system)
    turns = messages([value] if isinstance(value, Mapping) else value, "the prompt")
    lead = user("", system)[:-1]
    return turns if turns and turns[0].role == "system" else (*lead, *turns)


def shared_prompt(first: Prompt, second: Prompt) -> Prompt:
    """What both conversations begin with; Unusable("differs early") where they do not agree."""
    if first != second:
        raise Unusable("differs early")
    return first
