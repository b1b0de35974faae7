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

A look counts for the pairs that it showed (see `lookfile`), and those looked at most decide.
"""

from dataclasses import dataclass
from math import ceil, comb

from specharness.errors import UsageError
from specharness.gate import stats
from specharness.gate.decision import count, points
from specharness.settings import GateSettings

MOST_LOOKS = 1000
CHURN = 0.1  # of pairs that an edit turns, where none was measured
_LEAST_LEVEL = 1e-9


@dataclass(frozen=True, slots=True, kw_only=True)
class Exposure:
    """How worn a suite's gate pairs are after `looks` at those that were looked at most.

    These are `pairs` of the `total`, and `refused` of the looks were no PASS. `level` is what is
    left of `alpha_pass` for the next look and `needs` how many pairs that level takes (`least`: any
    look, at this `margin` and `churn`), of the `n` there are, counted by groups. `left` more looks
    keep them enough (None: more than 1,000); `rotate` says that they were and are not any more.
    `unknown` further looks were at sets of pairs that nothing names any more.
    """

    looks: int
    refused: int
    n: int
    level: float
    least: int
    needs: int
    left: int | None
    rotate: bool
    margin: float
    churn: float
    pairs: int
    total: int
    unknown: int = 0


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
    """What is left of `n` gate pairs (or groups of them) after so many looks at each.

    They are worn when a harmless edit, one that turns a share `churn` of the pairs, would no longer
    pass as often as not at the level that is left. UsageError for counts that cannot be.
    """
    if not 0 <= refused <= looks:
        raise UsageError("looks", f"{refused} of {looks} refused", "count each look once")
    least, needs = (_needs(k, f, settings, hidden, churn) for k, f in ((0, 0), (looks, refused)))
    further = range(MOST_LOOKS + 1)
    left = next(
        (k for k in further if _needs(looks + k + 1, refused, settings, hidden, churn) > n), None
    )
    return Exposure(
        looks=looks,
        refused=refused,
        n=round(n),
        level=_level(looks, refused, settings.alpha_pass, hidden),
        least=least,
        needs=needs,
        left=0 if needs > n else left,
        rotate=least <= n < needs,
        margin=settings.margin,
        churn=churn,
        pairs=round(n),
        total=round(n),
    )


def explain_exposure(found: Exposure, *, hidden: bool) -> tuple[str, ...]:
    """In words: how often they were looked at, and when to replace them."""
    refusals = f", {found.refused} of them no PASS" if found.refused else ""
    enough = found.least <= found.n
    told = [
        f"{_those(found)} have {_often(found.looks)}{refusals}"
        + (f"; {_next(found)}" if enough else ".")
    ]
    if not enough:
        told += _too_few(found)
    elif found.rotate:
        told.append("They are worn: put fresh pairs into the gate and let these compile or rest.")
    elif found.left is None:
        told.append(f"They last for more than {MOST_LOOKS:,} further looks of this kind.")
    else:
        told.append(f"They last for {count(found.left, 'more look')} before fresh ones are needed.")
    if found.unknown:
        told.append(
            f"{count(found.unknown, 'further look')} {'was' if found.unknown == 1 else 'were'} at "
            "pairs as neither looks.jsonl nor git has them: whether some of these were among them "
            "is not known."
        )
    if not hidden:
        told.append(
            "Their results are shown pair by pair: no bound covers an edit that was written for "
            "pairs it saw. Hide the hold-out, or take fresh pairs for a release."
        )
    return tuple(told)


def _those(found: Exposure) -> str:
    grouped = f" (in {count(found.n, 'group')})" if found.n != found.total else ""
    if found.pairs == found.total:
        return f"These {found.total:,} gate pairs{grouped}"
    return f"Of these {found.total:,} gate pairs{grouped} the {found.pairs:,} most looked at"


def _next(found: Exposure) -> str:
    return (
        f"the next PASS would have to hold at level {found.level:.2g}, which takes about "
        f"{count(found.needs, 'pair')}."
    )


def _too_few(found: Exposure) -> list[str]:
    kind = "groups" if found.n != found.total else "pairs"
    return [
        f"They are too few for a margin of {points(found.margin)} points, looked at or not: about "
        f"{found.least:,} {kind} are needed until a harmless edit that turns "
        f"{points(found.churn)} % of them passes as often as not.",
        "Add pairs, or set a wider `margin` under [gate]; `specharness plan SUITE` says how many "
        "make a gate that can be relied on.",
    ]


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
