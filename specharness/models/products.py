"""Float32 matrix products on a processor, by oneDNN where it beats what torch takes by itself.

torch multiplies float32 matrices with MKL, which does not use the wide instructions of every
vendor's processors; torch's own oneDNN does. Which is quicker is measured once in a process.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from functools import cache
from time import perf_counter
from typing import Any

import torch
from torch.overrides import TorchFunctionMode

_GAIN = 1.2  # what it has to be quicker by: what is close is left as it is
_SHAPE = (256, 512, 1024)  # tokens, inputs, outputs: a few milliseconds
_TOLERANCE = 1e-3  # products of such size, of entries drawn from N(0, 1)
_FEWEST = 4  # rows: a product of fewer is mostly reading the weights, and no quicker

Linear = Callable[..., torch.Tensor]
linear = torch.nn.functional.linear


@contextmanager
def quick_products(network: Any) -> Iterator[None]:
    """Inside, linear layers of a `network` take the quicker of the two libraries.

    Equal up to float rounding. Nothing changes for a network in another type than float32 or on
    another device than the processor; single layers that are, or that want gradients, are left
    alone.
    """
    fits = network.device.type == "cpu" and network.dtype == torch.float32
    with Rerouted(multiply) if fits and quicker() else nullcontext():
        yield


@cache
def quicker() -> bool:
    """Whether oneDNN multiplies quicker than torch's choice here, and rightly."""
    return is_quicker(multiply, linear)


def is_quicker(product: Linear, usual: Linear) -> bool:
    """Whether a product of float32 matrices is there, right, and clearly quicker than the usual."""
    tokens, inputs, outputs = _SHAPE
    draw = torch.Generator("cpu").manual_seed(0)
    entries, weight = (
        torch.randn(rows, inputs, generator=draw, device="cpu", dtype=torch.float32)
        for rows in (tokens, outputs)
    )
    try:
        found = product(entries, weight)
    except (AttributeError, RuntimeError, NotImplementedError):
        return False  # another build of torch has no such product
    if not torch.allclose(found, usual(entries, weight), rtol=0.0, atol=_TOLERANCE):
        return False
    theirs, ours = _best(usual, product, entries, weight)
    return theirs > _GAIN * ours


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


class Rerouted(TorchFunctionMode):
    """Sends linear layers that oneDNN can take to a `product`, and all else where it was going."""

    def __init__(self, product: Linear) -> None:
        super().__init__()
        self._product = product

    def __torch_function__(
        self,
        func: Callable[..., Any],
        types: Sequence[type],
        args: Sequence[Any] = (),
        kwargs: Mapping[str, Any] | None = None,
    ) -> Any:
        kwargs = kwargs or {}
        if func is linear and not kwargs and _takes(*args):
            return self._product(*args)
        return func(*args, **kwargs)


def _takes(entries: torch.Tensor, weight: torch.Tensor, bias: torch.Tensor | None = None) -> bool:
    """Whether the product is one that oneDNN does rightly: it trusts what it is given."""
    tensors = [entries, weight, *([] if bias is None else [bias])]
    if not all(map(_is_plain, tensors)) or weight.ndim != 2 or not entries.ndim:
        return False
    outputs, inputs = weight.shape
    fits = entries.shape[-1] == inputs and entries.numel() >= _FEWEST * inputs > 0
    return fits and (bias is None or (bias.shape == (outputs,) and bias.is_contiguous()))


def _is_plain(tensor: torch.Tensor) -> bool:
    """Entries in memory as float32, no subclass that means something else by them."""
    dense = tensor.device.type == "cpu" and tensor.layout == torch.strided
    known = type(tensor) in (torch.Tensor, torch.nn.Parameter) and tensor.dtype == torch.float32
    return dense and known and not (tensor.requires_grad and torch.is_grad_enabled())
