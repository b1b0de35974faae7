"""What an edit did to a suite's rules, with the line at head where each change shows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from specharness.records import Rule, Spec
from specharness.runfile import SuiteRun
from specharness.specdiff import RuleChange, diff_rules
from specharness.specrules import read_rules
from specharness.spectext import visible_lines

_WORDS = {"added": "added", "removed": "removed", "changed": "reworded", "moved": "moved"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """A rule that an edit touched: `before` and `after` are its texts ("" on the side without it).

    `line` is where it stands in the spec's file; for a removed rule where it would, 0 where lines
    say nothing (the spec is an instruction in suite.toml).
    """

    what: str
    id: str
    line: int
    before: str
    after: str


def list_edits(suite: SuiteRun) -> tuple[Edit, ...]:
    """The rules that were added, removed, reworded or moved since the base, by their lines."""
    base = _spec(suite.base_spec, suite.base_rules)
    head = _spec(suite.head_spec, suite.head_rules)
    changes = diff_rules(base, head)
    lined = not suite.spec_path.endswith(".toml")
    lines = _lines(changes, base, head) if lined else {}
    return tuple(sorted((_edit(c, lines) for c in changes), key=lambda edit: edit.line))


def _spec(shown: str, rules: tuple[Rule, ...]) -> Spec:
    """Rules are read from the text that was shown where a run does not hold them."""
    return Spec(text=shown, shown=shown, rules=rules or read_rules(visible_lines(shown)))


def _lines(changes: Sequence[RuleChange], base: Spec, head: Spec) -> dict[str, int]:
    """The line at head of each rule of base; a removed one has that of the rule above it, or 1."""
    now = {rule.id: rule.line for rule in head.rules}
    now |= {c.before.id: c.after.line for c in changes if c.before and c.after}
    gone = {c.before.id for c in changes if c.before and not c.after}
    line = 1
    for rule in base.rules:
        line = line if rule.id in gone else now[rule.id]
        now[rule.id] = line
    return now


def _edit(change: RuleChange, lines: Mapping[str, int]) -> Edit:
    rule = change.after or change.before
    assert rule is not None  # a change has a side
    before, after = (side.text if side else "" for side in (change.before, change.after))
    line = (change.after.line if change.after else lines[rule.id]) if lines else 0
    return Edit(what=_WORDS[change.kind], id=rule.id, line=line, before=before, after=after)
