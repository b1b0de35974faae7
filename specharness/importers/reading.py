"""A file of preference data read into pairs: the whole way of an import, in order."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypedDict, Unpack

from specharness.errors import UsageError
from specharness.importers.judgement import Dropped, Options
from specharness.importers.known import LAYOUTS
from specharness.importers.recognise import Recogniser, choose_layouts
from specharness.importers.sources import read_rows
from specharness.importers.tally import Kept, Tally, settle
from specharness.records import Pair


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """The pairs of a file, and what became of every comparison in it."""

    pairs: tuple[Pair, ...]
    tally: Tally


def stream_pairs(
    path: Path, options: Options, tally: Tally, told: Callable[[Dropped], None] = lambda _: None
) -> Iterator[Kept]:
    """The pairs of a file, one by one; `tally` is complete when the last was taken.

    `told` hears of every comparison that makes no pair. Layouts that join rows, and votes of
    several annotators, are held in memory until the file ends; all else passes through.
    UsageError at the end when there was not one pair.
    """
    recogniser = Recogniser(choose_layouts(LAYOUTS, options), options)
    for outcome in settle(recogniser.read(read_rows(path)), options.annotator, options.prompt):
        tally.count(outcome)
        if isinstance(outcome, Kept):
            yield _with_source(outcome, path)
        else:
            told(outcome)
    tally.layouts.update(recogniser.used)
    _require_pairs(tally, path)


def _with_source(kept: Kept, path: Path) -> Kept:
    if kept.pair.source:
        return kept
    return replace(kept, pair=replace(kept.pair, source=path.name))


class Choices(TypedDict, total=False):
    """The keywords of `read_pairs`: the fields of `Options`, with `map` for its mapping."""

    format: str
    map: Mapping[str, str]
    axis: str
    annotator: str
    min_gap: float
    first_wins_when: str
    prompt: str


def read_pairs(path: Path | str, **choices: Unpack[Choices]) -> Imported:
    """Read preference data in any common layout; `specharness import --help` says what is known.

    `format` names a layout (default: each row shows its own); `map` is field -> path for others
    ({"chosen": "outputs.better", ...}); `axis`, `annotator`, `min_gap` and `first_wins_when` are
    explained in `Options`. UsageError for a file that cannot be read, that nobody knows or that
    can be read in two ways; what became of every comparison is in `.tally`.
    """
    given: dict[str, Any] = dict(choices)
    return import_pairs(Path(path), Options(mapping=dict(given.pop("map", {})), **given))


def import_pairs(path: Path, options: Options) -> Imported:
    """`read_pairs` with its options as a record."""
    tally = Tally()
    pairs = tuple(kept.pair for kept in stream_pairs(path, options, tally))
    return Imported(pairs=pairs, tally=tally)


def _require_pairs(tally: Tally, path: Path) -> None:
    """UsageError when nothing was kept: it says what stood in the way most often."""
    if tally.kept:
        return
    if not tally.dropped:
        raise UsageError(path, "no records", "name a file with preference data")
    reason, count = tally.dropped.most_common(1)[0]
    where = tally.places[reason][0]
    what = f"none of {tally.read} comparisons makes a pair ({count}: {reason})"
    raise UsageError(where, what, "choose another --format, --map or --axis, or mend the file")
