"""What a model said of rules and pairs."""

from dataclasses import dataclass

from specharness.compile.votes import Matrix


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Measured:
    """Votes of rules on pairs, and how trustworthy the answers behind them were.

    `votes` (pairs, rules): +1 the chosen response satisfies the rule more, -1 the rejected one, 0
    neither, or it cannot be told. Of all cells, `unread` had no answer in one of the orders and
    `flips` named one place in both (A and A, B and B): the place, not the text, decided.
    """

    votes: Matrix
    unread: int
    flips: int
