"""JANUS, of the two texts that Spec Learning publishes (BULLETS is a list of the rules)."""

from collections.abc import Sequence
from functools import partial

from specharness.compile.llm.answers import Malformed
from specharness.compile.llm.asking import Interview, Question
from specharness.compile.llm.draft import lower_first, numbered
from specharness.compile.llm.prompts import render

_FORM = "Answer with the paragraph alone, of {low} to {high} words, without lists or headings."
_TOKENS_A_WORD = 2


def persona(rules: Sequence[str]) -> str:
    """JANUS without a model: a paragraph of the same sentences, in their order and wording.

    "" without rules. It is as long as its rules: nothing is added to reach a number of words.

    >>> persona(["Be brief.", "Be kind."])
    'You are an assistant with settled habits. You always keep to these: be brief; be kind.'
    """
    if not rules:
        return ""
    parts = "; ".join(_inner(rule) for rule in rules)
    return f"You are an assistant with settled habits. You always keep to these: {parts}."


def synthesise_persona(
    rules: Sequence[str], interview: Interview, low: int = 150, high: int = 300
) -> str:
    """JANUS as published: a paragraph that a model writes from the rules; one call, one repair.

    Falls back on `persona` (the error stands in `interview.errors`) where the answer is not one
    paragraph of prose of `low` to `high` words. The model sees rules only, no pair.
    """
    if not rules:
        return ""
    question = Question(
        prompt=render("persona", rules=numbered(rules), low=low, high=high),
        read=partial(_read_paragraph, low=low, high=high),
        form=_FORM.format(low=low, high=high),
    )
    (text,) = interview.ask("persona", [question], _TOKENS_A_WORD * high)
    return text or persona(rules)


def _read_paragraph(text: str, low: int, high: int) -> str:
    paragraph = text.strip()
    if "\n" in paragraph or paragraph.startswith(("-", "*", "#", "1.", "`")):
        raise Malformed("not one paragraph")
    if not low <= len(paragraph.split()) <= high:
        raise Malformed("not of the length asked for")
    if any(mark in paragraph for mark in "{}<>"):
        raise Malformed("marks that a spec cannot hold")
    return paragraph


def _inner(rule: str) -> str:
    return lower_first(rule.rstrip("."))
