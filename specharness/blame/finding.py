"""Each edit of a spec reverted alone, and read on the same pairs: leave one edit out.

What several edits do only together is no one's: shares need not add up to one.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from specharness.blame.record import Blame, EditBlame, EditKind
from specharness.effects import measure_effect
from specharness.gate.findings import Quarantined
from specharness.gate.slices import holm
from specharness.gate.stats import Floats
from specharness.panel import Panel
from specharness.readings import Judged, Readings, levels, other_scorer, tell_held
from specharness.records import Spec
from specharness.runfile import GateVerdict
from specharness.specdiff import Kind, RuleChange, diff_rules
from specharness.specedit import put_in, take_out

_KINDS: dict[Kind, EditKind] = {
    "added": "added",
    "removed": "removed",
    "changed": "reworded",
    "moved": "moved",
}


def find_blame(
    panel: Panel,
    base: Spec,
    label: str,
    held: Sequence[Quarantined] = (),
    verdict: GateVerdict | None = None,
) -> Blame:
    """Which edits of the panel's spec since `base` (called `label`) carry the loss.

    One text is read for every edit; a single edit needs none but its base. The verdict is that of a
    gate as a run has it, with pairs `held` in quarantine, or the one that is known. The errors are
    those of `Panel.read`.
    """
    head, scorer = panel.suite.spec, panel.suite.settings.score.scorer
    edits = _edits(base, head)
    texts = (base.shown, head.shown, *(text for _, _, texts in edits for text in texts))
    readings = panel.read(texts, panel.reference(base))
    judged = None if verdict else readings.judge(base.shown, head.shown, held)
    lost = readings.lost(base.shown, head.shown)
    before, after = readings.preferences(base.shown, head.shown)
    found = [_blamed(readings, base.shown, head.shown, edit) for edit in edits]
    adjusted = holm([one.back_p for one in found])
    ranked = [replace(one, back_p=p) for one, p in zip(found, adjusted, strict=True)]
    return Blame(
        measured=panel.measured(readings),
        base_label=label,
        base=base.digest,
        verdict=judged.verdict if judged else verdict or "UNPROVEN",
        drop=float(np.mean(before - after)),
        lost=tuple(pair.id for pair in lost),
        edits=tuple(sorted(ranked, key=lambda edit: (edit.back_p, -edit.back.mean))),
        told=_told(judged, [entry.id for entry in held], scorer) if judged else (),
        scorer=scorer,
    )


def _told(judged: Judged, held: Sequence[str], scorer: str) -> tuple[str, ...]:
    """What decided beside the figures."""
    other = (other_scorer(scorer),) if scorer != "logprob" else ()
    return (*other, *judged.sentences, *([tell_held(held)] if held else []))


_Edit = tuple[EditKind, RuleChange | None, tuple[str, str]]  # the texts with and without it


def _edits(base: Spec, head: Spec) -> list[_Edit]:
    """Every edit, with head and what head is without it."""
    changes = diff_rules(base, head)
    found: list[_Edit] = []
    for change in changes:
        without = revert(head, base, change).shown
        if without.split() != head.shown.split():  # a renamed heading moves rules, and is no edit
            found.append((_KINDS[change.kind], change, (head.shown, without)))
    rest = head
    for change in changes:
        rest = revert(rest, base, change)
    if rest.shown.split() != base.shown.split():  # headings, say: what is left when rules are back
        found.append(("other", None, (rest.shown, base.shown)))
    if len(found) == 1:
        kind, change_, _ = found[0]
        return [(kind, change_, (head.shown, base.shown))]
    return found


def revert(head: Spec, base: Spec, change: RuleChange) -> Spec:
    """Head as it would be without one of its changes since base: words and place as at base.

    >>> from specharness.specfile import parse_spec
    >>> base, head = parse_spec("- Be brief. {#b}\\n- Be kind."), parse_spec("- Ramble. {#b}")
    >>> [revert(head, base, change).shown for change in diff_rules(base, head)]
    ['- Be brief.', '- Ramble.\\n- Be kind.']
    """
    without = take_out(head, {change.after.id}) if change.after else head
    return put_in(without, base, change.before.id) if change.before else without


def _blamed(readings: Readings, base: str, head: str, edit: _Edit) -> EditBlame:
    kind, change, (with_it, without) = edit
    before, after, here, there = readings.preferences(base, head, with_it, without)
    fell = np.asarray(levels(after) < levels(before), bool)
    came_back = (levels(here) < levels(before)) & (levels(there) >= levels(before))
    back = measure_effect(there - here, readings.groups, readings.settings.seed)
    rule = (change.after or change.before) if change else None
    return EditBlame(
        kind=kind,
        rule=rule.id if rule else "",
        line=rule.line if rule else 0,
        before=change.before.text if change and change.before else "",
        after=change.after.text if change and change.after else "",
        back=back,
        back_p=back.p_up,
        regained=int(np.sum(fell & came_back)),
        share=_share(there - here, before - after, fell),
    )


def _share(won: Floats, drop: Floats, fell: NDArray[np.bool_]) -> float | None:
    """How much of the lost pairs' drop is won back; of all pairs' where none is lost."""
    kept = fell if fell.any() else np.ones(drop.size, bool)
    whole = float(np.sum(drop[kept]))
    return float(np.sum(won[kept])) / whole if whole > 0 else None
