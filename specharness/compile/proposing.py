"""Candidate rules from the proposers that a suite names, and what is kept of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from specharness.compile.derivation import Derivation, Policy, derive
from specharness.compile.featured import propose_features
from specharness.compile.llm.options import Options
from specharness.compile.llm.proposed import LlmProposed
from specharness.compile.presets import EVIDENCE, PRESETS, PUBLISHED_PAIRS, Preset, sample_pairs
from specharness.compile.proposal import Proposal
from specharness.compile.published import derive_published
from specharness.pairline import content_digest
from specharness.records import Pair
from specharness.settings import CompileSettings

_SAMPLED: Mapping[str, int] = {"spec-learning": PUBLISHED_PAIRS}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Plan:
    """How rules are proposed and chosen: `options` are those of the llm proposer, None without."""

    preset: Preset
    features: bool
    options: Options | None

    def sees(self, pairs: Sequence[Pair], seed: int) -> tuple[Pair, ...]:
        """The pairs that are compiled from, in an order that does not depend on their file.

        All of them, or as many as the preset is published with.
        """
        ordered = sorted(pairs, key=_place)
        most = _SAMPLED.get(self.preset.name)
        return sample_pairs(ordered, most, seed) if most else tuple(ordered)

    def derive(
        self, pairs: Sequence[Pair], asked: LlmProposed | None, policy: Policy
    ) -> Derivation:
        """The rules that are kept of all that is proposed."""
        proposals: list[Proposal] = []
        if self.features:
            proposals += propose_features(pairs, policy.tags)
        proposals += asked.proposals if asked else ()
        if self.preset is EVIDENCE:
            return derive(pairs, proposals, policy)
        return derive_published(pairs, proposals, self.preset, policy)


def plan(settings: CompileSettings) -> Plan:
    """What a suite's settings ask for; published presets always ask a model, and it alone."""
    preset = PRESETS[settings.preset]
    ours = preset is EVIDENCE
    asks = settings.proposer != "features" or not ours
    options = replace(preset.options, verdicts=settings.verdicts, seed=settings.seed)
    return Plan(
        preset=preset,
        features=ours and settings.proposer != "llm",
        options=options if asks else None,
    )


def _place(pair: Pair) -> tuple[str, str, str]:
    return content_digest(pair.prompt, pair.chosen, pair.rejected), pair.group, pair.id
