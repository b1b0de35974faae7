"""What an edit did to a spec, rule by rule."""

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Literal

from specharness.records import Rule, Spec

ALIKE = 0.6  # the difflib ratio from which an edited text is the same rule

Kind = Literal["added", "removed", "changed", "moved"]


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleChange:
    """One rule that an edit touched; `before` is None when it was added, `after` when removed.

    A rule whose text is the same but whose order or heading is not has moved; one with another
    text has changed, and `moved` says whether its place did too.
    """

    kind: Kind
    before: Rule | None
    after: Rule | None
    moved: bool = False


def diff_rules(base: Spec, head: Spec) -> tuple[RuleChange, ...]:
    """What happened to each rule between two specs, in the order of their lines.

    Rules are matched by id, and what is left by text (difflib ratio of at least 0.6, best first).

    >>> from specharness.specfile import parse_spec
    >>> [c.kind for c in diff_rules(parse_spec("- Be brief."), parse_spec("- Be very brief."))]
    ['changed']
    """
    pairs = _matched(base.rules, head.rules)
    gone = set(base.rules) - set(pairs.values())
    removed = [_change("removed", rule, None) for rule in base.rules if rule in gone]
    kept = [rule for rule in head.rules if rule in pairs]
    places = {rule: place for place, rule in enumerate(base.rules)}
    still = _longest_rise([places[pairs[rule]] for rule in kept])
    moved = {rule for index, rule in enumerate(kept) if index not in still}
    changes = [_compared(pairs.get(rule), rule, rule in moved) for rule in head.rules]
    found = [*removed, *(change for change in changes if change is not None)]
    return tuple(sorted(found, key=_line))


def _line(change: RuleChange) -> int:
    rule = change.after or change.before
    return rule.line if rule else 0


def _change(kind: Kind, before: Rule | None, after: Rule | None) -> RuleChange:
    return RuleChange(kind=kind, before=before, after=after)


def _compared(before: Rule | None, after: Rule, reordered: bool) -> RuleChange | None:
    if before is None:
        return _change("added", None, after)
    moved = reordered or before.section != after.section
    if before.text != after.text:
        return RuleChange(kind="changed", before=before, after=after, moved=moved)
    return RuleChange(kind="moved", before=before, after=after, moved=True) if moved else None


def _matched(base: Sequence[Rule], head: Sequence[Rule]) -> dict[Rule, Rule]:
    """Which rule of base each rule of head was."""
    by_id = {rule.id: rule for rule in base}
    found = {rule: by_id[rule.id] for rule in head if rule.id in by_id}
    taken = set(found.values())
    left = [rule for rule in base if rule not in taken]
    new = [rule for rule in head if rule not in found]
    for _, after, before in sorted(_alike(left, new), key=lambda match: -match[0]):
        if after not in found and before not in taken:
            found[after] = before
            taken.add(before)
    return found


def _alike(base: Sequence[Rule], head: Sequence[Rule]) -> Iterator[tuple[float, Rule, Rule]]:
    for after in head:
        matcher = SequenceMatcher(None, b=after.text, autojunk=False)
        for before in base:
            matcher.set_seq1(before.text)
            # the quick ones are upper bounds
            if min(matcher.real_quick_ratio(), matcher.quick_ratio()) < ALIKE:
                continue
            if (ratio := matcher.ratio()) >= ALIKE:
                yield ratio, after, before


def _longest_rise(places: Sequence[int]) -> set[int]:
    """The indexes of a longest increasing subsequence: what did not move."""
    ends: list[int] = []
    tails: list[int] = []
    previous: list[int] = []
    for index, place in enumerate(places):
        at = bisect_left(ends, place)
        previous.append(tails[at - 1] if at else -1)
        ends[at : at + 1], tails[at : at + 1] = [place], [index]
    still, index = set(), tails[-1] if tails else -1
    while index >= 0:
        still.add(index)
        index = previous[index]
    return still
