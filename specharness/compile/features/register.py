"""Register: how formal, how lively, how warm. Word lists are English."""

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

_ENDINGS = ("n't", "'re", "'ve", "'ll", "'m", "'d")
_SHORT_IS = "it's that's here's there's what's who's he's she's let's how's where's when's y'all"
_IS = frozenset(_SHORT_IS.split())
_INFORMAL = lexicon(
    "gonna, wanna, gotta, kinda, sorta, yeah, yep, nope, hey, cool, awesome, lol, haha, wow, "
    "stuff, folks, guys, guy, buddy, dude, super, pretty much, a lot, lots, tons, a bunch, ok, "
    "okay, btw, totally, basically, huge, crazy, fun, kids, cheers, thanks, yay, oops, no worries"
)
_FORMAL = lexicon(
    "furthermore, moreover, consequently, nevertheless, nonetheless, thus, hence, therefore, "
    "regarding, concerning, pertaining to, in accordance with, utilize, utilise, facilitate, "
    "commence, endeavor, endeavour, whilst, whereas, thereby, herein, hereby, subsequently, "
    "accordingly, shall, one must, prior to, with respect to, in order to, additionally, "
    "aforementioned"
)
_POLITE = lexicon(
    "please, thank you, thanks, you're welcome, kindly, pardon, excuse me, appreciate, grateful, "
    "my pleasure, glad to, happy to, pleased to, gladly"
)
_EMPATHY = lexicon(
    "i understand, i hear you, i'm here, that must, that sounds, it sounds like, sorry to hear, "
    "sorry you, understandable, feel, feels, feeling, feelings, frustrating, difficult time, "
    "tough, overwhelming, it's okay to, it's normal to, you're not alone, you are not alone, "
    "be kind to, valid, hard time, stressful, proud of"
)


def _contractions(exchange: Exchange) -> float | None:
    words = exchange.response.words
    found = sum("'" in word and (word.endswith(_ENDINGS) or word in _IS) for word in words)
    return per_hundred(found, exchange.response)


def _rate(words: Lexicon, exchange: Exchange) -> float | None:
    return per_hundred(words.count(exchange.response), exchange.response)


def _marks(exchange: Exchange, *signs: str) -> float:
    return float(sum(exchange.response.prose.count(sign) for sign in signs))


FEATURES = (
    _feature(
        name="contractions",
        title="contractions",
        about='"don\'t", "it\'s", "you\'ll" per 100 words; possessives are none (English).',
        reading=_contractions,
        ways=Ways(
            more="Use contractions.",
            less="Use fewer contractions.",
            none="Do not use contractions.",
        ),
    ),
    _feature(
        name="exclamations",
        title="exclamation marks",
        about="Exclamation marks in the prose.",
        unit="count",
        languages=frozenset(),
        reading=lambda e: _marks(e, "!", "！"),
        dead=DeadZone(relative=0.2),
        ways=Ways(
            more="Sound lively: use exclamation marks.",
            less="Use exclamation marks sparingly.",
            at_most="Use at most {n} exclamation marks.",
            none="Do not use exclamation marks.",
        ),
    ),
    _feature(
        name="question_marks",
        title="question marks",
        about="Question marks in the prose.",
        unit="count",
        languages=frozenset(),
        reading=lambda e: _marks(e, "?", "？", "؟"),
        dead=DeadZone(relative=0.2),
        ways=Ways(
            more="Ask questions in the answer.",
            less="Ask few questions in the answer.",
            none="Do not ask questions in the answer.",
        ),
    ),
    _feature(
        name="informal",
        title="informal words",
        about='Words such as "gonna", "awesome", "stuff" per 100 words (English).',
        reading=partial(_rate, _INFORMAL),
        ways=Ways(
            more="Write casually, in everyday words, as to a friend.",
            less="Avoid slang and casual words.",
            none="Do not use slang or casual words.",
        ),
    ),
    _feature(
        name="formal",
        title="formal words",
        about='Words such as "furthermore", "thus", "prior to" per 100 words (English).',
        reading=partial(_rate, _FORMAL),
        ways=Ways(
            more="Write in a formal style.",
            less='Avoid stiff words such as "furthermore" and "utilize".',
            none='Do not use stiff words such as "furthermore" and "utilize".',
        ),
    ),
    _feature(
        name="polite",
        title="polite phrases",
        about='"please", "thank you", "glad to" and the like per 100 words (English).',
        reading=partial(_rate, _POLITE),
        ways=Ways(
            more="Be polite and willing in tone.",
            less="Use polite phrases sparingly.",
            none='Leave out polite phrases such as "please" and "thank you".',
        ),
    ),
    _feature(
        name="empathy",
        title="words of empathy",
        about='"that must", "I understand", "feelings" and the like per 100 words (English).',
        reading=partial(_rate, _EMPATHY),
        ways=Ways(
            more="Show that you understand how the user feels.",
            less="Keep to the matter and say little about feelings.",
            none="Keep to the matter: no words of empathy.",
        ),
    ),
)
