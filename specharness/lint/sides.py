"""Which pairs must not know of each other: the sides of splits, of suites and of marks by hand."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from specharness.lint.subject import Subject, place
from specharness.records import Pair
from specharness.visible import excerpt

SEEING, JUDGING = ("compile", "select"), "gate"


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """One side of a split. `hand` tells marks of a user's own from the sides of a suite's split."""

    suite: str  # its folder
    name: str
    hand: bool = False

    def is_apart(self, other: "Side") -> bool:
        """Whether what is on one side must not be on the other.

        Within a suite that is so for any two sides; between two suites only where one sees what the
        other judges by: two gates may share pairs.
        """
        if self.suite == other.suite:
            return self.name != other.name
        names = {self.name, other.name}
        return JUDGING in names and not names.isdisjoint(SEEING)


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """A pair on a side."""

    subject: Subject
    pair: Pair
    side: Side

    def told(self, seen_from: "Placed") -> str:
        """Where this is, as a finding about `seen_from` says it."""
        path = self.subject.suite.pairs_path
        elsewhere = path != seen_from.subject.suite.pairs_path
        where = f"{path.as_posix()}, {place(self.pair)}" if elsewhere else place(self.pair)
        return f"{where} ({_named(self.side)}; here: {_named(seen_from.side)})"


def _named(side: Side) -> str:
    return excerpt(side.name, 30)


def placings(subjects: Sequence[Subject]) -> Iterator[tuple[Placed, ...]]:
    """The pairs whose sides are compared: one placing for all splits, one for each suite's marks.

    Nothing where no side is apart from another.
    """
    splits = [one for subject in subjects for one in _by_split(subject)]
    for placed in (splits, *map(_by_hand, subjects)):
        sides = {one.side for one in placed}
        if any(one.is_apart(other) for one in sides for other in sides):
            yield tuple(placed)


def _by_split(subject: Subject) -> Iterator[Placed]:
    suite = _name(subject)
    for name in (*SEEING, JUDGING):
        side = Side(suite=suite, name=name)
        for pair in getattr(subject.split, name):
            yield Placed(subject=subject, pair=pair, side=side)


def _by_hand(subject: Subject) -> list[Placed]:
    suite = _name(subject)
    return [
        Placed(subject=subject, pair=pair, side=Side(suite=suite, name=mark, hand=True))
        for pair in subject.pairs
        if (mark := subject.marked.get(pair.line)) is not None
    ]


def _name(subject: Subject) -> str:
    return str(subject.suite.folder.resolve())
