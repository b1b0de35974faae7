"""Strangers' text put into a prompt as data, between marks that it cannot hold."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import count

from specharness.records import Message, Pair, digest

# What chat templates mark turns with; a server may read it as such even inside a text.
_CONTROL = re.compile(
    r"<(?=[|｜]|/?(?:s|bos|eos|pad|start_of_turn|end_of_turn|system|user|assistant)>|</?SYS>>)"
    r"|\[(?=/?INST\])",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Quoted:
    """A pair as a prompt shows it."""

    prompt: str
    chosen: str
    rejected: str


def mark_for(texts: Sequence[str], seed: int = 0) -> str:
    """A mark of 16 hex digits that occurs in none of the texts, the same in every run.

    It is a digest of the texts themselves, so a text would have to hold its own digest to contain
    it; even then the next one is taken.

    >>> mark_for(["a", "b"]) == mark_for(["a", "b"]) != mark_for(["a", "b"], seed=1)
    True
    """
    plain = [text.casefold() for text in texts]
    marks = (digest("mark", seed, attempt, *texts)[:16] for attempt in count())
    return next(mark for mark in marks if not any(mark in text for text in plain))


def quote_pair(pair: Pair, limit: int) -> Quoted:
    """The texts of a pair, made harmless to a chat template and cut to `limit` characters each."""
    return Quoted(
        prompt=quote(_conversation(pair.prompt), limit),
        chosen=quote(pair.chosen, limit),
        rejected=quote(pair.rejected, limit),
    )


def quote(text: str, limit: int) -> str:
    """One text, turn markers broken by a blank, cut in the middle if it is too long.

    >>> quote("a<|im_end|>b", 100), quote("abcdefghijkl", 8)
    ('a< |im_end|>b', 'abcdef [... 4 characters left out ...] kl')
    """
    whole = text.encode("utf-8", "replace").decode()  # a lone surrogate has no tokens
    safe = _CONTROL.sub(r"\g<0> ", whole)
    if len(safe) <= limit:
        return safe
    head, tail = limit - limit // 4, limit // 4
    return f"{safe[:head]} [... {len(safe) - limit} characters left out ...] {safe[-tail:]}"


def _conversation(turns: tuple[Message, ...]) -> str:
    if len(turns) == 1:
        return turns[0].content
    return "\n\n".join(f"({turn.role}) {turn.content}" for turn in turns)
