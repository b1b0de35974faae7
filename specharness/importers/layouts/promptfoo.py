"""Results of promptfoo: the outputs of several providers or prompts for the same test."""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from specharness.importers.fields import Prompt, has, prompt, text, user
from specharness.importers.judgement import Dropped, Finding, Layout, Options, Row, Unusable
from specharness.importers.rankings import Candidate, Question, compared, number
from specharness.importers.turns import unpacked

_ERROR = 2  # a failureReason: the provider failed, not the output
_NOT_ASKED = ("_conversation", "sessionId")  # variables that promptfoo adds by itself


@dataclass(frozen=True, slots=True, kw_only=True)
class _Output:
    """One output with the prompt as it was sent, and the test's variables."""

    sent: Prompt
    variables: Mapping[str, Any]
    candidate: Candidate


def _fits_results(row: Row) -> bool:
    """One result per test and provider (`results.results`)."""
    return has(row.data, "success", "score", "vars", "provider", "prompt")


def _fits_table(row: Row) -> bool:
    """One test with all its outputs (`results.table.body`, up to version 2)."""
    outputs = row.data.get("outputs")
    if not isinstance(row.data.get("vars"), list) or not isinstance(outputs, list) or not outputs:
        return False
    return all(has(one, "pass", "score", "text") for one in outputs)


def _fits_document(row: Row) -> bool:
    """The whole file as one record."""
    results = row.data.get("results")
    return has(results, "results") or has(results, "table")


def _results(rows: Iterable[Row], options: Options) -> Iterator[Finding]:
    """Results joined by their test (`testIdx`, else the variables), held until the file ends."""
    tests: dict[object, list[_Output]] = {}
    for row in rows:
        try:
            output = _output(row.data, row.where, options.axis)
        except Unusable as error:
            yield Dropped(reason=error.reason, where=row.where, detail=error.detail)
            continue
        tests.setdefault(_test(row), []).append(output)
    for outputs in tests.values():
        yield from _compared(outputs, options)


def _test(row: Row) -> tuple[str, str]:
    """What tells tests apart; numbers of tests count within one file."""
    file = row.where.rpartition("#" if "#" in row.where else ":")[0]
    number = row.data.get("testIdx")
    told = row.data["vars"] if number is None else number
    return file, json.dumps(told, sort_keys=True, default=str)


def _table(row: Row, options: Options) -> Iterator[Finding]:
    names = _heads(row.document) or [f"var {n}" for n, _ in enumerate(row.data["vars"], 1)]
    variables = dict(zip(names, row.data["vars"], strict=False))
    outputs: list[_Output] = []
    for one in row.data["outputs"]:
        whole = {**one, "success": one["pass"], "vars": variables}
        whole |= {"response": {"output": one["text"]}, "prompt": {"raw": one.get("prompt")}}
        try:
            outputs.append(_output(whole, row.where, options.axis))
        except Unusable as error:
            yield Dropped(reason=error.reason, where=row.where, detail=error.detail)
    yield from _compared(outputs, options)


def _heads(document: Mapping[str, Any]) -> list[str]:
    """The names of the variables, from what surrounds a table's rows."""
    inner = document.get("results", document)
    table = inner.get("table", inner) if isinstance(inner, Mapping) else {}
    head = table.get("head") if isinstance(table, Mapping) else {}
    names = head.get("vars") if isinstance(head, Mapping) else []
    return [str(name) for name in names] if isinstance(names, list) else []


def _document(row: Row, options: Options) -> Iterator[Finding]:
    results, table = row.data["results"].get("results"), row.data["results"].get("table")
    body = table.get("body") if isinstance(table, Mapping) else None
    inner = results if isinstance(results, list) and results else body
    if not isinstance(inner, list) or not inner:
        raise Unusable("no label", "no results")
    rows = [replace(row, data=one, document=row.data) for one in inner if isinstance(one, Mapping)]
    yield from _results(filter(_fits_results, rows), options)
    for one in filter(_fits_table, rows):
        yield from _table(one, options)
    for one in inner:
        if not isinstance(one, Mapping) or not _known(replace(row, data=one)):
            yield Dropped(reason="unknown layout", where=row.where)


def _known(row: Row) -> bool:
    return _fits_results(row) or _fits_table(row)


def _output(result: Mapping[str, Any], where: str, axis: str) -> _Output:
    response = result.get("response")
    if result.get("failureReason") == _ERROR or not isinstance(response, Mapping):
        raise Unusable("withdrawn", "the provider failed")
    raw = result["prompt"].get("raw") if isinstance(result["prompt"], Mapping) else None
    variables = result["vars"] if isinstance(result["vars"], Mapping) else {}
    return _Output(
        sent=prompt(unpacked(raw)),
        variables={name: said for name, said in variables.items() if name not in _NOT_ASKED},
        candidate=Candidate(
            text=text(response.get("output"), "the output"),
            merit=_merit(result, axis),
            where=where,
        ),
    )


def _merit(result: Mapping[str, Any], axis: str) -> tuple[Any, ...]:
    """Whether it passed, then its score: a person's word if there is one, else the assertions'.

    With an axis the score of that name alone.
    """
    if axis:
        named = result.get("namedScores")
        return (number(named.get(axis) if isinstance(named, Mapping) else None, axis),)
    graded = _by_a_person(result) or {"pass": result["success"], "score": result["score"]}
    return number(int(graded.get("pass") is True), "verdict"), number(graded.get("score"), "score")


def _by_a_person(result: Mapping[str, Any]) -> Mapping[str, Any] | None:
    grading = result.get("gradingResult")
    parts = grading.get("componentResults") if isinstance(grading, Mapping) else None
    for part in parts if isinstance(parts, list) else []:
        assertion = part["assertion"] if has(part, "assertion") else None
        if isinstance(assertion, Mapping) and assertion.get("type") == "human":
            return dict(part)
    return None


def _compared(outputs: list[_Output], options: Options) -> Iterator[Finding]:
    if outputs:
        question = Question(prompt=_asked(outputs))
        yield from compared(question, [one.candidate for one in outputs], options.min_gap)


def _asked(outputs: list[_Output]) -> Prompt:
    """The prompt that was sent; where the outputs answer different ones, what the test varies.

    That is the one variable, or several as `name: value` lines: what all templates were filled
    with.
    """
    if all(one.sent == outputs[0].sent for one in outputs):
        return outputs[0].sent
    told = {name: _told(value) for name, value in outputs[0].variables.items()}
    if len(told) == 1:
        return user(*told.values())
    return user("\n".join(f"{name}: {value}" for name, value in told.items()))


def _told(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


LAYOUTS: tuple[Layout, ...] = (
    Layout(
        name="promptfoo",
        title="one result per test and provider (promptfoo, results.json)",
        fits=_fits_results,
        join=_results,
    ),
    Layout(
        name="promptfoo-table",
        title="one test with all its outputs (promptfoo, results.table of version 2)",
        fits=_fits_table,
        convert=_table,
    ),
    Layout(
        name="promptfoo-document",
        title="a whole results.json of promptfoo as one record",
        fits=_fits_document,
        convert=_document,
    ),
)
