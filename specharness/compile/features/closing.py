"""Closing: how the response ends. Word lists are English."""

import re
from functools import partial

from specharness.compile.features.feature import Exchange, Feature, Ways
from specharness.compile.features.language import ENGLISH

_feature = partial(Feature, family="closing", unit="yes/no", languages=ENGLISH)

_OFFER = re.compile(
    r"\b(?:let me know|feel free to|hope (?:this|that|it) helps|happy to (?:help|assist|answer)"
    r"|here to help|(?:don't|do not) hesitate|(?:would|do) you (?:like|want) me to|if you(?:'d| "
    r"would)? (?:like|want|need|have any|wish)(?: any| more| further| to|,)|any (?:other|further|"
    r"more) questions|(?:anything|something) else|how can i (?:help|assist))\b"
)
_SUMMARY = re.compile(
    r"\W*(?:in (?:conclusion|summary|short|sum|brief|essence|a nutshell|the end)|to (?:summari[sz]e"
    r"|sum up|conclude|recap)|overall|ultimately|all in all|summary|conclusion|tl;?dr"
    r"|(?:the )?(?:bottom line|key takeaways?))\b"
)
_SIGN_OFF = re.compile(
    r"\b(?:good luck|best (?:of luck|regards|wishes)|(?:kind|warm)? ?regards|sincerely|cheers"
    r"|take care|happy \w+ing|have (?:a|fun)|enjoy|all the best|stay safe)\b[^.?]{0,40}$"
)
_LAST = 3  # sentences that count as the end


def _ends(exchange: Exchange) -> list[str]:
    return [s.replace("’", "'").lower() for s in exchange.response.sentences[-_LAST:]]


def _offers(exchange: Exchange) -> float | None:
    ends = _ends(exchange)
    return float(any(_OFFER.search(s) for s in ends)) if ends else None


def _summarises(exchange: Exchange) -> float | None:
    """Looked for in the second half only: "overall" in the first sentence closes nothing."""
    sentences = exchange.response.sentences
    half = sentences[max(1, len(sentences) // 2) :]
    return float(any(_SUMMARY.match(s.lower()) for s in half)) if sentences else None


def _signs_off(exchange: Exchange) -> float | None:
    ending = exchange.response.ending
    return float(bool(_SIGN_OFF.search(ending)) and len(ending) < 80) if ending else None


def _asks(exchange: Exchange) -> float | None:
    ending = exchange.response.ending
    return float("?" in ending[-3:] or "？" in ending[-3:]) if ending else None


FEATURES = (
    _feature(
        name="closing_question",
        title="ends with a question",
        about="1 when the last sentence ends with a question mark, in any language.",
        reading=_asks,
        languages=frozenset(),
        ways=Ways(
            more="End with a question to the user.",
            less="Do not end with a question.",
        ),
    ),
    _feature(
        name="closing_offer",
        title="ends with an offer of help",
        about='1 when one of the last three sentences says "let me know", "feel free" or the like '
        "(English).",
        reading=_offers,
        ways=Ways(
            more="End with an offer of further help.",
            less="End when the answer is complete, without an offer of further help.",
        ),
    ),
    _feature(
        name="closing_summary",
        title="ends with a summary",
        about='1 when a sentence of the second half begins with "in conclusion", "overall" or the '
        "like (English).",
        reading=_summarises,
        ways=Ways(
            more="End with a short summary.",
            less="Do not repeat yourself in a summary or conclusion.",
        ),
    ),
    _feature(
        name="sign_off",
        title="ends with good wishes",
        about='1 when the last sentence is short and says "good luck", "best regards" or the like '
        "(English).",
        reading=_signs_off,
        ways=Ways(
            more="End with good wishes.",
            less="Leave out good wishes and sign-offs at the end.",
        ),
    ),
)
