"""What a run file says of where specs moved the model: tokens of responses, edits of rules."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenMoves:
    """What the specs do to the tokens of one response.

    `sizes` are the characters (code points) that each token adds. `head` and `base` are
    log p(token | spec) - log p(token | reference) in nats: above zero the spec made the token more
    probable. They may have one entry more than `sizes`, for the end of the turn, and sizes may
    stop short of a long response's end.
    """

    sizes: tuple[int, ...]
    head: tuple[float, ...]
    base: tuple[float, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PairMoves:
    """What the specs do to the tokens of both responses."""

    chosen: TokenMoves
    rejected: TokenMoves


@dataclass(frozen=True, slots=True, kw_only=True)
class EditEffect:
    """What reverting one edit of the spec alone does to preference (see `blame.record`).

    `rule` is the edited rule's id ("" for what changed outside the rules); `mean`, `low` and `high`
    are the change of preference with its 95 % interval (shares), `p` its one-sided p, Holm-adjusted
    over the edits, and `regained` of the lost pairs are no longer lost then.
    """

    kind: str
    rule: str
    mean: float
    low: float
    high: float
    p: float
    regained: int
