"""What a model proposed: sentences, the pairs it had before it, and what the guard let through."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from specharness.compile.llm.guard import Guard, tidy
from specharness.compile.llm.wordlist import plain, stem, word_list


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A proposed rule; `pairs` are the indexes of the pairs whose labels the model was told."""

    text: str
    pairs: frozenset[int] = frozenset()


def admit(drafts: Iterable[Draft], guard: Guard, refused: Counter[str]) -> list[Draft]:
    """The drafts that may be rules, tidied, each once; `refused` counts the others by kind.

    Of drafts that say the same (same words but for endings and articles) the one from the
    fewest pairs stays: its rule would have been measured without the others.
    """
    kept: dict[tuple[str, ...], Draft] = {}
    for draft in drafts:
        tidied = Draft(text=tidy(draft.text), pairs=draft.pairs)
        fault = guard.check(tidied.text)
        if fault is not None:
            refused[fault] += 1
            continue
        key = content(tidied.text)
        if key not in kept or len(tidied.pairs) < len(kept[key].pairs):
            kept[key] = tidied
    return list(kept.values())


def content(sentence: str) -> tuple[str, ...]:
    """The stems of a sentence, in order, without articles.

    >>> content("Give the reasons.") == content("Give a reason.")
    True
    """
    words = plain(word_list(sentence))
    return tuple(stem(word) for word in words if word not in {"a", "an", "the"})


def numbered(sentences: Sequence[str]) -> str:
    """Sentences as lines "1. ...", as the prompts show them."""
    return "\n".join(f"{number}. {text}" for number, text in enumerate(sentences, start=1))


def lower_first(sentence: str) -> str:
    """A sentence to stand after a colon; an abbreviation keeps its capitals.

    >>> lower_first("Be brief."), lower_first("JSON comes first.")
    ('be brief.', 'JSON comes first.')
    """
    return sentence if sentence[1:2].isupper() else sentence[:1].lower() + sentence[1:]
