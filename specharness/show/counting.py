"""How much there is: pairs, groups, prompts, sides of the split, slices, positions."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence

from specharness.gate.verdicts import share_of
from specharness.judging import length_rule
from specharness.records import Pair
from specharness.show.facts import Counts, Kind, Position, Sides, Slice
from specharness.split import Split

_KINDS: dict[Kind, Callable[[Pair], Iterable[str]]] = {
    "source": lambda pair: (pair.source,),
    "tag": lambda pair: dict.fromkeys(pair.tags),
    "group": lambda pair: (pair.group,),
}


def count_pairs(pairs: Sequence[Pair], split: Split | None) -> Counts:
    """The counts of at least one pair."""
    roles = [{turn.role for turn in pair.prompt} for pair in pairs]
    return Counts(
        pairs=len(pairs),
        groups=len({pair.group for pair in pairs}),
        prompts=len({pair.prompt for pair in pairs}),
        conversations=sum("assistant" in names for names in roles),
        systems=sum(bool({"system", "developer"} & names) for names in roles),
        must=sum(pair.must for pair in pairs),
        weighted=sum(pair.weight != 1 for pair in pairs),
        sides=_sides(split) if split else None,
    )


def _sides(split: Split) -> Sides:
    return Sides(compile=len(split.compile), select=len(split.select), gate=len(split.gate))


def find_slices(pairs: Sequence[Pair], split: Split | None) -> tuple[Slice, ...]:
    """All sources, all tags, and the groups of more than one pair: the largest of each kind first.

    A pair is in the slice of each of its tags. Pairs without a source are one slice, named "".
    """
    gating = {id(pair) for pair in split.gate} if split else set()
    found: list[Slice] = []
    for kind, names in _KINDS.items():
        members: dict[str, list[Pair]] = defaultdict(list)
        for pair in pairs:
            for name in names(pair):
                members[name].append(pair)
        kept = {n: m for n, m in members.items() if kind != "group" or len(m) > 1}
        found += sorted(
            (
                _slice(kind, name, inside, gating if split else None)
                for name, inside in kept.items()
            ),
            key=lambda part: (-part.pairs, part.name),
        )
    return tuple(found)


def _slice(kind: Kind, name: str, inside: list[Pair], gating: set[int] | None) -> Slice:
    return Slice(
        kind=kind,
        name=name,
        pairs=len(inside),
        gate=None if gating is None else sum(id(pair) in gating for pair in inside),
        longer=length_rule(inside),
    )


def count_positions(pairs: Sequence[Pair]) -> Position:
    """How often the chosen response was shown first."""
    known = [float(pair.position == "first") for pair in pairs if pair.position]
    return Position(
        first=share_of(known),
        unknown=len(pairs) - len(known),
        one_sided=len(set(known)) == 1,
    )
