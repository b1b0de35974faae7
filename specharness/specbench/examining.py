"""SpecBench run under an arm, every step in order: what is left, answer, judge, keep."""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from specharness.arms.arm import Arm, Condition, Materials
from specharness.condition import condition
from specharness.model import Completion, Model, Request, Sampling, Unmeasured
from specharness.models.recorded import RecordedModel
from specharness.records import Message
from specharness.settings import Placement
from specharness.specbench.judging import Examining, Marked, judge_responses
from specharness.specbench.questions import questions_digest
from specharness.specbench.results import Result, Results
from specharness.specbench.scenario import Item, Scenario

Report = Callable[[int], object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What a user chooses: how the judge is asked, and how answers are written.

    An answer has `tokens` tokens at most and is greedy. `at_once` items are answered and judged
    together: more suit a model that answers in parallel, and are lost together by a kill.
    """

    how: Examining = field(default_factory=Examining)
    tokens: int = 1024
    placement: Placement = "system"
    seed: int = 0
    at_once: int = 1


def describe_run(
    scenario: Scenario, arm: Arm, model: RecordedModel, judge: RecordedModel, options: Options
) -> dict[str, Any]:
    """Everything that results have to share to be one run; nothing is loaded for it."""
    return {
        "scenario": scenario.name,
        "data": scenario.digest,
        "arm": arm.name,
        "model": asdict(model.identity),
        "judge": asdict(judge.identity),
        "examining": asdict(options.how),
        "questions": questions_digest(),
        "tokens": options.tokens,
        "placement": options.placement,
        "seed": options.seed,
    }


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Bench:
    """A scenario with the arm and the two models that a run of it needs. `folder` is the data's."""

    scenario: Scenario
    arm: Arm
    model: RecordedModel
    judge: RecordedModel
    folder: Path
    options: Options = field(default_factory=Options)


def examine(
    bench: Bench, items: Sequence[Item], results: Results, report: Report = lambda n: None
) -> None:
    """Answer and judge the items that have no result yet; `report` hears how many were done.

    What could not be answered or judged is kept as a result with an error, and not asked again.
    """
    left = [item for item in items if item.id not in results.found]
    if not left:
        return
    fitted = bench.arm.fit(_materials(bench))
    for start in range(0, len(left), bench.options.at_once):
        some = left[start : start + bench.options.at_once]
        for result in _examine(bench, fitted, some):
            results.add(result)
        report(len(some))


def _materials(bench: Bench) -> Materials:
    return Materials(
        pairs=(),
        spec=bench.scenario.spec(),
        instruction=bench.scenario.description,
        where=bench.folder,
        model=bench.model,
        seed=bench.options.seed,
    )


def _examine(bench: Bench, fitted: Condition, items: Sequence[Item]) -> list[Result]:
    before = bench.model.seconds
    with fitted.enter(bench.model) as answering:
        answers = _answers(answering, items, fitted.text, bench.options)
    spent = (bench.model.seconds - before) / len(items)
    going = [
        (item, answer)
        for item, answer in zip(items, answers, strict=True)
        if isinstance(answer, Completion)
    ]
    before = bench.judge.seconds
    told = [(item, answer.text.strip()) for item, answer in going]
    found = judge_responses(bench.judge, bench.scenario, told, bench.options.how) if told else []
    judged = (bench.judge.seconds - before) / max(1, len(told))
    marked = {item.id: marks for (item, _), marks in zip(told, found, strict=True)}
    return [
        _result(item, answer, marked.get(item.id), spent, judged)
        for item, answer in zip(items, answers, strict=True)
    ]


def _answers(
    model: Model, items: Sequence[Item], spec: str, options: Options
) -> list[Completion | Unmeasured]:
    prompts = [(Message(role="user", content=item.asked),) for item in items]
    requests = [Request(messages=condition(p, spec, options.placement)) for p in prompts]
    return model.generate(requests, Sampling(max_tokens=options.tokens, seed=options.seed))


def _result(
    item: Item,
    answer: Completion | Unmeasured,
    marked: Marked | None,
    seconds: float,
    judge_seconds: float,
) -> Result:
    if isinstance(answer, Unmeasured) or marked is None:
        why = answer.reason if isinstance(answer, Unmeasured) else "not judged"
        return Result(id=item.id, label=item.label, error=f"no answer: {why}", seconds=seconds)
    return Result(
        id=item.id,
        label=item.label,
        answer=answer.text,
        marks=marked.marks,
        error=f"not judged: {marked.error}" if marked.error else "",
        repaired=marked.repaired,
        read=answer.read,
        written=answer.count,
        seconds=round(seconds, 3),
        judge_read=marked.read,
        judge_written=marked.written,
        judge_seconds=round(judge_seconds, 3),
    )
