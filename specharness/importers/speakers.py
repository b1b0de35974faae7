"""Transcripts told from other texts: who speaks in them."""

import re
from typing import Any

Speakers = tuple[str, str]

HUMAN: Speakers = ("Human", "Assistant")
SPEAKERS = (HUMAN, ("H", "A"), ("User", "Assistant"))
_OPENING = re.compile(rf"\s*({'|'.join(who[0] for who in SPEAKERS)}):")


def speakers(value: Any) -> Speakers | None:
    r"""Who speaks in a transcript, the user first; None for any other text.

    It opens with the user, and "\n\nAssistant:" stands somewhere after.

    >>> speakers("\n\nHuman: Hi\n\nAssistant: Hello")
    ('Human', 'Assistant')
    """
    opened = _OPENING.match(value) if isinstance(value, str) else None
    if opened is None:
        return None
    return next((w for w in SPEAKERS if w[0] == opened[1] and f"\n\n{w[1]}:" in value), None)


def waits(value: Any) -> bool:
    """Whether a text is a transcript that ends where the assistant has to speak."""
    who = speakers(value)
    return who is not None and str(value).rstrip().endswith(f"\n\n{who[1]}:")
