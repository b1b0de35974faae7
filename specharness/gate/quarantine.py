"""Quarantine: pairs whose verdicts turn when only layout changes, and which block no edit.

`suites/<suite>/quarantine.jsonl`, one pair a line, sorted by id. A line is written only from an A/A
run of the *base* spec (`specharness aa SUITE --quarantine`), never from what is being gated, and
the lines in force are those at the base commit, so a change cannot quarantine what it loses. Every
line says why and until when: after so many accepted verdicts, or on a day.

A quarantine can spare an edit a FAIL and never earns it a PASS (`combine`). Simply left out, the
pairs near the line would take with them the drop that shows there first: with 12 % of 300 pairs
left out, a drop of 5 points passed 53 times in 100 (`tests/benchmarks/gate_error_rates.py`).
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, fields
from datetime import date
from pathlib import Path
from typing import Any, Protocol, TypeVar

import numpy as np
from numpy.typing import ArrayLike

from specharness.errors import UsageError
from specharness.gate.decision import Decision, count, points
from specharness.gate.findings import Quarantined

QUARANTINE = "quarantine.jsonl"
MOST = 0.1  # of the pairs: with more, the measurement is to blame and not the pairs
SHARE = 0.4  # of the repeats that disagree with the others make a pair unstable
FEWEST = 4  # repeats: of fewer, no two can disagree with the others
LOOKS = 10


class _Held(Protocol):
    """What a quarantine needs to know of a pair, or of its case."""

    @property
    def id(self) -> str: ...

    @property
    def must(self) -> bool: ...


Kept = TypeVar("Kept", bound=_Held)
Found = TypeVar("Found")

SHOWN_BY_HELD = "The loss shows only with pairs in quarantine: without them none is shown."


@dataclass(frozen=True, slots=True, kw_only=True)
class SparedLoss(Decision):
    """UNPROVEN, as pairs in quarantine are all that shows a loss; the figures are of all pairs."""

    def explain(self) -> tuple[str, ...]:
        """As of any decision, but that a loss is shown: only not by pairs that may show one."""
        # zero-argument super() fails in a class that slots made anew
        happened, _, *rest = Decision.explain(self)
        bound = (
            f"A drop of up to {points(self.excluded)} points is not excluded "
            f"(the margin allows {points(self.margin)})."
        )
        return (happened, SHOWN_BY_HELD, bound, *rest)


def count_flips(levels: ArrayLike) -> list[int]:
    """(repeats, pairs) of -1, 0, 1 -> in how many repeats each pair differs from its usual verdict.

    The repeats alone are counted, not the measurement that the gate uses: to leave out pairs by
    that one would leave base pairs that are far from the line, and head pairs that are not, which
    looks like a loss where there is none.

    >>> count_flips([[1, 1], [1, -1], [1, -1], [1, -1]])
    [0, 1]
    """
    rows = np.asarray(levels)
    usual = np.max([np.sum(rows == level, axis=0) for level in (-1, 0, 1)], axis=0)
    return [int(n) for n in rows.shape[0] - usual]


def is_unstable(flips: int, runs: int) -> bool:
    """Whether so many disagreeing repeats of `runs` put a pair into quarantine.

    >>> is_unstable(1, 4), is_unstable(2, 4), is_unstable(2, 8)
    (False, True, False)
    """
    return flips >= max(2.0, SHARE * runs)


def combine(whole: Decision, kept: Decision) -> Decision:
    """The decision on all pairs (`whole`) where only the `kept` ones may show a loss.

    FAIL where the kept pairs show it, PASS where all pairs do, each with its own figures; else
    UNPROVEN with those of all pairs.
    """
    if whole.verdict == "PASS":
        return whole
    if kept.verdict == "FAIL":
        return kept
    if whole.verdict == "FAIL":  # a pass counts all pairs: only a loss of the kept can settle it
        fails = kept.verdict == "UNPROVEN" and kept.toward == "FAIL"
        return spare(whole, needed=kept.needed if fails else None)
    return whole


def spare(whole: Decision, needed: int | None = None) -> SparedLoss:
    """A FAIL that only pairs in quarantine show, as what it is; `needed` pairs would settle it."""
    known = {f.name: getattr(whole, f.name) for f in fields(whole)}
    return SparedLoss(**known | {"verdict": "UNPROVEN", "needed": needed, "toward": "FAIL"})


def decide_sparing(
    pairs: Sequence[Kept],
    entries: Sequence[Quarantined],
    decide: Callable[[Sequence[Kept]], Found],
) -> Found | Decision:
    """What `decide` says of all `pairs`, where those in quarantine may show no loss.

    What is no `Decision` (compared replies) is left as it is: no A/A run measures them.
    """
    whole, kept = decide(pairs), set_aside(pairs, entries)
    if not isinstance(whole, Decision) or len(kept) == len(pairs):
        return whole
    if not kept:
        return spare(whole) if whole.verdict == "FAIL" else whole
    rest = decide(kept)
    return combine(whole, rest) if isinstance(rest, Decision) else whole


def quarantine_pairs(  # noqa: PLR0913 - keywords only: the measurement, and when it ends
    pairs: Sequence[_Held],
    levels: ArrayLike,
    *,
    spec: str,
    since: int,
    looks: int = LOOKS,
    until: str = "",
) -> tuple[Quarantined, ...]:
    """The pairs whose verdicts turned among the repeats (rows of `levels`) of the base spec.

    `spec` is that spec's digest, `since` how many lines the ledger has. Pairs that must hold are
    never quarantined. UsageError where more than a tenth of the pairs would be, for fewer than four
    repeats and for an end that is none.
    """
    _check_end(looks, until)
    flips, runs = count_flips(levels), np.asarray(levels).shape[0]
    if runs < FEWEST:
        raise UsageError("--times", f"{runs} repeats decide on no quarantine", "ask for 4 or more")
    chosen = [
        (pair, n)
        for pair, n in zip(pairs, flips, strict=True)
        if is_unstable(n, runs) and not pair.must
    ]
    if len(chosen) > MOST * len(pairs):
        what = f"{len(chosen)} of {count(len(pairs), 'pair')} turn when only layout changes"
        raise UsageError(QUARANTINE, what, "choose another model or scorer: this one is too noisy")
    return tuple(
        Quarantined(
            id=pair.id,
            reason=f"its verdict turned in {n} of {runs} repeats that change layout only",
            flips=n,
            runs=runs,
            spec=spec,
            since=since,
            looks=looks,
            until=until,
        )
        for pair, n in sorted(chosen, key=lambda found: found[0].id)
    )


def in_force(
    entries: Sequence[Quarantined], accepted: int, today: date
) -> tuple[tuple[Quarantined, ...], tuple[Quarantined, ...]]:
    """The entries that hold and those that ran out, for a ledger of `accepted` lines, `today`.

    The core reads no clock: a shell says what day it is.
    """
    over = [
        e for e in entries
        if (e.looks and accepted - e.since >= e.looks)
        or (e.until and date.fromisoformat(e.until) <= today)
    ]  # fmt: skip
    return tuple(e for e in entries if e not in over), tuple(over)


def set_aside(pairs: Sequence[Kept], entries: Sequence[Quarantined]) -> tuple[Kept, ...]:
    """The pairs that may show a loss: all but the quarantined; one that must hold always may."""
    named = {entry.id for entry in entries}
    return tuple(pair for pair in pairs if pair.must or pair.id not in named)


def explain_quarantine(
    pairs: Sequence[_Held], held: Sequence[Quarantined], over: Sequence[Quarantined]
) -> tuple[str, ...]:
    """What is left out and what is back, in words; () where there is nothing to say."""
    return explain_held(pairs, held) + explain_over(pairs, over)


def explain_over(pairs: Sequence[_Held], over: Sequence[Quarantined]) -> tuple[str, ...]:
    """Which pairs are back from quarantine."""
    here = {pair.id for pair in pairs}
    back = [e.id for e in over if e.id in here]
    return (f"Back from quarantine: {_listed(back)}.",) if back else ()


def explain_held(pairs: Sequence[_Held], held: Sequence[Quarantined]) -> tuple[str, ...]:
    """Which pairs are in quarantine, and what that means."""
    here = {pair.id: pair for pair in pairs}
    out = [e.id for e in held if e.id in here and not here[e.id].must]
    if out:
        one = len(out) == 1
        return (
            f"{count(len(out), 'pair')} {'is' if one else 'are'} in quarantine ({_listed(out)}) "
            f"and cannot fail this edit: before it {'its' if one else 'their'} verdict turned when "
            "only layout changed. A pass counts all pairs.",
        )
    return ()


def quarantine_text(entries: Sequence[Quarantined]) -> str:
    """The text of a quarantine file: sorted, one pair a line."""
    ordered = sorted(entries, key=lambda entry: entry.id)
    return "".join(f"{json.dumps(asdict(e), sort_keys=True)}\n" for e in ordered)


def parse_quarantine(text: str, where: str | Path) -> tuple[Quarantined, ...]:
    """Read the text of a quarantine file; UsageError names the first line that is wrong."""
    entries: list[Quarantined] = []
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            continue
        entry = _parse(line, f"{where}:{number}")
        if any(entry.id == other.id for other in entries):
            raise UsageError(f"{where}:{number}", f"{entry.id!r} is named twice", "remove one")
        entries.append(entry)
    return tuple(entries)


def read_quarantine(path: Path) -> tuple[Quarantined, ...]:
    """The entries of a suite's file; () where there is none."""
    if not path.is_file():
        return ()
    return parse_quarantine(path.read_text(encoding="utf-8"), path)


def _parse(line: str, where: str) -> Quarantined:
    remedy = "write it with `specharness aa SUITE --quarantine`"
    try:
        found: dict[str, Any] = json.loads(line)
        entry = Quarantined(**found)
    except (ValueError, TypeError, RecursionError):
        raise UsageError(where, "no quarantined pair", remedy) from None
    for field in fields(entry):
        value = getattr(entry, field.name)
        if not isinstance(value, field.type) or isinstance(value, bool):  # type: ignore[arg-type]
            raise UsageError(where, f"{field.name!r} is {value!r}", remedy)
    if not entry.reason.strip():
        raise UsageError(where, "no reason", "say why the pair is left out")
    _check_end(entry.looks, entry.until, where)
    return entry


def _check_end(looks: int, until: str, where: str = "--until") -> None:
    if until:
        try:
            date.fromisoformat(until)
        except ValueError:
            raise UsageError(where, f"{until!r} is no day", "write it as 2027-01-31") from None
    if looks < 0 or not (looks or until):
        raise UsageError(where, "a quarantine without an end", "name a number of looks or a day")


def _listed(ids: Sequence[str]) -> str:
    return ", ".join(ids[:5]) + (f" and {len(ids) - 5} more" if ids[5:] else "")
