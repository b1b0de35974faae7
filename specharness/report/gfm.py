"""Strangers' text inside GitHub's Markdown: it stays text, whatever it says.

GitHub parses a comment as Markdown and then turns mentions, issue numbers, commit hashes and emoji
of the result into links and images, except inside code. So every word that is more than a plain
word or number is shown as code.
"""

import re

from specharness.visible import excerpt, visible

_WORD = re.compile(r"""([(\["'“‘«]*)(.*?)([)\].,;:!?%"'”’»…]*)""", re.DOTALL)
# letters and digits, joined by single marks that mean nothing in Markdown
_PLAIN = re.compile(r"[+\-−]?[^\W_]+(?:[.,/'’\-−–][^\W_]+)*|=")
# web addresses, hashes of commits and names of tickets become links without any markup
_LINKED = re.compile(r"(?i)www\b|\b[0-9a-f]{7,}\b|\b(?=\w*[a-z])\w+-\d")
_TICKS = re.compile("`+")


def prose(text: str, limit: int = 1_000) -> str:
    """Text as one line of Markdown prose; words that could be more than words are code.

    >>> prose("Of 20 pairs, 1 was lost: see @user or p-001.")
    'Of 20 pairs, 1 was lost: see `@user` or `p-001`.'
    """
    return " ".join(_word(word) for word in excerpt(text, limit).split()) or "–"


def code(text: str, limit: int = 200) -> str:
    """Text as inline code: one line of at most `limit` characters, every character as it is.

    >>> code("a `b` c")
    '``a `b` c``'
    """
    shown = excerpt(text, limit) or "–"
    ticks = _fence(shown, 1)
    pad = " " if "`" in (shown[0], shown[-1]) else ""
    return f"{ticks}{pad}{shown}{pad}{ticks}"


def cell(text: str, limit: int = 60) -> str:
    """Like `code`, in a table: a pipe would end the cell even there, and is shown as ¦."""
    return code(text.replace("|", "¦"), limit)


def block(text: str, language: str = "") -> str:
    """Lines of text as a code block that ends where we end it; it starts at the first column."""
    shown = visible(text)
    fence = _fence(shown, 3)
    return f"{fence}{language}\n{shown}\n{fence}"


def _word(word: str) -> str:
    match = _WORD.fullmatch(word)
    assert match is not None  # every part of it may be empty
    lead, core, trail = match.groups()
    if core.isdigit() and trail.startswith((".", ")")):
        trail = f"\\{trail}"  # "12." begins a list
    if core and (not _PLAIN.fullmatch(core) or _LINKED.search(core)):
        core = code(core, len(core))
    return f"{_brackets(lead)}{core}{_brackets(trail)}"


def _brackets(text: str) -> str:
    return text.replace("[", "\\[").replace("]", "\\]")


def _fence(text: str, least: int) -> str:
    """More backticks than stand anywhere in the text."""
    return "`" * max(least, *(len(run) + 1 for run in _TICKS.findall(text)), 1)
