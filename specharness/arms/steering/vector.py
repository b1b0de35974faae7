"""A steering vector as a record and as a safetensors file that says where it comes from.

The file holds one tensor, `direction` (d,) in float32, and as metadata under `specharness` a JSON
object: format, method, layer, alpha, the model it was fitted on, and how.
"""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from specharness.arms.steering.blocks import adding
from specharness.errors import UsageError
from specharness.model import Identity
from specharness.records import digest

FORMAT = 1
_REMEDY = "fit it anew with the arm 'palrs'"
Direction = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SteeringVector:
    """`alpha` times `direction` (d,) is added to what block `layer` (from 0) reads.

    `model` and `revision` say which network it was fitted on, `made` how (JSON values).
    """

    direction: Direction
    layer: int
    alpha: float
    model: str
    revision: str
    made: Mapping[str, Any] = field(default_factory=dict)

    @property
    def mark(self) -> str:
        """What tells this change of a network from others."""
        parts = (self.direction.tobytes().hex(), self.layer, float(self.alpha))
        return f"steer-{digest('steering', FORMAT, *parts)[:16]}"

    @contextmanager
    def change(self, network: Any) -> Iterator[None]:
        """Steer the network until the block ends."""
        with adding(network, self.layer, self.alpha * self.direction.astype(np.float64)):
            yield

    def scaled(self, alpha: float) -> "SteeringVector":
        """The same direction at another strength; below 0 it is turned round."""
        return replace(self, alpha=alpha)

    def noting(self, more: Mapping[str, Any]) -> "SteeringVector":
        """The same vector, with more known of how it was made."""
        return replace(self, made={**self.made, **more})

    def random(self, seed: int) -> "SteeringVector":
        """A random direction of the same norm, at the same place and strength."""
        drawn = np.random.default_rng(seed).standard_normal(len(self.direction))
        norm = np.linalg.norm(self.direction.astype(np.float64))
        turned = drawn / np.linalg.norm(drawn) * norm
        return replace(self, direction=turned.astype(np.float32))


def save_vector(vector: SteeringVector, path: Path) -> None:
    """Write the file in one step."""
    from safetensors.numpy import save_file  # noqa: PLC0415 - part of an extra

    told = {
        "format": FORMAT, "layer": vector.layer, "alpha": vector.alpha, "model": vector.model,
        "revision": vector.revision, "made": dict(vector.made),
    }  # fmt: skip
    text = json.dumps(told, sort_keys=True)
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.part")
    save_file({"direction": vector.direction}, part, metadata={"specharness": text})
    part.replace(path)


def load_vector(path: Path) -> SteeringVector:
    """Read a file of `save_vector`; UsageError naming the file where it is not one."""
    from safetensors import SafetensorError, safe_open  # noqa: PLC0415 - part of an extra

    try:
        with safe_open(path, framework="numpy") as file:
            told = json.loads((file.metadata() or {})["specharness"])
            direction = file.get_tensor("direction")
        if told["format"] != FORMAT or direction.ndim != 1 or not np.isfinite(direction).all():
            raise ValueError("another format")
        return SteeringVector(
            direction=direction.astype(np.float32), layer=int(told["layer"]),
            alpha=float(told["alpha"]), model=str(told["model"]), revision=str(told["revision"]),
            made=dict(told["made"]),
        )  # fmt: skip
    except (OSError, SafetensorError, KeyError, TypeError, ValueError) as error:
        reason = f"no {error}" if isinstance(error, KeyError) else str(error)
        raise UsageError(path, f"not a steering vector ({reason})", _REMEDY) from None


def refuse_stranger(vector: SteeringVector, identity: Identity, path: Path) -> None:
    """UsageError where the vector was fitted on another model than `identity`."""
    if (vector.model, vector.revision) != (identity.name, identity.revision):
        there, here = f"{vector.model} ({vector.revision[:16]})", identity.name
        raise UsageError(path, f"fitted on {there}, not on {here} as it is", _REMEDY)
