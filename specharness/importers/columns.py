"""The columns of a row by their common names: which ask, which answer better and which worse.

Names are compared in snake case ("Chosen Response" is chosen_response). What nobody can tell from
names alone - two columns that may both be the prompt, two pairs of responses, labels that point at
a response - is not decided here: the row then has no layout, and the user says where things are.
"""

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

Columns = Mapping[str, Any]
Sides = tuple[str, str]

# What asks. Of several only one may have text, except instruction with input (see `prompt_names`).
PROMPTS = (
    "prompt", "instruction", "question", "query", "input", "context", "problem", "user_prompt",
    "messages", "conversations", "conversation",
)  # fmt: skip

_WORDS = {
    "chosen": ("rejected",),
    "preferred": ("dispreferred", "non_preferred", "rejected"),
    "accepted": ("rejected",),
    "better": ("worse",),
    "winner": ("loser",),
    "winning": ("losing",),
}
_NOUNS = ("response", "answer", "output", "completion", "text", "message", "conversation")
_FORMS = (
    "{}",
    *("{}_" + noun + plural for noun in _NOUNS for plural in ("", "s")),
    *(noun + plural + "_{}" for noun in _NOUNS for plural in ("", "s")),
)

# The name of the better response, and what the worse one may be called beside it. A bare "winner"
# is a label in most data, not a text.
SIDES = {
    form.format(better): tuple(form.format(word) for word in worse)
    for better, worse in _WORDS.items()
    for form in _FORMS
    if (better, form) not in (("winner", "{}"), ("winning", "{}"))
} | {"response": ("rejected_response",), "response_j": ("response_k",)}
REJECTED = frozenset(name for worse in SIDES.values() for name in worse) - {"response_k", "worse"}

_LABELS = frozenset(("a", "b", "0", "1", "2", "first", "second", "left", "right"))
_RIVAL = re.compile(
    r"(response|output|answer|completion|text|summary|candidate|option|generation|model)s?_?[ab\d]"
)
_LISTS = ("responses", "outputs", "answers", "completions", "candidates", "options", "generations")


def columns(data: Any) -> Columns:
    """The fields of a row by snake-case names, {} for what is no object."""
    named: dict[str, Any] = {}
    for key, value in data.items() if isinstance(data, Mapping) else ():
        if not isinstance(key, str):
            continue
        name = snake(key)
        if key == name or name not in named:
            named[name] = value
    return named


@lru_cache(maxsize=1024)
def snake(name: str) -> str:
    """A name as all columns are compared.

    >>> snake(" Chosen Response"), snake("chosen-rating")
    ('chosen_response', 'chosen_rating')
    """
    return name.strip().lower().replace(" ", "_").replace("-", "_")


def sides(row: Columns) -> Sides | None:
    """The names of the better and the worse response; None where there are none, or several."""
    if isinstance(row.get("input"), Mapping) and "messages" in row["input"]:
        return None  # OpenAI's own layout, whose outputs are no sides like others
    found = [
        (name, worse) for name in row if name in SIDES for worse in SIDES[name] if worse in row
    ]
    if len(found) > 1:
        # beside chosen and rejected, `response` is something else
        found = [pair for pair in found if pair[0] != "response"]
    if len(found) != 1 or _are_labels(row, found[0]):
        return None
    return found[0]


def _are_labels(row: Columns, names: Sides) -> bool:
    """Whether the two point at responses elsewhere in the row instead of being texts."""
    if not all(_points(row[name], row) for name in names):
        return False
    rivals = [row[name] for name in row if _RIVAL.fullmatch(name)]
    rivals += [said for name in _LISTS if isinstance(row.get(name), list) for said in row[name]]
    return len(rivals) > 1 and not all(row[name] in rivals for name in names)


def _points(value: Any, row: Columns) -> bool:
    if isinstance(value, str):
        return len(value) < 100 and (value.strip().lower() in _LABELS or snake(value) in row)
    return isinstance(value, int | float)


def blank(value: Any) -> bool:
    """Whether a cell says nothing: null, an empty list, or a string without text."""
    return value is None or value == [] or (isinstance(value, str) and not value.strip())


def asks(row: Columns) -> bool:
    """Whether a row has a column for the prompt at all, filled or not."""
    return any(name in row and _can_ask(row[name]) for name in PROMPTS)


def prompt_names(row: Columns) -> tuple[str, ...]:
    """The columns that make the prompt, in order; () where there is none or nobody can tell.

    One column, or instruction and input, which belong together (Alpaca). Blank columns do not
    count beside a filled one, nor do repetitions of the same text.
    """
    present = [name for name in PROMPTS if name in row and _can_ask(row[name])]
    filled = [name for name in present if not blank(row[name])] or present[:1]
    names = [n for i, n in enumerate(filled) if not any(row[n] == row[m] for m in filled[:i])]
    alpaca = names == ["instruction", "input"] and all(isinstance(row[n], str) for n in names)
    return tuple(names) if len(names) == 1 or alpaca else ()


def _can_ask(value: Any) -> bool:
    """An object is a prompt only when it is a message: {"question": ...} needs a mapping."""
    return not isinstance(value, Mapping) or "role" in value or "from" in value
