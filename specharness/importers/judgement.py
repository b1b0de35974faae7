"""The words of an import: a row of a file, the judgements in it, and what could not be used."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from specharness.records import Message

Better = Literal["first", "second", "neither"]

# Why a comparison makes no pair. The import table groups by these, so they are few and fixed.
REASONS = {
    "tie": "both responses were judged equal",
    "split vote": "as many annotators prefer one response as the other",
    "small gap": "the ratings differ by less than --min-gap",
    "no label": "nobody said which response is better",
    "unknown label": "the label names neither response",
    "withdrawn": "the annotation was cancelled, discarded, failed or left a draft",
    "other annotator": "judged by somebody else than --annotator names",
    "no partner": "no response to compare it with",
    "empty prompt": "the prompt has no text (--prompt gives one)",
    "empty side": "a response has no text",
    "identical sides": "both responses are the same text",
    "duplicate": "the same judgement stands further up",
    "not text": "a prompt or response is no text (a number, a boolean, an image, ...)",
    "tool call": "a tool is called or answers, which no plain text can stand for",
    "half a character": "a lone surrogate, which no encoding can hold",
    "differs early": "the two conversations differ before their last message",
    "wrong turn": "the prompt does not end with the user, or a response is not one assistant turn",
    "unknown role": "a message has a role that is not known",
    "not an object": "the row is no object with named fields",
    "missing field": "a field the layout needs is not there",
    "malformed": "the line cannot be parsed",
    "unknown layout": "the row has other fields than the rest of the file",
}

# What a kept judgement still deserves to be looked at for.
NOTES = {
    "role marker": "a role marker such as 'Human:' stands inside a turn",
    "blank system": "an empty system message was left out",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One record of a file as it was parsed.

    `data` is what JSON can say (str, int, float, bool, None, list, dict); `where` is `file:line`
    where records have lines, else `file#record` (both from 1). `document` holds what surrounds the
    records in a JSON document, {} elsewhere.
    """

    data: Any
    where: str
    document: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """Somebody's word on two responses to one prompt.

    Texts are as in the data and may still be empty or equal: `tally` checks them in one place.
    `group` "" is derived from the prompt, `id` "" from the texts. Votes are counted together within
    a `ballot`; "" is one for all that judge the same texts. `shown` says that first and second are
    the places in which the judge saw the two: not so where columns are named for the winner.
    """

    prompt: tuple[Message, ...]
    first: str
    second: str
    better: Better
    where: str
    id: str = ""
    group: str = ""
    tags: tuple[str, ...] = ()
    weight: float = 1.0
    source: str = ""
    annotator: str = ""
    ballot: str = ""
    shown: bool = True
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Dropped:
    """A comparison, or a row without any, that makes no pair; `reason` is a key of REASONS."""

    reason: str
    where: str
    detail: str = ""


class Unusable(Exception):
    """Raised while a row is read: why it makes no pair (a key of REASONS, and a detail)."""

    def __init__(self, reason: str, detail: str = "") -> None:
        super().__init__(reason)
        self.reason = reason
        self.detail = detail


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What the user may say about a file.

    `mapping` is field -> path (`chosen` -> "outputs.better"), {} where the layout is known. `axis`
    chooses among several labels of one pair, `annotator` one judge among several. `min_gap` is the
    smallest difference of ratings that counts, in the data's own units; equal ratings always tie.
    `first_wins_when` is the value of a label, as text, that means the first response is better, and
    `prompt` what was asked where the data does not say.
    """

    format: str = "auto"
    mapping: Mapping[str, str] = field(default_factory=dict)
    axis: str = ""
    annotator: str = ""
    min_gap: float = 0.0
    first_wins_when: str = ""
    prompt: str = ""


Finding = Judgement | Dropped


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """How one kind of row is recognised and read.

    `fits` sees one row and decides by its structure (names and kinds of fields), never by guessing
    at texts. A layout has `convert`, for rows that stand alone, or `join`, for rows that only
    together make a judgement (it gets them all, in order). Both may raise `Unusable` for a row
    (`join` has to catch its own) and UsageError where the user has to choose. `votes` says that
    the same two texts judged in several places are votes of one judgement.
    """

    name: str
    title: str
    fits: Callable[[Row], bool]
    convert: Callable[[Row, Options], Iterable[Finding]] | None = None
    begin: Callable[[Options], Callable[[Row, Options], Iterable[Finding]]] | None = None
    join: Callable[[Iterable[Row], Options], Iterator[Finding]] | None = None
    votes: bool = False
