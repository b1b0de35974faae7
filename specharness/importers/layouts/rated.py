"""Responses with ratings on several aspects: UltraFeedback's completions, HelpSteer's rows."""

from collections.abc import Iterable, Iterator, Mapping
from fractions import Fraction
from typing import Any

from specharness.errors import UsageError
from specharness.importers.fields import has, prompt, text
from specharness.importers.judgement import Dropped, Finding, Layout, Options, Row, Unusable
from specharness.importers.rankings import Candidate, Pool, Question, compared, mean, number
from specharness.importers.turnmarks import marked_prompt

_OVERALL = ("overall_score", "fine-grained_score")  # UltraFeedback's own, beside the aspects
_ATTRIBUTES = ("helpfulness", "correctness", "coherence", "complexity", "verbosity")
_WHOLE = "helpfulness"  # what HelpSteer calls the overall helpfulness of a response


def _fits_ultrafeedback(row: Row) -> bool:
    """Completions with annotations; a row may have no completions at all."""
    said = row.data.get("completions")
    if not has(row.data, "instruction", "completions") or not isinstance(said, list):
        return False
    rated = all(has(one, "response", "annotations") for one in said)
    return rated and (bool(said) or has(row.data, "models"))


def _ultrafeedback(row: Row, options: Options) -> Iterator[Finding]:
    """The mean of the aspects' ratings decides, or the aspect of --axis; "N/A" is left out.

    The system prompt that each model got (`custom_system_prompt`) differs between the completions
    and is left out: what is compared is what was said to the instruction.
    """
    candidates: list[Candidate] = []
    for one in row.data["completions"]:
        try:
            merit = _rating(one, row.where, options.axis)
            said = text(one["response"], "a response")
            candidates.append(Candidate(text=said, merit=(merit,), where=row.where))
        except Unusable as error:
            yield Dropped(reason=error.reason, where=row.where, detail=error.detail)
    if not row.data["completions"]:
        raise Unusable("no partner", "no completions")
    source = row.data.get("source")
    question = Question(
        prompt=prompt(row.data["instruction"]), source=source if isinstance(source, str) else ""
    )
    yield from compared(question, candidates, options.min_gap)


def _rating(one: Mapping[str, Any], where: str, axis: str) -> Fraction:
    aspects = one["annotations"] if isinstance(one["annotations"], Mapping) else {}
    if axis in _OVERALL and axis in one:
        return number(one[axis], axis)
    if axis and aspects and axis not in aspects:
        known = ", ".join([*aspects, *(name for name in _OVERALL if name in one)])
        raise UsageError(where, f"no aspect {axis!r}", f"choose --axis among {known}")
    rated: list[Fraction] = []
    for name in [axis] if axis else aspects:
        try:
            value = aspects.get(name)
            rating = value.get("Rating") if isinstance(value, Mapping) else value
            rated.append(number(rating, name))
        except Unusable as error:
            if error.reason != "no label":
                raise
    return mean(rated)


def _fits_attributes(row: Row) -> bool:
    return has(row.data, "prompt", "response", "helpfulness", "correctness")


def _attributes(rows: Iterable[Row], options: Options) -> Iterator[Finding]:
    """Rows joined on their prompt, held until the file ends; helpfulness decides, or --axis."""
    pool = Pool()
    axis = options.axis or _WHOLE
    for row in rows:
        if axis not in row.data:
            known = ", ".join(name for name in _ATTRIBUTES if name in row.data)
            raise UsageError(row.where, f"no attribute {axis!r}", f"choose --axis among {known}")
        try:
            asked = row.data["prompt"]
            question = Question(
                prompt=marked_prompt(asked) if isinstance(asked, str) else prompt(asked)
            )
            merit = (number(row.data[axis], axis),)
            said = text(row.data["response"], "response")
            candidate = Candidate(text=said, merit=merit, where=row.where)
            pool.add(question.prompt, question, candidate)
        except Unusable as error:
            yield Dropped(reason=error.reason, where=row.where, detail=error.detail)
    yield from pool.findings(options.min_gap)


LAYOUTS: tuple[Layout, ...] = (
    Layout(
        name="ultrafeedback",
        title="an instruction and completions with ratings on several aspects (UltraFeedback)",
        fits=_fits_ultrafeedback,
        convert=_ultrafeedback,
    ),
    Layout(
        name="helpsteer-ratings",
        title="one response a row with helpfulness, correctness, ... (HelpSteer, HelpSteer2)",
        fits=_fits_attributes,
        join=_attributes,
    ),
)
