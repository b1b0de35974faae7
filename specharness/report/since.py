"""What a report shows of the edits and the losses since the anchor."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from specharness.report.rulediff import RuleView, view_rules
from specharness.report.words import reading_order
from specharness.runfile import ArmScore, Case, EditEffect, SuiteRun, Verdict
from specharness.runsince import LostPair

LISTED = 1000  # lost pairs that a page lists


@dataclass(frozen=True, slots=True, kw_only=True)
class SinceView:
    """The rules touched since the anchor with what taking each back does, and the lost pairs.

    `lost` has the first of `total`, as `lost_since` gives them.
    """

    rules: Sequence[RuleView]
    effects: Mapping[tuple[str, str], EditEffect]
    lost: Sequence[Case]
    total: int


def view_since(suite: SuiteRun, effects: Sequence[EditEffect]) -> SinceView | None:
    """The view of what became of a suite since its anchor; None where there is nothing to show."""
    then, lost = as_since(suite), lost_since(suite)
    if then is None or suite.since_anchor is None:
        return None
    rules = [_at_anchor(rule) for rule in view_rules(then) if rule.kind != "unchanged"]
    total = len(suite.since_anchor.lost)
    if not rules and not total:
        return None
    return SinceView(
        rules=rules,
        effects={(effect.kind, effect.rule): effect for effect in effects},
        lost=lost[:LISTED],
        total=total,
    )


def as_since(suite: SuiteRun) -> SuiteRun | None:
    """The run with its anchor's spec for a base, so that edits are those since then; or None."""
    if suite.since_anchor is None:
        return None
    return replace(
        suite,
        base_label=suite.anchor_label,
        base_spec=suite.since_anchor.spec,
        base_rules=suite.since_anchor.rules,
    )


def lost_since(suite: SuiteRun) -> list[Case]:
    """The pairs that head lost since the anchor, with their scores there as those of their base."""
    known = {case.id: case for case in suite.cases}
    lost = suite.since_anchor.lost if suite.since_anchor else ()
    return reading_order(_since(known[pair.id], pair) for pair in lost if pair.id in known)


def _since(case: Case, then: LostPair) -> Case:
    was: Verdict = "prefers chosen" if then.preference > 0.5 else "tie"  # nothing else can be lost
    score = ArmScore(margin=then.margin, preference=then.preference, verdict=was)
    return replace(case, outcome="lost", base=score)


def _at_anchor(rule: RuleView) -> RuleView:
    if rule.kind != "removed":
        return rule
    return replace(rule, where=rule.where.replace(" at base", " at the anchor"))
