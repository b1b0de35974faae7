"""An adapter trained in a process of its own, with nothing left behind but its two files.

The libraries that train read switches when they are imported, keep caches, and may report home: in
a process of its own they are told not to (no hub, no telemetry, no cache but a folder that is
deleted afterwards), and this process and its network stay as they are.
"""

import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from specharness.arms.training.recipe import Recipe
from specharness.arms.training.room import training_room
from specharness.condition import condition
from specharness.errors import ModelError, UsageError
from specharness.models.changed import OpenModel
from specharness.records import Pair

FILES = ("adapter_config.json", "adapter_model.safetensors", "training.json")


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """What is trained on, and how. `provenance` is kept beside the adapter (JSON values)."""

    triples: Sequence["Triple"]
    recipe: Recipe
    provenance: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Triple:
    """A pair as token ids: the prompt's, and each response's with its end-of-turn token."""

    prompt_ids: tuple[int, ...]
    chosen_ids: tuple[int, ...]
    rejected_ids: tuple[int, ...]


def refuse_missing(where: str) -> None:
    """UsageError where the libraries that train are not installed."""
    missing = [name for name in ("trl", "peft") if find_spec(name) is None]
    if missing:
        what = f"needs {' and '.join(missing)}"
        raise UsageError(where, what, "`pip install 'specharness[train]'`")


def encode_pair(model: OpenModel, pair: Pair, length: int) -> Triple:
    """The very tokens that weighing a pair runs, cut to `length` a sequence.

    Of a prompt that is longer than half of that its end is kept.
    """
    two = [
        model.template.encode(condition(pair.prompt, ""), r) for r in (pair.chosen, pair.rejected)
    ]
    prompt = two[0].ids[: two[0].start][-(length // 2) :]
    room = length - len(prompt)
    chosen, rejected = (run.ids[run.start :][:room] for run in two)
    return Triple(prompt_ids=prompt, chosen_ids=chosen, rejected_ids=rejected)


def train_adapter(model: OpenModel, job: Job, folder: Path, where: str) -> None:
    """Train and put the adapter's files into `folder`, in one step; ModelError where it fails."""
    with training_room(folder.parent) as work:
        _write_job(model, job, work)
        if code := _run(work):
            reason = _text(work / "error.txt") or f"exit {code}"
            remedy = "give shorter pairs (length=256), a smaller rate, or another model"
            raise ModelError(where, f"training failed ({reason[:300]})", remedy)
        _keep(work / "out", folder)
    model.engine.ran += json.loads(_text(folder / "training.json"))["tokens"]


def _run(work: Path) -> int:
    """The worker's exit status. It ends when this process does: its standard input ends then."""
    with subprocess.Popen(  # noqa: S603 - this very Python
        [sys.executable, "-m", "specharness.arms.training.worker", str(work)],
        env=_environment(work), cwd=work, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL,
    ) as worker:  # fmt: skip
        try:
            return worker.wait()
        except BaseException:
            worker.kill()
            raise


def _write_job(model: OpenModel, job: Job, work: Path) -> None:
    import torch  # noqa: PLC0415 - torch takes seconds

    model.network.save_pretrained(work / "model")
    model.tokenizer.save_pretrained(work / "model")
    told = {
        "name": model.identity.name, "revision": model.identity.revision,
        "recipe": job.recipe.values(), "threads": torch.get_num_threads(),
        "device": model.network.device.type, "end": model.template.end[-1],
        "provenance": dict(job.provenance),
        "triples": [
            {"prompt_ids": t.prompt_ids, "chosen_ids": t.chosen_ids, "rejected_ids": t.rejected_ids}
            for t in job.triples
        ],
    }  # fmt: skip
    (work / "job.json").write_text(json.dumps(told), encoding="utf-8")


def _environment(work: Path) -> dict[str, str]:
    """The user's environment, told to stay offline and to keep its caches in `work`."""
    home = str(work / "home")
    found = [path or str(Path.cwd()) for path in sys.path]
    own: dict[str, str] = {
        "HF_HUB_OFFLINE": "1", "HF_HUB_DISABLE_TELEMETRY": "1", "DISABLE_TELEMETRY": "1",
        "DO_NOT_TRACK": "1", "WANDB_MODE": "disabled", "HF_HOME": home, "HF_DATASETS_CACHE": home,
        "XDG_CACHE_HOME": home, "TORCHINDUCTOR_CACHE_DIR": home, "TMPDIR": str(work),
        "HF_DATASETS_DISABLE_PROGRESS_BARS": "1", "TOKENIZERS_PARALLELISM": "false",
        "TRL_EXPERIMENTAL_SILENCE": "1", "PYTHONWARNINGS": "ignore",
        "PYTHONPATH": os.pathsep.join(found),
    }  # fmt: skip
    return {**os.environ, **own}


def _keep(out: Path, folder: Path) -> None:
    made = out.with_name("kept")
    made.mkdir()
    for name in FILES:
        (out / name).rename(made / name)
    try:
        made.rename(folder)
    except OSError:  # another process was quicker; its files are the same
        if not folder.is_dir():
            raise


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8") if path.is_file() else ""


def read_training(folder: Path) -> dict[str, Any]:
    """What is known of how an adapter was trained (see `worker`); of one from elsewhere nothing."""
    try:
        found = json.loads(_text(folder / "training.json"))
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
