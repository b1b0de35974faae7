"""Strangers' text made safe to look at: whatever hides, moves or colours text is spelt out.

Control characters become their pictures (ESC is ␛), everything else without a shape of its own
(bidirectional overrides, zero-width and tag characters, lone surrogates) becomes ⟦U+202E⟧. What
comes out can always be encoded as UTF-8.
"""

import re

_SHAPELESS = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f"  # controls, but tab and newline
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u3164\uffa0"  # hyphen, joiner, fillers
    "\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff"  # zero width, separators, bidirectional
    "\ufe00-\ufe0d\ufff9-\ufffb\ufffe\uffff\ud800-\udfff"  # selectors (not emoji's), surrogates
    "\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"  # shorthand, music, tags
)


def visible(text: str) -> str:
    r"""The text with every shapeless character spelt out; tabs and newlines stay.

    >>> visible("a\x1b[31m\u202eb\n")
    'a␛[31m⟦U+202E⟧b\n'
    """
    return _SHAPELESS.sub(_spell, text)


def one_line(text: str) -> str:
    r"""`visible`, and on one line: a newline is ␊, a tab is ␉.

    >>> one_line("a\nb")
    'a␊b'
    """
    return visible(text).replace("\n", "␊").replace("\t", "␉")


def excerpt(text: str, limit: int) -> str:
    """The first words of a text as one line of at most `limit` characters, safe to show.

    >>> excerpt("Write a haiku.  About rain.", 20)
    'Write a haiku. Abou…'
    """
    words = visible(" ".join(text[: 4 * limit].split()))
    return words if len(words) <= limit else words[: limit - 1] + "…"


def _spell(match: re.Match[str]) -> str:
    code = ord(match.group())
    if code == 0x7F:
        return "␡"
    return chr(0x2400 + code) if code < 0x20 else f"⟦U+{code:04X}⟧"
