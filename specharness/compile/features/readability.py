"""Readability: formulas over sentence and word length."""

from functools import partial

from specharness.compile.features.feature import DeadZone, Exchange, Feature, Ways, share
from specharness.compile.features.language import ENGLISH
from specharness.compile.features.syllables import syllables

_feature = partial(Feature, family="readability", unit="score")
_FEWEST = 10  # words below which a formula says nothing
_LONG_WORD = 6  # letters; LIX counts longer words
_LONG_SENTENCE = 25  # words


def _english(exchange: Exchange) -> tuple[float, float] | None:
    """Words per sentence and syllables per word."""
    words, sentences = exchange.response.words, exchange.response.sentences
    if len(words) < _FEWEST or not sentences:
        return None
    return len(words) / len(sentences), sum(map(syllables, words)) / len(words)


def _ease(exchange: Exchange) -> float | None:
    found = _english(exchange)
    return None if found is None else 206.835 - 1.015 * found[0] - 84.6 * found[1]


def _grade(exchange: Exchange) -> float | None:
    found = _english(exchange)
    return None if found is None else 0.39 * found[0] + 11.8 * found[1] - 15.59


def _lix(exchange: Exchange) -> float | None:
    words, sentences = exchange.response.words, exchange.response.sentences
    if len(words) < _FEWEST or not sentences or exchange.language in ("zh", "ja", "th"):
        return None
    long = sum(len(word) > _LONG_WORD for word in words)
    return len(words) / len(sentences) + 100.0 * long / len(words)


def _long_sentences(exchange: Exchange) -> float | None:
    sentences = exchange.response.sentences
    return share(sum(len(s.split()) > _LONG_SENTENCE for s in sentences), len(sentences))


FEATURES = (
    _feature(
        name="reading_ease",
        title="reading ease",
        about="Flesch's reading ease, 206.835 - 1.015 words/sentences - 84.6 syllables/words "
        "(Flesch 1948), 100 is very easy, 30 hard; English, from 10 words on.",
        reading=_ease,
        languages=ENGLISH,
        dead=DeadZone(absolute=5),
        ways=Ways(
            more="Use plain words and short sentences that anyone can follow.",
            less="Write for expert readers, in dense and precise language.",
        ),
    ),
    _feature(
        name="reading_grade",
        title="school grade",
        about="The Flesch-Kincaid grade, 0.39 words/sentences + 11.8 syllables/words - 15.59 "
        "(Kincaid et al. 1975), years of school; English, from 10 words on.",
        reading=_grade,
        languages=ENGLISH,
        dead=DeadZone(absolute=1),
        ways=Ways(
            more="Write at the level of a reader with a long education.",
            less="Write so that a young reader can follow.",
            at_least="Write at the level of a reader with about {n} years of school.",
            at_most="Write so that a reader with about {n} years of school can follow.",
            threshold="about",
        ),
    ),
    _feature(
        name="lix",
        title="LIX",
        about="LIX, words/sentences + 100 long words/words, long over 6 letters (Björnsson 1968); "
        "below 30 very easy, over 60 very hard; languages written with blanks, from 10 words on.",
        reading=_lix,
        dead=DeadZone(absolute=3),
        ways=Ways(
            more="Write in a demanding style, with long words and full sentences.",
            less="Write in an easy style, with short words and short sentences.",
        ),
    ),
    _feature(
        name="long_sentences",
        title="long sentences",
        about="The share of sentences with more than 25 words.",
        unit="share",
        reading=_long_sentences,
        dead=DeadZone(absolute=0.08),
        ways=Ways(
            more="Allow yourself long sentences of more than 25 words.",
            less="Keep most sentences under 25 words.",
            none="Keep every sentence under 25 words.",
        ),
    ),
)
