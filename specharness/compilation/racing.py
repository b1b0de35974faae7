"""The scorer of a race, and of the temperature: a suite's own model, on pairs no gate sees."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from specharness.choice import Chosen
from specharness.compile.temperature import Calibration, fit_temperature
from specharness.opposites import opposite_text
from specharness.records import Pair, Spec
from specharness.score.logprob import Reading, score_pairs
from specharness.score.reference import reference_text


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SuiteScorer:
    """Margins under a text, by the model and the reading of the suite; results go to the store.

    The model is loaded when the first margin is asked for.
    """

    chosen: Chosen

    def __call__(self, text: str, pairs: Sequence[Pair]) -> NDArray[np.float64]:
        """The margins (pairs,) in nats, NaN where there is no score.

        They are measured from no system text where the suite names "base" or "opposite", since a
        variant in a race has neither.
        """
        reading = self.chosen.reading
        if reading.reference in ("base", "opposite"):
            reading = replace(reading, reference="empty")
        return self._margins(text, pairs, reading, reference_text(reading.reference, text))

    def calibrate(self, spec: Spec, pairs: Sequence[Pair]) -> Calibration | None:
        """The temperature at which margins under a spec are preferences; None where none fits.

        None also where the suite measures from the base spec, which is another at every run, or
        from opposites that no rule has.
        """
        reading = self.chosen.reading
        measured_from = reading.reference
        if measured_from == "base" or (measured_from == "opposite" and not opposite_text(spec)):
            return None
        reference = reference_text(measured_from, spec)
        margins = self._margins(spec.shown, pairs, reading, reference)
        nats = fit_temperature(margins)
        if nats is None:
            return None
        return Calibration(
            nats=nats,
            pairs=int(np.isfinite(margins).sum()),
            model=self.chosen.digest,
            reduce=reading.reduce,
            reference=reading.reference,
            placement=reading.placement,
        )

    def _margins(
        self, text: str, pairs: Sequence[Pair], reading: Reading, reference: str
    ) -> NDArray[np.float64]:
        found = score_pairs(
            self.chosen.model, pairs, head=text, base=text, reading=reading, reference=reference
        )
        return np.array([one.head.margin if one.head else np.nan for one in found.pairs])
