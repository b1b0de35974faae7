"""Numbers that are none: NaN and the infinities, which no verdict and no file may rest on."""

from collections.abc import Iterable
from math import isfinite
from typing import Any


def not_finite(value: Any, place: str = "value") -> str:
    """Where the first number stands that is not finite, in JSON-like data; "" where there is none.

    >>> not_finite({"scores": [0.5, float("nan")]}, "run"), not_finite([1.0, None, "nan"])
    ('run.scores[1]', '')
    """
    if isinstance(value, float):
        return "" if isfinite(value) else place
    parts: Iterable[tuple[str, Any]] = ()
    if isinstance(value, dict):
        parts = ((f"{place}.{name}", item) for name, item in value.items())
    elif isinstance(value, list | tuple):
        parts = ((f"{place}[{index}]", item) for index, item in enumerate(value))
    return next(filter(None, (not_finite(item, inside) for inside, item in parts)), "")
