"""Arms compiled from the pairs to fit on: by our own chain, turned round, by published pipelines.

A compiled spec is the instruction and the rules: what a person wrote into the suite's spec has no
part in it, and no variants are raced, so that all arms are made of the same pairs.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache, partial

import numpy as np

from specharness.arms.arm import Arm, Condition, Materials, pairs_to_fit
from specharness.arms.provenance import Provenance
from specharness.compile.derivation import FoundRule, Policy, derive
from specharness.compile.featured import propose_features
from specharness.compile.janus import make_janus
from specharness.compile.llm.catalogue import general_hypotheses
from specharness.compile.llm.options import Options
from specharness.compile.llm.proposed import LlmProposed
from specharness.compile.llm.proposer import propose_llm
from specharness.compile.presets import EVIDENCE, ICAI, SPEC_LEARNING
from specharness.compile.proposing import Plan
from specharness.records import Pair

LEAST = 10  # pairs below which no rule can be told from chance
_LENGTH = "more words"  # the feature's candidate, in the direction it is measured in
_NOTHING = "no rule found: the text is the instruction"


def _rules(materials: Materials) -> tuple[FoundRule, ...]:
    return _derived(pairs_to_fit(materials, LEAST), materials.policy)


@lru_cache(1)  # the arm and its opposite are made of the same rules
def _derived(pairs: tuple[Pair, ...], policy: Policy) -> tuple[FoundRule, ...]:
    return derive(pairs, propose_features(pairs, policy.tags), policy).rules


def _compiled(materials: Materials) -> Condition:
    rules = _rules(materials)
    told = f"{len(rules)} rule{'' if len(rules) == 1 else 's'}, no model asked"
    text = _text(materials.instruction, (rule.wording.text for rule in rules))
    return Condition(
        text=text,
        note=told if rules else _NOTHING,
        provenance=materials.provenance(len(materials.pairs)),
    )


def _opposite(materials: Materials) -> Condition:
    rules = _rules(materials)
    told = "a control: it should do the reverse" if rules else _NOTHING
    text = _text(materials.instruction, (rule.wording.opposite for rule in rules))
    return Condition(text=text, note=told, provenance=materials.provenance(len(materials.pairs)))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Proposed:
    """The rules that a pipeline keeps, what was asked for them, and of which pairs it made them."""

    rules: tuple[FoundRule, ...]
    asked: LlmProposed
    provenance: Provenance


def _proposed(materials: Materials, how: Plan) -> _Proposed:
    pairs = how.sees(pairs_to_fit(materials, LEAST), materials.policy.seed)
    asked = propose_llm(pairs, materials.instruction, materials.model, how.options or Options())
    rules = how.derive(pairs, asked, materials.policy).rules
    return _Proposed(rules=rules, asked=asked, provenance=materials.provenance(len(pairs)))


def _asked(materials: Materials, how: Plan) -> Condition:
    """The rules that a pipeline keeps of what the model of the run itself proposes."""
    found = _proposed(materials, how)
    rules, asked = found.rules, found.asked
    own = sum(proposal.origin == "llm" for proposal in asked.proposals)
    told = f"{len(rules)} of {own} rules that this model proposed, in {asked.calls} calls"
    if how.features:
        told = f"{told}, and of those that the features have"
    note = told if rules else f"{_NOTHING} ({asked.calls} calls)"
    text = _text(materials.instruction, (rule.wording.text for rule in rules))
    return Condition(text=text, note=note, provenance=found.provenance)


def _janus(materials: Materials) -> Condition:
    """The rules of `compiled:spec-learning` as the paragraph that the model of the run writes."""
    how = Plan(preset=SPEC_LEARNING, features=False, options=SPEC_LEARNING.options)
    found = _proposed(materials, how)
    rules, provenance = found.rules, found.provenance
    janus = make_janus([rule.wording.text for rule in rules], materials.model, None)
    if janus is None:
        plain = materials.instruction.strip()
        return Condition(text=plain, note=_NOTHING, provenance=provenance)
    by = "this model's paragraph" if janus.author else "a paragraph strung together"
    text = "\n\n".join(part for part in (materials.instruction.strip(), janus.text) if part)
    note = f"{by} of {len(rules)} rules that it proposed"
    return Condition(text=text, note=note, provenance=provenance)


def _random(materials: Materials) -> Condition:
    """As many general hypotheses as there are compiled rules, drawn by the seed of the run."""
    count = len(_rules(materials))
    drawn = np.random.default_rng(materials.seed).permutation(len(general_hypotheses()))[:count]
    rules = [general_hypotheses()[place][0] for place in sorted(drawn.tolist())]
    told = f"a control: {len(rules)} of the general hypotheses, drawn at random"
    return Condition(
        text=_text(materials.instruction, rules),
        note=told if rules else _NOTHING,
        provenance=materials.provenance(len(materials.pairs)),
    )


def _length(materials: Materials) -> Condition:
    """The one rule about length that the pairs lean to, whether or not they support it."""
    pairs = pairs_to_fit(materials, LEAST)
    (rule,) = (p for p in propose_features(pairs) if p.name == _LENGTH)
    wording = rule.word(int(np.sign(rule.votes.sum(dtype=int))) or -1, ())
    return Condition(
        text=_text(materials.instruction, [wording.text]),
        note="a control: length alone",
        provenance=materials.provenance(len(pairs)),
    )


def _text(instruction: str, rules: Iterable[str]) -> str:
    parts = [instruction.strip(), "\n".join(f"- {rule}" for rule in rules)]
    return "\n\n".join(part for part in parts if part)


COMPILED = Arm(
    name="compiled", about="the instruction and the rules that the pairs support", fit=_compiled,
    is_basic=True,
)  # fmt: skip
OPPOSITE = Arm(name="opposite", about="the compiled rules turned round", fit=_opposite)
CONTROLS = (
    Arm(name="compiled:random", about="as many general rules, drawn at random", fit=_random),
    Arm(name="compiled:length", about="the instruction and a rule about length", fit=_length),
)
PRESETS = (
    Arm(
        name="compiled:evidence",
        about="rules by our own steps, of this model and of the features",
        fit=partial(_asked, how=Plan(preset=EVIDENCE, features=True, options=EVIDENCE.options)),
    ),
    Arm(
        name="compiled:spec-learning",
        about="rules by Spec Learning's steps, this model proposing",
        fit=partial(
            _asked, how=Plan(preset=SPEC_LEARNING, features=False, options=SPEC_LEARNING.options)
        ),
    ),
    Arm(
        name="compiled:janus",
        about="the same rules as one paragraph that this model writes",
        fit=_janus,
    ),
    Arm(
        name="compiled:icai",
        about="rules by Inverse Constitutional AI's steps, this model proposing",
        fit=partial(_asked, how=Plan(preset=ICAI, features=False, options=ICAI.options)),
    ),
)
