"""Each rule left out and each rule alone, weighed on the suite's gate pairs in one batch."""

from specharness.coverage.record import Coverage, RuleCoverage, judge_rule
from specharness.effects import Effect
from specharness.errors import UsageError
from specharness.gate.slices import holm
from specharness.model import Model
from specharness.panel import Asking, open_panel
from specharness.readings import Readings
from specharness.records import Rule, Spec
from specharness.specedit import keep_only, take_out
from specharness.specrules import read_rules_with_lines
from specharness.spectext import visible_lines
from specharness.suitefile import SETTINGS, Suite


def measure_coverage(suite: Suite, asking: Asking, model: Model | None = None) -> Coverage:
    """What each rule of the suite's spec changes, in the spec and alone; `model` is the user's own.

    UsageError for a spec without rules, ModelError where the model cannot tell edits apart or
    measures no pair.
    """
    spec = suite.spec
    if not spec.rules:
        file = suite.spec_path or suite.folder / SETTINGS
        raise UsageError(file, "no rules to cover", "write them as list items or paragraphs")
    panel = open_panel(suite, asking, model)
    bare = keep_only(spec, ()).shown
    without = {rule.id: take_out(spec, {rule.id}).shown for rule in spec.rules}
    alone = {rule.id: keep_only(spec, {rule.id}).shown for rule in spec.rules}
    texts = (spec.shown, bare, *without.values(), *alone.values())
    readings = panel.read(texts, panel.reference(spec))
    panel.save()
    worths = [readings.effect(without[rule.id], spec.shown) for rule in spec.rules]
    alones = [readings.effect(bare, alone[rule.id]) for rule in spec.rules]
    changes = [_changes(readings, without[rule.id], spec.shown) for rule in spec.rules]
    rules = _rules(spec, worths, alones, changes)
    return Coverage(measured=panel.measured(readings), rules=rules)


def _changes(readings: Readings, base: str, head: str) -> tuple[float, ...]:
    before, after = readings.preferences(base, head)
    return tuple((after - before).tolist())


def _rules(
    spec: Spec, worths: list[Effect], alones: list[Effect], changes: list[tuple[float, ...]]
) -> tuple[RuleCoverage, ...]:
    worth_ps = holm([worth.p_value for worth in worths])
    alone_ps = holm([alone.p_up for alone in alones])
    lines = _lines(spec)
    return tuple(
        RuleCoverage(
            id=rule.id,
            text=rule.text,
            section=rule.section,
            lines=lines[rule.id],
            state=judge_rule(worths[i], worth_ps[i], alone_ps[i]),
            worth=worths[i],
            worth_p=worth_ps[i],
            alone=alones[i],
            alone_p=alone_ps[i],
            changes=changes[i],
        )
        for i, rule in enumerate(spec.rules)
    )


def _lines(spec: Spec) -> dict[str, tuple[int, ...]]:
    found: tuple[tuple[Rule, tuple[int, ...]], ...]
    found = read_rules_with_lines(visible_lines(spec.text))
    return {rule.id: numbers for rule, numbers in found}
