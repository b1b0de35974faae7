"""The texts of a pair as a file may write them: strings, or conversations as TRL has them."""

import re
from typing import Any

from specharness.records import Message

ROLES = ("system", "developer", "user", "assistant")
_TURN = 'write it as {"role": "user", "content": "..."}'
_NEEDED = "each line needs prompt, chosen and rejected"
_HALF = re.compile("[\ud800-\udfff]")


class Unreadable(Exception):
    """What is wrong with one line, and what to do about it."""

    def __init__(self, what: str, remedy: str) -> None:
        super().__init__(what)
        self.what = what
        self.remedy = remedy


def kind_of(value: object) -> str:
    """What a value is, in JSON's words.

    >>> kind_of([]), kind_of(None), kind_of(True)
    ('a list', 'null', 'a boolean')
    """
    names = {str: "a string", bool: "a boolean", list: "a list", dict: "an object"}
    return "null" if value is None else names.get(type(value), "a number")


def as_text(value: object, name: str, remedy: str) -> str:
    """The value if it is a string that has text and can be encoded, else Unreadable."""
    if not isinstance(value, str):
        raise Unreadable(f"{name} is {kind_of(value)}, not a string", remedy)
    if not value.strip():
        raise Unreadable(f"{name} is empty", remedy)
    if half := _HALF.search(value):
        what = f"{name} has half a character (\\u{ord(half.group()):04x}) in it"
        raise Unreadable(what, "remove it or write the whole character")
    return value


def read_texts(row: dict[str, Any]) -> tuple[tuple[Message, ...], str, str]:
    """The prompt and the two responses of a row.

    A prompt is a string or messages that end with the user; a response is a string or messages that
    end with the assistant. Where there is no prompt, it is what both conversations begin with.
    """
    for key in ("chosen", "rejected"):
        if row.get(key) is None:
            raise Unreadable(f"no '{key}'", _NEEDED)
    led = {key: _response(row[key], key) for key in ("chosen", "rejected")}
    leads = [lead for lead, _ in led.values() if lead]
    if row.get("prompt") is None:
        prompt = _common(leads)
    else:
        prompt = _prompt(row["prompt"])
        if any(lead != prompt for lead in leads):
            what = "'chosen' or 'rejected' begins with other messages than 'prompt'"
            raise Unreadable(what, "leave 'prompt' out, or keep only the answers in the two")
    chosen, rejected = (text for _, text in led.values())
    if chosen == rejected:
        raise Unreadable("'chosen' and 'rejected' are the same", "remove the line or mend one")
    return prompt, chosen, rejected


def _common(leads: list[tuple[Message, ...]]) -> tuple[Message, ...]:
    if len(leads) < 2:
        what = "no 'prompt'"
        raise Unreadable(what, "move what 'chosen' and 'rejected' have in common into 'prompt'")
    if leads[0] != leads[1]:
        what = "'chosen' and 'rejected' differ before their last message"
        raise Unreadable(what, "compare two answers to one and the same conversation")
    return _asking(leads[0], "what comes before the answers")


def _prompt(value: object) -> tuple[Message, ...]:
    if isinstance(value, list):
        return _asking(_messages(value, "prompt"), "'prompt'")
    if not isinstance(value, str):
        what = f"'prompt' is {kind_of(value)}, not a string or a list of messages"
        raise Unreadable(what, "write what the user asks")
    return (Message(role="user", content=as_text(value, "'prompt'", "write what the user asks")),)


def _asking(messages: tuple[Message, ...], name: str) -> tuple[Message, ...]:
    if not messages or messages[-1].role != "user":
        raise Unreadable(f"{name} does not end with a user message", "end it with what is asked")
    return messages


def _response(value: object, key: str) -> tuple[tuple[Message, ...], str]:
    """The messages before a response ((): it stands alone) and the response."""
    if not isinstance(value, list):
        return (), as_text(value, f"'{key}'", "write what the assistant answers")
    messages = _messages(value, key)
    if not messages or messages[-1].role != "assistant":
        what = f"'{key}' does not end with an assistant message"
        raise Unreadable(what, "end it with the answer that is compared")
    return messages[:-1], messages[-1].content


def _messages(value: list[object], key: str) -> tuple[Message, ...]:
    return tuple(_message(one, f"message {n} of '{key}'") for n, one in enumerate(value, 1))


def _message(value: object, name: str) -> Message:
    if not isinstance(value, dict):
        raise Unreadable(f"{name} is {kind_of(value)}, not an object", _TURN)
    if {key for key in value if value[key] is not None} != {"role", "content"}:
        raise Unreadable(f"{name} has not just 'role' and 'content'", _TURN)
    if value["role"] not in ROLES:
        raise Unreadable(f"{name} has no known role", f"choose one of {', '.join(ROLES)}")
    content, role = value["content"], str(value["role"])
    if content == "" and role in ("system", "developer"):
        return Message(role=role, content="")  # data sets have it, and it asks for nothing
    return Message(role=role, content=as_text(content, f"the content of {name}", _TURN))
