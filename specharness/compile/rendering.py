"""Compiled rules put into a spec, without touching a word that a person wrote."""

import re
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleLine:
    """A compiled rule as the file has it: a list item, or what `mark` begins, with its anchor.

    `opposite` is what the lock knows and the file does not ("": not known).
    """

    anchor: str
    text: str
    opposite: str = ""
    mark: str = "- "

    def __str__(self) -> str:
        return f"{self.mark}{self.text} {{#{self.anchor}}}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rendered:
    """The text of a spec file, and the anchors of rules that a person has made their own."""

    text: str
    pinned: tuple[str, ...] = ()


def anchor_of(name: str) -> str:
    """The anchor of a rule: its key in lower case, everything but letters and digits as dashes.

    >>> anchor_of("less list_items if not question")
    'less-list-items-if-not-question'
    """
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")


def render_spec(
    existing: str, instruction: str, rules: Sequence[RuleLine], owned: Sequence[RuleLine]
) -> Rendered:
    """The spec with these compiled rules instead of the ones it `owned` before.

    A line is the compiler's only if it stands there exactly as it was written; one that a person
    changed is theirs from then on: it stays, and no rule of that anchor is added. Rules that go on
    keep their place, new ones follow the last of them, or the end. Without an existing text the
    spec begins with the instruction.
    """
    lines = existing.splitlines() if existing.strip() else [*instruction.strip().splitlines()]
    before = {str(line): line.anchor for line in owned}
    wanted = {rule.anchor: rule for rule in rules}
    pinned = tuple(a for a in wanted if any(_has(line, a) and line not in before for line in lines))
    kept: list[str] = []
    last = 0
    for line in lines:
        anchor = before.get(line)
        if anchor is None:
            kept.append(line)
        elif anchor in wanted:
            kept.append(str(wanted.pop(anchor)))
            last = len(kept)
    new = [str(rule) for anchor, rule in wanted.items() if anchor not in pinned]
    return Rendered(text=_joined(kept, new, last), pinned=pinned)


def _has(line: str, anchor: str) -> bool:
    return f"{{#{anchor}}}" in line or f"{{#{anchor} " in line


def _joined(kept: list[str], new: list[str], last: int) -> str:
    if last or not new:
        lines = [*kept[:last], *new, *kept[last:]]
    else:
        while kept and not kept[-1].strip():
            kept = kept[:-1]
        lines = [*kept, "", *new] if kept else new
    return "\n".join(lines).rstrip("\n") + "\n"
