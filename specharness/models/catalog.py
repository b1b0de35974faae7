"""The embedded models: what `catalog.toml` says about each.

A GGUF file is known by its sha256; where its bytes come from does not matter. `wheels` are a mirror
made of packages: each holds one piece as the archive member `member`, and the pieces laid end to
end in the order of the list are the file.
"""

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from specharness.score.logprob import Reading


@dataclass(frozen=True, slots=True, kw_only=True)
class HubFile:
    """A file in a hub repository; `revision` is a branch, tag or commit."""

    repository: str
    file: str
    revision: str = "main"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wheel:
    """One package of a mirror: `sha256` is the wheel's, `member` the piece inside it."""

    name: str
    version: str
    sha256: str
    member: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CatalogEntry:
    """One model.

    `note` says which model it is and what it may be trusted for, `size` and `sha256` are those of
    the GGUF file, `converted` is about what the converted folder takes (both in bytes), `context`
    is in tokens, `template` the digest of the chat template (see `template_digest`), `reading`
    how margins are read by default.
    """

    name: str
    title: str
    licence: str
    note: str
    size: int
    converted: int
    sha256: str
    context: int
    template: str
    reading: Reading
    hub: HubFile | None = None
    wheels: tuple[Wheel, ...] = ()


def find_model(name: str) -> CatalogEntry | None:
    """The model of that name, None when the catalog has none."""
    return _read().get(name)


def model_names() -> tuple[str, ...]:
    """All names, smallest model first."""
    return tuple(_read())


@cache
def _read() -> dict[str, CatalogEntry]:
    text = (files("specharness.models") / "catalog.toml").read_text(encoding="utf-8")
    entries = [_entry(table) for table in tomllib.loads(text)["model"]]
    return {entry.name: entry for entry in entries}


def _entry(table: dict[str, Any]) -> CatalogEntry:
    parts: dict[str, Any] = {
        "reading": Reading(**table.pop("reading")),
        "hub": HubFile(**table.pop("hub")) if "hub" in table else None,
        "wheels": tuple(Wheel(**wheel) for wheel in table.pop("wheels", ())),
    }
    return CatalogEntry(**table, **parts)
