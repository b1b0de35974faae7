"""What an aligned model's weights differ by from the base: theta_aligned - theta_base, float32.

Read from a folder: an adapter (adapter_config.json, see `lowrank`) or a whole checkpoint. One
tensor is in memory at a time. Whatever would make the difference mean something else (names,
shapes, buffers or a vocabulary that are not the base's) is an error, never skipped.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from hashlib import file_digest, sha256
from pathlib import Path
from typing import Any

from specharness.arms.weights.lowrank import CONFIG, read_adapter
from specharness.arms.weights.tensors import Checkpoint, open_checkpoint, same_vocabulary
from specharness.errors import UsageError
from specharness.records import digest

# From the base's own tensor to the difference from it, in float32 and in its shape.
Delta = Callable[[Any], Any]
_SAME = "give a checkpoint trained from this very model"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Difference:
    """A named difference: a `Delta` for each parameter it touches.

    `digest` (16 hex digits) is over the files it comes from; `sizes` has how many numbers each of
    these parameters holds.
    """

    name: str
    digest: str
    deltas: Mapping[str, Delta]
    sizes: Mapping[str, int]


def read_difference(folder: Path, network: Any, tokenizer: Any) -> Difference:
    """The difference of what lies in `folder` from `network`; UsageError where it is no such."""
    if not folder.is_dir():
        raise UsageError(folder, "no such folder", "name one with an adapter or a checkpoint")
    if (folder / CONFIG).is_file():
        base = _parameters(network)
        deltas = read_adapter(folder, base)
        return Difference(
            name=folder.name, digest=_digest(folder, CONFIG, "adapter_model.safetensors"),
            deltas=deltas, sizes={name: base[name].numel() for name in deltas},
        )  # fmt: skip
    return _whole(folder, network, tokenizer)


def _whole(folder: Path, network: Any, tokenizer: Any) -> Difference:
    there = open_checkpoint(folder)
    base = _parameters(network)
    _refuse_others(there, base, network, folder)
    if not same_vocabulary(folder, tokenizer):
        raise UsageError(folder, "its tokenizer has another vocabulary", _SAME)
    moved = [name for name in base if bool(_minus(there, name)(base[name]).any())]
    return Difference(
        name=folder.name,
        digest=_digest(folder, *(path.name for path in there.files)),
        deltas={name: _minus(there, name) for name in moved},
        sizes={name: base[name].numel() for name in moved},
    )


def _minus(there: Checkpoint, name: str) -> Delta:
    def delta(base: Any) -> Any:
        return there.read(name).to(base.device).float() - base.float()

    return delta


def _refuse_others(there: Checkpoint, base: Mapping[str, Any], network: Any, folder: Path) -> None:
    """UsageError unless the checkpoint has just the base's tensors, buffers and ties."""
    import torch  # noqa: PLC0415 - torch takes seconds

    held: dict[str, Any] = network.state_dict()
    for name in base:
        if name not in there.shapes:
            raise UsageError(folder, f"lacks {name}", _SAME)
    for name, shape in there.shapes.items():
        if name not in held:
            raise UsageError(folder, f"has {name}, which the model has not", _SAME)
        if shape != tuple(held[name].shape):
            what = f"{name} is {shape} there and {tuple(held[name].shape)} here"
            raise UsageError(folder, what, _SAME)
        if name in base:
            continue
        tied = next((own for own, p in base.items() if p.data_ptr() == held[name].data_ptr()), "")
        other = there.read(tied) if tied else held[name].cpu()
        if not torch.equal(there.read(name).float(), other.float()):
            what = f"{name} is not {tied}, to which it is tied here" if tied else f"{name} differs"
            raise UsageError(folder, what, _SAME)


def _parameters(network: Any) -> dict[str, Any]:
    """The network's parameters by name, tied ones once."""
    return {name: parameter.data for name, parameter in network.named_parameters()}


def _digest(folder: Path, *names: str) -> str:
    total = sha256()
    for name in sorted(names):
        with (folder / name).open("rb") as data:
            total.update(file_digest(data, "sha256").digest())
    return total.hexdigest()[:16]


def random_like(difference: Difference, seed: int) -> Difference:
    """Random differences of the same norms, for the same parameters: a control."""
    deltas = {
        name: _drawn(delta, int(digest("random difference", seed, name)[:15], 16))
        for name, delta in difference.deltas.items()
    }
    named = f"{difference.digest}-random-{seed}"
    return replace(difference, digest=named, deltas=deltas)


def _drawn(delta: Delta, seed: int) -> Delta:
    def drawn(base: Any) -> Any:
        import torch  # noqa: PLC0415

        true = delta(base)
        source = torch.Generator().manual_seed(seed)
        noise = torch.randn(true.shape, generator=source).to(true.device)
        return noise * (true.norm() / noise.norm())

    return drawn
