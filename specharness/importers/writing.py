"""Imported pairs written as a pairs file, with a sidecar that says where they came from."""

import hashlib
import json
import os
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from specharness.errors import UsageError
from specharness.importers.judgement import Options
from specharness.importers.tally import Kept, Tally
from specharness.pairline import dump_pair


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """Where pairs came from: the file, what the user says of it, and its licence ("" unknown)."""

    path: Path
    licence: str = ""


def write_pairs(out: Path, kept: Iterable[Kept]) -> None:
    """Write pairs as they come; the file appears when all are there, and never by halves.

    UsageError when `out` exists already or its folder does not.
    """
    if out.exists():
        raise UsageError(out, "this file is there already", "name another, or remove it first")
    if not out.parent.is_dir():
        raise UsageError(out, "no such folder", f"make it first: mkdir -p {out.parent}")
    handle, name = tempfile.mkstemp(prefix=f".{out.name}.", dir=out.parent)
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as file:
            file.writelines(dump_pair(one.pair) + "\n" for one in kept)
        Path(name).chmod(0o666 & ~_umask())
        Path(name).replace(out)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def sidecar_path(out: Path) -> Path:
    """Where the sidecar of a pairs file is: `pairs.jsonl` has `pairs.source.json`."""
    return out.with_name(f"{out.stem}.source.json")


def write_sidecar(out: Path, origin: Origin, options: Options, tally: Tally) -> Path:
    """Write down what the pairs were made from and how; the same input gives the same bytes."""
    record: dict[str, Any] = {
        "source": origin.path.name,
        "sha256": _digest(origin.path),
        "licence": origin.licence or found_licence(origin.path),
        "layouts": dict(sorted(tally.layouts.items())),
        "options": _given(options),
        "read": tally.read,
        "kept": tally.kept,
        "dropped": dict(sorted(tally.dropped.items())),
        "noted": dict(sorted(tally.noted.items())),
    }
    path = sidecar_path(out)
    path.write_text(json.dumps(record, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    return path


def _given(options: Options) -> dict[str, Any]:
    default = Options()
    names = ("format", "mapping", "axis", "annotator", "min_gap", "first_wins_when", "prompt")
    given = {name: getattr(options, name) for name in names}
    return {name: value for name, value in given.items() if value != getattr(default, name)}


def _digest(path: Path) -> str:
    """The sha256 of a file, or of the files of a folder in the order of their names."""
    whole = hashlib.sha256()
    files = sorted(p for p in path.rglob("*") if p.is_file()) if path.is_dir() else [path]
    for file in files:
        with file.open("rb") as stream:
            whole.update(hashlib.file_digest(stream, "sha256").digest())
    return whole.hexdigest()


def found_licence(path: Path) -> str:
    """The first line of a licence file beside the data; "" where there is none."""
    folder = path if path.is_dir() else path.parent
    names = (p for p in sorted(folder.iterdir()) if p.is_file() and _names_licence(p.name))
    for file in names:
        with file.open(encoding="utf-8", errors="replace") as lines:
            first = next((line.strip() for line in lines if line.strip()), "")
        return f"{first} ({file.name})"
    return ""


def _names_licence(name: str) -> bool:
    stem = name.lower()
    return "licence" in stem or "license" in stem or stem.startswith("copying")
