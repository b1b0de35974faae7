"""Layout, too: bold, italics, emoji and capitals."""

import re
from functools import partial

from specharness.compile.features.feature import DeadZone, Feature, Ways, per_hundred
from specharness.compile.features.text import Text

_feature = partial(Feature, family="layout", unit="count")
_COUNT = DeadZone(relative=0.2)
_EMOJI = re.compile("[\U0001f300-\U0001faff\u2600-\u26ff\u2705\u2728\u274c\u274e\u2753-\u2757]")
# three capital words in a row, or one that is no acronym
_CAPITALS = re.compile(
    r"\b[A-Z]{2,}(?:\s+[A-Z]{2,}\b){2,}|\b(?:NOT|NEVER|ALWAYS|MUST|ONLY|VERY|ALL|ANY|EVERY|DO|DON[’']T"
    r"|CANNOT|PLEASE|IMPORTANT|WARNING|NOTE|STOP|NO|YES|REALLY|SHOULD|BEFORE|AFTER|BOTH)\b"
)


def _capitals(text: Text) -> float | None:
    return per_hundred(len(_CAPITALS.findall(text.prose)), text)


FEATURES = (
    _feature(
        name="bold",
        title="bold passages",
        about="Passages set in bold, headings aside.",
        reading=lambda e: e.response.marks.counts.get("strong_open", 0),
        dead=_COUNT,
        ways=Ways(
            more="Set key terms in bold.",
            less="Use bold sparingly.",
            at_most="Set at most {n} passages in bold.",
            none="Do not use bold text.",
        ),
    ),
    _feature(
        name="italics",
        title="passages in italics",
        about="Passages set in italics.",
        reading=lambda e: e.response.marks.counts.get("em_open", 0),
        dead=_COUNT,
        ways=Ways(
            more="Use italics for emphasis and titles.",
            less="Use italics sparingly.",
            none="Do not use italics.",
        ),
    ),
    _feature(
        name="emoji",
        title="emoji",
        about="Emoji and pictographs.",
        reading=lambda e: len(_EMOJI.findall(e.response.raw)),
        dead=_COUNT,
        ways=Ways(
            more="Use emoji.",
            less="Use emoji sparingly.",
            none="Do not use emoji.",
        ),
    ),
    _feature(
        name="capitals",
        title="words in capitals",
        about='Runs of three and more words in capitals, and single ones such as "NOT" and '
        '"NEVER" that are no acronyms (English), per 100 words of prose.',
        unit="per 100 words",
        reading=lambda e: _capitals(e.response),
        dead=DeadZone(absolute=0.3),
        ways=Ways(
            more="Write words that matter in capitals.",
            less="Use words in capitals sparingly.",
            none="Do not write words in capitals for emphasis.",
        ),
    ),
)
