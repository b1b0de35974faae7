"""The store's SQLite file: opened ready for use, told sound from damaged, moved aside."""

import sqlite3
from pathlib import Path

SCHEMA = 1
_TABLE = "CREATE TABLE results (key TEXT PRIMARY KEY, payload BLOB, checksum BLOB) WITHOUT ROWID"
_DAMAGE = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}
_JOURNALS = ("-wal", "-shm")


class OtherVersion(sqlite3.DatabaseError):
    """A file this version of the package does not read."""


def connect(path: Path) -> sqlite3.Connection:
    """Open the store at `path`, made when it is not there; sqlite3 errors where it is no store.

    Call it under a lock: SQLite does not wait for others while it switches to WAL.
    """
    # any thread may close it: the garbage collector runs in whichever thread it likes
    db = sqlite3.connect(path, timeout=60, check_same_thread=False)
    try:
        db.text_factory = bytes  # damaged text must not raise while it is read
        fresh = _is_empty(db)  # first of all: somebody else's file is not to be changed
        db.execute("PRAGMA journal_mode = WAL")
        db.execute("PRAGMA synchronous = NORMAL")  # a power cut may lose a batch, a kill does not
        if fresh:
            with db:
                db.execute(_TABLE)
                db.execute(f"PRAGMA user_version = {SCHEMA}")
    except BaseException:
        db.close()
        raise
    return db


def is_damage(error: sqlite3.DatabaseError) -> bool:
    """Whether the file itself is the trouble, and not a lock, a full disk or a permission."""
    return (
        isinstance(error, OtherVersion) or getattr(error, "sqlite_errorcode", 0) & 0xFF in _DAMAGE
    )


def move_aside(path: Path) -> Path:
    """Rename the file and its journals to `<name>.damaged-<n>`; returns the new path.

    The journals go first: left behind, they would be read into the fresh file.
    """
    n = 1
    while (aside := path.with_name(f"{path.name}.damaged-{n}")).exists():
        n += 1
    for side in (*_JOURNALS, ""):
        old = path.with_name(path.name + side)
        if old.exists():
            old.rename(aside.with_name(aside.name + side))
    return aside


def _is_empty(db: sqlite3.Connection) -> bool:
    """True for a file just made, False for a store; OtherVersion for anything else."""
    tables = [row[0] for row in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
    (version,) = db.execute("PRAGMA user_version").fetchone()
    if tables and (tables != [b"results"] or version != SCHEMA):
        raise OtherVersion(f"version {version} of the store, not {SCHEMA}")
    return not tables
