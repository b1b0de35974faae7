"""The folder of a training: deleted at its end, or by whoever finds it without a process."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from specharness.arms.training.room import sweep_rooms, training_room

HOLD = """
import sys
from pathlib import Path
from specharness.arms.training.room import training_room
with training_room(Path(sys.argv[1])) as room:
    (room / "model").write_text("weights")
    print(room, flush=True)
    sys.stdin.read()
"""


def holder(parent: Path) -> tuple["subprocess.Popen[str]", Path]:
    """A process that trains in a room below `parent` until its standard input ends."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(parent)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stdout is not None
    return process, Path(process.stdout.readline().strip())


def test_a_room_goes_with_its_block(tmp_path: Path) -> None:
    with training_room(tmp_path / "fitted") as room:
        (room / "model").mkdir()
        assert room.parent == tmp_path / "fitted"
    with pytest.raises(RuntimeError, match="broken"), training_room(tmp_path / "fitted"):
        raise RuntimeError("broken")
    assert list((tmp_path / "fitted").iterdir()) == []


def test_a_killed_process_leaves_a_room_that_the_next_one_deletes(tmp_path: Path) -> None:
    living, held = holder(tmp_path)
    killed, left = holder(tmp_path)
    strange = tmp_path / ".train-strange"  # without a lock: nobody knows whose it is
    strange.mkdir()
    killed.kill()
    killed.communicate()
    assert (left / "model").is_file()
    with training_room(tmp_path) as room:
        assert not left.exists()
        assert (held / "model").is_file() and room.is_dir() and strange.is_dir()
    living.communicate()
    assert living.returncode == 0
    assert list(tmp_path.iterdir()) == [strange]


def test_a_room_of_this_process_is_never_swept(tmp_path: Path) -> None:
    with training_room(tmp_path) as one, training_room(tmp_path) as other:
        sweep_rooms(tmp_path)
        assert one.is_dir() and other.is_dir()


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="a job that never comes is a named pipe")
def test_a_worker_ends_with_the_process_that_asked(tmp_path: Path) -> None:
    room = tmp_path / ".train-0"
    room.mkdir()
    room.with_suffix(".lock").touch()  # free: its owner is dead
    os.mkfifo(room / "job.json")
    worker = subprocess.Popen(
        [sys.executable, "-m", "specharness.arms.training.worker", str(room)],
        stdin=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    _, told = worker.communicate(timeout=60)  # ends its input, as the death of its parent does
    assert (worker.returncode, told) == (1, b"")
    assert list(tmp_path.iterdir()) == []
