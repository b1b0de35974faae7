"""PKU-SafeRLHF: two responses, one label for help and one for safety."""

from collections.abc import Iterator
from typing import Any

from specharness.errors import UsageError
from specharness.importers.columns import columns
from specharness.importers.extras import extras
from specharness.importers.fields import has, prompt, text
from specharness.importers.judgement import Better, Judgement, Layout, Options, Row, Unusable
from specharness.importers.labelreader import take
from specharness.importers.labels import no_winner, said

_AXES = {"helpful": "better_response_id", "safe": "safer_response_id"}
_SIDES: dict[str, Better] = {"0": "first", "1": "second"}


def _fits(row: Row) -> bool:
    return has(row.data, "prompt", "response_0", "response_1", *_AXES.values())


def _convert(row: Row, options: Options) -> Iterator[Judgement]:
    """--axis helpful or safe decides; without it both labels have to agree."""
    yield Judgement(
        prompt=prompt(take(row, "prompt")),
        first=text(take(row, "response_0"), "response_0"),
        second=text(take(row, "response_1"), "response_1"),
        better=_better(row, options.axis),
        where=row.where,
        **extras(columns(row.data)),
    )


def _better(row: Row, axis: str) -> Better:
    if axis:
        return _side(take(row, _column(row, axis)), axis)
    helpful, safe = (_side(take(row, name), name) for name in _AXES.values())
    if helpful != safe:
        what = "the more helpful response is not the safer one"
        raise UsageError(row.where, what, "choose --axis helpful or --axis safe")
    return helpful


def _column(row: Row, axis: str) -> str:
    name = _AXES.get(axis, axis)
    if name not in _AXES.values():
        raise UsageError(row.where, f"no axis {axis!r}", "choose --axis helpful or --axis safe")
    return name


def _side(value: Any, name: str) -> Better:
    label = said(value)
    if no_winner(label):
        return "neither"
    if label not in _SIDES:
        raise Unusable("unknown label", f"{name} is {label!r}")
    return _SIDES[label]


LAYOUTS: tuple[Layout, ...] = (
    Layout(
        name="pku-saferlhf",
        title="PKU-SafeRLHF: response_0, response_1, the more helpful and the safer (--axis)",
        fits=_fits,
        convert=_convert,
    ),
)
