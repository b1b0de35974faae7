"""The opposite of a spec: its text with every rule that names an opposite turned round.

A rule's opposite stands where the model never sees it: in a comment, or in the rule's anchor.

    - Answer in one sentence. {#brief opposite: Answer at length.}
    - Be polite. {#polite}
    <!-- {#polite opposite: Be rude.} -->
"""

import re
from pathlib import Path

from specharness.errors import UsageError
from specharness.records import Spec
from specharness.specrules import marker, read_rules_with_lines
from specharness.spectext import hidden_texts, visible_lines

_BRACED = r"(?:[^{}]|\{[^{}]*\}|\{\{[^{}]*\}\})*"
_NOTE = re.compile(rf"\{{#(\w[\w.:-]*)\s+opposite:({_BRACED})\}}")


def opposite_text(spec: Spec, where: str | Path = "spec") -> str:
    """The spec as a model would see it with its rules turned round; "" where none has an opposite.

    Rules without an opposite stay as they are, so that they cancel where the two are compared.
    UsageError, naming the line, for an opposite that is empty, stands twice or has no rule.

    >>> text = "1. Be brief. {#brief opposite: Ramble.}\\n2. Be polite."
    >>> opposite_text(Spec(text=text, shown=""))
    '1. Ramble.\\n2. Be polite.'
    """
    opposites = _read_opposites(spec.text, where)
    if not opposites:
        return ""
    lines = visible_lines(spec.text)
    taken = {rule.id: numbers for rule, numbers in read_rules_with_lines(lines)}
    for name, (place, _) in opposites.items():
        if name not in taken:
            what = f"an opposite of {name!r}, but no rule has that id"
            raise UsageError(place, what, f"end the rule with {{#{name}}}")
    begun = {taken[name][0]: text for name, (_, text) in opposites.items()}
    gone = {number for name in opposites for number in taken[name][1:]}
    return "\n".join(
        marker(line.text) + begun[line.number] if line.number in begun else line.text
        for line in lines
        if line.number not in gone
    )


def _read_opposites(text: str, where: str | Path) -> dict[str, tuple[str, str]]:
    """By rule: where an opposite is noted, and what it says."""
    found: dict[str, tuple[str, str]] = {}
    for line, hidden in sorted(hidden_texts(text)):
        for note in _NOTE.finditer(hidden):
            name, opposite = note[1], " ".join(note[2].split())
            place = f"{where}:{line + hidden.count(chr(10), 0, note.start())}"
            if not opposite:
                raise UsageError(place, f"the opposite of {name!r} is empty", "write it out")
            if name in found:
                raise UsageError(place, f"a second opposite of {name!r}", "keep one of them")
            found[name] = (place, opposite)
    return found
