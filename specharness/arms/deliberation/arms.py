"""The deliberating arms by name: the spec, and a method that goes before the answer.

All of them show the spec as `handwritten` does (a suite without a spec file: the instruction), so
that what differs is the deliberation alone. A name may be followed by options: `align3:stage=128`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from specharness.arms.arm import Arm, Condition, Materials
from specharness.arms.deliberation.align3 import align3
from specharness.arms.deliberation.best_of_n import best_of_n, one_draft
from specharness.arms.deliberation.deliberating import deliberate
from specharness.arms.deliberation.effort import Effort
from specharness.arms.deliberation.more_think import more_think
from specharness.arms.deliberation.self_refine import self_refine
from specharness.arms.deliberation.think import think
from specharness.arms.deliberation.tpo import tpo
from specharness.arms.deliberation.work import Brief, Method, split_rules
from specharness.arms.deliberation.zero_think import zero_think
from specharness.arms.options import Given, given_options
from specharness.errors import UsageError
from specharness.gate.decision import count

_TAGS = ("open", "close")
_FIELDS: dict[str, tuple[str, Callable[[str], Any]]] = {  # option: the effort's field, its reader
    "stage": ("stage_tokens", int),
    "answer": ("answer_tokens", int),
    "cycles": ("cycles", int),
    "rounds": ("rounds", int),
    "samples": ("samples", int),
    "depth": ("depth", int),
    "temperature": ("temperature", float),
    "seed": ("seed", int),
    "open": ("opening", str),
    "close": ("closing", str),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Kind:
    """A method, what it is in a line, its options, and what is to be known of a run of it."""

    method: Method
    about: str
    options: tuple[str, ...]
    told: str


_STAGE = "{effort.stage_tokens} tokens a stage at most"
_DRAFTS = ("samples", "temperature", "seed", "answer")
_KINDS: dict[str, _Kind] = {
    "think": _Kind(
        method=think,
        about="the spec, and a block of reasoning before the answer",
        options=("stage", *_TAGS),
        told=_STAGE,
    ),
    "zero-think": _Kind(
        method=zero_think,
        about="the spec, and an empty block of reasoning",
        options=_TAGS,
        told="what reasoning adds is measured from here",
    ),
    "more-think": _Kind(
        method=more_think,
        about="the spec, and reasoning that is made to go on",
        options=("stage", "cycles", *_TAGS),
        told=f"{{effort.cycles}} cycles, {_STAGE}",
    ),
    "align3": _Kind(
        method=align3,
        about="the spec, and reasoning on behaviour, then safety, then the whole",
        options=("stage", *_TAGS),
        told=_STAGE,
    ),
    "one-draft": _Kind(
        method=one_draft,
        about="the spec, and a draft of the model's own: a control",
        options=("temperature", "seed", "answer"),
        told="what choosing and improving add is measured from here",
    ),
    "self-refine": _Kind(
        method=self_refine,
        about="the spec, and a draft with its critique",
        options=("rounds", "stage", "seed", "answer"),
        told=f"{{effort.rounds}} rounds, {_STAGE}; pairs are weighed as the last rewrite",
    ),
    "best-of-n": _Kind(
        method=best_of_n,
        about="the spec, and the best of the model's own drafts",
        options=_DRAFTS,
        told="{drafts}; pairs are weighed as a final version after the best",
    ),
    "tpo": _Kind(
        method=tpo,
        about="the spec, and the best of drafts improved by words",
        options=(*_DRAFTS, "depth", "stage"),
        told="{drafts} in {turns}; pairs are weighed as a final version after the best",
    ),
}


def deliberating_arms(typed: str) -> tuple[Arm, ...]:
    """The arm of a name with its options; UsageError for an option it does not know."""
    name = typed.partition(":")[0]
    kind = _KINDS[name]
    effort = _effort(given_options(typed, kind.options))
    return (Arm(name=typed, about=kind.about, fit=partial(_fit, name=name, effort=effort)),)


def find_brief(materials: Materials, effort: Effort) -> Brief:
    """The spec (else the instruction) and its rules; UsageError where the suite has neither."""
    spec = materials.spec
    if spec is not None:
        behaviour, safety = split_rules(spec.rules)
        return Brief(text=spec.shown, behaviour=behaviour, safety=safety, effort=effort)
    text = materials.instruction
    if not text:
        remedy = "write spec.md, or give --instruction TEXT"
        raise UsageError(materials.where, "no spec and no instruction to deliberate on", remedy)
    return Brief(text=text, behaviour=(text,), effort=effort)


def _effort(given: Given) -> Effort:
    found: dict[str, Any] = {
        name: given.last(key, None, read) for key, (name, read) in _FIELDS.items()
    }
    return Effort(**{name: value for name, value in found.items() if value is not None})


def _fit(materials: Materials, name: str, effort: Effort) -> Condition:
    brief = find_brief(materials, effort)
    kind = _KINDS[name]
    drafts, turns = count(effort.samples, "draft"), count(len(effort.draws), "round")
    note = kind.told.format(effort=effort, drafts=drafts, turns=turns)
    if kind.method is align3 and not brief.safety:
        note += "; two stages, as no rule stands under a heading that names safety"
    return Condition(
        text=brief.text,
        note=note,
        enter=partial(deliberate, method=kind.method, brief=brief, name=name),
    )


DELIBERATION = dict.fromkeys(_KINDS, deliberating_arms)  # as `known.FAMILIES` has them
