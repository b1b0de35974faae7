"""Marks of turns inside a turn (SH304)."""

import re
from collections.abc import Iterator

from specharness.lint.hidden import Seen

_HINTS = ("<|", "INST]", "<<SYS>>", "_of_turn>", "<extra_id_1>", "Human:", "Assistant:", "###")
_MARKER = re.compile(
    r"<\|(?:im_(?:start|end|sep)|(?:start|end)_header_id|eot_id|eom_id|begin_of_text|end_of_text"
    r"|endoftext|system|user|assistant|end|start|message|channel|return)\|>"
    r"|\[/?INST\]|<</?SYS>>|<(?:start|end)_of_turn>|<extra_id_1>"
    r"|(?<!class )\b(?:Human|Assistant):(?=\s)"  # hardly ever said in a sentence
    r"|^### ?(?:Instruction|Response|Human|Assistant|User|System):\s*$",
    re.MULTILINE,
)


def find_markers(text: str) -> Iterator[Seen]:
    r"""The marks that chat templates and transcripts put between turns.

    >>> list(find_markers("Yes.\n\nHuman: And now?"))
    [('SH304', "'Human:'")]
    """
    if any(hint in text for hint in _HINTS):
        for match in _MARKER.finditer(text):
            yield "SH304", repr(match.group().strip())
