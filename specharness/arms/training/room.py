"""A folder to train in, which goes with its process, however that ends.

<parent>/.train-<hex>/       the model, the job and what comes of it; deleted at the end
<parent>/.train-<hex>.lock   held as long as the process lives that trains there

A killed process deletes nothing, but its lock is free from then on: whoever finds it free deletes
the folder. A room is made when its lock is held already, so none is taken from a living process.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from secrets import token_hex
from shutil import rmtree

from filelock import FileLock, Timeout

_ROOM = ".train-"


@contextmanager
def training_room(parent: Path) -> Iterator[Path]:
    """A new folder below `parent` until the block ends; those of dead processes are deleted."""
    parent.mkdir(parents=True, exist_ok=True)
    sweep_rooms(parent)
    room = parent / f"{_ROOM}{token_hex(8)}"
    lock = room.with_suffix(".lock")
    try:
        with FileLock(lock):
            try:
                room.mkdir(mode=0o700)
                yield room
            finally:
                rmtree(room, ignore_errors=True)
    finally:
        lock.unlink(missing_ok=True)


def sweep_rooms(parent: Path, wait: float = 0.0) -> None:
    """Delete the rooms below `parent` that no living process holds; `wait` seconds for each."""
    for path in sorted(parent.glob(f"{_ROOM}*.lock")):
        room = path.with_suffix("")
        try:
            with FileLock(path, timeout=wait):
                rmtree(room, ignore_errors=True)
        except Timeout:
            continue
        if not room.exists():  # else it is known by its lock to the next one
            path.unlink(missing_ok=True)
