"""Plain reasoning before the answer: what the other ways of thinking are compared with."""

from collections.abc import Sequence

from specharness.arms.deliberation.reasoning import close_block, go_on, open_block
from specharness.arms.deliberation.work import Brief, Work
from specharness.model import Model


def think(model: Model, works: Sequence[Work], brief: Brief) -> None:
    """Reason once."""
    open_block(works, brief.effort)
    go_on(model, works, "", brief.effort)
    close_block(works, brief.effort)
