"""Pairs that must hold: a loss blocks only once it has been seen again.

A pair near the line flips when nothing but the layout of a spec changes, so a suite with twenty
pairs that must hold would block harmless edits often. A lost one is therefore measured again, head
and base alike, under neutral layouts (`variants`) or, where verdicts are sampled, with fresh votes.
"""

from collections import Counter
from collections.abc import Callable, Sequence

from scipy.stats import binom

from specharness.errors import UsageError
from specharness.gate.decision import count
from specharness.gate.findings import Confirmation
from specharness.gate.variants import neutral_variants
from specharness.gate.verdicts import outcome_of
from specharness.records import Pair
from specharness.runfile import ArmScore

VOTES = 7
Arms = tuple[ArmScore | None, ArmScore | None]  # head, base
# head's text, base's text, pairs -> their scores, in order
Measure = Callable[[str, str, Sequence[Pair]], Sequence[Arms]]


def votes_needed(votes: int, alpha: float = 0.05) -> int | None:
    """How many of `votes` have to be lost: the fewest that a coin reaches with p at most `alpha`.

    The one-sided sign test of "it is lost no more often than not" (Dixon & Mood 1946, JASA 41:557).
    None where even all of them could be chance.

    >>> [votes_needed(k) for k in (4, 5, 7, 11)]
    [None, 5, 7, 9]
    """
    enough = (k for k in range(votes + 1) if binom.sf(k - 1, votes, 0.5) <= alpha)
    return next(enough, None)


def false_alarm(votes: int, needed: int, flip: float) -> float:
    """How often a pair that is lost by chance with probability `flip` is lost and then confirmed.

    `flip` times P(at least `needed` of `votes`), if measurements are independent. Layouts of one
    spec are not wholly so: a pair that sits on the line at head, and not at base, is lost in most.

    >>> round(false_alarm(7, 7, 0.5), 4), round(false_alarm(7, 7, 0.05), 12)
    (0.0039, 3.9e-11)
    """
    return flip * float(binom.sf(needed - 1, votes, flip))


def confirm_lost(  # noqa: PLR0913 - keywords only: two texts, and how to measure them
    lost: Sequence[Pair],
    *,
    head: str,
    base: str,
    measure: Measure,
    votes: int = VOTES,
    alpha: float = 0.05,
) -> tuple[Confirmation, ...]:
    """Measure `lost` pairs again under `votes` layouts of both specs' texts, and say which hold.

    An empty base has no layout and stays as it is. A measurement that failed is a vote that was not
    lost. UsageError for so few votes that no loss could be confirmed.
    """
    needed = votes_needed(votes, alpha)
    if needed is None:
        raise UsageError("confirm", f"{votes} votes confirm nothing", "ask for 5 or more")
    if not lost:
        return ()
    heads, bases = (_layouts(text, votes) for text in (head, base))
    seen: Counter[str] = Counter()
    for head_text, base_text in zip(heads, bases, strict=True):
        arms = measure(head_text, base_text, lost)
        seen.update(p.id for p, arm in zip(lost, arms, strict=True) if outcome_of(*arm) == "lost")
    return tuple(confirmation(pair.id, seen[pair.id], votes, needed) for pair in lost)


def confirmation(id: str, lost: int, votes: int, needed: int) -> Confirmation:
    """The record of a pair that was lost in `lost` of `votes` further measurements."""
    return Confirmation(
        id=id,
        votes=votes,
        lost=lost,
        needed=needed,
        confirmed=lost >= needed,
        false_alarm=false_alarm(votes, needed, 0.5),
    )


def explain_confirmations(found: Sequence[Confirmation]) -> tuple[str, ...]:
    """In words: which losses hold, and which do not."""
    sure = [c for c in found if c.confirmed]
    unsure = [c for c in found if not c.confirmed]
    told = []
    if sure:
        told.append(
            f"{_named(sure)} that must hold {_was(sure)} lost, and lost again in "
            f"{_times(sure)} of {count(sure[0].votes, 'repeat')} with the same words in another "
            f"layout: {_listed(sure)}."
        )
    if unsure:
        told.append(
            f"{_named(unsure)} that must hold {_was(unsure)} lost, but not when measured again "
            f"({_times(unsure)} of {count(unsure[0].votes, 'repeat')}, {unsure[0].needed} would "
            f"confirm it): {_listed(unsure)}."
        )
    return tuple(told)


def _layouts(text: str, votes: int) -> Sequence[str]:
    return neutral_variants(text, votes) if text.strip() else [text] * votes


def _was(found: Sequence[Confirmation]) -> str:
    return "was" if len(found) == 1 else "were"


def _named(found: Sequence[Confirmation]) -> str:
    return "A pair" if len(found) == 1 else count(len(found), "pair")


def _times(found: Sequence[Confirmation]) -> str:
    low, high = min(c.lost for c in found), max(c.lost for c in found)
    return f"{low}" if low == high else f"{low} to {high}"


def _listed(found: Sequence[Confirmation]) -> str:
    return ", ".join(c.id for c in found[:5]) + (f" and {len(found) - 5} more" if found[5:] else "")
