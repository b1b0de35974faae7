"""The pairs of a suite: its own pairs file, or a file of preference data in another layout."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from specharness.pairline import ALSO, KEYS
from specharness.pairs import load_pairs
from specharness.records import Pair
from specharness.settings import ReadSettings

_TYPO = 0.82  # "weigth" is a typing error of "weight" (0.83), "source_id" a field of its own (0.80)


@dataclass(frozen=True, slots=True, kw_only=True)
class SuitePairs:
    """Pairs in the order of their file, and one line on what an import left out ("" if nothing)."""

    pairs: tuple[Pair, ...]
    told: str = ""


def read_suite_pairs(path: Path, settings: ReadSettings) -> SuitePairs:
    """Read a pairs file strictly, or any other layout by import; UsageError as these raise it.

    In a pairs file a bad line is an error. In data of other layouts a comparison that makes no
    pair (a tie, an empty side) is left out, and `told` says how many and why.
    """
    if settings == ReadSettings() and is_ours(path):
        return SuitePairs(pairs=load_pairs(path))
    from specharness.importers.judgement import Options  # noqa: PLC0415 - for foreign data only
    from specharness.importers.reading import import_pairs  # noqa: PLC0415
    from specharness.importers.summary import one_line  # noqa: PLC0415

    options = Options(
        format=settings.format, mapping=settings.map, axis=settings.axis,
        annotator=settings.annotator, min_gap=settings.min_gap,
        first_wins_when=settings.first_wins_when, prompt=settings.prompt,
    )  # fmt: skip
    found = import_pairs(path, options)
    return SuitePairs(pairs=found.pairs, told=one_line(found.tally))


def is_ours(path: Path) -> bool:
    """Whether a file is to be read strictly: so it says, or nothing better can be said of it."""
    if path.suffix != ".jsonl" or not path.is_file():
        return path.suffix == ".jsonl"
    row = _first_row(path)
    if row is None:
        return True
    strange = [k for k in row if k not in KEYS and k not in ALSO and not k.startswith("_")]
    typos = [k for k in strange if get_close_matches(k, KEYS, n=1, cutoff=_TYPO)]
    return (not strange and _has_texts(row)) or bool(typos) or not _known(row)


def _has_texts(row: Mapping[str, Any]) -> bool:
    """Whether both responses are there, in a form that `load_pairs` reads."""
    sides = [row.get("chosen"), row.get("rejected")]
    return all(isinstance(side, list) for side in sides) or (
        "prompt" in row and all(isinstance(side, str) for side in sides)
    )


def _first_row(path: Path) -> dict[str, Any] | None:
    """The first line that is not blank, if it is an object; what is not is for `load_pairs`."""
    try:
        with path.open(encoding="utf-8-sig") as lines:
            row = json.loads(next((line for line in lines if line.strip()), ""))
    except (OSError, ValueError, RecursionError):
        return None
    return row if isinstance(row, dict) else None


def _known(row: dict[str, Any]) -> bool:
    from specharness.importers.judgement import Row  # noqa: PLC0415
    from specharness.importers.known import LAYOUTS  # noqa: PLC0415

    return any(layout.fits(Row(data=row, where="")) for layout in LAYOUTS)
