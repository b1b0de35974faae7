"""Pairs that the model may not be able to read in one piece (SH404, SH405)."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from specharness.lint.finding import Finding
from specharness.lint.subject import Subject
from specharness.models.cache import stored_model
from specharness.models.catalog import find_model
from specharness.records import Pair
from specharness.visible import one_line

_MARKS = 8  # tokens that a chat template puts around a turn, at most

Count = Callable[[str], int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """A model's context in tokens, and where its tokenizer is (None: not here)."""

    context: int
    tokenizer: Path | None


def check_context(subject: Subject) -> Iterator[Finding]:
    """Pairs whose prompt and longer response, with the spec, do not fit, or may not.

    Nothing is downloaded. A text has at most as many tokens as bytes, so only texts with more bytes
    than the context has tokens are looked at closely.
    """
    reader = find_reader(subject)
    if reader is None:
        return
    tokens = _counter(reader.tokenizer) if reader.tokenizer else None
    for pair in subject.pairs:
        most = _length(subject, pair, _bytes)
        if most <= reader.context:
            continue
        if tokens is None:
            message = f"{most} bytes with the spec, the context has {reader.context} tokens"
            model = subject.suite.settings.model
            remedy = f"`specharness models pull {model}`, then tokens are counted"
            yield subject.at_pair("SH405", pair, message, remedy)
        elif (length := _length(subject, pair, tokens)) > reader.context:
            message = f"about {length} tokens with the spec, the context has {reader.context}"
            yield subject.at_pair("SH404", pair, message, "shorten it or take it out")


def why_unchecked(subject: Subject) -> str:
    """Why the lengths were not held against a context, "" where they were."""
    if find_reader(subject) is not None:
        return ""
    model = one_line(subject.suite.settings.model)
    return f"lengths in tokens: the context of {model} is not known here"


def find_reader(subject: Subject) -> Reader | None:
    """The context of the suite's model and its tokenizer, None where they cannot be known here."""
    name = subject.suite.settings.model
    entry = find_model(name)
    if entry is not None:
        folder = stored_model(entry)
        return Reader(context=entry.context, tokenizer=folder and folder / "tokenizer.json")
    folder = Path(name).expanduser()
    context, tokenizer = _context(folder / "config.json"), folder / "tokenizer.json"
    if context is None or not tokenizer.is_file():
        return None
    return Reader(context=context, tokenizer=tokenizer)


def _context(config: Path) -> int | None:
    try:
        data = json.loads(config.read_text(encoding="utf-8"))
        inner = data.get("text_config") or data
        context = inner.get("max_position_embeddings")
    except (OSError, ValueError, AttributeError):
        return None
    return context if isinstance(context, int) else None


def _counter(path: Path) -> Count | None:
    """Counts tokens; None where the tokenizer cannot be read here."""
    try:
        from tokenizers import Tokenizer  # noqa: PLC0415 - not installed without the extra `local`
    except ImportError:
        return None
    try:
        tokenizer = Tokenizer.from_file(str(path))
    except Exception:  # whatever the library raises: a file it cannot read is a missing one
        return None
    return lambda text: len(tokenizer.encode(text, add_special_tokens=False).ids)


def _bytes(text: str) -> int:
    return len(text.encode("utf-8", "surrogatepass"))


def _length(subject: Subject, pair: Pair, size: Count) -> int:
    """How long the spec, the prompt and the longer response are together."""
    turns = [subject.suite.spec.shown, *(turn.content for turn in pair.prompt)]
    longer = max(size(pair.chosen), size(pair.rejected))
    return sum(map(size, turns)) + longer + _MARKS * (len(turns) + 1)
