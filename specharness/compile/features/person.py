"""Register, too: who is spoken of. Word lists are English."""

from functools import partial

from specharness.compile.features.feature import DeadZone, Exchange, Feature, Ways, per_hundred
from specharness.compile.features.language import ENGLISH
from specharness.compile.features.lexicon import Lexicon, lexicon

_feature = partial(
    Feature,
    family="register",
    unit="per 100 words",
    languages=ENGLISH,
    dead=DeadZone(absolute=0.4, relative=0.1),
)

_SECOND = lexicon("you, your, yours, yourself, you're, you'll, you've, you'd")
_FIRST = lexicon("i, me, my, mine, myself, i'm, i've, i'll, i'd")
_WE = lexicon("we, us, our, ours, ourselves, we're, we've, we'll, we'd, let's")


def _rate(words: Lexicon, exchange: Exchange) -> float | None:
    return per_hundred(words.count(exchange.response), exchange.response)


FEATURES = (
    _feature(
        name="second_person",
        title="address of the user",
        about='"you" and its forms per 100 words (English).',
        reading=partial(_rate, _SECOND),
        dead=DeadZone(absolute=0.6, relative=0.15),
        ways=Ways(
            more='Address the user directly as "you".',
            less='Write about the matter rather than about "you".',
            none='Do not address the user as "you".',
        ),
    ),
    _feature(
        name="first_person",
        title="first person",
        about='"I" and its forms per 100 words (English).',
        reading=partial(_rate, _FIRST),
        ways=Ways(
            more="Write in the first person.",
            less="Speak of yourself as little as possible.",
            none="Do not write in the first person.",
        ),
    ),
    _feature(
        name="first_plural",
        title='"we"',
        about='"we" and its forms, "let\'s" included, per 100 words (English).',
        reading=partial(_rate, _WE),
        ways=Ways(
            more='Include the reader with "we" and "let\'s".',
            less='Use "we" sparingly.',
            none='Do not write "we", "our" or "let\'s".',
        ),
    ),
)
