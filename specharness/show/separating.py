"""The measured properties that separate chosen from rejected responses, one at a time."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import floor

import numpy as np

from specharness.compile.evidence import Evidence, Tier, weigh_evidence
from specharness.compile.features.candidate import Candidate, candidates
from specharness.compile.features.catalog import FEATURES
from specharness.compile.features.feature import Feature
from specharness.compile.features.measured import measure_pairs, vote_matrix
from specharness.compile.merging import merge_rules
from specharness.compile.votes import Matrix, Votes, collect_votes
from specharness.gate.stats import effective_n, wilson
from specharness.records import Pair
from specharness.show.facts import Direction, Separation, Separator

MOST_PAIRS = 1000
MOST_CHARACTERS = 2_000_000  # of prompts and responses: some four seconds of measuring
MOST_OF_ONE = 100_000
_ORDER: tuple[Tier, ...] = ("supported", "suggestive", "unsupported")
_RATED = ("score", "ratio")  # units whose titles name a quality, which is higher or lower


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """Pairs to be measured, in file order, and how many are too long to be."""

    pairs: tuple[Pair, ...]
    too_long: int


def draw_sample(pairs: Sequence[Pair], rng: np.random.Generator) -> Sample:
    """At most 1,000 pairs and 2 million characters, drawn at random; all where they fit.

    Pairs of more than 100,000 characters are not drawn.
    """
    sizes = [_size(pair) for pair in pairs]
    short = [index for index in range(len(pairs)) if sizes[index] <= MOST_OF_ONE]
    drawn = [short[place] for place in rng.permutation(len(short))][:MOST_PAIRS]
    fits = np.cumsum([sizes[index] for index in drawn]) <= MOST_CHARACTERS
    kept = sorted(drawn[: int(fits.sum())])
    return Sample(pairs=tuple(pairs[i] for i in kept), too_long=len(pairs) - len(short))


def _size(pair: Pair) -> int:
    return sum(len(t) for t in (pair.chosen, pair.rejected, *(m.content for m in pair.prompt)))


def separate(pairs: Sequence[Pair], rng: np.random.Generator) -> Separation:
    """Every property of the compiler's catalogue weighed alone, on a sample of the pairs.

    Properties that vote alike are told as one, led by the one with the better evidence: supported
    ones come first, then by p, and those of one p by how far they get on all pairs, with a coin
    thrown where a property is silent.
    """
    sample = draw_sample(pairs, rng)
    offered = candidates(FEATURES)
    votes = collect_votes(vote_matrix(measure_pairs(sample.pairs, FEATURES), offered), sample.pairs)
    evidence = weigh_evidence(votes, rng)
    order = sorted((j for j in range(len(offered)) if evidence[j].support), key=_rank(evidence))
    families = merge_rules(votes.matrix, order) if order else []
    return Separation(
        pairs=len(pairs),
        measured=len(sample.pairs),
        too_long=sample.too_long,
        properties=len(FEATURES),
        separators=tuple(_separator(offered, evidence, votes, family) for family in families),
        leader_votes=_votes_by_id(sample, votes.matrix, families),
    )


def _rank(evidence: Sequence[Evidence]) -> Callable[[int], tuple[int, float, float, int]]:
    def rank(j: int) -> tuple[int, float, float, int]:
        found = evidence[j]
        gained = found.coverage * (found.held_out - 0.5)
        return _ORDER.index(found.tier), found.p, -gained, j

    return rank


def _separator(
    offered: Sequence[Candidate], evidence: Sequence[Evidence], votes: Votes, family: list[int]
) -> Separator:
    first = family[0]
    found, feature = evidence[first], offered[first].feature
    worth = _worth(votes.matrix[:, first], votes)
    low, high = wilson(found.held_out * worth, worth)
    return Separator(
        name=offered[first].toward(found.direction).name,
        label=directed(feature, found.direction),
        family=feature.family,
        held_out=found.held_out,
        low=low,
        high=high,
        p=found.p,
        support=found.support,
        contradict=found.contradict,
        silent=found.silent,
        worth=worth,
        controlled=found.controlled,
        tier=found.tier,
        alike=tuple(directed(offered[j].feature, evidence[j].direction) for j in family[1:]),
    )


def _worth(column: Matrix, votes: Votes) -> int:
    """How many independent pairs those that speak are worth, rounded down; 1 at least."""
    spoken = column != 0
    return max(1, floor(effective_n(column[spoken], votes.clusters[spoken].tolist())))


def _votes_by_id(sample: Sample, matrix: Matrix, families: list[list[int]]) -> dict[str, int]:
    if not families:
        return {}
    column = matrix[:, families[0][0]].tolist()
    return dict(zip((pair.id for pair in sample.pairs), column, strict=True))


def directed(feature: Feature, direction: Direction) -> str:
    """A property with its direction, in words: "fewer words", "more often: opens with filler"."""
    more = direction > 0
    if feature.unit == "yes/no" or feature.title.startswith("opens "):
        return f"{'more' if more else 'less'} often: {feature.title}"
    if feature.unit in _RATED:
        return f"{'higher' if more else 'lower'} {feature.title}"
    return f"{'more' if more else _less(feature.title)} {feature.title}"


def _less(title: str) -> str:
    """ "fewer" of what is counted: where the words before the first preposition end in a plural."""
    head = re.split(r" (?:of|in|per|with|around|outside|for|to|from)\b", title)[0]
    return "fewer" if head.endswith("s") and not head.endswith("ss") else "less"
