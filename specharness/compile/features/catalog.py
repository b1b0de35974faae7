"""All features, in the order of their families."""

from specharness.compile.features import (
    certainty,
    closing,
    codeblocks,
    damage,
    emphasis,
    layout,
    length,
    opening,
    person,
    quantities,
    readability,
    refusal,
    register,
    relation,
    safety,
    sources,
    structure,
    vocabulary,
)
from specharness.compile.features.feature import Feature
from specharness.errors import UsageError

_MODULES = (
    length,
    layout,
    emphasis,
    opening,
    closing,
    register,
    person,
    certainty,
    readability,
    vocabulary,
    quantities,
    sources,
    structure,
    refusal,
    safety,
    relation,
    codeblocks,
    damage,
)
FEATURES: tuple[Feature, ...] = tuple(f for module in _MODULES for f in module.FEATURES)
FAMILIES: tuple[str, ...] = tuple(dict.fromkeys(f.family for f in FEATURES))
_BY_NAME = {feature.name: feature for feature in FEATURES}


def feature_named(name: str) -> Feature:
    """The feature of this name.

    Raises:
        UsageError: no feature has it.
    """
    if name not in _BY_NAME:
        near = ", ".join(sorted(_BY_NAME))
        raise UsageError(f"feature {name!r}", "there is none of this name", f"use one of: {near}")
    return _BY_NAME[name]
