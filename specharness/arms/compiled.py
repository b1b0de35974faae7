"""Arms compiled from the pairs to fit on: by our own chain, turned round, by published pipelines.

A compiled spec is the instruction and the rules: what a person wrote into the suite's spec has no
part in it, and no variants are raced, so that all arms are made of the same pairs.
"""

from collections.abc import Iterable
from functools import lru_cache, partial

from specharness.arms.arm import Arm, Condition, Materials, pairs_to_fit
from specharness.compile.derivation import FoundRule, Policy, derive
from specharness.compile.featured import propose_features
from specharness.compile.llm.proposer import propose_llm
from specharness.compile.presets import ICAI, SPEC_LEARNING, Preset, sample_pairs
from specharness.records import Pair

LEAST = 10  # pairs below which no rule can be told from chance
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
    return Condition(text=text, note=told if rules else _NOTHING)


def _opposite(materials: Materials) -> Condition:
    rules = _rules(materials)
    told = "a control: it should do the reverse" if rules else _NOTHING
    text = _text(materials.instruction, (rule.wording.opposite for rule in rules))
    return Condition(text=text, note=told)


def _published(materials: Materials, preset: Preset, most: int | None) -> Condition:
    """A preset's rules, proposed by the model of the run itself."""
    pairs = pairs_to_fit(materials, LEAST)
    seen = sample_pairs(pairs, most, materials.seed) if most else pairs
    asked = propose_llm(seen, materials.instruction, materials.model, preset.options)
    found = preset.compile(seen, asked.proposals)
    told = f"{len(found.rules)} of {found.considered} rules that this model proposed"
    note = f"{told}, in {asked.calls} calls" if found.rules else f"{_NOTHING} ({asked.calls} calls)"
    return Condition(text=_text(materials.instruction, found.sentences), note=note)


def _text(instruction: str, rules: Iterable[str]) -> str:
    parts = [instruction.strip(), "\n".join(f"- {rule}" for rule in rules)]
    return "\n\n".join(part for part in parts if part)


COMPILED = Arm(
    name="compiled", about="the instruction and the rules that the pairs support", fit=_compiled,
    is_basic=True,
)  # fmt: skip
OPPOSITE = Arm(name="opposite", about="the compiled rules turned round", fit=_opposite)
PRESETS = (
    Arm(name="compiled:evidence", about="the same as compiled", fit=_compiled),
    Arm(
        name="compiled:spec-learning",
        about="rules by Spec Learning's steps, this model proposing",
        fit=partial(_published, preset=SPEC_LEARNING, most=20),
    ),
    Arm(
        name="compiled:icai",
        about="rules by Inverse Constitutional AI's steps, this model proposing",
        fit=partial(_published, preset=ICAI, most=None),
    ),
)
