"""SpecBench run under an arm, every step in order: fit, what is left, answer, judge, keep."""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from specharness.arms.arm import Arm, Condition, Materials
from specharness.condition import condition
from specharness.errors import UsageError
from specharness.model import Completion, Model, Request, Sampling, Unmeasured
from specharness.models.recorded import RecordedModel
from specharness.records import Message, digest
from specharness.settings import Placement
from specharness.specbench.judging import Examining, Marked, judge_responses
from specharness.specbench.questions import questions_digest
from specharness.specbench.results import Result, Results
from specharness.specbench.scenario import Item, Scenario
from specharness.specbench.spending import Meter, Spent

Report = Callable[[int], object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What a user chooses: how the judge is asked, and how answers are written.

    An answer has `tokens` tokens at most and is greedy. `at_once` items are answered and judged
    together: more suit a model that answers in parallel, and are lost together by a kill. They
    share what that costs evenly.
    """

    how: Examining = field(default_factory=Examining)
    tokens: int = 1024
    placement: Placement = "system"
    seed: int = 0
    at_once: int = 1


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Bench:
    """A scenario with the arm and the two models that a run of it needs. `folder` is the data's."""

    scenario: Scenario
    arm: Arm
    model: RecordedModel
    judge: RecordedModel
    folder: Path
    options: Options = field(default_factory=Options)


def fit_bench(bench: Bench) -> Condition:
    """What the arm puts the model under; UsageError for an arm that has to be fitted on pairs.

    Texts and deliberation load no model for it.
    """
    materials = Materials(
        pairs=(),
        spec=bench.scenario.spec(),
        instruction=bench.scenario.description,
        where=bench.folder / bench.scenario.name,
        model=bench.model,
        seed=bench.options.seed,
    )
    try:
        return bench.arm.fit(materials)
    except UsageError as error:
        if error.where != str(materials.where):  # of an option, a file: it says what to do
            raise
        remedy = "name an arm that needs none, such as handwritten, align3 or palrs:vector=FILE"
        what = f"SpecBench has nothing to make it of ({error.what})"
        raise UsageError(f"--arm {bench.arm.name}", what, remedy) from None


def describe_run(bench: Bench, fitted: Condition) -> dict[str, Any]:
    """Everything that results have to share to be one run; nothing is loaded for it.

    `condition` is the mark of what the arm comes to: what lies behind a name like
    `palrs:vector=FILE` may be another thing tomorrow.
    """
    options = bench.options
    with fitted.enter(bench.model) as answering:
        mark = digest(fitted.text, asdict(answering.identity))[:16]
    return {
        "scenario": bench.scenario.name,
        "data": bench.scenario.digest,
        "arm": bench.arm.name,
        "condition": mark,
        "model": asdict(bench.model.identity),
        "judge": asdict(bench.judge.identity),
        "examining": asdict(options.how),
        "questions": questions_digest(),
        "tokens": options.tokens,
        "placement": options.placement,
        "seed": options.seed,
    }


def items_left(items: Sequence[Item], results: Results) -> list[Item]:
    """The items to ask: those without a result, and those that got no answer before."""
    found = results.found
    return [item for item in items if item.id not in found or found[item.id].is_open]


def examine(
    bench: Bench,
    fitted: Condition,
    items: Sequence[Item],
    results: Results,
    report: Report = lambda n: None,
) -> None:
    """Answer and judge the items that are left; `report` hears how many were done.

    What could not be answered or judged is kept as a result with an error. It is asked again by the
    next run, but for judgements that could not be read: the same judge would say the same.
    """
    left = items_left(items, results)
    for start in range(0, len(left), bench.options.at_once):
        some = left[start : start + bench.options.at_once]
        for result in _examine(bench, fitted, some):
            results.add(result)
        report(len(some))


def _examine(bench: Bench, fitted: Condition, items: Sequence[Item]) -> list[Result]:
    meter = Meter(bench.model)
    with fitted.enter(bench.model) as answering:
        answers = _answers(answering, items, fitted.text, bench.options)
    spent = meter.spent().shared(len(items))
    told = [
        (item, answer.text.strip())
        for item, answer in zip(items, answers, strict=True)
        if isinstance(answer, Completion)
    ]
    meter = Meter(bench.judge)
    found = judge_responses(bench.judge, bench.scenario, told, bench.options.how) if told else []
    judged = meter.spent().shared(len(told))
    marked = {
        item.id: (marks, cost) for (item, _), marks, cost in zip(told, found, judged, strict=True)
    }
    return [
        _result(item, answer, cost, *marked.get(item.id, (None, Spent())))
        for item, answer, cost in zip(items, answers, spent, strict=True)
    ]


def _answers(
    model: Model, items: Sequence[Item], spec: str, options: Options
) -> list[Completion | Unmeasured]:
    prompts = [(Message(role="user", content=item.asked),) for item in items]
    requests = [Request(messages=condition(p, spec, options.placement)) for p in prompts]
    return model.generate(requests, Sampling(max_tokens=options.tokens, seed=options.seed))


def _result(
    item: Item, answer: Completion | Unmeasured, spent: Spent, marked: Marked | None, judged: Spent
) -> Result:
    if isinstance(answer, Unmeasured) or marked is None:
        why = answer.reason if isinstance(answer, Unmeasured) else "not judged"
        error = f"no answer: {why}"
        return Result(id=item.id, label=item.label, error=error, is_open=True, answering=spent)
    return Result(
        id=item.id,
        label=item.label,
        answer=answer.text,
        marks=marked.marks,
        error=f"not judged: {marked.error}" if marked.error else "",
        is_open=marked.is_open,
        repaired=marked.repaired,
        answering=spent,
        judging=judged,
    )
