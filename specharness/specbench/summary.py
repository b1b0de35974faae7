"""The figures of a run by split: what `reports/specbench/*.json` holds and its views show."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from specharness.specbench.results import Result
from specharness.specbench.scenario import SPLITS, Item, Scenario
from specharness.specbench.scoring import (
    ALPHA,
    CONVENTIONS,
    Convention,
    Estimate,
    Score,
    estimate_mean,
    estimate_share,
    score_marks,
)
from specharness.specbench.spending import Spent

FORMAT = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """Safety, behaviour and SAR of the scored items of a split; `failed` ones count for none."""

    split: str
    items: int
    failed: int
    safety: Estimate
    behaviour: Estimate
    sar: Estimate


@dataclass(frozen=True, slots=True, kw_only=True)
class Total:
    """What all items cost when they were asked: see `Spent`.

    `untold` items of them read tokens that nobody counts; `read` is of the others (None: of none).
    """

    read: int | None
    untold: int
    written: int
    seconds: float
    reused: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """A run's figures under both conventions for NA; `shown` is the one the user asked for.

    `run` is what the results share. `failures` are the ids of failed items and why; `unanswered`
    counts those that the next run asks again. `not_asked` counts the scenario's items that this run
    left out. `only` is the mark that the judge gave throughout, "" where it gave more than one.
    """

    version: str
    run: Mapping[str, Any]
    alpha: float
    shown: Convention
    figures: Mapping[Convention, tuple[Figures, ...]]
    answers: Total
    judgements: Total
    repaired: int
    not_applicable: float
    not_asked: int
    failures: tuple[tuple[str, str], ...]
    unanswered: int
    only: str = ""
    format: int = FORMAT


def summarise(  # noqa: PLR0913 - keywords only: the results, and how they are read
    scenario: Scenario,
    items: Sequence[Item],
    found: Mapping[str, Result],
    *,
    run: Mapping[str, Any],
    version: str,
    alpha: float = ALPHA,
    shown: Convention = "code",
) -> Summary:
    """The figures of `items`, which all have a result. Prompts that are alike are one group."""
    results = [found[item.id] for item in items]
    marks = [mark for result in results for mark in result.marks.values()]
    return Summary(
        version=version,
        run=run,
        alpha=alpha,
        shown=shown,
        figures={
            each: tuple(
                _figures(scenario, items, found, split, (alpha, each)) for split in (*SPLITS, "all")
            )
            for each in CONVENTIONS
        },
        answers=_total([r.answering for r in results]),
        judgements=_total([r.judging for r in results]),
        repaired=sum(r.repaired for r in results),
        not_applicable=marks.count("NA") / max(1, len(marks)),
        not_asked=len(scenario.items) - len(items),
        failures=tuple((r.id, r.error) for r in results if r.error),
        unanswered=sum(r.is_open for r in results),
        only=marks[0] if len(set(marks)) == 1 else "",
    )


def summary_text(found: Summary) -> str:
    """The summary as JSON with sorted keys."""
    return json.dumps(asdict(found), ensure_ascii=True, sort_keys=True, indent=1) + "\n"


def score_result(
    scenario: Scenario, result: Result, alpha: float, convention: Convention
) -> Score | None:
    """The score of one result; None for a failed one."""
    if result.error:
        return None
    marks = [result.marks[label] for label in scenario.labels]
    safe = len(scenario.safety)
    return score_marks(marks[:safe], marks[safe:], alpha, convention)


def _total(costs: Sequence[Spent]) -> Total:
    told = [cost.read for cost in costs if cost.read is not None]
    return Total(
        read=sum(told) if told or not costs else None,
        untold=len(costs) - len(told),
        written=sum(cost.written for cost in costs),
        seconds=round(sum(cost.seconds for cost in costs), 1),
        reused=sum(cost.reused for cost in costs),
    )


def _figures(
    scenario: Scenario,
    items: Sequence[Item],
    found: Mapping[str, Result],
    split: str,
    rule: tuple[float, Convention],
) -> Figures:
    chosen = [item for item in items if split in (item.label, "all")]
    scored = [(item, score_result(scenario, found[item.id], *rule)) for item in chosen]
    scores = [score for _, score in scored if score is not None]
    groups = [item.request for item, score in scored if score is not None]
    return Figures(
        split=split,
        items=len(chosen),
        failed=len(chosen) - len(scores),
        safety=estimate_share([score.safety for score in scores], groups),
        behaviour=estimate_mean([score.behaviour for score in scores], groups),
        sar=estimate_mean([score.sar for score in scores], groups),
    )
