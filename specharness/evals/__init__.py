"""Our preference as a metric of deepeval, and our models as its models (extra `deepeval`).

    Asking, Referee     which of two responses a spec prefers, by one of our scorers
    PreferenceMetric    a `BaseMetric`: how much the spec prefers actual to expected output
    ArenaPreference     a `BaseArenaMetric`: which of two contestants the spec prefers
    as_deepeval         any model of ours as a `DeepEvalBaseLLM`, for GEval and the others
    MetricJudge         the other way round: a deepeval metric as a judge of ours

They are imported when first used; the first two need no deepeval.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from specharness.evals.answering import as_deepeval
    from specharness.evals.preference import ArenaPreference, PreferenceMetric
    from specharness.evals.referee import Asking, Referee
    from specharness.models.metrics.judge import MetricJudge

__all__ = [
    "ArenaPreference",
    "Asking",
    "MetricJudge",
    "PreferenceMetric",
    "Referee",
    "as_deepeval",
]

_HOMES = {
    "ArenaPreference": "specharness.evals.preference",
    "Asking": "specharness.evals.referee",
    "MetricJudge": "specharness.models.metrics.judge",
    "PreferenceMetric": "specharness.evals.preference",
    "Referee": "specharness.evals.referee",
    "as_deepeval": "specharness.evals.answering",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'specharness.evals' has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)
