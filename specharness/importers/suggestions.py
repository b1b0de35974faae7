"""For data nobody knows: the fields it has, and a mapping to start from."""

import shlex
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from specharness.errors import UsageError
from specharness.importers.judgement import Dropped, Finding, Row, Unusable
from specharness.importers.naming import ASKING, named_side, siblings
from specharness.importers.paths import last_name, leaves, spelled

_CHOSEN = (
    "chosen", "better", "preferred", "accepted", "winner", "good", "positive", "best", "expected",
    "ideal", "corrected", "win",
)  # fmt: skip
_REJECTED = (
    "rejected", "worse", "dispreferred", "non_preferred", "loser", "bad", "negative", "worst",
    "lose", "original", "output",
)  # fmt: skip
_LABEL = (
    "label", "preference", "winner", "preferred", "choice", "better", "vote", "verdict",
    "judgement", "judgment", "selected", "annotation",
)  # fmt: skip
_RESPONSE = ("response", "completion", "answer", "output", "reply", "generation", "text")
_RATING = ("rating", "score", "grade", "stars", "helpfulness", "quality", "reward")
_LOOKED_AT = 20  # rows
_SHOWN = 20  # fields
_LONGEST = 24  # characters of a sample value
_KINDS = {str: "text", bool: "true or false", int: "number", float: "number", list: "list"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """A field that was found: the path to it, the kind of its first value that is not null."""

    path: str
    kind: str
    sample: Any


def found_fields(rows: Sequence[Row], most: int = 200) -> list[Field]:
    """All fields of the first rows, in the order they come."""
    found: dict[str, Field] = {}
    for row in rows[:_LOOKED_AT]:
        for keys, value in leaves(row.data, most):
            path = spelled(row.data, keys)
            if path not in found or found[path].sample is None:
                kind = _KINDS.get(type(value), "object") if value is not None else "null"
                found[path] = Field(path=path, kind=kind, sample=value)
    return list(found.values())


def suggest_mapping(rows: Sequence[Row]) -> str:
    """One line for an error: how to map these rows, and which fields they have.

    Names are guessed from words such as "better" and "score"; what cannot be guessed is written
    FIELD. Values are cut short, and what a terminal would act on is written as an escape.

    >>> row = Row(data={"q": "Why?", "out": {"better": "A", "worse": "B"}}, where="f:1")
    >>> print(suggest_mapping([row]))  # doctest: +NORMALIZE_WHITESPACE
    say where things are, starting from
    --map prompt=FIELD --map chosen=out.better --map rejected=out.worse
    (fields: q: text 'Why?', out.better: text 'A', out.worse: text 'B')
    """
    start, fields = starting_map(rows), shown_fields(rows)
    return f"say where things are, starting from {start} (fields: {fields})"


def read_or_ask(
    rows: Iterable[Row], read: Callable[[Row], Iterable[Finding]], what: str
) -> Iterator[Finding]:
    """Rows of a layout that may or may not have both sides; UsageError (`what`) if none has.

    The error shows a mapping to start from. Where some rows can be read, those that lack a side
    are dropped as "missing field".
    """
    lacking: list[Row] = []
    some = False
    for row in rows:
        try:
            yield from read(row)
            some = True
        except Unusable as error:
            some = some or error.reason != "missing field"
            lacking += [row] if len(lacking) < _LOOKED_AT else []
            yield Dropped(reason=error.reason, where=row.where, detail=error.detail)
    if lacking and not some:
        remedy = f"say which fields are which: {starting_map(lacking)}"
        raise UsageError(lacking[0].where, f"{what}; fields: {named_fields(lacking)}", remedy)


def shown_fields(rows: Sequence[Row]) -> str:
    """The fields of these rows, each with its kind and the beginning of a value."""
    fields = found_fields(rows)
    told = [f"{printable(one.path)}: {one.kind}{_sample(one.sample)}" for one in fields[:_SHOWN]]
    return ", ".join(told) + (f", and {len(fields) - _SHOWN} more" if fields[_SHOWN:] else "")


def named_fields(rows: Sequence[Row]) -> str:
    """The names of these rows' fields."""
    names = [printable(one.path) for one in found_fields(rows)]
    return ", ".join(names[:_SHOWN]) + (", ..." if names[_SHOWN:] else "")


def _sample(value: Any) -> str:
    if not isinstance(value, str | int | float) or isinstance(value, bool):
        return ""
    said = value if isinstance(value, str) else repr(value)
    short = printable(said if len(said) <= _LONGEST else said[: _LONGEST - 1] + "…")
    return f" '{short}'" if isinstance(value, str) else f" {short}"


def printable(text: str) -> str:
    r"""A text without characters that a terminal or a reader's eye would act on.

    >>> printable("a\x1b[2Jb\u202ec")
    'a\\x1b[2Jb\\u202ec'
    """
    return "".join(
        letter if unicodedata.category(letter)[0] not in "CZ" or letter == " " else _escaped(letter)
        for letter in text
    )


def _escaped(letter: str) -> str:
    return letter.encode("unicode_escape", "backslashreplace").decode("ascii")


def starting_map(rows: Sequence[Row]) -> str:
    """The options of a mapping to start from, as they are typed in a shell."""
    fields = found_fields(rows)
    texts = [one for one in fields if one.kind == "text"]
    guessed = {"prompt": _named(ASKING, fields), **_guessed(texts, fields)}
    options = " ".join(
        f"--map {shlex.quote(f'{name}={path}' if path else f'{name}=FIELD')}"
        for name, path in guessed.items()
    )
    asks = "label" in guessed and not _explained(rows, guessed)
    return options + (" --first-wins-when VALUE" if asks else "")


def _guessed(texts: Sequence[Field], fields: Sequence[Field]) -> Mapping[str, str]:
    chosen, rejected = _named(_CHOSEN, texts), _named(_REJECTED, texts)
    sides = siblings({one.path: one.sample for one in texts})
    response, rating = _named(_RESPONSE, texts), _named(_RATING, fields)
    if not (chosen and rejected) and len(sides) > 1:
        label = _named(_LABEL, [one for one in fields if one.path not in sides])
        return {"first": sides[0], "second": sides[1], "label": label}
    if not chosen and not rejected.endswith("rejected") and response and rating:
        return {"response": response, "rating": rating}
    return {"chosen": chosen, "rejected": rejected if rejected != chosen else ""}


def _named(words: Iterable[str], fields: Sequence[Field]) -> str:
    """The first field whose last name is one of these words, else contains one."""
    lasts = [(one.path, last_name(one.path)) for one in fields]
    return next(_matching(words, lasts), "")


def _matching(words: Iterable[str], lasts: Sequence[tuple[str, str]]) -> Iterator[str]:
    listed = list(words)
    for word in listed:
        yield from (path for path, last in lasts if last == word)
    for word in listed:
        yield from (path for path, last in lasts if word in last.split("_"))


def _explained(rows: Sequence[Row], guessed: Mapping[str, str]) -> bool:
    """Whether the label's values name the two responses by themselves."""
    names = (guessed.get("first", ""), guessed.get("second", ""))
    label = next((f for f in found_fields(rows) if f.path == guessed.get("label")), None)
    return label is not None and named_side(str(label.sample), names) is not None
