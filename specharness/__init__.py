"""A spec is code, preference pairs are its tests.

The public names are few and are imported when first used, so `import specharness` costs nothing:

    load_suite, load_spec, load_pairs    read what a suite is made of
    read_pairs                           preference data of any common layout, read into pairs
    logprob_preferences                  preferences of a model under a spec, one per pair
    decide                               head against base: PASS, FAIL or UNPROVEN
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from specharness.gate.gates import Decision, decide
    from specharness.importers.reading import read_pairs
    from specharness.pairs import load_pairs
    from specharness.score.logprob import logprob_preferences
    from specharness.specfile import load_spec
    from specharness.suitefile import Suite, load_suite

__all__ = [
    "Decision",
    "Suite",
    "decide",
    "load_pairs",
    "load_spec",
    "load_suite",
    "logprob_preferences",
    "read_pairs",
]

_HOMES = {
    "Decision": "specharness.gate.gates",
    "Suite": "specharness.suitefile",
    "decide": "specharness.gate.gates",
    "load_pairs": "specharness.pairs",
    "load_spec": "specharness.specfile",
    "load_suite": "specharness.suitefile",
    "logprob_preferences": "specharness.score.logprob",
    "read_pairs": "specharness.importers.reading",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'specharness' has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)
