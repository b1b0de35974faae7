"""Where the pairs of a run stand in their file, so that a forge can point at the lines."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from specharness.errors import SpecharnessError
from specharness.runfile import Run, SuiteRun
from specharness.suitefile import load_suite
from specharness.suitepairs import read_suite_pairs


@dataclass(frozen=True, slots=True, kw_only=True)
class PairsFile:
    """A suite's pairs file, from the project's root, and the line of each pair id in it."""

    path: str
    lines: Mapping[str, int] = field(default_factory=dict)


def find_pairs(run: Run, root: Path) -> dict[str, PairsFile]:
    """The pairs file of each suite by the suite's folder, read below the project's `root`.

    A run does not hold the lines, so the files are read as they are now. Where one cannot be read,
    or tells no lines (as Parquet), pairs are known by their usual file alone.
    """
    return {suite.folder: _find(suite, root) for suite in run.suites}


def _find(suite: SuiteRun, root: Path) -> PairsFile:
    try:
        found = load_suite(root / suite.folder)
        path = found.pairs_path.resolve().relative_to(root.resolve())
        pairs = read_suite_pairs(found.pairs_path, found.settings.read).pairs
    except (SpecharnessError, OSError, ValueError):  # not there, or a path that no system takes
        return PairsFile(path=f"{suite.folder}/pairs.jsonl")
    return PairsFile(path=path.as_posix(), lines={pair.id: pair.line for pair in pairs})
