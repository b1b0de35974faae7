"""Prompts that are written as one text with marks between the turns."""

import re

from specharness.importers.fields import Prompt
from specharness.records import Message

_SAID = re.compile(r"(?:\A|\n\n)(Human|Assistant):")
_EXTRA = re.compile(r"\n?<extra_id_1>(User|Assistant)\n?")
_ROLES = {"Human": "user", "User": "user", "Assistant": "assistant"}


def marked_prompt(text: str) -> Prompt:
    r"""The turns of a prompt as hh-rlhf and Nectar write it, or as HelpSteer does; else one turn.

    The first begins with "Human:" and ends with "Assistant:", the second has `<extra_id_1>` between
    turns and begins with the user's. Blanks around a turn are no part of it.

    >>> [turn.content for turn in marked_prompt("\n\nHuman: Hi\n\nAssistant: ")]
    ['Hi']
    >>> steered = "Hi\n<extra_id_1>Assistant\nYes?\n<extra_id_1>User\nBye"
    >>> [turn.role for turn in marked_prompt(steered)]
    ['user', 'assistant', 'user']
    """
    whole = text.strip()
    if whole.startswith("Human:") and whole.endswith("\n\nAssistant:"):
        marks = _SAID.split(whole.removesuffix("\n\nAssistant:"))[1:]
    elif _EXTRA.search(text):
        marks = ["User", *_EXTRA.split(text)]
        marks = marks[:-2] if marks[-2] == "Assistant" and not marks[-1].strip() else marks
    else:
        return (Message(role="user", content=text),)
    turns = zip(marks[::2], marks[1::2], strict=True)
    return tuple(Message(role=_ROLES[role], content=said.strip()) for role, said in turns)
