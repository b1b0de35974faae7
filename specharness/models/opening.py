"""From the `model` setting to something that answers.

A name from the catalog or of an installed package's entry point, a folder (safetensors), a .gguf
file, a hub id `owner/name[@revision]`, `litellm:PROVIDER/MODEL`, `python:pkg.module:make`, or for
a judge a metric, `deepeval:pkg.module:make`.
Knowing *who* would answer (the identity) imports no torch; only a .gguf file is converted for it,
and code named by `python:` or an entry point is run.
"""

import hashlib
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from specharness.errors import IntegrityError, ModelError
from specharness.model import Identity, Model
from specharness.models.cache import models_dir, stored_model
from specharness.models.catalog import CatalogEntry, find_model, model_names
from specharness.models.convert import FORMAT, convert_gguf
from specharness.models.installed import (
    entry_point,
    is_python,
    load_maker,
    make_installed,
    make_python,
)
from specharness.models.progress import tell
from specharness.models.pull import ensure_model
from specharness.models.remote.naming import is_remote, remote_identity
from specharness.models.template import template_digest
from specharness.score.judge.metric import PREFIX as METRIC
from specharness.score.judge.metric import is_metric
from specharness.settings import EngineSettings
from specharness.settings_remote import BudgetSettings, RemoteSettings

_INSTALL = "`pip install 'specharness[local]'`"
_WEIGHTS = ("*.safetensors", "config.json", "tokenizer.json")


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A model that could be loaded: who it is, what is known of it, and how to load it."""

    identity: Identity
    note: str
    entry: CatalogEntry | None
    load: Callable[[], Model]


@dataclass(frozen=True, slots=True, kw_only=True)
class Means:
    """What a suite says about how its model is run; `project` is the folder of its conftest.py."""

    engine: EngineSettings = field(default_factory=EngineSettings)
    remote: RemoteSettings = field(default_factory=RemoteSettings)
    budget: BudgetSettings = field(default_factory=BudgetSettings)
    project: Path | None = None


def recorded_as(name: str) -> str:
    """The name under which a model's recordings lie, for the `model` setting `name`.

    >>> recorded_as("litellm:openai/gpt-4o-mini"), recorded_as("models/tiny.gguf")
    ('litellm:openai/gpt-4o-mini', 'tiny.gguf')
    """
    named = is_remote(name) or is_python(name) or is_metric(name)
    return name if named else Path(name).name


def is_known(name: str) -> bool:
    """Whether who answers is known from the setting alone: nothing is run or looked for."""
    return find_model(name) is not None or is_remote(name)


def find_candidate(name: str, settings: EngineSettings | Means, where: str | Path) -> Candidate:
    """Resolve a `model` setting without loading anything; ModelError when there is no such model.

    A catalog model that has not been pulled yet is pulled when it is loaded. Models of other
    people's code are made to learn who they are.
    """
    means = settings if isinstance(settings, Means) else Means(engine=settings)
    if is_remote(name):
        return _remote(name, means, where)
    if is_python(name):
        return _own(make_python(name, where, means.project))
    if is_metric(name):
        return _metric(name, means, where)
    if find_model(name) is None and (point := entry_point(name)):
        return _own(make_installed(point))
    return _local(name, means.engine, where)


def _remote(name: str, means: Means, where: str | Path) -> Candidate:
    def load() -> Model:
        from specharness.models.remote.remotemodel import RemoteModel  # noqa: PLC0415 - with it litellm

        return RemoteModel(name, means.remote, means.budget, where)

    return Candidate(
        identity=remote_identity(name, means.remote, where),
        note="a model behind an API: the sensitivity test says whether it may gate",
        entry=None,
        load=load,
    )


def _metric(name: str, means: Means, where: str | Path) -> Candidate:
    from specharness.models.metrics.judge import MetricJudge  # noqa: PLC0415 - few suites have one
    from specharness.models.metrics.quiet import open_deepeval  # noqa: PLC0415

    open_deepeval(name)  # before the code that imports it
    judge = MetricJudge(load_maker(name, METRIC, where, means.project), name)
    note = "a metric of deepeval: its admission says whether it may gate"
    return Candidate(identity=judge.identity, note=note, entry=None, load=lambda: judge)


def _own(model: Model) -> Candidate:
    note = "a model of your own: the sensitivity test says whether it may gate"
    return Candidate(identity=model.identity, note=note, entry=None, load=lambda: model)


def _local(name: str, settings: EngineSettings, where: str | Path) -> Candidate:
    engine = f"local-{settings.dtype}"
    entry = find_model(name)
    if entry is not None:
        identity = Identity(
            name=name,
            # the conversion's format too: other rounding of the same file is another model
            revision=f"{entry.sha256[:16]}-{FORMAT}",
            engine=engine,
            template=entry.template,
        )
        return Candidate(
            identity=identity,
            note=entry.note,
            entry=entry,
            load=lambda: _load_entry(entry, identity, settings),
        )
    folder = Path(name).expanduser()
    if not folder.exists():
        folder, revision = _from_hub(name, where)
    else:
        revision = _revision(folder)
    if folder.suffix == ".gguf":
        revision = f"{revision}-{FORMAT}"
        folder = _converted(folder, revision)
    identity = Identity(
        name=Path(name).name, revision=revision, engine=engine, template=template_digest(folder)
    )
    return Candidate(
        identity=identity,
        note="a model of your own: the sensitivity test says whether it may gate",
        entry=None,
        load=lambda: _load(folder, identity, settings),
    )


def open_model(name: str, settings: EngineSettings | None = None) -> Model:
    """Load a model for direct use (no store, no recordings)."""
    return find_candidate(name, settings or EngineSettings(), "model").load()


def _load_entry(entry: CatalogEntry, identity: Identity, settings: EngineSettings) -> Model:
    known = stored_model(entry) is not None
    folder = ensure_model(entry.name)
    if known:  # a pull has said so already
        tell(entry.note)
    if template_digest(folder) != entry.template:
        raise IntegrityError(
            folder,
            "not the chat template of the catalog",
            f"`specharness models pull {entry.name}`",
        )
    return _load(folder, identity, settings)


def _load(folder: Path, identity: Identity, settings: EngineSettings) -> Model:
    try:
        from specharness.models.local import load_local  # noqa: PLC0415 - imports torch
    except ImportError as error:
        raise ModelError(identity.name, f"needs {error.name}", _INSTALL) from None
    return load_local(folder, identity, settings)


def _converted(gguf: Path, revision: str) -> Path:
    """The folder of a user's own GGUF file, converted once into the cache."""
    home = models_dir() / f"gguf-{revision}"
    if not home.is_dir():
        home.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=home.parent) as room:
            work = Path(room) / "model"
            work.mkdir()
            convert_gguf(gguf, work)
            try:
                work.rename(home)
            except OSError:  # another process was quicker; its files are the same
                if not home.is_dir():
                    raise
    return home


def _from_hub(name: str, where: str | Path) -> tuple[Path, str]:
    """Fetch a hub repository's safetensors and tokenizer (not its code, not its pickles)."""
    known = ", ".join(model_names())
    if name.count("/") != 1 or name.startswith((".", "/", "~")):
        raise ModelError(where, f"no model {name!r}", f"use a folder, a hub id or one of {known}")
    try:
        from huggingface_hub import snapshot_download  # noqa: PLC0415 - part of the extra
    except ImportError:
        raise ModelError(where, "needs transformers", _INSTALL) from None
    repository, _, revision = name.partition("@")
    try:
        folder = snapshot_download(
            repository,
            revision=revision or None,
            allow_patterns=["*.safetensors", "*.json", "*.jinja", "tokenizer.model", "*.txt"],
        )
    except Exception as error:  # the hub client raises many kinds; all mean: not to be had
        reason = " ".join(str(error).split())[:200]
        raise ModelError(where, f"{name} cannot be fetched ({reason})", f"or use {known}") from None
    return Path(folder), Path(folder).name


def _revision(path: Path) -> str:
    """16 hex digits over the files that decide a model's answers."""
    files = [path] if path.is_file() else [f for w in _WEIGHTS for f in sorted(path.glob(w))]
    if not files:
        raise ModelError(path, "no model in this folder", "it needs config.json and *.safetensors")
    total = hashlib.sha256()
    for file in files:
        with file.open("rb") as data:
            total.update(hashlib.file_digest(data, "sha256").digest())
    return total.hexdigest()[:16]
