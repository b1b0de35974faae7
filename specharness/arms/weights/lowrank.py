"""Low-rank adapters in peft's files: each changed matrix is scale * B A (LoRA, arXiv 2106.09685).

Only what can be told exactly as a sum is read; other kinds of adapters are an error.
"""

import json
from collections.abc import Callable, Mapping
from math import sqrt
from pathlib import Path
from typing import Any

from specharness.arms.weights.tensors import Checkpoint, open_checkpoint
from specharness.errors import UsageError

CONFIG = "adapter_config.json"
_PREFIX = "base_model.model."
_PLAIN = "train a plain LoRA adapter, or merge it and give the checkpoint"
_CONVERT = (
    "let peft convert it: save_pretrained(..., path_initial_model_for_weight_conversion=...), or "
    "merge it and give the checkpoint"
)
_STARTS = (True, False, "gaussian")  # others (pissa, olora, ...) take a part out of the base
_SAME = "give an adapter trained on this very model"


def read_adapter(folder: Path, base: Mapping[str, Any]) -> dict[str, Callable[[Any], Any]]:
    """What a LoRA adapter adds to each matrix it changes, by the names of the parameters `base`.

    UsageError for another kind of adapter, or one for another network.
    """
    config = _config(folder)
    tensors = open_checkpoint(folder, "adapter_model.safetensors")
    deltas: dict[str, Callable[[Any], Any]] = {}
    for down in sorted(name for name in tensors.shapes if ".lora_A." in name):
        up = down.replace(".lora_A.", ".lora_B.")
        target = down.removeprefix(_PREFIX).split(".lora_A.")[0] + ".weight"
        if up not in tensors.shapes or target not in base:
            raise UsageError(folder, f"{down} belongs to no matrix of the model", _SAME)
        _refuse_shapes(folder, tensors, (down, up), tuple(base[target].shape), config)
        deltas[target] = _product(tensors, down, up, config)
    others = [n for n in tensors.shapes if ".lora_A." not in n and ".lora_B." not in n]
    if others or not deltas:
        what = f"has {others[0]}" if others else "has no low-rank matrices"
        raise UsageError(folder, what, _PLAIN)
    return deltas


def _config(folder: Path) -> dict[str, Any]:
    """The adapter's settings; UsageError where its change is more than scale * B A."""
    path = folder / CONFIG
    try:
        config: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        float(config["lora_alpha"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise UsageError(path, f"not an adapter's settings ({error})", _PLAIN) from None
    extras = (
        "use_dora", "use_qalora", "use_bdlora", "alpha_pattern", "rank_pattern", "modules_to_save",
        "layer_replication", "trainable_token_indices", "target_parameters", "lora_bias",
        "megatron_config", "velora_config", "kasa_config", "alora_invocation_tokens",
    )  # fmt: skip
    for key in extras:
        if config.get(key):
            raise UsageError(path, f"uses {key}", _PLAIN)
    if config.get("peft_type") != "LORA" or config.get("bias", "none") != "none":
        raise UsageError(path, "not a LoRA adapter without biases", _PLAIN)
    if (start := config.get("init_lora_weights", True)) not in _STARTS:
        raise UsageError(path, f"init_lora_weights={start} changes the base as well", _CONVERT)
    return config


def _refuse_shapes(
    folder: Path, tensors: Checkpoint, names: tuple[str, str], shape: tuple[int, ...],
    config: dict[str, Any],
) -> None:  # fmt: skip
    (rank, inner), (outer, other) = (tensors.shapes[name] for name in names)
    made = (inner, outer) if config.get("fan_in_fan_out") else (outer, inner)
    if rank != other or made != shape:
        raise UsageError(folder, f"{names[0]} makes {made}, the model has {shape}", _SAME)


def _product(
    tensors: Checkpoint, down: str, up: str, config: dict[str, Any]
) -> Callable[[Any], Any]:  # fmt: skip
    rank = tensors.shapes[down][0]
    scale = config["lora_alpha"] / (sqrt(rank) if config.get("use_rslora") else rank)

    def delta(base: Any) -> Any:
        a, b = (tensors.read(name).float().to(base.device) for name in (down, up))
        found = scale * (b @ a)  # (out, r) @ (r, in)
        return found.T if config.get("fan_in_fan_out") else found

    return delta
