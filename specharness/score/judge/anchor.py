"""Anchors: pairs of an admission that show, judged again, whether the judge is still the same."""

from collections.abc import Sequence
from dataclasses import dataclass

from specharness.pairs import dump_pair, parse_pairs
from specharness.records import Pair, digest
from specharness.score.judge.judgement import Judged, Judgement

ANCHORS = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Anchor:
    """A pair that is judged again in later runs: its id, its p at admission, and its JSON line."""

    id: str
    preference: float
    pair: str


def pick_anchors(pairs: Sequence[Pair], judged: Judged) -> tuple[Anchor, ...]:
    """Pairs on which both orders agreed; picked by digest, so that anybody picks the same ones.

    Of pairs that were voted on, the clearest: the others turn by chance.
    """
    lines = {pair.id: dump_pair(pair) for pair in pairs}
    clear = {j.id: j for j in judged.measured if j.agrees}
    picked = sorted(clear.values(), key=_rank)[:ANCHORS]
    return tuple(Anchor(id=j.id, preference=j.preference or 0.0, pair=lines[j.id]) for j in picked)


def _rank(judgement: Judgement) -> tuple[float, str]:
    clear = abs((judgement.preference or 0.0) - 0.5) if judgement.asked else 0.0
    return -clear, digest("anchor", judgement.id)


def anchor_pairs(anchors: Sequence[Anchor]) -> tuple[Pair, ...]:
    """The pairs, to be judged again by the spec the judge was tried with."""
    return parse_pairs([anchor.pair for anchor in anchors], "anchors")
