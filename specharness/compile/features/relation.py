"""Relation to the prompt: what of it comes back, and whether the user is asked back."""

import re
from functools import partial

from specharness.compile.features.feature import DeadZone, Exchange, Feature, Ways, share
from specharness.compile.features.language import ENGLISH, LANGUAGES
from specharness.compile.features.shared import content_words

_feature = partial(Feature, family="relation", unit="share")
_RUN = 4  # words in a row that make a copy
_QUESTION_WORD = re.compile(
    r"\b(?:could|can|would|will|do|are|did|have|is|which|what|how|where|when|who|may)\b"
)
_ADDRESS = re.compile(
    r"\b(?:you|your|clarify|specify|specific|more (?:details?|information|context)|mean)\b"
)
_REQUEST = re.compile(
    r"\b(?:please|could you|can you) (?:clarify|specify|provide (?:more|further|the|some)"
    r"|tell me more|give me more|share more)"
)
_OFFERS = re.compile(
    r"\b(?:would you like me|do you want me|anything else|how can i (?:help|assist))"
)


def _overlap(exchange: Exchange) -> float | None:
    asked = content_words(exchange.prompt.words)
    return share(len(asked & set(exchange.response.words)), len(asked))


def _copied(exchange: Exchange) -> float | None:
    """The share of the response's runs of four words that stand in the prompt."""
    runs = exchange.response.phrases(_RUN)
    theirs = exchange.prompt.phrases(_RUN)
    total = sum(runs.values())
    return share(sum(count for run, count in runs.items() if run in theirs), total)


def _asks_back(sentence: str) -> bool:
    text = sentence.replace("’", "'").lower()
    # one search after the other: a single pattern with gaps takes cubic time on hostile texts
    asks = "?" in text[-4:] and _QUESTION_WORD.search(text) and _ADDRESS.search(text)
    return bool(asks or _REQUEST.search(text)) and not _OFFERS.search(text)


def _clarifies(exchange: Exchange) -> float | None:
    sentences = exchange.response.sentences
    return float(any(map(_asks_back, sentences))) if sentences else None


def _other_language(exchange: Exchange) -> float | None:
    """None unless both are known."""
    ours, theirs = exchange.response.language, exchange.prompt.language
    return None if ours is None or theirs is None else float(ours == theirs)


FEATURES = (
    _feature(
        name="overlap",
        title="words of the prompt",
        about="The share of the prompt's content words that occur in the response; stop words are "
        "English.",
        reading=_overlap,
        dead=DeadZone(absolute=0.1),
        ways=Ways(
            more="Take up the user's own words and cover every point they name.",
            less="Use your own words rather than the user's.",
        ),
    ),
    _feature(
        name="copied",
        title="copied from the prompt",
        about="The share of the response's runs of four words that stand in the prompt too.",
        reading=_copied,
        dead=DeadZone(absolute=0.03),
        ways=Ways(
            more="Quote the passages of the user's message that you answer.",
            less="Do not copy passages from the user's message.",
        ),
    ),
    _feature(
        name="clarifies",
        title="asks the user back",
        about="1 when a sentence asks the user for details or what they mean; offers of help are "
        "none (English).",
        unit="yes/no",
        reading=_clarifies,
        languages=ENGLISH,
        ways=Ways(
            more="Ask the user back when the request leaves something open.",
            less="Answer with what is known instead of asking the user back.",
        ),
    ),
    _feature(
        name="same_language",
        title="same language as the prompt",
        about=f"1 when prompt and response are in the same language, of {len(LANGUAGES)} that are "
        "told apart; not measured where either is too short to tell.",
        unit="yes/no",
        reading=_other_language,
        ways=Ways(
            more="Answer in the language of the user's message.",
            less="Answer in another language than that of the user's message.",
        ),
    ),
)
