"""An adapter trained in a process of its own, with nothing left behind but its two files.

The libraries that train read switches when they are imported, keep caches, and may report home: in
a process of its own they are told not to (no hub, no telemetry, no cache but a folder that is
deleted afterwards), and this process and its network stay as they are.
"""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from specharness.arms.training.recipe import Recipe
from specharness.condition import condition
from specharness.errors import ModelError, UsageError
from specharness.models.changed import OpenModel
from specharness.records import Pair

FILES = ("adapter_config.json", "adapter_model.safetensors", "training.json")


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


def train_adapter(
    model: OpenModel, triples: Sequence[Triple], recipe: Recipe, folder: Path, where: str
) -> None:
    """Train and put the adapter's files into `folder`, in one step; ModelError where it fails."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".train-") as room:
        work = Path(room)
        _write_job(model, triples, recipe, work)
        done = subprocess.run(  # noqa: S603 - this very Python
            [sys.executable, "-m", "specharness.arms.training.worker", str(work)],
            env=_environment(work), cwd=work, stdout=subprocess.DEVNULL, check=False,
        )  # fmt: skip
        if done.returncode:
            reason = _text(work / "error.txt") or f"exit {done.returncode}"
            remedy = "give shorter pairs (length=256), or another model"
            raise ModelError(where, f"training failed ({reason[:300]})", remedy)
        _keep(work / "out", folder)
    model.engine.ran += json.loads(_text(folder / "training.json"))["tokens"]


def _write_job(
    model: OpenModel, triples: Sequence[Triple], recipe: Recipe, work: Path
) -> None:  # fmt: skip
    import torch  # noqa: PLC0415 - torch takes seconds

    model.network.save_pretrained(work / "model")
    model.tokenizer.save_pretrained(work / "model")
    job = {
        "name": model.identity.name, "revision": model.identity.revision,
        "recipe": recipe.values(), "threads": torch.get_num_threads(),
        "device": model.network.device.type, "end": model.template.end[-1],
        "triples": [
            {"prompt_ids": t.prompt_ids, "chosen_ids": t.chosen_ids, "rejected_ids": t.rejected_ids}
            for t in triples
        ],
    }  # fmt: skip
    (work / "job.json").write_text(json.dumps(job), encoding="utf-8")


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
    """What is known of how an adapter was trained (see `worker`)."""
    found: dict[str, Any] = json.loads(_text(folder / "training.json"))
    return found
