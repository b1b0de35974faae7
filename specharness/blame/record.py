"""Blame as data: every edited rule, and what reverting it alone wins back."""

import json
from dataclasses import asdict, dataclass
from typing import Literal

from specharness.effects import Effect, Measured
from specharness.gate.decision import count, points
from specharness.runfile import EditEffect, GateVerdict
from specharness.visible import one_line

FORMAT = 1
LEVEL = 0.05  # family-wise, over the edits
_NAMED = 3  # edits that a sentence names

EditKind = Literal["added", "removed", "reworded", "moved", "other"]


@dataclass(frozen=True, slots=True, kw_only=True)
class EditBlame:
    """One edit between two specs, and what reverting it alone does.

    `line` is at head, for a removed rule at base; "other" is what the edits of rules leave over,
    such as headings, and has no rule, line or texts. `back` is the change of preference from head
    to head without the edit, `back_p` its one-sided p, Holm-adjusted over the edits. `regained`
    lost pairs are no longer lost then, and `share` is how much of their drop is won back (0..1, or
    beyond; of all pairs' drop where none was lost; None where nothing fell).
    """

    kind: EditKind
    rule: str
    line: int
    before: str
    after: str
    back: Effect
    back_p: float
    regained: int
    share: float | None

    @property
    def carries(self) -> bool:
        """Whether reverting it alone is shown to raise preference."""
        return self.back_p <= LEVEL

    @property
    def name(self) -> str:
        """It in words: "the reworded rule 'brief' (line 5)"."""
        if self.kind == "other":
            return "what changed outside the rules"
        at = " at base" if self.kind == "removed" else ""
        return f"the {self.kind} rule {one_line(self.rule)!r} (line {self.line}{at})"


@dataclass(frozen=True, slots=True, kw_only=True)
class Blame:
    """Who carries the loss between a base and the suite's spec; most of it first.

    `verdict` is the gate's on the whole edit, `drop` the fall of preference (a share, negative for
    a gain), `lost` the ids of the lost pairs, `base` the digest of the base spec. `told` says what
    beside the figures decided, and by what it was read where another `scorer` decides in runs.
    """

    measured: Measured
    base_label: str
    verdict: GateVerdict
    drop: float
    lost: tuple[str, ...]
    edits: tuple[EditBlame, ...]
    base: str = ""
    format: int = FORMAT
    told: tuple[str, ...] = ()
    scorer: str = "logprob"

    @property
    def sentences(self) -> tuple[str, ...]:
        """Tell it to whoever made the edit; () where nothing was edited."""
        if not self.edits:
            return ()
        carriers = [edit for edit in self.edits if edit.carries]
        if len(self.edits) == 1:
            return (f"The only edit is {self.edits[0].name}: it carries all of the change.",)
        if not carriers:
            return (_together(self),)
        return tuple(_tell(self, edit) for edit in carriers[:_NAMED])


def _tell(found: Blame, edit: EditBlame) -> str:
    won = f"{points(edit.back.mean)} points (95 % interval {points(edit.back.low)} to "
    told = f"Reverting {edit.name} alone wins back {won}{points(edit.back.high)})"
    if not found.lost:
        return f"{told}."
    return f"{told}, and {edit.regained} of {count(len(found.lost), 'lost pair')}."


def _together(found: Blame) -> str:
    best = max(found.edits, key=lambda edit: edit.back.mean)
    return (
        f"No one of the {len(found.edits)} edits is shown to carry the loss alone; reverting "
        f"{best.name} comes nearest ({points(best.back.mean)} points, 95 % interval "
        f"{points(best.back.low)} to {points(best.back.high)})."
    )


def edit_effects(found: Blame) -> tuple[EditEffect, ...]:
    """What reverting each edit alone does, as a run file keeps it."""
    return tuple(
        EditEffect(
            kind=edit.kind,
            rule=edit.rule,
            mean=edit.back.mean,
            low=edit.back.low,
            high=edit.back.high,
            p=edit.back_p,
            regained=edit.regained,
        )
        for edit in found.edits
    )


def blame_text(found: Blame) -> str:
    """The blame as JSON with sorted keys."""
    told = asdict(found) | {"sentences": found.sentences}
    return json.dumps(told, ensure_ascii=True, sort_keys=True, indent=1) + "\n"
