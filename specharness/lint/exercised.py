"""Rules of the spec that no pair seems to exercise, guessed from words (SH501)."""

import re
import tomllib
from collections.abc import Iterable, Iterator
from functools import cache, lru_cache
from importlib.resources import files

from specharness.lint.finding import Finding
from specharness.lint.subject import Subject
from specharness.records import Pair, Rule
from specharness.visible import excerpt

_WORD = re.compile(r"[^\W\d_]{3,}")
_ENDING = re.compile(r"(?:ing|edly|ed|ly|ies|es|s|e)$")
_TOLD = 60  # characters of a rule that a message shows
_WANTED = 2  # telling words that one pair has to have, where the rule has as many


def check_rules(subject: Subject) -> Iterator[Finding]:
    """Rules with no pair among those that gate that has their tag or enough of their words."""
    open_rules = {rule: telling_words(rule) for rule in subject.suite.spec.rules}
    for pair in subject.split.gate:
        if not open_rules:
            return
        words = frozenset(_stems(_texts(pair)))
        for rule in [r for r, telling in open_rules.items() if _exercises(pair, words, r, telling)]:
            del open_rules[rule]
    if subject.split.gate:
        for rule in open_rules:
            message = f"no gate pair seems to be about this rule: {excerpt(rule.text, _TOLD)!r}"
            remedy = f"a guess from words: add a pair it decides, or tag pairs {rule.id!r}"
            yield subject.in_spec("SH501", rule.line, message, remedy)


def telling_words(rule: Rule) -> frozenset[str]:
    """The stems of a rule's words, without those that any rule may have."""
    words = frozenset(_WORD.findall(rule.text.casefold())) - _common_words()
    return frozenset(map(_stem, words))


@cache
def _common_words() -> frozenset[str]:
    text = (files("specharness.lint") / "words.toml").read_text(encoding="utf-8")
    return frozenset(tomllib.loads(text)["common"].split())


def _exercises(pair: Pair, words: frozenset[str], rule: Rule, telling: frozenset[str]) -> bool:
    return rule.id in pair.tags or len(telling & words) >= min(_WANTED, len(telling))


def _stems(texts: Iterable[str]) -> Iterator[str]:
    for text in texts:
        yield from map(_stem, _WORD.findall(text.casefold()))


@lru_cache(1 << 16)
def _stem(word: str) -> str:
    """A word without its ending, roughly: enough to find "reviewing" by "review"."""
    short = _ENDING.sub("", word)
    return short if len(short) > 2 else word


def _texts(pair: Pair) -> list[str]:
    turns = [turn.content for turn in pair.prompt if turn.role in ("user", "assistant")]
    return [*turns, pair.chosen, pair.rejected]
