"""What a run file says of a compiled spec: where its rules come from, what they leave open."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class CompiledRule:
    """A compiled rule and its evidence (see `compile.evidence` for how each number is meant).

    `proposers`, `support` and `contradict` are ids of compile pairs; the rule is `silent` on the
    others. Shares lie in [0, 1]: `accuracy` where the rule speaks, `lower` its one-sided 90 %
    Wilson bound, `held_out` on pairs that had no part in its direction, `controlled` with length
    held equal (None: it cannot be told from length). `p` is the permutation p over all candidates,
    `worth` the share of pairs that would be lost without the rule.
    """

    id: str
    text: str
    opposite: str
    origin: str
    proposers: tuple[str, ...]
    support: tuple[str, ...]
    contradict: tuple[str, ...]
    silent: int
    accuracy: float
    lower: float
    held_out: float
    p: float
    controlled: float | None
    worth: float


@dataclass(frozen=True, slots=True, kw_only=True)
class CompiledSpec:
    """The compilation that a spec's lock tells of.

    `held_out` is the accuracy of all rules together on pairs that they were not chosen by, `error`
    its standard error; `length` and `general` are what the length of the responses, and as many
    general rules drawn at random, reach (None: not measured). Of `placebos` shuffles of the labels
    `placebos_found` gave a rule. `unexplained` pairs have no rule, `contradicted` ones the rules
    get wrong, `reversed` are labelled both ways; `splits` are properties wanted under a condition
    of the prompt only, in words. `noise` is the share that no rule can explain, with its 90 %
    interval. `author` says who wrote the paragraph ("": the rules are a list).
    """

    preset: str
    proposer: str
    rules: tuple[CompiledRule, ...]
    pairs: int
    held_out: float
    error: float
    length: float
    general: float | None
    placebos: int
    placebos_found: int
    unexplained: tuple[str, ...]
    contradicted: tuple[str, ...]
    reversed: tuple[tuple[str, str], ...]
    splits: tuple[str, ...]
    noise: tuple[float, float, float] | None
    raced: str
    author: str
