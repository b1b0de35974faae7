"""Float32 matrix products on a processor, by oneDNN where it beats what torch takes by itself.

torch multiplies float32 matrices with MKL, which does not use the wide instructions of every
vendor's processors; torch's own oneDNN does. Which is quicker is measured once in a process.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from time import perf_counter
from typing import Any

import torch
from torch.overrides import TorchFunctionMode

_GAIN = 1.2  # what it has to be quicker by: what is close is left as it is
_SHAPE = (256, 512, 1024)  # tokens, inputs, outputs: a few milliseconds
_TOLERANCE = 1e-3  # products of such size, of entries drawn from N(0, 1)

Linear = Callable[..., torch.Tensor]


@contextmanager
def quick_products() -> Iterator[None]:
    """Inside, linear layers of float32 on a processor take the quicker of the two libraries.

    Equal up to float rounding. Leaves alone what is on another device, in another type, or
    wants gradients.
    """
    if not quicker():
        yield
        return
    with _Rerouted():
        yield


@cache
def quicker() -> bool:
    """Whether oneDNN multiplies quicker than torch's choice here, and rightly."""
    tokens, inputs, outputs = _SHAPE
    draw = torch.Generator().manual_seed(0)
    entries = torch.randn(tokens, inputs, generator=draw)
    weight = torch.randn(outputs, inputs, generator=draw)
    try:
        found = multiply(entries, weight)
    except (AttributeError, RuntimeError, NotImplementedError):
        return False  # another build of torch has no such product
    plain = torch.nn.functional.linear(entries, weight)
    if not torch.allclose(found, plain, rtol=0.0, atol=_TOLERANCE):
        return False
    usual, ours = _best(torch.nn.functional.linear, multiply, entries, weight)
    return usual > _GAIN * ours


def multiply(
    entries: torch.Tensor, weight: torch.Tensor, bias: torch.Tensor | None = None
) -> torch.Tensor:
    """entries (..., inputs) times the transpose of weight (outputs, inputs), plus bias (outputs,).

    RuntimeError, or AttributeError, where this build of torch cannot do it by oneDNN.
    """
    product: Any = torch.ops.mkldnn._linear_pointwise
    found: torch.Tensor = product(entries, weight, bias, "none", [], "")
    return found


def _best(
    usual: Linear, ours: Linear, entries: torch.Tensor, weight: torch.Tensor
) -> tuple[float, float]:
    """The least seconds of five of each, in turns, so that a busy moment tells against neither."""
    taken: dict[Linear, list[float]] = {usual: [], ours: []}
    for _ in range(5):
        for product, seconds in taken.items():
            began = perf_counter()
            product(entries, weight)
            seconds.append(perf_counter() - began)
    return min(taken[usual]), min(taken[ours])


class _Rerouted(TorchFunctionMode):
    """Sends linear layers that oneDNN can take to it, and all else where it was going."""

    def __torch_function__(
        self,
        func: Callable[..., Any],
        types: Sequence[type],
        args: Sequence[Any] = (),
        kwargs: Mapping[str, Any] | None = None,
    ) -> Any:
        kwargs = kwargs or {}
        if func is torch.nn.functional.linear and not kwargs and all(map(_fits, args)):
            return multiply(*args)
        return func(*args, **kwargs)


def _fits(tensor: torch.Tensor | None) -> bool:
    if tensor is None:
        return True
    wants = tensor.requires_grad and torch.is_grad_enabled()
    plain = tensor.device.type == "cpu" and tensor.dtype == torch.float32
    return plain and not wants and tensor.numel() > 0
