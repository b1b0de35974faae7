"""The blocks of a network, what they read, and a vector added to it.

The residual stream at a block is what the block is given: a hook before the block reads or changes
it. Nothing here depends on padding, a key/value cache or the order of tokens: every token that
passes the block is changed alike, so cached, packed and padded computation see the same network.
"""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any

import numpy as np
import numpy.typing as npt

from specharness.errors import ModelError, UsageError

Array = npt.NDArray[np.float64]


def blocks_of(network: Any) -> list[Any]:
    """The network's blocks in order; ModelError where they are not one list of modules."""
    from torch.nn import ModuleList  # noqa: PLC0415 - torch takes seconds

    count = network.config.get_text_config().num_hidden_layers
    found = [m for m in network.modules() if isinstance(m, ModuleList) and len(m) == count]
    if not found:
        name = type(network).__name__
        raise ModelError(name, f"has no list of {count} blocks", "take another model, or arm")
    return list(found[0])


def block_inputs(network: Any, ids: Sequence[int], count: int) -> Array:
    """What each block reads at the last `count` of these tokens: (blocks, count, d), float64."""
    import torch  # noqa: PLC0415

    from specharness.models.products import quick_products  # noqa: PLC0415 - imports torch

    seen: list[Array] = []

    def keep(_: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        states = args[0] if args else kwargs["hidden_states"]
        seen.append(states[0, -count:].double().cpu().numpy())  # (1, T, d) -> (count, d)

    blocks = blocks_of(network)
    with torch.inference_mode(), quick_products(network), ExitStack() as hooks:
        for block in blocks:
            hook = block.register_forward_pre_hook(keep, with_kwargs=True)
            hooks.callback(hook.remove)
        tokens = torch.tensor([list(ids)], device=network.device)
        network(input_ids=tokens, use_cache=False, logits_to_keep=1)
    return np.stack(seen)


@contextmanager
def adding(network: Any, layer: int, vector: Array) -> Iterator[None]:
    """Add `vector` (d,) to what block `layer` reads, at every token, until the block ends.

    It is cast once to the network's precision: x <- x + cast(vector). UsageError where it is not
    finite then.
    """
    import torch  # noqa: PLC0415

    block = blocks_of(network)[layer]
    like = next(block.parameters())
    added = torch.tensor(vector, dtype=torch.float64).to(device=like.device, dtype=like.dtype)
    if not added.isfinite().all():
        what = f"the vector is not finite in the network's precision ({like.dtype})"
        raise UsageError(f"block {layer}", what, "give a smaller alpha")

    def add(
        _: Any, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> tuple[tuple[Any, ...], dict[str, Any]]:
        if args:  # (B, T, d) + (d,)
            return (args[0] + added, *args[1:]), kwargs
        return args, kwargs | {"hidden_states": kwargs["hidden_states"] + added}

    hook = block.register_forward_pre_hook(add, with_kwargs=True)
    try:
        yield
    finally:
        hook.remove()
