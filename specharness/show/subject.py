"""What is looked at: the pairs of a suite, or of a file of preference data."""

import json
from dataclasses import dataclass
from pathlib import Path

from specharness.errors import UsageError
from specharness.importers.writing import found_licence, sidecar_path
from specharness.records import Pair
from specharness.settings import ReadSettings
from specharness.show.facts import Origin
from specharness.split import Split, split_pairs
from specharness.suitefile import SETTINGS, find_suites, load_suite
from specharness.suitepairs import read_suite_pairs

HOME = Path("suites")


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """Pairs in the order of their file; `split` is None where they belong to no suite."""

    name: str
    description: str
    file: str
    pairs: tuple[Pair, ...]
    split: Split | None
    origin: Origin


def read_subject(target: str, reading: ReadSettings) -> Subject:
    """Read the suite of this name or folder, else the file (or folder) of preference data.

    `reading` says how a file is to be read; a suite says it itself. UsageError for what is not
    there or cannot be read.
    """
    suite = _suite_path(target)
    if suite is None:
        return _file(target, reading)
    if reading != ReadSettings():
        what = "a suite says itself how its pairs are read"
        raise UsageError(target, what, f"write it into [read] of {SETTINGS}, or name the file")
    return _suite(suite)


def _suite_path(target: str) -> Path | None:
    """The suite's folder or its suite.toml; None where the target is none."""
    for path in (HOME / target, Path(target)):
        if path.name == SETTINGS and path.is_file():
            return path
        if path.is_dir() and path.resolve() in find_suites(path.resolve().parent):
            return path
    return None


def _suite(path: Path) -> Subject:
    suite = load_suite(path)
    found = read_suite_pairs(suite.pairs_path, suite.settings.read)
    return Subject(
        name=suite.name,
        description=suite.settings.description,
        file=f"{suite.name}/{suite.settings.pairs}",
        pairs=found.pairs,
        split=split_pairs(found.pairs, suite.settings.split),
        origin=_origin(suite.pairs_path, found.told),
    )


def _file(target: str, reading: ReadSettings) -> Subject:
    path = Path(target)
    if not path.exists():
        known = ", ".join(folder.name for folder in find_suites(HOME)[:8])
        what = "no such suite or file"
        raise UsageError(target, what, f"the suites are {known}" if known else "name another")
    found = read_suite_pairs(path, reading)
    name = path.resolve().name
    return Subject(
        name=name,
        description="",
        file=name,
        pairs=found.pairs,
        split=None,
        origin=_origin(path, found.told),
    )


def _origin(path: Path, told: str) -> Origin:
    """What the sidecar says, else the licence file beside the data."""
    sidecar = _sidecar(path)
    licence = sidecar.get("licence")
    return Origin(
        file=str(sidecar.get("source", "")),
        licence=str(licence) if licence else found_licence(path),
        told=told or _import_told(sidecar),
    )


def _sidecar(path: Path) -> dict[str, object]:
    try:
        record = json.loads(sidecar_path(path).read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return {}
    return record if isinstance(record, dict) else {}


def _import_told(sidecar: dict[str, object]) -> str:
    """The counts of the import that wrote the sidecar, as `importers.summary.one_line` says it."""
    read, kept, dropped = (sidecar.get(key) for key in ("read", "kept", "dropped"))
    if not isinstance(read, int) or not isinstance(kept, int):
        return ""
    said = f"{read} comparisons read, {kept} kept"
    reasons = dropped.items() if isinstance(dropped, dict) else ()
    left_out = ", ".join(f"{count} {reason}" for reason, count in reasons)
    return f"{said}; dropped: {left_out}" if left_out else said
