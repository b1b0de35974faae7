"""Opening: what the first sentence does. Word lists are English."""

import re
from functools import partial

from specharness.compile.features.feature import DeadZone, Exchange, Feature, Ways
from specharness.compile.features.language import ENGLISH
from specharness.compile.features.shared import content_words
from specharness.compile.features.text import words_of

_feature = partial(Feature, family="opening", unit="yes/no", languages=ENGLISH)

_GREETING = re.compile(
    r"\W*(?:hi|hello|hey|greetings|good (?:morning|afternoon|evening|day)|dear)\b"
)
_FILLER = re.compile(
    r"\W*(?:sure(?: thing)?|certainly|of course|absolutely|definitely|no problem|okay|ok|alright|"
    r"got it|gladly|great|understood)(?:\s*[,.!:–—]|\s+-)"
    r"|\W*(?:sure|certainly|absolutely|of course)\W+(?:i|here|let|the)\b"
    r"|\W*(?:i'd|i would|i'll|i will|i'm|i am) (?:be )?(?:happy|glad|delighted|pleased) to\b"
    r"|\W*(?:here(?:'s| is| are)|below (?:is|are)|let me|let's (?:dive|start|take a look|break))\b"
)
_PRAISE = re.compile(
    r"\b(?:great|good|excellent|interesting|fascinating|wonderful|fantastic|thoughtful|lovely"
    r"|nice) (?:question|point|observation|choice|request)\b"
    r"|\bwhat an? \w+ (?:question|idea|topic)\b"
    r"|\bthank(?:s| you) (?:so much )?for (?:your|the|asking|sharing|reaching)\b"
)
_YES_NO = re.compile(r"\W*(?:yes|no|yep|nope|yeah|correct|true|false|not (?:really|exactly))\b")
_RESTATED = 0.6  # the share of the prompt's content words from which a sentence restates it


def _says(pattern: re.Pattern[str], exchange: Exchange, *, anywhere: bool = False) -> float | None:
    first = exchange.response.opening
    if not first:
        return None
    return float(bool(pattern.search(first) if anywhere else pattern.match(first)))


def _restated(exchange: Exchange) -> float | None:
    """The share of the prompt's content words (at most its first 30) in the first sentence."""
    asked = content_words(exchange.prompt.words[:30])
    if len(asked) < 2 or not exchange.response.opening:
        return None
    return len(asked & content_words(words_of(exchange.response.opening))) / len(asked)


def _answers_first(exchange: Exchange) -> float | None:
    if not exchange.response.opening:
        return None
    marks = exchange.response.marks
    delayed = any(
        (
            _says(_GREETING, exchange),
            _says(_FILLER, exchange),
            _says(_PRAISE, exchange, anywhere=True),
            exchange.response.opening.rstrip("*_ ").endswith("?"),
            marks.first == "heading_open",
            (_restated(exchange) or 0) >= _RESTATED and len(exchange.prompt.words) >= 6,
        )
    )
    return float(not delayed)


FEATURES = (
    _feature(
        name="greeting",
        title="opens with a greeting",
        about="1 when the first sentence begins with a greeting (English).",
        reading=lambda e: _says(_GREETING, e),
        ways=Ways(
            more="Begin with a greeting.",
            less="Begin without a greeting.",
        ),
    ),
    _feature(
        name="filler",
        title="opens with filler",
        about='1 when the first sentence begins like "Sure!", "Certainly", "Here is" (English).',
        reading=lambda e: _says(_FILLER, e),
        ways=Ways(
            more='Begin with a short lead-in such as "Sure!" or "Here is".',
            less='Begin with the content, without a lead-in such as "Sure!" or "Here is".',
        ),
    ),
    _feature(
        name="praise",
        title="opens with praise or thanks",
        about='1 when the first sentence says "great question" or thanks for it (English).',
        reading=lambda e: _says(_PRAISE, e, anywhere=True),
        ways=Ways(
            more="Begin by praising the question or thanking for it.",
            less="Do not praise the question or thank for it.",
        ),
    ),
    _feature(
        name="restates",
        title="opens by restating the question",
        about="The share of the prompt's content words that the first sentence repeats; not "
        "measured on prompts with fewer than two. Stop words are English.",
        unit="share",
        reading=_restated,
        dead=DeadZone(absolute=0.15),
        ways=Ways(
            more="Begin by restating what was asked.",
            less="Do not restate the question before answering it.",
        ),
    ),
    _feature(
        name="answer_first",
        title="opens with the answer",
        about="1 when the first sentence is no greeting, filler, praise, question, heading or "
        "restatement (English).",
        reading=_answers_first,
        ways=Ways(
            more="Give the answer in the first sentence.",
            less="Lead up to the answer instead of opening with it.",
        ),
    ),
    _feature(
        name="yes_no",
        title="opens with yes or no",
        about='1 when the first word is "yes", "no", "true", "false" or the like (English).',
        reading=lambda e: _says(_YES_NO, e),
        ways=Ways(
            more='Begin with a clear "yes" or "no" where the question allows one.',
            less='Do not begin with a bare "yes" or "no".',
        ),
    ),
    _feature(
        name="opening_length",
        title="words in the first sentence",
        about="Words of the first sentence of prose, in any language.",
        unit="words",
        languages=frozenset(),
        reading=lambda e: len(words_of(e.response.opening)) or None,
        dead=DeadZone(absolute=2, relative=0.25),
        ways=Ways(
            more="Begin with a full, detailed sentence.",
            less="Begin with a short sentence.",
            at_least="Begin with a full sentence of about {n} words.",
            at_most="Begin with a short sentence of about {n} words.",
            threshold="about",
        ),
    ),
)
