"""The published pipelines and our own over the same proposals, so that they can be compared.

Each preset is a plain function from pairs and proposals to a `PresetSpec`; `options` says how the
llm proposer is to be asked for it. What a paper leaves open is named in `open_points`, with what we
chose.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from specharness.compile.derivation import FoundRule, Policy, derive
from specharness.compile.llm.cluster import cluster
from specharness.compile.llm.options import Options
from specharness.compile.proposal import Proposal, Wording, votes_of
from specharness.compile.votes import Matrix
from specharness.records import Pair

PUBLISHED_PAIRS = 20  # N of Spec Learning's headline; its ablation runs from 10 to 50
LOW, HIGH = 150, 300  # words, of the specs that Spec Learning publishes

_TOP = 12  # rules: about 150 to 300 words as a paragraph
_MOST = 15  # principles, of `icai`: no limit is published
_LEAST_FOR = 0.1  # share of the pairs that must vote for a principle


@dataclass(frozen=True, slots=True, kw_only=True)
class PresetRule:
    """A rule of a preset's spec, and by name the numbers that ordered it."""

    proposal: str
    wording: Wording
    numbers: tuple[tuple[str, float], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PresetSpec:
    """The rules that a preset keeps, the best first, of `considered` proposals."""

    preset: str
    rules: tuple[PresetRule, ...]
    considered: int

    @property
    def sentences(self) -> tuple[str, ...]:
        """The rules as sentences, in order."""
        return tuple(rule.wording.text for rule in self.rules)

    @property
    def words(self) -> int:
        """The words of all sentences."""
        return sum(len(sentence.split()) for sentence in self.sentences)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Preset:
    """A pipeline: how to propose, how to keep, and what its paper leaves open."""

    name: str
    options: Options
    compile: Callable[[Sequence[Pair], Sequence[Proposal]], PresetSpec]
    open_points: tuple[str, ...]


def evidence(
    pairs: Sequence[Pair], proposals: Sequence[Proposal], policy: Policy | None = None
) -> PresetSpec:
    """Our own chain: supported by permutation, cross-fitted, the smallest set (`derive`)."""
    found = derive(pairs, proposals, policy or Policy())
    rules = tuple(_found(rule) for rule in found.rules)
    return PresetSpec(preset="evidence", rules=rules, considered=len(proposals))


def spec_learning(
    pairs: Sequence[Pair], proposals: Sequence[Proposal], top: int = _TOP
) -> PresetSpec:
    """The published steps after proposing (arXiv 2606.24004): compress, validate, rank, top K.

    Rules that read alike are put together by k-means, `top` x 2 clusters. The votes come from both
    orders; pairs that proposed a rule do not validate it. Rank: prevalence (the share of the other
    pairs it applies to) x accuracy (the share of these that it gets right). Rules keep the
    direction they were proposed in. Only proposals of a model take part.
    """
    offered = _proposed(proposals)
    texts = [proposal.word(1, ()).text for proposal in offered]
    leaders = [offered[members[0]] for members in cluster(texts, 2 * top)]
    votes = votes_of(leaders, pairs).matrix
    scored = []
    for column, proposal in enumerate(leaders):
        others = len(pairs) - len(proposal.proposers)
        support, against = _tally(votes[:, column])
        prevalence = (support + against) / others if others else 0.0
        accuracy = support / (support + against) if support + against else 0.5
        numbers = ("prevalence", prevalence), ("accuracy", accuracy)
        scored.append((prevalence * accuracy, proposal, numbers))
    ranked = sorted((s for s in scored if s[0] > 0), key=lambda s: -s[0])[:top]
    rules = tuple(_kept(p, (("score", score), *numbers)) for score, p, numbers in ranked)
    return PresetSpec(preset="spec-learning", rules=rules, considered=len(offered))


def icai(pairs: Sequence[Pair], proposals: Sequence[Proposal], most: int = _MOST) -> PresetSpec:
    """Inverse Constitutional AI's filter (its public code): for > against, for >= 10 % of votes.

    Ordered by for - against. As published, a principle is voted on by all pairs, those that
    proposed it included, so its numbers flatter it. Only proposals of a model take part.
    """
    offered = _proposed(proposals)
    kept = []
    for proposal in offered:
        support, against = _tally(proposal.votes)
        if support > against and support >= _LEAST_FOR * len(pairs):
            numbers = ("for", float(support)), ("against", float(against))
            kept.append((support - against, _kept(proposal, numbers)))
    ranked = sorted(kept, key=lambda rule: -rule[0])[:most]
    rules = tuple(rule for _, rule in ranked)
    return PresetSpec(preset="icai", rules=rules, considered=len(offered))


def sample_pairs(
    pairs: Sequence[Pair], count: int = PUBLISHED_PAIRS, seed: int = 0
) -> tuple[Pair, ...]:
    """`count` pairs at random, in their order: RANDOM is the best selection of the paper."""
    drawn = np.random.default_rng(seed).permutation(len(pairs))[:count]
    return tuple(pairs[i] for i in sorted(drawn.tolist()))


def _found(rule: FoundRule) -> PresetRule:
    found = rule.evidence
    numbers = ("worth", rule.worth), ("held_out", found.held_out), ("p", found.p)
    return PresetRule(proposal=rule.name, wording=rule.wording, numbers=numbers)


def _kept(proposal: Proposal, numbers: tuple[tuple[str, float], ...]) -> PresetRule:
    return PresetRule(proposal=proposal.name, wording=proposal.word(1, ()), numbers=numbers)


def _proposed(proposals: Sequence[Proposal]) -> list[Proposal]:
    return [proposal for proposal in proposals if proposal.origin == "llm"]


def _tally(votes: Matrix) -> tuple[int, int]:
    return int((votes > 0).sum()), int((votes < 0).sum())


EVIDENCE = Preset(name="evidence", options=Options(), compile=evidence, open_points=())
SPEC_LEARNING = Preset(
    name="spec-learning",
    options=Options(rules=5, instruction=True, catalogue=0, proposed=40, opposites=0),
    compile=spec_learning,
    open_points=(
        "the prompts: ours",
        "how the instruction enters: its rules are proposed beside those of the pairs",
        "passes of the proposer: two, over batches of five pairs and over single pairs",
        "how the pairs are split: every rule is validated on all pairs that did not propose it",
        "embedding and clusters: TF-IDF and k-means, twice as many clusters as rules",
        "the composite: prevalence x accuracy, without weights",
        f"K: {_TOP}",
        "averaged positions: an answer that turns with the order counts as not applicable",
    ),
)
ICAI = Preset(
    name="icai",
    options=Options(
        rules=3, words=10, batch=0, instruction=False, catalogue=0, proposed=20, opposites=0
    ),
    compile=icai,
    open_points=(
        "the prompts: ours",
        "clusters: 20 (the public code's default is 3, its experiments set their own)",
        "embedding: TF-IDF instead of a hosted model; the most typical principle stands for a"
        " cluster, not one drawn at random",
        "votes: one greedy answer in each of two orders instead of three seeds in one order",
        "principles in one voting call: 10 (the public code: 40)",
        f"principles kept: {_MOST} (the public code: all)",
    ),
)
PRESETS: dict[str, Preset] = {p.name: p for p in (EVIDENCE, SPEC_LEARNING, ICAI)}
