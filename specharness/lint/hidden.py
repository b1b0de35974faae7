"""Characters that nobody sees but the model (SH301, SH302, SH303)."""

import re
import unicodedata
from collections.abc import Iterator

Seen = tuple[str, str]  # a code, and what was seen

_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f](?<!\r(?=\n))")
_TURNING = re.compile("[\u202a-\u202e\u2066-\u2069]")
# Marks belong into text of scripts that are written from right to left, and nowhere else.
_MARK = re.compile("[\u061c\u200e\u200f]")
_RIGHT_TO_LEFT = re.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc\U00010800-\U00010fff]")
_INVISIBLE = re.compile(
    # a flag of a region is a black flag, tags and an end: tags anywhere else are a hidden text
    "(?P<flag>\U0001f3f4[\U000e0030-\U000e0039\U000e0061-\U000e007a]{3,6}\U000e007f)"
    "|[\U000e0020-\U000e007f]+"
    "|[\u00ad\u034f\u115f\u1160\u17b4\u17b5\u200b\u2028\u2029\u2060-\u2065\u206a-\u206f\u3164"
    "\ufe00-\ufe0d\ufeff\uffa0\ufff9-\ufffb\U000e0000-\U000e001f\U000e0080-\U000e0fff]"
    # joiners: between letters of Arabic, Indic and other scripts, and between parts of an emoji
    "|(?<![\u0600-\u109f\u1780-\u18af\ua840-\ua8ff\U00011000-\U00011fff])\u200c"
    "|(?<![\u0600-\u109f\u1780-\u18af\ua840-\ua8ff\U00011000-\U00011fff"
    "\u2190-\u2bff\ufe0f\U0001f000-\U0001faff\U000e007f])\u200d"
    "|(?<![\u1800-\u18af])[\u180b-\u180f]"
)


def find_hidden(text: str) -> Iterator[Seen]:
    r"""Every character of a text that controls, turns or hides, with its code.

    >>> list(find_hidden("a\u202eb\u200b"))
    [('SH302', 'U+202E right-to-left override'), ('SH303', 'U+200B zero width space')]
    """
    for match in _CONTROL.finditer(text):
        yield "SH301", _named(match.group())
    if text.isascii():
        return
    for match in _TURNING.finditer(text):
        yield "SH302", _named(match.group())
    if not _RIGHT_TO_LEFT.search(text):
        for match in _MARK.finditer(text):
            yield "SH302", _named(match.group())
    for match in _INVISIBLE.finditer(text):
        if not match["flag"]:
            yield "SH303", _named(match.group()[0])


def _named(character: str) -> str:
    name = unicodedata.name(character, "").lower()
    return f"U+{ord(character):04X} {name}".strip()
