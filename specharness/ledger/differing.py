"""Where a stored run or line and the same computed again differ, in one line."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from math import isclose
from typing import Any

from specharness.runfile import SuiteRun


def comparable(run: SuiteRun, left_out: Sequence[str]) -> Any:
    """What two runs of one suite have to have in common, as plain data; `left_out` names fields."""
    return _view(asdict(run), left_out, _labels(run))


def _labels(run: SuiteRun) -> tuple[tuple[str, str], ...]:
    """What base and anchor are called depends on how they were found: a replay names commits."""
    named = (run.base_label, "the base"), (run.anchor_label, "the anchor")
    return tuple((label, name) for label, name in named if label)


def _view(value: Any, left_out: Sequence[str], labels: Sequence[tuple[str, str]]) -> Any:
    if isinstance(value, dict):
        kept = {key: item for key, item in value.items() if key not in left_out}
        return {key: _view(item, left_out, labels) for key, item in kept.items()}
    if isinstance(value, tuple):
        return [_view(item, left_out, labels) for item in value]
    if isinstance(value, str):
        for label, name in labels:
            value = value.replace(label, name)
    return value


def first_difference(stored: Any, again: Any, tolerance: float, place: str = "") -> str:
    """The first value that is not the same in both, told; "" where there is none."""
    if isinstance(stored, dict) and isinstance(again, dict):
        parts = [(f"{place}.{key}".lstrip("."), stored[key], again[key]) for key in stored]
    elif isinstance(stored, list | tuple) and isinstance(again, list | tuple):
        if len(stored) != len(again):
            return f"{place} has {len(stored)} entries, but {len(again)} when computed again"
        pairs = enumerate(zip(stored, again, strict=True))
        parts = [(f"{place}[{index}]", *both) for index, both in pairs]
    else:
        same = stored == again or _alike(stored, again, tolerance)
        return (
            "" if same else f"{place} is {_shown(stored)}, but {_shown(again)} when computed again"
        )
    found = (first_difference(one, two, tolerance, name) for name, one, two in parts)
    return next(filter(None, found), "")


def _alike(stored: Any, again: Any, tolerance: float) -> bool:
    numbers = isinstance(stored, float) and isinstance(again, float)
    return numbers and isclose(stored, again, rel_tol=tolerance, abs_tol=tolerance)


def _shown(value: object) -> str:
    text = json.dumps(value)
    return text if len(text) <= 60 else text[:59] + "…"
