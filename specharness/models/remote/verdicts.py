"""How probable a one-token answer is, out of the rivals for an answer's first token.

That is all most providers tell. It serves verdicts ("A" or "B"): one call tells both.
"""

from collections.abc import Sequence
from math import exp, inf, log

from specharness.model import Logprobs, Unmeasured

LETTERS = ("A", "B")  # what a judge answers with
LONGEST = 1  # characters: longer answers may be several tokens
RIVALS = (20, 5)  # how many to ask for; some providers refuse more than 5

UNTOLD = (
    "the model tells the log-probabilities of its own first token only, not those of a given text"
)


def is_verdict(response: str) -> bool:
    """Whether an answer is one letter or digit, and so one token."""
    return len(response) == LONGEST and response.isalnum() and response.isascii()


def read_verdicts(
    responses: Sequence[str], top: Sequence[tuple[str, float]]
) -> list[Logprobs | Unmeasured]:
    """The log-probability (nats) that an answer begins with each response.

    A response that is not among the rivals is given the most that is left for it: no more than the
    least of them, and than what all of them leave over. Where none is among them nothing is known.
    """
    rivals = dict(top)
    if not rivals:
        return [Unmeasured(reason="the answer came without log-probabilities")] * len(responses)
    # both letters, also where one was asked for before: an answer depends on its question only
    known = {*responses, *(LETTERS if {*responses} & {*LETTERS} else ())}
    if not known & set(rivals):
        what = f"the {len(rivals)} likeliest first tokens do not hold {' or '.join(sorted(known))}"
        return [Unmeasured(reason=what)] * len(responses)
    most = _rest(rivals)
    return [Logprobs(tokens=(min(0.0, rivals.get(r, most)),)) for r in responses]


def _rest(rivals: dict[str, float]) -> float:
    """The most a token can have that is not among the rivals, in nats; at least -100."""
    left = 1.0 - sum(exp(min(0.0, nats)) for nats in rivals.values())
    return max(-100.0, min(*rivals.values(), log(left) if left > 0 else -inf))
