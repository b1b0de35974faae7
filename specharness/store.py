"""Results that were paid for once, in one SQLite file that several processes may share.

Each row is (key, payload, checksum over both), so that a damaged row is noticed, dropped and asked
again. The store is a cache: it may be deleted at any time.
"""

import sqlite3
import sys
from collections.abc import Callable, Iterable, Mapping
from hashlib import sha256
from pathlib import Path
from typing import TypeVar

from filelock import FileLock

from specharness.errors import UsageError
from specharness.keys import Result, pack_result, unpack_result
from specharness.storefile import connect, is_damage, move_aside

_SLICE = 500  # keys per query: older builds of SQLite bind at most 999 values

T = TypeVar("T")


class Store:
    """The results at `path`; opened on first use, shared with other processes.

    A file that is damaged or of another version is moved aside to `<name>.damaged-<n>`, told to
    `warn` (default: standard error) in one line, and a fresh one begun. `damaged` counts the rows
    dropped for a wrong checksum. UsageError where the file can be neither opened nor made.
    """

    def __init__(self, path: Path, warn: Callable[[str], object] | None = None) -> None:
        self.path = path
        self.damaged = 0
        self._warn = warn or _to_stderr
        self._open: sqlite3.Connection | None = None
        self._inode = 0

    def get_many(self, keys: Iterable[str]) -> dict[str, Result]:
        """The stored results among `keys`."""
        wanted = list(dict.fromkeys(keys))
        try:
            return self._attempt(lambda db: self._read(db, wanted)) if wanted else {}
        except sqlite3.OperationalError as error:
            self._warn(f"{self.path}: cannot be read ({error}); results are asked again")
            return {}

    def put_many(self, results: Mapping[str, Result]) -> None:
        """Store `results` in one transaction: after a crash all of them are there, or none.

        A full disk or a lasting lock is a warning: the results themselves are still at hand.
        """
        rows = [_seal(key, pack_result(result)) for key, result in results.items()]
        try:
            if rows:
                self._attempt(lambda db: _write(db, rows))
        except sqlite3.OperationalError as error:
            self._warn(f"{self.path}: cannot be written ({error}); results will be asked again")

    def close(self) -> None:
        """Let go of the file; the next use opens it again."""
        if self._open is not None:
            self._open.close()
            self._open = None

    def __del__(self) -> None:
        self.close()

    def _attempt(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """Do `work`; where the file turns out damaged, do it once more with a fresh file."""
        try:
            return work(self._connection())
        except sqlite3.DatabaseError as error:
            if not is_damage(error):
                raise
            self.close()
            self._begin_afresh(str(error))
            return work(self._connection())

    def _connection(self) -> sqlite3.Connection:
        if self._open is None:
            try:
                self.path.parent.mkdir(parents=True, exist_ok=True)
                with self._lock():
                    try:
                        self._open = connect(self.path)
                    finally:
                        self._inode = _inode(self.path)
            except (OSError, sqlite3.OperationalError) as error:
                raise UsageError(
                    self.path, f"cannot be opened ({error})", "name a cache folder you may write to"
                ) from None
        return self._open

    def _begin_afresh(self, reason: str) -> None:
        with self._lock():
            if _inode(self.path) == self._inode:  # else another process has done it meanwhile
                aside = move_aside(self.path)
                self._warn(f"{self.path}: {reason}; moved to {aside.name}, a fresh store begins")

    def _lock(self) -> FileLock:
        return FileLock(self.path.with_name(self.path.name + ".lock"))

    def _read(self, db: sqlite3.Connection, keys: list[str]) -> dict[str, Result]:
        sound: dict[str, Result] = {}
        spoilt: list[tuple[str]] = []
        for row in _rows(db, keys):
            key, payload = row[0].decode(), row[1]
            if isinstance(payload, bytes) and _seal(key, payload)[2] == row[2]:
                sound[key] = unpack_result(payload)
            else:
                spoilt.append((key,))
        if spoilt:
            self.damaged += len(spoilt)
            with db:
                db.executemany("DELETE FROM results WHERE key = ?", spoilt)
        return sound


def _rows(db: sqlite3.Connection, keys: list[str]) -> list[tuple[bytes, bytes, bytes]]:
    rows = []
    for start in range(0, len(keys), _SLICE):
        part = keys[start : start + _SLICE]
        marks = ",".join("?" * len(part))
        rows += db.execute(f"SELECT * FROM results WHERE key IN ({marks})", part).fetchall()  # noqa: S608
    return rows


def _write(db: sqlite3.Connection, rows: list[tuple[str, bytes, bytes]]) -> None:
    with db:
        db.executemany("INSERT OR REPLACE INTO results VALUES (?, ?, ?)", rows)


def _seal(key: str, payload: bytes) -> tuple[str, bytes, bytes]:
    return key, payload, sha256(key.encode() + b"\0" + payload).digest()[:16]


def _inode(path: Path) -> int:
    return path.stat().st_ino if path.exists() else 0


def _to_stderr(line: str) -> None:
    sys.stderr.write(line + "\n")
