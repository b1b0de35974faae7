"""Test-time preference optimisation: answers improved by words about the best and the worst.

Li et al. (2025), arXiv 2501.12895: draw answers, contrast the best with the worst of all so far (a
textual loss), make changes of that (a textual gradient), and draw again under them. The words are
ours, and so is the reward (see `reward`); drafts are drawn without top-p.
"""

from collections.abc import Sequence
from itertools import accumulate, pairwise

from specharness.arms.deliberation.best_of_n import Rated, draw, settle
from specharness.arms.deliberation.work import Brief, Work, assistant, user, write
from specharness.model import Model, Request, Sampling

_LOSS = (
    "These are two answers to the request above.\n\nThe better one:\n{best}\n\nThe worse one:\n"
    "{worst}\n\nSay in a few sentences what makes the first one better, and what is still weak "
    "in it."
)
_GRADIENT = "List the changes that would make the better answer better still. Write the list only."
_REWRITE = "Change your answer like this:\n{changes}\n\nWrite the changed answer, and nothing else."


def tpo(model: Model, works: Sequence[Work], brief: Brief) -> None:
    """Draw `samples` in all, in the rounds of `Effort.draws`; the best of them is the answer."""
    requests = [Request(messages=work.messages) for work in works]
    found: list[Rated] = [[] for _ in works]
    for start, end in pairwise(accumulate(brief.effort.draws, initial=0)):
        if start:
            requests = _improved(model, works, found, brief)
        more = draw(model, works, requests, brief, range(start, end))
        for rated, fresh in zip(found, more, strict=True):
            rated.extend(fresh)
    settle(works, found)


def _improved(
    model: Model, works: Sequence[Work], found: Sequence[Rated], brief: Brief
) -> list[Request]:
    """The requests for the next round, after a critique and the changes that follow from it."""
    sampling = Sampling(max_tokens=brief.effort.stage_tokens, seed=brief.effort.seed)
    ordered = [sorted(rated or [(0.0, "")], key=lambda each: each[0]) for rated in found]
    asked = [
        (*work.messages, user(_LOSS.format(best=rated[-1][1], worst=rated[0][1])))
        for work, rated in zip(works, ordered, strict=True)
    ]
    losses = write(model, works, [Request(messages=turns) for turns in asked], sampling)
    turns = [
        (*before, assistant(loss), user(_GRADIENT))
        for before, loss in zip(asked, losses, strict=True)
    ]
    changes = write(model, works, [Request(messages=each) for each in turns], sampling)
    return [
        Request(
            messages=(*work.messages, assistant(rated[-1][1]), user(_REWRITE.format(changes=c)))
        )
        for work, rated, c in zip(works, ordered, changes, strict=True)
    ]
