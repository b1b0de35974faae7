"""Vocabulary: how varied, long and technical the words are."""

import re
from functools import partial

from specharness.compile.features.feature import (
    DeadZone,
    Exchange,
    Feature,
    Ways,
    per_hundred,
    share,
)
from specharness.compile.features.language import ENGLISH
from specharness.compile.features.lexicon import lexicon

_feature = partial(Feature, family="vocabulary", unit="per 100 words")
_WINDOW = 25
_LONG = 9  # letters; longer words count
_ACRONYM = re.compile(r"(?<![\w'])(?:[A-Z]{2,6}s?|[A-Z](?:\.[A-Z])+\.?)(?![\w'])")
_ABSTRACT = ("tion", "tions", "sion", "sions", "ment", "ments", "ness", "ity", "ities", "ance",
             "ances", "ence", "ences", "ism", "ship")  # fmt: skip
_STOCK = lexicon(
    "delve, delves, delving, tapestry, testament to, leverage, leveraging, robust, seamless, "
    "seamlessly, comprehensive, crucial role, pivotal, foster, fosters, fostering, navigating the, "
    "navigate the, landscape, realm, embark, unlock, unleash, harness, harnessing, empower, "
    "empowering, elevate, game-changer, cutting-edge, ever-evolving, ever-changing, multifaceted, "
    "myriad, plethora, underscores, holistic, synergy, dive into, deep dive, it's worth noting, "
    "it is worth noting, rich history, vibrant, meticulous, meticulously, nuanced"
)


def _variety(exchange: Exchange) -> float | None:
    """The moving-average type-token ratio, so that long texts are not punished for length."""
    words = exchange.response.words
    runs = len(words) - _WINDOW + 1
    if runs < 1:
        return None
    counts: dict[str, int] = {}
    for word in words[:_WINDOW]:
        counts[word] = counts.get(word, 0) + 1
    total = distinct = len(counts)
    for old, new in zip(words, words[_WINDOW:], strict=False):
        counts[new] = counts.get(new, 0) + 1
        distinct += counts[new] == 1
        counts[old] -= 1
        distinct -= counts[old] == 0
        total += distinct
    return total / (runs * _WINDOW)


def _abstract(exchange: Exchange) -> float | None:
    found = sum(len(word) > 6 and word.endswith(_ABSTRACT) for word in exchange.response.words)
    return per_hundred(found, exchange.response)


FEATURES = (
    _feature(
        name="variety",
        title="variety of words",
        about="Distinct words among 25 in a row, averaged over all such runs (moving-average "
        "type-token ratio, Covington and McFall 2010), 0 to 1; from 25 words on.",
        unit="ratio",
        reading=_variety,
        dead=DeadZone(absolute=0.02),
        ways=Ways(
            more="Vary your words.",
            less="Keep to a small set of words and repeat terms rather than vary them.",
        ),
    ),
    _feature(
        name="word_length",
        title="letters per word",
        about="Characters of the words divided by their number.",
        unit="ratio",
        reading=lambda e: share(e.response.letters, len(e.response.words)),
        dead=DeadZone(absolute=0.2),
        ways=Ways(
            more="Prefer the longer, more exact word.",
            less="Prefer short words.",
        ),
    ),
    _feature(
        name="long_words",
        title="long words",
        about="Words of ten and more letters per 100 words.",
        reading=lambda e: per_hundred(sum(len(w) > _LONG for w in e.response.words), e.response),
        dead=DeadZone(absolute=1.5, relative=0.1),
        ways=Ways(
            more="Use the technical terms of the field.",
            less="Use everyday words instead of jargon and long words.",
            none="Do not use jargon or long words.",
        ),
    ),
    _feature(
        name="abstract_nouns",
        title="abstract nouns",
        about='Words of seven and more letters in "-tion", "-ment", "-ness", "-ity" and the like '
        "per 100 words (English).",
        reading=_abstract,
        languages=ENGLISH,
        dead=DeadZone(absolute=1, relative=0.1),
        ways=Ways(
            more="Name concepts with abstract nouns.",
            less="Prefer verbs and concrete things to abstract nouns.",
            none="Use verbs and concrete things, no abstract nouns.",
        ),
    ),
    _feature(
        name="acronyms",
        title="acronyms",
        about="Words of two to six Latin capitals per 100 words.",
        reading=lambda e: per_hundred(len(_ACRONYM.findall(e.response.prose)), e.response),
        dead=DeadZone(absolute=0.5, relative=0.1),
        ways=Ways(
            more="Use the usual acronyms of the field.",
            less="Use few acronyms.",
            none="Spell names out instead of using acronyms.",
        ),
    ),
    _feature(
        name="stock_phrases",
        title="stock phrases",
        about='"delve", "tapestry", "robust", "testament to" and other favourites of language '
        "models per 100 words (English).",
        reading=lambda e: per_hundred(_STOCK.count(e.response), e.response),
        languages=ENGLISH,
        dead=DeadZone(absolute=0.2),
        ways=Ways(
            more='Use polished phrases such as "comprehensive" and "robust".',
            less='Avoid stock phrases such as "delve", "robust" and "tapestry".',
        ),
    ),
)
