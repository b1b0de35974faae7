"""Answers and marks kept one a line, on the disk before the next item is asked for.

    {"format":2,"run":{...}}                                     what they belong to
    {"id":"Travel/7","label":"unsafe","answer":...,"marks":{...}}

After a kill the last line may be torn: it is dropped, and that item is done again. Of two lines of
one item the last one counts. Without a result there is no file.
"""

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from specharness.errors import UsageError
from specharness.specbench.questions import MARKS
from specharness.specbench.scoring import Mark
from specharness.specbench.spending import Spent

FORMAT = 2
_HEAD = b'{"format":'
_REMEDY = "delete the file, or name another with --out"


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """One item as it went: the answer and its marks by label, or the `error` why there are none.

    An error `is_open` where a request got no answer: it is asked again by the next run. `answering`
    is what the arm's calls cost, `judging` what the judge's did, those of runs before included.
    """

    id: str
    label: str
    answer: str = ""
    marks: Mapping[str, Mark] = field(default_factory=dict)
    error: str = ""
    is_open: bool = False
    repaired: int = 0
    answering: Spent = field(default_factory=Spent)
    judging: Spent = field(default_factory=Spent)


class Results:
    """The results at `path` that belong to `run`; more may be added.

    UsageError where the file belongs to another run, or is damaged before its last line.
    """

    def __init__(self, path: Path, run: Mapping[str, Any]) -> None:
        self.path = path
        self.found: dict[str, Result] = {}
        self._run = json.loads(json.dumps(run))
        self._has_results = self._read()

    def add(self, result: Result) -> None:
        """Keep a result, with what its item cost before: it is on the disk when this returns."""
        before = self.found.get(result.id)
        if before is not None:
            result = replace(
                result,
                answering=before.answering + result.answering,
                judging=before.judging + result.judging,
            )
        head = b"" if self._has_results else _line({"format": FORMAT, "run": self._run})
        with self.path.open("ab" if self._has_results else "wb") as file:
            file.write(head + _line(asdict(result)))
            file.flush()
            os.fsync(file.fileno())
        self.found[result.id] = result
        self._has_results = True

    def _read(self) -> bool:
        """Take in the file; False where there is no result in it."""
        try:
            data = self.path.read_bytes()
        except FileNotFoundError:
            return False
        except OSError as error:
            raise UsageError(self.path, f"cannot be read ({error.strerror})", _REMEDY) from None
        if data[: len(_HEAD)] != _HEAD[: len(data)]:
            raise UsageError(f"{self.path}:1", "not a result of specbench", _REMEDY)
        whole = data[: data.rfind(b"\n") + 1]
        if whole.count(b"\n") < 2:  # killed while the first lines were written
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
            costs = {key: Spent(**told[key]) for key in ("answering", "judging")}
            result = Result(**told | costs)
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
    lock = FileLock(path.with_name(path.name + ".lock"), timeout=0)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        lock.acquire()
    except Timeout:
        remedy = "wait for it, or name another file with --out"
        raise UsageError(path, "another process is writing it", remedy) from None
    except OSError as error:
        remedy = "name another file with --out"
        raise UsageError(path, f"cannot be written ({error.strerror})", remedy) from None
    try:
        yield Results(path, run)
    finally:
        lock.release()


def _line(value: object) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode() + b"\n"
