"""MoreThink: where the model would close its reasoning, it is made to go on.

Budget forcing (Muennighoff et al. 2025, arXiv 2501.19393) as Align3's code has it: three cycles,
the closing tag replaced by "Wait, ".
"""

from collections.abc import Sequence

from specharness.arms.deliberation.reasoning import close_block, go_on, open_block
from specharness.arms.deliberation.work import Brief, Work
from specharness.model import Model


def more_think(model: Model, works: Sequence[Work], brief: Brief) -> None:
    """Reason `cycles` times in one block."""
    open_block(works, brief.effort)
    for cycle in range(brief.effort.cycles):
        go_on(model, works, "\nWait," if cycle else "", brief.effort)
    close_block(works, brief.effort)
