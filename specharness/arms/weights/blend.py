"""A network moved along differences of weights: theta_base + sum over d of lambda_d * AV_d."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from specharness.arms.weights.difference import Difference
from specharness.errors import UsageError
from specharness.records import digest


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Blend:
    """Differences, each with its lambda. The sum is made in float32 and cast once."""

    parts: tuple[tuple[Difference, float], ...]

    @property
    def mark(self) -> str:
        """What tells this change of a network from others."""
        told = [(part.digest, float(factor)) for part, factor in self.parts]
        return f"weights-{digest('weights', told)[:16]}"

    @property
    def size(self) -> int:
        """How many numbers of the network's weights it changes: whole tensors, each once."""
        moved = [part.sizes for part, factor in self.parts if factor]
        return sum({name: count for sizes in moved for name, count in sizes.items()}.values())

    @property
    def lambdas(self) -> str:
        """The factors in words."""
        return ", ".join(f"{factor:g} of {part.name}" for part, factor in self.parts)

    @contextmanager
    def change(self, network: Any) -> Iterator[None]:
        """Move the weights until the block ends; then the very tensors from before are back.

        UsageError where a difference is not finite.
        """
        import torch  # noqa: PLC0415 - torch takes seconds

        before: list[tuple[Any, Any]] = []
        try:
            with torch.no_grad():
                for name, parameter in network.named_parameters():
                    if any(name in part.deltas for part, _ in self.parts):
                        moved = self._moved(name, parameter.data)
                        before.append((parameter, parameter.data))
                        parameter.data = moved
            yield
        finally:
            for parameter, tensor in before:
                parameter.data = tensor

    def _moved(self, name: str, base: Any) -> Any:
        total = base.float()
        for part, factor in self.parts:
            if factor and name in part.deltas:  # times 0 is nothing, to the last bit
                total = total + factor * part.deltas[name](base)
        if not total.isfinite().all():
            raise UsageError(name, "moved weights are not finite", "give a smaller lambda")
        return total.to(base.dtype)
