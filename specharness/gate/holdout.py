"""How worn the gate pairs are: every look at them teaches something to whoever edits next.

Edits that are written until the gate passes fit its pairs in the end. How fast depends on what a
look shows. Where it shows its verdict only (a hidden hold-out, see `hidden`), the edits that k
verdicts can lead to are counted: with f refusals among them, at most sum over j <= f of C(k, j) 2^j
(which looks were refused, and whether by FAIL or UNPROVEN), and the level is divided by that. An
unbroken row of PASS teaches nothing. Source: Blum & Hardt (2015), The Ladder, ICML, proof of
theorem 3.1; Dwork, Feldman, Hardt, Pitassi, Reingold & Roth (2015), Generalization in adaptive data
analysis and holdout reuse, NeurIPS, section 3 (description length).

Where per-pair results are shown, no such bound exists: the level is then divided by the number of
looks (Bonferroni), which holds for edits that were not written for pairs they had seen.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import ceil, comb
from pathlib import Path
from typing import Any

from specharness.errors import UsageError
from specharness.gate import stats
from specharness.gate.decision import count
from specharness.gate.findings import Exposure
from specharness.settings import GateSettings

LOOKED = "looks.jsonl"
MOST_LOOKS = 1000
CHURN = 0.1  # of pairs that an edit turns, where none was measured
_LEAST_LEVEL = 1e-9


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Seen:
    """One look: digests of the pairs and of the spec they judged, and what was said."""

    pairs: str
    spec: str
    verdict: str


def paths(looks: int, refused: int) -> int:
    """How many ways `looks` verdicts can have come out with at most `refused` that were no PASS.

    >>> paths(20, 0), paths(20, 1), paths(3, 3)
    (1, 41, 27)
    """
    return sum(comb(looks, j) * 2**j for j in range(min(refused, looks) + 1))


def expose(  # noqa: PLR0913 - keywords only after the counts
    looks: int,
    refused: int,
    n: float,
    settings: GateSettings,
    *,
    hidden: bool,
    churn: float = CHURN,
) -> Exposure:
    """What is left of `n` (effective) gate pairs after so many looks.

    They are worn when a harmless edit, one that turns a share `churn` of the pairs, would no longer
    pass as often as not at the level that is left. UsageError for counts that cannot be.
    """
    if not 0 <= refused <= looks:
        raise UsageError("looks", f"{refused} of {looks} refused", "count each look once")
    needs = _needs(looks, refused, settings, hidden, churn)
    further = range(MOST_LOOKS + 1)
    left = next(
        (k for k in further if _needs(looks + k + 1, refused, settings, hidden, churn) > n), None
    )
    return Exposure(
        looks=looks,
        refused=refused,
        n=round(n),
        level=_level(looks, refused, settings.alpha_pass, hidden),
        needs=needs,
        left=0 if needs > n else left,
        rotate=needs > n,
    )


def explain_exposure(found: Exposure, *, hidden: bool) -> tuple[str, ...]:
    """In words: how often they were looked at, and when to replace them."""
    refusals = f", {found.refused} of them no PASS" if found.refused else ""
    told = [
        f"These {found.n:,} gate pairs have {_often(found.looks)}{refusals}; the next PASS would "
        f"have to hold at level {found.level:.2g}, which takes about "
        f"{count(found.needs, 'pair')}."
    ]
    if found.rotate:
        told.append("They are worn: put fresh pairs into the gate and let these compile or rest.")
    elif found.left is None:
        told.append(f"They last for more than {MOST_LOOKS:,} further looks of this kind.")
    else:
        told.append(f"They last for {count(found.left, 'more look')} before fresh ones are needed.")
    if not hidden:
        told.append(
            "Their results are shown pair by pair: no bound covers an edit that was written for "
            "pairs it saw. Hide the hold-out, or take fresh pairs for a release."
        )
    return tuple(told)


def count_looks(seen: Iterable[Seen], pairs: str) -> tuple[int, int]:
    """Looks at the pairs with this digest, and how many were no PASS; one spec counts once."""
    verdicts = {(s.spec, s.verdict) for s in seen if s.pairs == pairs}
    return len(verdicts), sum(verdict != "PASS" for _, verdict in verdicts)


def read_looks(path: Path) -> tuple[Seen, ...]:
    """The looks that a suite's file counts; () where there is none. UsageError for a wrong line."""
    if not path.is_file():
        return ()
    found = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        try:
            data: dict[str, Any] = json.loads(line)
            found.append(Seen(**{key: str(value) for key, value in data.items()}))
        except (ValueError, TypeError, AttributeError, RecursionError):
            raise UsageError(f"{path}:{number}", "no look", "restore the file from git") from None
    return tuple(found)


def looks_text(seen: Sequence[Seen]) -> str:
    """The text of a looks file: sorted, each look once."""
    rows = ({"pairs": s.pairs, "spec": s.spec, "verdict": s.verdict} for s in sorted(set(seen)))
    return "".join(f"{json.dumps(row, sort_keys=True)}\n" for row in rows)


def _level(looks: int, refused: int, alpha: float, hidden: bool) -> float:
    return alpha / (paths(looks, refused) if hidden else looks + 1)


def _needs(looks: int, refused: int, settings: GateSettings, hidden: bool, churn: float) -> int:
    level = max(_LEAST_LEVEL, _level(looks, refused, settings.alpha_pass, hidden))
    unit = 1e6
    flips = churn * unit / 2
    return ceil(stats.pairs_to_pass(flips, flips, unit, settings.margin, level))


def _often(looks: int) -> str:
    if not looks:
        return "not been looked at yet"
    return "been looked at " + {1: "once", 2: "twice"}.get(looks, f"{looks:,} times")
