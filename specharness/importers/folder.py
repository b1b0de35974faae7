"""The data files of a folder."""

import os
from pathlib import Path
from typing import NoReturn

from specharness.errors import UsageError
from specharness.importers.openfile import reading

_PAPERS = ("readme", "license", "licence", "notice", "copying", "citation", "changelog", "_success")
_PAPER_SUFFIXES = (
    ".md", ".txt", ".rst", ".pdf", ".html", ".png", ".jpg", ".svg", ".py", ".ipynb", ".toml",
    ".yaml", ".yml", ".cff", ".lock", ".sha256",
)  # fmt: skip
_CARDS = ("dataset_info.json", "dataset_infos.json", "state.json", "croissant.json")


def data_files(folder: Path) -> list[Path]:
    """All files below `folder` by name, hidden ones and what documents the data left out.

    UsageError for a link that leads out of the folder (what stands there was not named), and
    where no file is left.
    """
    home, found = folder.resolve(), []
    with reading(folder):
        for parent, folders, files in os.walk(folder, onerror=_stop):
            folders[:] = [name for name in folders if not name.startswith(".")]
            entries = [Path(parent, name) for name in (*folders, *files) if _is_data(name)]
            for entry in entries:
                _refuse_way_out(entry, home)
            found += [entry for entry in entries if not entry.is_dir()]
    if not found:
        raise UsageError(folder, "no data files in this folder", "name a file, or another folder")
    return _once(sorted(found))


def _is_data(name: str) -> bool:
    low = name.lower()
    papers = low.endswith(_PAPER_SUFFIXES) or low in _CARDS or low.startswith(_PAPERS)
    return not (low.startswith(".") or papers or low.endswith(("_license", "_licence")))


def _refuse_way_out(entry: Path, home: Path) -> None:
    if not entry.is_symlink():
        return
    try:
        inside = entry.resolve().is_relative_to(home)
    except RuntimeError:  # a circle of links, before Python 3.13
        inside = False
    if not inside:
        what = "a link that leads out of the folder, or nowhere"
        raise UsageError(entry, what, "name the file it leads to, or put a copy in its place")


def _once(files: list[Path]) -> list[Path]:
    """Without the links to files that are in the list themselves."""
    own = {file.resolve() for file in files if not file.is_symlink()}
    return [file for file in files if not file.is_symlink() or file.resolve() not in own]


def _stop(error: OSError) -> NoReturn:
    raise error
