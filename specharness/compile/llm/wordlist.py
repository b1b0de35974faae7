"""Words of sentences, and the lists that `words.toml` keeps (English)."""

import re
import tomllib
import unicodedata
from collections.abc import Iterable
from functools import cache
from importlib.resources import files

from specharness.compile.llm.catalogue import general_hypotheses

_WORD = re.compile(r"[^\W_]+(?:['’\-][^\W_]+)*")


def word_list(text: str) -> list[str]:
    """The words of a text as they stand there, in NFKC."""
    return _WORD.findall(unicodedata.normalize("NFKC", text))


def plain(words: Iterable[str]) -> list[str]:
    """Words in lower case, with straight apostrophes."""
    return [word.casefold().replace("’", "'") for word in words]


def stem(word: str) -> str:
    """A word without its commonest endings, so that "lists" and "listing" are "list" (English).

    >>> [stem(word) for word in ("lists", "listing", "praised", "praise", "clearly")]
    ['list', 'list', 'prais', 'prais', 'clear']
    """
    for ending in ("ingly", "edly", "ings", "ing", "ies", "ed", "es", "ly", "s", "e", "y"):
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            return word[: -len(ending)]
    return word


@cache
def general_words() -> frozenset[str]:
    """The stems of the words any rule may use."""
    found = set(function_words())
    for text in (_lists()["general"], *(t for rule in general_hypotheses() for t in rule)):
        found |= {stem(word) for word in plain(word_list(text))}
    return frozenset(found)


@cache
def function_words() -> frozenset[str]:
    """The stems of words without content."""
    return frozenset(stem(word) for word in plain(word_list(_lists()["function"])))


@cache
def _lists() -> dict[str, str]:
    return tomllib.loads((files(__package__) / "words.toml").read_text("utf-8"))


@cache
def proper_names() -> frozenset[str]:
    """The names any rule may use: of formats and languages."""
    return frozenset(_lists()["names"].split())
