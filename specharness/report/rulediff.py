"""What an edit did to a spec, rule by rule, as the page shows it."""

from dataclasses import dataclass
from typing import Literal

from specharness.records import Rule, Spec, digest
from specharness.report.worddiff import Span, diff_words
from specharness.runfile import SuiteRun
from specharness.specdiff import Kind, RuleChange, diff_rules
from specharness.specrules import read_rules
from specharness.spectext import visible_lines

Shown = Literal["added", "removed", "reworded", "moved", "unchanged"]
_SHOWN: dict[Kind, Shown] = {
    "added": "added",
    "removed": "removed",
    "changed": "reworded",
    "moved": "moved",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleView:
    """One rule and what became of it.

    `spans` is its text with the old and the new words, `anchor` its `{#anchor}` ("" without one),
    `where` its line and heading in words ("" where lines say nothing, as in a suite.toml).
    """

    kind: Shown
    id: str
    anchor: str
    where: str
    spans: tuple[Span, ...]


def view_rules(suite: SuiteRun) -> tuple[RuleView, ...]:
    """Every rule of head, and those that went, in the order of their lines."""
    base = _spec(suite.base_spec, suite.base_rules)
    head = _spec(suite.head_spec, suite.head_rules)
    changes = list(diff_rules(base, head))
    touched = {change.after.id for change in changes if change.after}
    lined = not suite.spec_path.endswith(".toml")
    views = [(_line(c), _view_change(c, lined)) for c in changes]
    views += [(r.line, _view_same(r, lined)) for r in head.rules if r.id not in touched]
    return tuple(view for _, view in sorted(views, key=lambda it: it[0]))


def _spec(shown: str, rules: tuple[Rule, ...]) -> Spec:
    """Rules are read from the text that was shown where a run does not hold them."""
    found = rules or read_rules(visible_lines(shown))
    return Spec(text=shown, shown=shown, rules=found)


def _view_change(change: RuleChange, lined: bool) -> RuleView:
    rule = change.after or change.before
    assert rule is not None  # a change has a side
    return RuleView(
        kind=_SHOWN[change.kind],
        id=rule.id,
        anchor=_anchor(rule),
        where=_where(change, rule, lined),
        spans=_spans(change),
    )


def _view_same(rule: Rule, lined: bool) -> RuleView:
    return RuleView(
        kind="unchanged",
        id=rule.id,
        anchor=_anchor(rule),
        where=f"line {rule.line}" if lined else "",
        spans=(Span(kind="same", text=rule.text),),
    )


def _spans(change: RuleChange) -> tuple[Span, ...]:
    before, after = (rule.text if rule else "" for rule in (change.before, change.after))
    if before == after:
        return (Span(kind="same", text=after),)
    return diff_words(before, after)


def _where(change: RuleChange, rule: Rule, lined: bool) -> str:
    """Where it stands; for a rule that moved, or changed its heading, also where it stood."""
    told = [_lines(change, rule)] if lined else []
    sections = [side.section for side in (change.before, change.after) if side]
    if len(set(sections)) > 1:
        told.append(" → ".join(f"“{name}”" if name else "the top" for name in sections))
    return ", ".join(told)


def _lines(change: RuleChange, rule: Rule) -> str:
    if change.kind == "removed":
        return f"line {rule.line} at base"
    if change.moved and change.before and change.before.line != rule.line:
        return f"{'moved, ' * (change.kind != 'moved')}line {change.before.line} → {rule.line}"
    return f"line {rule.line}"


def _anchor(rule: Rule) -> str:
    """The name that a writer gave it; a rule without one goes by a hash of its text."""
    return "" if rule.id.startswith(digest(rule.text)[:8]) else rule.id


def _line(change: RuleChange) -> int:
    rule = change.after or change.before
    return rule.line if rule else 0
