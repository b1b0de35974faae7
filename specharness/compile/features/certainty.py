"""Certainty: hedges, emphasis, opinion and admissions. Word lists are English."""

from functools import partial

from specharness.compile.features.feature import DeadZone, Exchange, Feature, Ways, per_hundred
from specharness.compile.features.language import ENGLISH
from specharness.compile.features.lexicon import Lexicon, lexicon

_feature = partial(
    Feature,
    family="certainty",
    unit="per 100 words",
    languages=ENGLISH,
    dead=DeadZone(absolute=0.4, relative=0.1),
)

_HEDGES = lexicon(
    "may, might, could, perhaps, possibly, likely, unlikely, seems, seem, appears, generally, "
    "typically, usually, often, sometimes, probably, it depends, in some cases, roughly, "
    "approximately, somewhat, relatively, tends to, tend to, suggests, potentially, arguably, "
    "can be, in general, more or less, kind of, sort of"
)
_BOOSTERS = lexicon(
    "definitely, certainly, clearly, obviously, absolutely, undoubtedly, without doubt, "
    "without a doubt, of course, indeed, surely, truly, really, very, extremely, highly, "
    "incredibly, no doubt, completely, totally, in fact, crucial, essential, vital"
)
_ABSOLUTES = lexicon(
    "always, never, every, everyone, everything, all, none, nobody, nothing, impossible, must, "
    "guaranteed, only"
)
_OPINION = lexicon(
    "i think, i believe, i feel that, in my opinion, in my view, i'd say, i would say, "
    "i recommend, i suggest, i'd recommend, i'd suggest, i would recommend, i would suggest, "
    "personally, i prefer, my favorite, my favourite, if i were you, i like, i love"
)
_UNKNOWN = lexicon(
    "i don't know, i do not know, i'm not sure, i am not sure, not certain, as far as i know, "
    "i don't have access, i don't have information, i don't have enough, it's unclear, "
    "it is unclear, is unknown, i may be wrong, i might be wrong, i could be wrong, "
    "there is no evidence, no way to know, i cannot verify, i can't verify, not aware of"
)
_BALANCE = lexicon(
    "on the other hand, on one hand, on the one hand, depends on, pros and cons, "
    "advantages, disadvantages, both sides, conversely, in contrast, some people, others, "
    "some argue, critics, drawbacks, downsides, trade-off, trade-offs, tradeoffs"
)


def _rate(words: Lexicon, exchange: Exchange) -> float | None:
    return per_hundred(words.count(exchange.response), exchange.response)


def _admits(exchange: Exchange) -> float | None:
    return float(_UNKNOWN.count(exchange.response) > 0) if exchange.response.words else None


FEATURES = (
    _feature(
        name="hedges",
        title="hedges",
        about='"may", "perhaps", "usually" and the like per 100 words (English).',
        reading=partial(_rate, _HEDGES),
        ways=Ways(
            more='Qualify claims with words such as "may", "often" or "likely".',
            less="State things plainly and hedge only where it matters.",
            none="Do not hedge.",
        ),
    ),
    _feature(
        name="boosters",
        title="words of emphasis",
        about='"clearly", "very", "crucial" and the like per 100 words (English).',
        reading=partial(_rate, _BOOSTERS),
        ways=Ways(
            more='Stress what matters with words such as "clearly" and "very".',
            less="Be sparing with words of emphasis.",
            none='Leave out words of emphasis such as "very", "clearly" and "crucial".',
        ),
    ),
    _feature(
        name="absolutes",
        title="absolute words",
        about='"always", "never", "all", "must" and the like per 100 words (English).',
        reading=partial(_rate, _ABSOLUTES),
        dead=DeadZone(absolute=0.6, relative=0.15),
        ways=Ways(
            more='State rules without exception, with words such as "always" and "never".',
            less="Avoid sweeping statements.",
            none='Do not use absolute words such as "always", "never" and "all".',
        ),
    ),
    _feature(
        name="opinion",
        title="own opinion",
        about='"I think", "in my view", "I recommend" and the like per 100 words (English).',
        reading=partial(_rate, _OPINION),
        dead=DeadZone(absolute=0.2, relative=0.1),
        ways=Ways(
            more="Give an opinion of your own.",
            less="Keep your own opinion in the background.",
            none="Do not give opinions of your own.",
        ),
    ),
    _feature(
        name="admits_ignorance",
        title="admits not knowing",
        about='1 when the response says "I don\'t know", "I\'m not sure" or the like (English).',
        unit="yes/no",
        reading=_admits,
        dead=DeadZone(),
        ways=Ways(
            more="Say openly what you do not know.",
            less="Answer without saying that you do not know.",
        ),
    ),
    _feature(
        name="balance",
        title="several sides",
        about='"on the other hand", "depends on", "drawbacks" per 100 words (English).',
        reading=partial(_rate, _BALANCE),
        dead=DeadZone(absolute=0.2, relative=0.1),
        ways=Ways(
            more="Present several sides of the matter.",
            less="Take one clear line instead of weighing every side.",
            none="Take one clear line and do not weigh other sides.",
        ),
    ),
)
