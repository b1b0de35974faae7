"""Exports of LangSmith: examples of a dataset, and feedback that compares runs."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from specharness.errors import UsageError
from specharness.importers.fields import Prompt, has, prompt
from specharness.importers.judgement import (
    Dropped,
    Finding,
    Judgement,
    Layout,
    Options,
    Row,
    Unusable,
)
from specharness.importers.layouts.ranked import is_ranked, ranked
from specharness.importers.naming import answered, asked
from specharness.importers.rankings import Candidate, Pool, Question, number
from specharness.importers.suggestions import printable, read_or_ask

_OF_RUNS = ("run_type", "trace_id", "session_id", "start_time")
_LISTS = ("responses", "answers", "outputs", "completions", "candidates")

Run = tuple[Prompt, str]  # what a run was asked and what it answered


def _fits_examples(row: Row) -> bool:
    return has(row.data, "dataset_id", "inputs", "outputs")


def _examples(rows: Iterable[Row], options: Options) -> Iterator[Finding]:
    """Examples whose outputs are `chosen` and `rejected`, or a list of ranked responses.

    The keys of inputs and outputs are the user's own: UsageError where no example has these.
    """
    what = "LangSmith examples have no pair of their own"
    yield from read_or_ask(rows, lambda row: list(_example(row, options)), what)


def _example(row: Row, options: Options) -> Iterator[Finding]:
    outputs = row.data["outputs"]
    asks, ident = _asked(row.data["inputs"]), str(row.data.get("id") or "")
    if has(outputs, "chosen", "rejected"):
        yield Judgement(
            prompt=asks,
            first=answered(outputs["chosen"], "chosen"),
            second=answered(outputs["rejected"], "rejected"),
            better="first",
            shown=False,
            where=row.where,
            id=ident,
        )
        return
    lists = outputs.values() if has(outputs) else [outputs]
    said = next((value for value in lists if is_ranked(value)), None)
    if said is None:
        raise Unusable("missing field", "no chosen and rejected in outputs")
    yield from ranked(Question(prompt=asks), said, row, options)


def _asked(inputs: Any) -> Prompt:
    return asked(inputs) if isinstance(inputs, Mapping) else prompt(inputs)


def _is_run(data: Any) -> bool:
    named = has(data, "id", "inputs", "outputs") and not has(data, "dataset_id")
    return named and any(name in data for name in _OF_RUNS)


def _fits_feedback(row: Row) -> bool:
    """Feedback on a run, a comparison of runs, or a run itself."""
    compares = has(row.data, "key", "scores") and isinstance(row.data["scores"], Mapping)
    return has(row.data, "run_id", "key", "score") or compares or _is_run(row.data)


def _feedback(rows: Iterable[Row], options: Options) -> Iterator[Finding]:
    """Feedback rows of one `feedback_group_id` compared, with the texts of their runs.

    Runs stand in the same file or folder, or each feedback row has inputs and outputs of its own.
    All is held until the end. The higher score wins, equal ones tie.
    """
    runs: dict[str, Mapping[str, Any]] = {}
    given: list[Row] = []
    where = ""
    for row in rows:
        where = where or row.where
        if _is_run(row.data):
            runs[str(row.data["id"])] = row.data
        else:
            given += _opened(row)
    if not given:
        remedy = "export the feedback too, and name the folder that holds both files"
        raise UsageError(where, "runs without any feedback that compares them", remedy)
    _choose_key(given, options)
    wanted = [row for row in given if options.axis in ("", str(row.data["key"]))]
    if wanted and not any(_texts(row, runs) for row in wanted):
        remedy = (
            "export the runs as well (one JSON object a line with id, inputs and outputs), and "
            "name the folder that holds both files"
        )
        raise UsageError(wanted[0].where, "feedback without the texts of its runs", remedy)
    yield from _joined(wanted, runs, options)


def _opened(row: Row) -> list[Row]:
    """A comparison {key, scores: {run: score}} as one feedback row per run."""
    if not has(row.data, "scores"):
        return [row]
    shared = {"key": row.data["key"], "feedback_group_id": row.where}
    scores = row.data["scores"].items()
    datas = [{**shared, "run_id": run, "score": score} for run, score in scores]
    return [Row(data=data, where=row.where) for data in datas]


def _choose_key(given: list[Row], options: Options) -> None:
    keys = list(dict.fromkeys(str(row.data["key"]) for row in given))
    if (options.axis and options.axis not in keys) or (not options.axis and len(keys) > 1):
        what = f"the feedback has the keys {', '.join(map(printable, keys))}"
        raise UsageError(given[0].where, what, "choose one with --axis")


def _texts(row: Row, runs: Mapping[str, Mapping[str, Any]]) -> Mapping[str, Any] | None:
    """Where the inputs and outputs of a feedback row are."""
    if has(row.data, "inputs", "outputs"):
        return dict(row.data)
    run = row.data.get("run")
    return dict(run) if has(run, "inputs", "outputs") else runs.get(str(row.data["run_id"]))


def _joined(
    wanted: list[Row], runs: Mapping[str, Mapping[str, Any]], options: Options
) -> Iterator[Finding]:
    pool = Pool()
    for row in wanted:
        try:
            group = row.data.get("feedback_group_id")
            if not group:
                raise Unusable("no partner", "no feedback_group_id")
            texts = _texts(row, runs)
            if texts is None:
                raise Unusable("missing field", f"no run {row.data['run_id']}")
            merit = (number(row.data["score"], "score"),)
            said = answered(texts["outputs"], "outputs")
            question = Question(prompt=_asked(texts["inputs"]), annotator=_annotator(row.data))
            candidate = Candidate(text=said, merit=merit, where=row.where)
            pool.add((str(group), question.annotator), question, candidate)
        except Unusable as error:
            yield Dropped(reason=error.reason, where=row.where, detail=error.detail)
    yield from pool.findings(options.min_gap)


def _annotator(feedback: Mapping[str, Any]) -> str:
    source = feedback.get("feedback_source")
    return str(source.get("user_id") or "") if isinstance(source, Mapping) else ""


LAYOUTS: tuple[Layout, ...] = (
    Layout(
        name="langsmith-dataset",
        title="examples with inputs and outputs, if outputs has chosen and rejected (LangSmith)",
        fits=_fits_examples,
        join=_examples,
    ),
    Layout(
        name="langsmith-feedback",
        title="pairwise feedback together with its runs (LangSmith)",
        fits=_fits_feedback,
        join=_feedback,
        votes=True,
    ),
)
