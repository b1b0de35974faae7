"""Answers and marks kept one a line, on the disk before the next item is asked for.

    {"format":1,"run":{...}}                                     what they belong to
    {"id":"Travel/7","label":"unsafe","answer":...,"marks":{...}}

After a kill the last line may be torn: it is dropped, and that item is done again.
"""

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from specharness.errors import UsageError
from specharness.specbench.questions import MARKS
from specharness.specbench.scoring import Mark

FORMAT = 1
_REMEDY = "delete the file, or name another with --out"


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """One item as it went: the answer and its marks by label, or the `error` why there are none.

    `read` and `written` count the tokens of the arm's calls, `seconds` their time; with `judge_`
    the judge's.
    """

    id: str
    label: str
    answer: str = ""
    marks: Mapping[str, Mark] = field(default_factory=dict)
    error: str = ""
    repaired: int = 0
    read: int = 0
    written: int = 0
    seconds: float = 0.0
    judge_read: int = 0
    judge_written: int = 0
    judge_seconds: float = 0.0


class Results:
    """The results at `path` that belong to `run`; more may be added.

    UsageError where the file belongs to another run, or is damaged before its last line.
    """

    def __init__(self, path: Path, run: Mapping[str, Any]) -> None:
        self.path = path
        self.found: dict[str, Result] = {}
        self._run = json.loads(json.dumps(run))
        if not self._read():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(_line({"format": FORMAT, "run": self._run}))

    def add(self, result: Result) -> None:
        """Keep a result: it is on the disk when this returns."""
        with self.path.open("ab") as file:
            file.write(_line(asdict(result)))
            file.flush()
            os.fsync(file.fileno())
        self.found[result.id] = result

    def _read(self) -> bool:
        """Take in the file; False where there is nothing to keep of it."""
        try:
            data = self.path.read_bytes()
        except FileNotFoundError:
            return False
        except OSError as error:
            raise UsageError(self.path, f"cannot be read ({error.strerror})", _REMEDY) from None
        whole = data[: data.rfind(b"\n") + 1]
        if not whole:  # killed while the first line was written
            return False
        if whole != data:
            os.truncate(self.path, len(whole))
        for number, line in enumerate(whole.splitlines(), 1):
            self._take(number, line)
        return True

    def _take(self, number: int, line: bytes) -> None:
        try:
            told = json.loads(line)
            if number == 1:
                self._check(told)
                return
            result = Result(**told)
            if not set(result.marks.values()) <= set(MARKS):
                raise ValueError("a mark that is none")
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
            what = f"not a result of specbench ({error})"
            raise UsageError(f"{self.path}:{number}", what, _REMEDY) from None
        self.found[result.id] = result

    def _check(self, told: dict[str, Any]) -> None:
        if told["format"] != FORMAT:
            raise ValueError(f"format {told['format']}, not {FORMAT}")
        other = [key for key in self._run if told["run"].get(key) != self._run[key]]
        if other:
            what = f"it belongs to another run (other {', '.join(other)})"
            raise UsageError(self.path, what, _REMEDY)


@contextmanager
def open_results(path: Path, run: Mapping[str, Any]) -> Iterator[Results]:
    """The results at `path`, this process alone adding to them until the block ends."""
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        with FileLock(path.with_name(path.name + ".lock"), timeout=0):
            yield Results(path, run)
    except Timeout:
        remedy = "wait for it, or name another file with --out"
        raise UsageError(path, "another process is writing it", remedy) from None


def _line(value: object) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode() + b"\n"
