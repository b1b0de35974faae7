"""Where pulled models live in the user's cache, and what says that a folder is whole.

<cache>/models/<name>/                a converted model; specharness.json tells its digests
<cache>/models/.pull-<name>/          a pull under way; a later pull goes on from what is there
<cache>/models/.<name>.lock           held while a pull runs
"""

import hashlib
import json
import os
from pathlib import Path
from typing import Any

from platformdirs import user_cache_dir

from specharness.errors import IntegrityError, ModelError
from specharness.models.catalog import CatalogEntry
from specharness.models.convert import FORMAT

MANIFEST = "specharness.json"


def cache_dir() -> Path:
    """The folder for everything that can be made again: SPECHARNESS_CACHE, else the user's."""
    own = os.environ.get("SPECHARNESS_CACHE")
    return Path(own).expanduser().absolute() if own else Path(user_cache_dir("specharness"))


def models_dir() -> Path:
    """The folder that holds one folder per pulled model."""
    return cache_dir() / "models"


def stored_model(entry: CatalogEntry) -> Path | None:
    """The folder of a pulled model, None when it is missing, incomplete or of an older format.

    Reads names and sizes only; `check_model` reads every byte.
    """
    folder = models_dir() / entry.name
    manifest = _manifest(folder)
    if manifest.get("format") != FORMAT or manifest.get("gguf") != entry.sha256:
        return None
    sizes = {name: file["size"] for name, file in manifest["files"].items()}
    return folder if sizes == _sizes(folder) else None


def check_model(entry: CatalogEntry) -> int:
    """How many files were read and found to be those of the conversion.

    ModelError when the model is not there, IntegrityError naming the first file that differs.
    """
    folder = models_dir() / entry.name
    if not folder.is_dir():
        raise not_pulled(entry)
    again = f"run `specharness models pull {entry.name} --force`"
    manifest = _manifest(folder)
    if manifest.get("format") != FORMAT or manifest.get("gguf") != entry.sha256:
        raise IntegrityError(folder, "not what this version would convert", again)
    files: dict[str, Any] = manifest["files"]
    for name in sorted({*files, *_sizes(folder)}):
        path = folder / name
        if name not in files or not path.is_file() or sha256_of(path) != files[name]["sha256"]:
            raise IntegrityError(path, "not the file that was converted", again)
    return len(files)


def not_pulled(entry: CatalogEntry) -> ModelError:
    """The error for a model that has to be pulled first."""
    return ModelError(entry.name, "not pulled yet", f"run `specharness models pull {entry.name}`")


def seal_model(folder: Path, entry: CatalogEntry) -> None:
    """Write the manifest: from now on `folder` counts as whole."""
    files = {
        name: {"sha256": sha256_of(folder / name), "size": size}
        for name, size in _sizes(folder).items()
    }
    data = {"files": files, "format": FORMAT, "gguf": entry.sha256, "name": entry.name}
    text = json.dumps(data, indent=1, sort_keys=True)
    (folder / MANIFEST).write_text(text + "\n", encoding="utf-8")


def sha256_of(path: Path) -> str:
    """The sha256 of a file's bytes, 64 hex digits."""
    with path.open("rb") as data:
        return hashlib.file_digest(data, "sha256").hexdigest()


def _sizes(folder: Path) -> dict[str, int]:
    return {f.name: f.stat().st_size for f in sorted(folder.iterdir()) if f.name != MANIFEST}


def _manifest(folder: Path) -> dict[str, Any]:
    """The manifest, empty when there is none that can be read."""
    try:
        data = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return data if isinstance(data, dict) and isinstance(data.get("files"), dict) else {}
