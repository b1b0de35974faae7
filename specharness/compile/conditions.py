"""Properties of the prompt that may decide which rule applies."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from functools import partial

from specharness.compile.features.candidate import Condition
from specharness.compile.features.coding import asks_for_code, holds_code
from specharness.compile.features.language import LANGUAGES
from specharness.compile.features.measured import asked
from specharness.compile.features.text import Text, parse
from specharness.errors import UsageError
from specharness.records import Pair

LEAST = 0.15  # the share of pairs that each side of a condition must have to be of use
_LENGTHS = (5, 10, 15, 20, 30, 50, 75, 100, 150, 200, 300, 500, 1000)
_TAG = re.compile(r"[a-z][a-z0-9]{1,15}(?:[-_][a-z0-9]{1,15})?")


def _text(pair: Pair) -> Text:
    return parse(asked(pair))


def _is_question(pair: Pair) -> bool:
    return any(mark in _text(pair).prose for mark in "?？؟")


def _gives_code(pair: Pair) -> bool:
    return holds_code(_text(pair))


def _asks_code(pair: Pair) -> bool:
    return asks_for_code(_text(pair))


def _goes_on(pair: Pair) -> bool:
    return any(turn.role == "assistant" for turn in pair.prompt)


def _is_long(limit: int, pair: Pair) -> bool:
    return _text(pair).all_words > limit


def _is_in(code: str, pair: Pair) -> bool | None:
    language = _text(pair).language
    return None if language is None else language == code


def _has(tag: str, pair: Pair) -> bool:
    return tag in pair.tags


QUESTION = Condition(
    name="question",
    when="the user asks a question",
    unless="the user does not ask a question",
    holds=_is_question,
)
GIVES_CODE = Condition(
    name="gives code",
    when="the user's message contains code",
    unless="the user's message contains no code",
    holds=_gives_code,
)
ASKS_FOR_CODE = Condition(
    name="asks for code",
    when="the user asks for code",
    unless="the user does not ask for code",
    holds=_asks_code,
)
FOLLOW_UP = Condition(
    name="follow-up",
    when="the conversation is already under way",
    unless="the user writes for the first time",
    holds=_goes_on,
)


def prompt_longer(limit: int) -> Condition:
    """The user's message has more than so many words."""
    return Condition(
        name=f"prompt over {limit} words",
        when=f"the user's message is longer than {limit} words",
        unless=f"the user's message has at most {limit} words",
        holds=partial(_is_long, limit),
    )


def prompt_in(code: str) -> Condition:
    """The user writes in this language (ISO 639-1); not told for prompts too short to tell.

    Raises:
        UsageError: the language is not one that is told apart.
    """
    if code not in LANGUAGES:
        raise UsageError(f"language {code!r}", "it is not told apart", "use a code as in LANGUAGES")
    return Condition(
        name=f"prompt in {code}",
        when=f"the user writes in {LANGUAGES[code]}",
        unless=f"the user writes in another language than {LANGUAGES[code]}",
        holds=partial(_is_in, code),
    )


def tagged(tag: str) -> Condition:
    """The pair has this tag; the wording holds it, so it must be plain (`is_plain_tag`).

    Raises:
        UsageError: the tag is not plain.
    """
    if not is_plain_tag(tag):
        what = "a rule can name one or two words of a-z and 0-9 only"
        raise UsageError(f"tag {tag!r}", what, 'rename it, as in "billing" or "tax-advice"')
    topic = tag.replace("_", " ").replace("-", " ")
    return Condition(
        name=f"tag {tag}",
        when=f'the request is of the kind "{topic}"',
        unless=f'the request is not of the kind "{topic}"',
        holds=partial(_has, tag),
    )


def is_plain_tag(tag: str) -> bool:
    """Whether a tag is one or two short words of a-z and 0-9 joined by - or _: no sentence."""
    return _TAG.fullmatch(tag) is not None


def conditions_for(pairs: Sequence[Pair], tags: Iterable[str] = ()) -> tuple[Condition, ...]:
    """The conditions that divide these pairs, each side with 15 % of the told pairs and 2 at least.

    Questions, code given, code asked for, follow-ups, the length of the prompt (near its median,
    rounded), its languages, and those of `tags` that are named here: a tag is text of the file, so
    the caller decides which may be named in a rule. Labels and responses play no part.
    """
    offered = [QUESTION, GIVES_CODE, ASKS_FOR_CODE, FOLLOW_UP]
    offered += [*_lengths(pairs), *_languages(pairs), *map(tagged, tags)]
    return tuple(condition for condition in offered if _divides(condition, pairs))


def _divides(condition: Condition, pairs: Sequence[Pair]) -> bool:
    told = [held for pair in pairs if (held := condition.holds(pair)) is not None]
    smaller = min(sum(told), len(told) - sum(told))
    return smaller >= max(2, LEAST * len(told))


def _lengths(pairs: Sequence[Pair]) -> Iterator[Condition]:
    if pairs:
        lengths = sorted(_text(pair).all_words for pair in pairs)
        middle = lengths[len(lengths) // 2]
        yield prompt_longer(min(_LENGTHS, key=lambda limit: (abs(limit - middle), limit)))


def _languages(pairs: Sequence[Pair]) -> Iterator[Condition]:
    found = Counter(language for pair in pairs if (language := _text(pair).language) is not None)
    for code, _ in sorted(found.items(), key=lambda item: (-item[1], item[0])):
        yield prompt_in(code)
