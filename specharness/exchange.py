"""Suites' results passed between the processes of one pytest run: one scores, the others read."""

import hashlib
from collections.abc import Callable
from pathlib import Path

from filelock import FileLock

from specharness.runfile import Run, SuiteRun, read_run, write_run, write_text


class Exchange:
    """A folder with one file per scored suite. Without a folder there is nobody to share with."""

    def __init__(self, folder: Path | None) -> None:
        self.folder = folder

    def share(self, suite: Path, score: Callable[[], SuiteRun]) -> SuiteRun:
        """The suite's run: computed by the first process that asks, read by those that waited."""
        if self.folder is None:
            return score()
        file = self._file(suite, "json")
        with FileLock(file.with_suffix(".lock")):
            if not file.exists():
                write_run(Run(version="", suites=(score(),)), file)
        return read_run(file).suites[0]

    def tell(self, suite: Path, say: Callable[[], str]) -> str:
        """A text about the suite: made by the first process that asks, read by the others."""
        if self.folder is None:
            return say()
        file = self._file(suite, "txt")
        with FileLock(file.with_suffix(".lock")):
            if not file.exists():
                write_text(file, say())
        return file.read_text(encoding="utf-8")

    def read_told(self) -> list[str]:
        """All texts that were shared, by file name."""
        files = sorted(self.folder.glob("*.txt")) if self.folder else []
        return [file.read_text(encoding="utf-8") for file in files]

    def _file(self, suite: Path, kind: str) -> Path:
        assert self.folder is not None
        return self.folder / f"{hashlib.sha256(str(suite).encode()).hexdigest()[:16]}.{kind}"

    def read_all(self) -> list[SuiteRun]:
        """All runs that were shared, by file name."""
        if self.folder is None:
            return []
        return [read_run(file).suites[0] for file in sorted(self.folder.glob("*.json"))]
