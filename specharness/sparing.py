"""What spares an edit a FAIL that chance alone would give it: repeats of lost pairs, quarantine."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from specharness import git
from specharness.baseline import Baseline
from specharness.errors import RecordingMiss
from specharness.gate.confirmation import Arms, confirm_lost
from specharness.gate.findings import Confirmation, Quarantined
from specharness.gate.quarantine import (
    QUARANTINE,
    in_force,
    parse_quarantine,
    read_quarantine,
)
from specharness.ledger.chain import LEDGER, read_ledger
from specharness.records import Pair
from specharness.runfile import Case, Trust
from specharness.score.scoring import Scorer
from specharness.suitefile import Suite


@dataclass(frozen=True, slots=True, kw_only=True)
class Spared:
    """Pairs `held` in quarantine, those that are back (`over`), and lost ones measured again.

    `day` (ISO) and `accepted` say as of when, where an entry ends by them ("" and None else).
    """

    held: tuple[Quarantined, ...] = ()
    over: tuple[Quarantined, ...] = ()
    confirmations: tuple[Confirmation, ...] = ()
    day: str = ""
    accepted: int | None = None


NOTHING_SPARED = Spared()


def find_held(
    suite: Suite, base: Baseline, *, today: date | None, accepted: int | None = None
) -> Spared:
    """Which entries of the quarantine at the base hold `today` (None: no day ends one).

    `accepted` verdicts end those that hold for so many; by default as many as the ledger has.
    """
    return _in_force(suite, base.quarantine, today, accepted)


def held_at(suite: Suite, commit: str, today: date | None) -> tuple[Quarantined, ...]:
    """What a gate of an edit from a commit's spec holds in quarantine today; "": from the files.

    UsageError for a file that cannot be read.
    """
    path, root = suite.folder / QUARANTINE, git.project_root(suite.folder)
    if not commit or root is None:
        entries = read_quarantine(path)
    else:
        text = git.file_at(root, commit, path.absolute()) or ""
        entries = parse_quarantine(text, f"{commit[:7]}:{QUARANTINE}")
    return _in_force(suite, entries, today, None).held


def _in_force(
    suite: Suite, entries: Sequence[Quarantined], today: date | None, accepted: int | None
) -> Spared:
    if not entries:
        return NOTHING_SPARED
    lines = len(read_ledger(suite.folder / LEDGER)) if accepted is None else accepted
    held, over = in_force(entries, lines, today or date.min)
    by_day = today is not None and any(entry.until for entry in entries)
    return Spared(
        held=held,
        over=over,
        day=today.isoformat() if today and by_day else "",
        accepted=lines if any(entry.looks for entry in entries) else None,
    )


def confirm_musts(
    pairs: Sequence[Pair], cases: Sequence[Case], scorer: Scorer, trust: Trust, again: "Again"
) -> tuple[tuple[Case, ...], tuple[Confirmation, ...]]:
    """Measure the lost pairs that must hold again, and note on each case whether the loss held.

    Nothing is noted (`confirmed` stays None, and the loss counts) where the suite asks for no
    repeats, replies are compared, or a repeat is not recorded.
    """
    lost = [p for p, c in zip(pairs, cases, strict=True) if c.must and c.outcome == "lost"]
    found = repeat_lost(lost, scorer, trust, again)
    sure = {one.id: one.confirmed for one in found}
    return tuple(replace(c, confirmed=sure.get(c.id, c.confirmed)) for c in cases), found


def repeat_lost(
    lost: Sequence[Pair], scorer: Scorer, trust: Trust, again: "Again"
) -> tuple[Confirmation, ...]:
    """Measure `lost` pairs again, and say which losses hold; () where that cannot be, or need not.

    The scorer reads as it did when they were lost (`Scorer.held`).
    """
    if not lost or not again.votes or not trust.may_gate or scorer.name == "generate":
        return ()

    def measure(head: str, base: str, some: Sequence[Pair]) -> list[Arms]:
        found = scorer.score(some, head=head, base=base, trust=trust)
        return [(score.head, score.base) for score in found.pairs]

    try:
        return confirm_lost(
            lost, head=again.head, base=again.base, measure=measure, votes=again.votes
        )
    except RecordingMiss:
        return ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Again:
    """What lost pairs are measured again under: both specs' texts, in so many layouts (0: none)."""

    head: str
    base: str
    votes: int
