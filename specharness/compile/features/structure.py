"""Structure words: sequence, contrast, cause, and the punctuation that joins thoughts."""

import re
from functools import partial

from specharness.compile.features.feature import DeadZone, Exchange, Feature, Ways, per_hundred
from specharness.compile.features.language import ENGLISH
from specharness.compile.features.lexicon import Lexicon, lexicon

_feature = partial(
    Feature, family="structure", unit="per 100 words", dead=DeadZone(absolute=0.4, relative=0.1)
)
_SEQUENCE = lexicon(
    "first, firstly, second, secondly, third, thirdly, next, then, finally, lastly, afterwards, "
    "to begin with, to start, step, steps, meanwhile, last but not least"
)
_STEP = re.compile(r"\bstep (?:\d+|one|two|three|four|five)\b")
_CONTRAST = lexicon(
    "however, although, though, whereas, but, while, nevertheless, yet, despite, instead, "
    "in contrast, on the contrary, rather than, unlike, even if"
)
_CAUSE = lexicon(
    "because, therefore, thus, since, as a result, hence, so that, due to, consequently, "
    "that's why, that is why, leads to, which means, the reason"
)
_DASH = re.compile(r"—|\s–\s|\w\s--\s\w")


def _rate(words: Lexicon, exchange: Exchange) -> float | None:
    return per_hundred(words.count(exchange.response), exchange.response)


def _signs(pattern: str, exchange: Exchange) -> float | None:
    return per_hundred(len(re.findall(pattern, exchange.response.prose)), exchange.response)


def _lead_ins(exchange: Exchange) -> float:
    texts = (b.text.rstrip() for b in exchange.response.marks.blocks if b.place != "heading")
    return float(sum(text.endswith((":", "：")) for text in texts))


FEATURES = (
    _feature(
        name="sequence_words",
        title="words of order",
        about='"first", "then", "finally", "step" and the like per 100 words (English).',
        reading=partial(_rate, _SEQUENCE),
        languages=ENGLISH,
        ways=Ways(
            more='Mark the order of things with words such as "first", "then" and "finally".',
            less='Use few words of order such as "first" and "then".',
            none='Do without words of order such as "first", "then" and "finally".',
        ),
    ),
    _feature(
        name="steps",
        title="named steps",
        about='"Step 1", "step two" and the like (English).',
        unit="count",
        reading=lambda e: float(len(_STEP.findall(e.response.plain))),
        languages=ENGLISH,
        dead=DeadZone(relative=0.2),
        ways=Ways(
            more='Work through the matter in named steps ("Step 1", "Step 2").',
            less="Name few steps.",
            none='Do not name steps ("Step 1").',
        ),
    ),
    _feature(
        name="contrast_words",
        title="words of contrast",
        about='"however", "but", "although" and the like per 100 words (English).',
        reading=partial(_rate, _CONTRAST),
        languages=ENGLISH,
        ways=Ways(
            more="Point out contrasts and exceptions.",
            less='Keep to one line of thought, with few turns such as "however" and "but".',
            none='Do without turns such as "however", "but" and "although".',
        ),
    ),
    _feature(
        name="cause_words",
        title="words of reason",
        about='"because", "therefore", "due to" and the like per 100 words (English).',
        reading=partial(_rate, _CAUSE),
        languages=ENGLISH,
        ways=Ways(
            more='Give the reasons: say "because" and "therefore".',
            less="State results and leave most reasons out.",
            none="State results without giving reasons.",
        ),
    ),
    _feature(
        name="lead_ins",
        title="lead-ins with a colon",
        about="Paragraphs and list items that end with a colon.",
        unit="count",
        reading=_lead_ins,
        dead=DeadZone(relative=0.2),
        ways=Ways(
            more="Introduce lists and code with a line that ends in a colon.",
            less="Use few lines that end in a colon.",
            none="Do not end lines with a colon.",
        ),
    ),
    _feature(
        name="parentheses",
        title="parentheses",
        about="Opening parentheses per 100 words of prose.",
        reading=partial(_signs, r"[(（]"),
        ways=Ways(
            more="Put asides and details in parentheses.",
            less="Use parentheses sparingly.",
            none="Do not use parentheses.",
        ),
    ),
    _feature(
        name="dashes",
        title="dashes",
        about="Em dashes, and en dashes or double hyphens between blanks, per 100 words.",
        reading=partial(_signs, _DASH.pattern),
        dead=DeadZone(absolute=0.2, relative=0.1),
        ways=Ways(
            more="Set asides off with dashes.",
            less="Use dashes sparingly.",
            none="Do not use dashes between parts of a sentence.",
        ),
    ),
    _feature(
        name="semicolons",
        title="semicolons",
        about="Semicolons per 100 words of prose.",
        reading=partial(_signs, "[;；]"),
        dead=DeadZone(absolute=0.2, relative=0.1),
        ways=Ways(
            more="Join related thoughts with semicolons.",
            less="Use semicolons sparingly.",
            none="Do not use semicolons.",
        ),
    ),
)
