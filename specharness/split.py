"""Pairs divided into what a compiler may see and what a gate judges."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate

from specharness.neighbours import Clusters, near_duplicates
from specharness.records import Pair, digest
from specharness.settings import SplitSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class Split:
    """The three sides, each in the order of the file. The compiler never sees `gate`."""

    compile: tuple[Pair, ...]
    select: tuple[Pair, ...]
    gate: tuple[Pair, ...]


def split_pairs(pairs: Sequence[Pair], settings: SplitSettings) -> Split:
    """Divide pairs by `settings.compile`, `.select` and `.gate` (shares, normalised).

    Pairs of one group, and groups with nearly the same prompt, stay together (a cluster). Clusters
    are put in the order of a digest of the seed and their groups, and the line of pairs is cut at
    the cumulative shares, at the nearest end of a cluster: so a side misses its share by at most
    one cluster, the order of the file does not matter, and a new pair moves only clusters next to
    a cut (or those whose prompts it links). A side with a share gets at least one cluster while
    they last, the gate first. With one side in use nothing is compared.
    """
    names = ("compile", "select", "gate")
    shares = [settings.compile, settings.select, settings.gate]
    used = [index for index, share in enumerate(shares) if share > 0]
    clusters = _clusters(pairs, settings.seed) if len(used) > 1 else [list(pairs)]
    cuts = _cuts([len(cluster) for cluster in clusters], [shares[index] for index in used])
    sides: dict[str, tuple[Pair, ...]] = dict.fromkeys(names, ())
    for index, start, end in zip(used, [0, *cuts], [*cuts, len(clusters)], strict=True):
        members = {id(pair) for cluster in clusters[start:end] for pair in cluster}
        sides[names[index]] = tuple(pair for pair in pairs if id(pair) in members)
    return Split(**sides)


def _clusters(pairs: Sequence[Pair], seed: int) -> list[list[Pair]]:
    """Pairs that must stay together, in an order that depends on the seed and the groups only."""
    groups: dict[str, list[Pair]] = defaultdict(list)
    for pair in pairs:
        groups[pair.group].append(pair)
    names = sorted(groups, key=lambda name: digest(seed, name))
    texts = {(i, _asked(pair)) for i, name in enumerate(names) for pair in groups[name]}
    owners = sorted(texts)
    clusters = Clusters(len(names))
    for alike in near_duplicates([text for _, text in owners]):
        for index in alike:
            clusters.join(owners[alike[0]][0], owners[index][0])
    return [
        [p for index in members for p in groups[names[index]]] for members in clusters.members()
    ]


def _asked(pair: Pair) -> str:
    """What tells prompts apart: the turns without system texts, which whole suites share."""
    turns = [turn for turn in pair.prompt if turn.role not in ("system", "developer")]
    return "\n".join(turn.content for turn in turns)


def _cuts(sizes: Sequence[int], shares: Sequence[float]) -> list[int]:
    """Before which cluster each side but the first begins: where the shares add up, rounded."""
    ends, total, count = [0, *accumulate(sizes)], sum(shares), len(sizes)
    cuts = []
    for side, share in enumerate(list(accumulate(shares))[:-1], 1):
        goal = share / total * ends[-1]
        nearest = min(range(count + 1), key=lambda cut: abs(ends[cut] - goal))
        cuts.append(max(0, min(max(nearest, side), count - (len(shares) - side))))
    return cuts
