"""ZeroThink: an empty block of reasoning, so that a reasoning model answers at once.

Jiang et al. (2025), SafeChain, arXiv 2502.12025. No call is made before the answer.
"""

from collections.abc import Sequence

from specharness.arms.deliberation.reasoning import close_block, open_block
from specharness.arms.deliberation.work import Brief, Work
from specharness.model import Model


def zero_think(model: Model, works: Sequence[Work], brief: Brief) -> None:
    """Close the block as soon as it is open."""
    open_block(works, brief.effort)
    close_block(works, brief.effort)
