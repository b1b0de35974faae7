"""Which sample is being drawn: what a metric's own model is seeded by."""

import random
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from specharness.model import Sampling
from specharness.records import digest

_SAMPLE: ContextVar[Sampling | None] = ContextVar("specharness_sample", default=None)


def current_sample() -> Sampling | None:
    """The seed, index and temperature that a judge asks with; None outside of a judgement."""
    return _SAMPLE.get()


@contextmanager
def drawing(sampling: Sampling, *texts: str) -> Iterator[None]:
    """Draw the sample `sampling` until the block ends.

    Python's own generator is seeded too, as metrics shuffle with it: by the sample and `texts`.
    Its state is put back, so that nobody else draws the same numbers again.
    """
    token, state = _SAMPLE.set(sampling), random.getstate()
    random.seed(digest("metric", sampling.seed, sampling.index, *texts))
    try:
        yield
    finally:
        random.setstate(state)
        _SAMPLE.reset(token)
