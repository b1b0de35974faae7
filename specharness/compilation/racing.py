"""The scorer of a race: a suite's own model, on its select pairs."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from specharness.choice import choose_model
from specharness.compile.race import Scorer
from specharness.records import Pair
from specharness.score.logprob import score_pairs
from specharness.settings import Mode
from specharness.suitefile import Suite, project_root


def suite_scorer(suite: Suite, mode: Mode) -> Scorer:
    """Margins under a text, by the model and the reading of the suite; results go to the store.

    A text is measured from no system text where the suite names "base" or "opposite", since a
    variant in a race has neither. The model is loaded when the first margin is asked for.
    """
    chosen = choose_model(suite, mode, project_root(suite.folder))
    reading = chosen.reading
    if reading.reference in ("base", "opposite"):
        reading = replace(reading, reference="empty")

    def score(text: str, pairs: Sequence[Pair]) -> NDArray[np.float64]:
        found = score_pairs(chosen.model, pairs, head=text, base=text, reading=reading)
        return np.array([one.head.margin if one.head else np.nan for one in found.pairs])

    return score
