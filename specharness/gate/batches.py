"""Pairs as they are measured: batches of whole groups, in an order that no result can choose."""

from collections import defaultdict
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from itertools import compress

import numpy as np

from specharness.gate.decision import Decision
from specharness.gate.findings import Look
from specharness.gate.gates import net_flips
from specharness.gate.stats import Floats
from specharness.records import digest
from specharness.runfile import GateVerdict

LOOKS = (0.5, 0.75, 1.0)  # shares of all pairs
FIRST, GROWTH = 40, 1.25  # pairs of the first batch, and by how much all pairs grow with a look


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """Preferences of the next pairs under both specs, and the groups they belong to.

    `kept` says of each pair whether it may show a loss: not one in quarantine. Empty: all may.
    """

    base: Sequence[float]
    head: Sequence[float]
    groups: Sequence[Hashable]
    kept: Sequence[bool] = ()

    @property
    def showing(self) -> "Batch":
        """The pairs that may show a loss."""
        if all(self.kept):
            return Batch(base=self.base, head=self.head, groups=self.groups)
        return Batch(
            base=tuple(compress(self.base, self.kept)),
            head=tuple(compress(self.head, self.kept)),
            groups=tuple(compress(self.groups, self.kept)),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Looked:
    """What a row of looks said: the verdict, every look, and the sentences that tell it.

    `decision` has the last look's figures by planned looks, None by e-values; `interval` is that of
    the difference by e-values, as valid as they are whenever one stops. `is_spared` says that only
    pairs in quarantine show the loss.
    """

    verdict: GateVerdict
    looks: tuple[Look, ...]
    sentences: tuple[str, ...]
    decision: Decision | None = None
    interval: tuple[float, float] | None = None
    is_spared: bool = False


def plan_batches(
    groups: Sequence[str], *, seed: int = 0, first: int = FIRST, growth: float = GROWTH
) -> list[list[int]]:
    """Indices of the pairs of each batch: whole groups, in the order of a digest of seed and group.

    The first batch has `first` pairs or a few more, and each makes them `growth` times as many.

    >>> [len(batch) for batch in plan_batches([str(i) for i in range(100)])]
    [40, 10, 13, 16, 21]
    """
    batches: list[list[int]] = [[]]
    done, goal = 0, float(first)
    for members in _in_order(groups, seed):
        if done >= goal:
            batches.append([])
            goal = growth * done
        batches[-1] += members
        done += len(members)
    if len(batches) > 1 and len(batches[-1]) < len(batches[-2]) / 2:
        last = batches.pop()  # too few for a look of their own
        batches[-1] += last
    return [sorted(batch) for batch in batches if batch]


def plan_looks(groups: Sequence[str], *, seed: int = 0) -> list[list[int]]:
    """Indices of the pairs that each planned look adds: whole groups, in the same order.

    >>> [len(batch) for batch in plan_looks([str(i) for i in range(400)])]
    [200, 100, 100]
    """
    batches: list[list[int]] = [[]]
    done, ends = 0, [share * len(groups) for share in LOOKS]
    for members in _in_order(groups, seed):
        if done >= ends[0] and len(ends) > 1:
            batches.append([])
            ends.pop(0)
        batches[-1] += members
        done += len(members)
    return [sorted(batch) for batch in batches if batch]


def _in_order(groups: Sequence[str], seed: int) -> list[list[int]]:
    """The indices of each group, in the order of a digest of seed and group."""
    members: defaultdict[str, list[int]] = defaultdict(list)
    for index, group in enumerate(groups):
        members[group].append(index)
    return [members[name] for name in sorted(members, key=lambda name: digest(seed, name))]


def joined(seen: Batch, batch: Batch) -> Batch:
    """What was seen, and a batch more."""
    return Batch(
        base=(*seen.base, *batch.base),
        head=(*seen.head, *batch.head),
        groups=(*seen.groups, *batch.groups),
        kept=(*seen.kept, *(batch.kept or [True] * len(batch.base))),
    )


def by_group(seen: Batch) -> tuple[Floats, Floats]:
    """won - lost and the number of pairs of each group."""
    members: defaultdict[Hashable, list[float]] = defaultdict(list)
    flips, _ = net_flips(seen.base, seen.head)
    for group, flip in zip(seen.groups, flips.tolist(), strict=True):
        members[group].append(flip)
    return np.array([sum(m) for m in members.values()]), np.array(
        [len(m) for m in members.values()]
    )
