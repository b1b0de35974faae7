"""The pairs of a comparison on their sides: to fit on, to choose on, to judge. None is on two."""

from dataclasses import dataclass, replace
from pathlib import Path

from specharness.arms.provenance import without_alike
from specharness.errors import UsageError
from specharness.leaks import refuse_leaks, refuse_overlap
from specharness.records import Pair
from specharness.settings import ReadSettings
from specharness.split import Split, split_pairs
from specharness.suitefile import Suite
from specharness.suitepairs import read_suite_pairs


@dataclass(frozen=True, slots=True, kw_only=True)
class Sides:
    """The three sides, and how many pairs of another file were taken out: select pairs are alike.

    `source` names the file of the pairs to fit on.
    """

    split: Split
    source: str
    taken_out: int = 0


def take_sides(suite: Suite, own: Path | None) -> Sides:
    """The suite's sides, its compile pairs replaced by those of the file `own` if there is one.

    UsageError where a pair to fit or to choose on and a gate pair are alike.
    """
    pairs = read_suite_pairs(suite.pairs_path, suite.settings.read).pairs
    split = split_pairs(pairs, suite.settings.split)
    if own is None:
        refuse_leaks((*split.compile, *split.select), split.gate, suite.pairs_path)
        return Sides(split=split, source=suite.pairs_path.name)
    refuse_leaks(split.select, split.gate, suite.pairs_path)
    found, taken_out = _read(own, split)
    return Sides(split=replace(split, compile=found), source=own.name, taken_out=taken_out)


def further_pairs(path: Path, split: Split) -> tuple[Pair, ...]:
    """The pairs of another file, without those that a select pair is nearly like.

    UsageError where a gate pair is among them, or nearly.
    """
    return _read(path, split)[0]


def _read(path: Path, split: Split) -> tuple[tuple[Pair, ...], int]:
    seen = read_suite_pairs(path, ReadSettings()).pairs
    refuse_overlap(seen, split.gate, path)
    found = without_alike(seen, split.select)
    if seen and not found:
        remedy = "give other pairs: settings are chosen on select pairs, arms fitted on others"
        raise UsageError(path, "all of its pairs are select pairs of the suite", remedy)
    return found, len(seen) - len(found)
