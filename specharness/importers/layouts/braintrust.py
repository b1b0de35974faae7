"""Rows of a Braintrust dataset or log: what was expected beats what was rejected or corrected."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from specharness.importers.fields import Prompt, has, prompt
from specharness.importers.judgement import Finding, Judgement, Layout, Options, Row, Unusable
from specharness.importers.naming import answered, asked
from specharness.importers.suggestions import read_or_ask

_OWN = ("_xact_id", "dataset_id", "experiment_id", "project_id", "span_id", "root_span_id")


def _fits(row: Row) -> bool:
    return has(row.data, "input", "expected") and any(name in row.data for name in _OWN)


def _join(rows: Iterable[Row], options: Options) -> Iterator[Finding]:
    """The rejected side is `metadata.rejected`, else the `output` that a reviewer corrected.

    `expected` may hold both sides as `chosen` and `rejected`. What `input`, `expected` and
    `metadata` are is the user's own: UsageError where no row has a rejected side.
    """
    what = "Braintrust rows have no pair of their own"
    yield from read_or_ask(rows, lambda row: [_judgement(row)], what)


def _judgement(row: Row) -> Judgement:
    chosen, rejected = _sides(row.data)
    tags = row.data.get("tags")
    return Judgement(
        prompt=_asked(row.data["input"]),
        first=answered(chosen, "expected"),
        second=answered(rejected, "rejected"),
        better="first",
        shown=False,
        where=row.where,
        id=str(row.data.get("id") or ""),
        tags=tuple(map(str, tags)) if isinstance(tags, list) else (),
    )


def _sides(data: Mapping[str, Any]) -> tuple[Any, Any]:
    expected, metadata = data["expected"], data.get("metadata")
    if has(expected, "chosen", "rejected"):
        return expected["chosen"], expected["rejected"]
    rejected = metadata.get("rejected") if isinstance(metadata, Mapping) else None
    rejected = data.get("output") if rejected is None else rejected
    if rejected is None:
        raise Unusable("missing field", "neither metadata.rejected nor output")
    if expected is None:
        raise Unusable("no label", "nothing is expected: nobody reviewed it")
    return expected, rejected


def _asked(asks: Any) -> Prompt:
    return asked(asks) if isinstance(asks, Mapping) and "role" not in asks else prompt(asks)


LAYOUTS: tuple[Layout, ...] = (
    Layout(
        name="braintrust",
        title="rows with input, expected and metadata.rejected or a corrected output (Braintrust)",
        fits=_fits,
        join=_join,
    ),
)
