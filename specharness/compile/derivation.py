"""From proposed rules to the few that hold: the compiler's chain, every step in order."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from specharness.compile.baselines import Baselines, find_baselines
from specharness.compile.evidence import Evidence, tiers, weigh_evidence
from specharness.compile.merging import merge_rules
from specharness.compile.proposal import Proposal, Wording, votes_of
from specharness.compile.selection import (
    EXACT,
    Budget,
    Step,
    outcomes,
    select_rules,
    worth_of,
)
from specharness.compile.votes import Matrix, Votes, directions, random_signs
from specharness.records import Pair

_SCREENING = 500  # permutations within a fold, where p only decides who enters


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """What may enter a spec, and how large it may be.

    `accept_suggestive` lets in rules that chance might explain; `confirmed` names sensitive rules
    that the user wants, `tags` those of the pairs that a rule may name; `seed` decides
    permutations, folds and the `placebos`, of which so many are run.
    """

    rules: int = 8
    words: int = 250
    accept_suggestive: bool = False
    confirmed: frozenset[str] = frozenset()
    seed: int = 0
    placebos: int = 20
    tags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundRule:
    """One rule of a compiled spec, with all that speaks for and against it.

    `name` is in the rule's direction; `merged` names the proposals that vote like it; `worth` is
    the share of pairs that the spec gets right and would not without the rule; the id lists are of
    pairs, in their order.
    """

    name: str
    origin: str
    wording: Wording
    evidence: Evidence
    worth: float
    merged: tuple[str, ...]
    proposers: tuple[str, ...]
    support: tuple[str, ...]
    contradict: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Placebo:
    """The same chain on labels flipped at random: how often it finds rules where there are none.

    `found` of `runs` had a supported rule; `held_out` is their mean cross-fitted accuracy, which
    is 0.5 if the chain is honest.
    """

    runs: int
    found: int
    held_out: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Derivation:
    """The rules that were found, the path of their selection, and every candidate's evidence.

    `smaller` are the best sets with fewer rules, from none, each in the order of `rules`.
    `candidates` holds (name, evidence) of all proposals, best first. `scores` (sizes, pairs) are
    the sums of the rules' votes on each pair, for every set from none; `score` those of the chosen.
    """

    rules: tuple[FoundRule, ...]
    smaller: tuple[tuple[FoundRule, ...], ...]
    path: tuple[Step, ...]
    candidates: tuple[tuple[str, Evidence], ...]
    score: tuple[int, ...]
    scores: tuple[tuple[int, ...], ...]
    placebo: Placebo
    baselines: Baselines

    def of_size(self, count: int) -> "Derivation":
        """The same with the best set of `count` rules, no more than there are."""
        if count >= len(self.rules):
            return self
        return replace(self, rules=self.smaller[count], score=self.scores[count])

    @property
    def held_out(self) -> Step:
        """The step of the path that was chosen; its accuracy is on pairs it was not chosen by."""
        return next(step for step in self.path if len(step.rules) == len(self.rules))


def derive(pairs: Sequence[Pair], proposals: Sequence[Proposal], policy: Policy) -> Derivation:
    """The smallest set of proposed rules that predicts what is chosen; empty where none does."""
    table = _Table(pairs, proposals, policy.seed)
    screen = _Screen(proposals, policy)
    families = screen.families(table.votes, table.evidence)
    wordings = {family[0]: table.wording(family) for family in families}
    budget = _budget(len(proposals), wordings, policy)
    # screened with fewer permutations, as in a fold, others could enter, or lead their families
    leaders = [family[0] for family in families]
    selection = select_rules(table.votes, screen, budget, policy.seed, leaders)
    steps = selection.path[: len(selection.rules) + 1]
    return Derivation(
        rules=_rules(table, selection.rules, families, wordings),
        smaller=tuple(_rules(table, step.rules, families, wordings) for step in steps[:-1]),
        path=selection.path,
        candidates=tuple((table.named(j), table.evidence[j]) for j in table.ranked()),
        score=table.score(selection.rules),
        scores=tuple(table.score(step.rules) for step in steps),
        placebo=_placebo(table.votes, screen, policy),
        baselines=find_baselines(table.raw, proposals, len(selection.rules), policy.seed),
    )


class _Table:
    """Pairs, proposals, and the votes in the directions that the pairs give them."""

    def __init__(self, pairs: Sequence[Pair], proposals: Sequence[Proposal], seed: int) -> None:
        self.raw = votes_of(proposals, pairs)
        self.pairs = pairs
        self.proposals = proposals
        self.pointing = directions(self.raw.matrix)
        self.votes = self.raw.toward(self.pointing)
        self.evidence = weigh_evidence(self.votes, np.random.default_rng(seed))

    def ranked(self) -> list[int]:
        """All proposals, the best evidence first."""
        found = self.evidence
        return sorted(range(len(found)), key=lambda j: (found[j].p, -found[j].held_out, j))

    def named(self, rule: int) -> str:
        """The key of a rule in its direction."""
        return self.proposals[rule].named(int(self.pointing[rule]))

    def wording(self, family: Sequence[int]) -> Wording:
        """The sentences for a family of rules that vote alike."""
        leader, merged = family[0], [self.named(j) for j in family[1:]]
        return self.proposals[leader].word(int(self.pointing[leader]), merged)

    def score(self, rules: Sequence[int]) -> tuple[int, ...]:
        """The sum of some rules' votes on each pair."""
        return tuple(self.votes.matrix[:, list(rules)].sum(axis=1, dtype=int).tolist())

    def voting(self, rule: int, vote: int) -> tuple[str, ...]:
        """The ids of the pairs on which a rule votes so."""
        return ids_voting(self.pairs, self.votes.matrix[:, rule], vote)


def ids_voting(pairs: Sequence[Pair], column: Matrix, vote: int) -> tuple[str, ...]:
    """The ids of the pairs whose vote in a column (pairs,) is this."""
    return tuple(pair.id for pair, v in zip(pairs, column, strict=True) if v == vote)


class _Screen:
    """Which rules may enter, from votes alone: supported, not sensitive, one of those alike."""

    def __init__(self, proposals: Sequence[Proposal], policy: Policy) -> None:
        self._policy = policy
        self._allowed = [
            not p.sensitive or bool({p.name, p.named(-1)} & policy.confirmed) for p in proposals
        ]

    def __call__(self, votes: Votes) -> list[int]:
        rng = np.random.default_rng(self._policy.seed)
        return [f[0] for f in self.families(votes, weigh_evidence(votes, rng, _SCREENING))]

    def families(self, votes: Votes, evidence: Sequence[Evidence]) -> list[list[int]]:
        """Rules that vote alike, each family led by the one with the best evidence."""
        found = tiers(evidence)
        entering = found["supported"]
        if self._policy.accept_suggestive:
            entering = [*entering, *found["suggestive"]]
        return merge_rules(votes.matrix, [j for j in entering if self._allowed[j]])[:EXACT]


def _budget(count: int, wordings: dict[int, Wording], policy: Policy) -> Budget:
    """Words are counted for the leaders; in a fold others may lead, and count as the mean does."""
    counts = {j: len(wording.text.split()) for j, wording in wordings.items()}
    usual = round(sum(counts.values()) / len(counts)) if counts else 12
    words = tuple(counts.get(j, usual) for j in range(count))
    return Budget(words=words, rules=policy.rules, total=policy.words)


def _rules(
    table: _Table,
    rules: Sequence[int],
    families: Sequence[Sequence[int]],
    wordings: dict[int, Wording],
) -> tuple[FoundRule, ...]:
    """A set of rules with what is known of each, the one that is worth most first."""
    members = {family[0]: family[1:] for family in families}
    worth = worth_of(table.votes.matrix, tuple(rules))
    chosen = sorted(zip(rules, worth, strict=True), key=lambda r: -r[1])
    return tuple(
        FoundRule(
            name=wordings[j].name,
            origin=table.proposals[j].origin,
            wording=wordings[j],
            evidence=table.evidence[j],
            worth=points,
            merged=tuple(table.named(m) for m in members[j]),
            proposers=tuple(table.pairs[i].id for i in sorted(table.proposals[j].proposers)),
            support=table.voting(j, 1),
            contradict=table.voting(j, -1),
        )
        for j, points in chosen
    )


def _placebo(votes: Votes, screen: _Screen, policy: Policy) -> Placebo:
    """Flip the labels of whole clusters at random, and see what the chain makes of it."""
    found, shares = 0, []
    for signs in random_signs(votes.clusters, policy.placebos, policy.seed):
        flipped = votes.flipped(signs)
        half = np.flatnonzero(flipped.clusters % 2 == 0), np.flatnonzero(flipped.clusters % 2)
        seen, unseen = (flipped.take(rows) for rows in half)
        direction = directions(seen.matrix)
        rules = screen(seen.toward(direction))[: policy.rules]
        found += bool(screen(flipped.toward(directions(flipped.matrix))))
        shares.append(float(outcomes(unseen.matrix * direction, rules).mean()) if rules else 0.5)
    mean = float(np.mean(shares)) if shares else 0.5
    return Placebo(runs=policy.placebos, found=found, held_out=mean)
