"""Suites' results passed between the processes of one pytest run: one scores, the others read."""

import hashlib
from collections.abc import Callable
from pathlib import Path

from filelock import FileLock

from specharness.runfile import Run, SuiteRun, read_run, write_run


class Exchange:
    """A folder with one file per scored suite. Without a folder there is nobody to share with."""

    def __init__(self, folder: Path | None) -> None:
        self.folder = folder

    def share(self, suite: Path, score: Callable[[], SuiteRun]) -> SuiteRun:
        """The suite's run: computed by the first process that asks, read by those that waited."""
        if self.folder is None:
            return score()
        name = hashlib.sha256(str(suite).encode()).hexdigest()[:16]
        file = self.folder / f"{name}.json"
        with FileLock(self.folder / f"{name}.lock"):
            if not file.exists():
                write_run(Run(version="", suites=(score(),)), file)
        return read_run(file).suites[0]

    def read_all(self) -> list[SuiteRun]:
        """All runs that were shared, by file name."""
        if self.folder is None:
            return []
        return [read_run(file).suites[0] for file in sorted(self.folder.glob("*.json"))]
