"""Responses judged on every specification: all in one answer, or each in its own, or weighed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import fsum
from typing import Literal

from specharness.model import Completion, Logprobs, Model, Request, Sampling, Unmeasured
from specharness.specbench.questions import (
    MARKS,
    Conversation,
    ask_again,
    ask_all,
    ask_each,
    read_all,
    read_one,
)
from specharness.specbench.scenario import Item, Scenario
from specharness.specbench.scoring import Mark

Mode = Literal["joint", "sequential"]
By = Literal["answers", "logprob"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Examining:
    """How the judge is asked.

    "joint" asks about all specifications at once, "sequential" about one after the other. `by`
    "answers" reads what the judge writes (at most `tokens` tokens; in sequential mode 128); "by
    logprob", sequential only, takes the word that is likeliest as an answer, YES, NO or NA: for
    small models that give given text a log-probability. Texts of more than `characters` are cut in
    the middle.
    """

    mode: Mode = "joint"
    by: By = "answers"
    tokens: int = 2048
    characters: int = 8000


@dataclass(frozen=True, slots=True, kw_only=True)
class Marked:
    """The marks of one response by label, or the `error` why there are none.

    An error `is_open` where the judge gave no answer (refused, cut off) and may give one another
    time, and every answer that it gave could be read. `repaired` counts answers that could be read
    only the second time.
    """

    marks: Mapping[str, Mark]
    error: str = ""
    is_open: bool = False
    repaired: int = 0


def judge_responses(
    judge: Model, scenario: Scenario, responses: Sequence[tuple[Item, str]], how: Examining
) -> list[Marked]:
    """Judge each response, all of them in the same batches. Temperature 0, one repair turn each."""
    if how.mode == "joint":
        asked = [ask_all(scenario, item, text, how.characters) for item, text in responses]
        readings = _readings(judge, asked, how.tokens, scenario.labels)
        return [_marked(scenario.labels, [reading]) for reading in readings]
    weighs = how.by == "logprob"
    each = [ask_each(scenario, item, text, how.characters, word=weighs) for item, text in responses]
    flat = [question for questions in each for question in questions]
    readings = _weighed(judge, flat) if weighs else _readings(judge, flat, 128, None)
    size = len(scenario.labels)
    return [
        _marked(scenario.labels, readings[start : start + size])
        for start in range(0, len(flat), size)
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Reading:
    """One answer: the marks in it (one, or all by label), or why there are none.

    It `is_open` where the judge gave no answer.
    """

    marks: tuple[Mark, ...] = ()
    why: str = ""
    is_open: bool = False
    repaired: bool = False


def _readings(
    judge: Model, questions: Sequence[Conversation], tokens: int, labels: tuple[str, ...] | None
) -> list[_Reading]:
    sampling = Sampling(max_tokens=tokens)
    answers = judge.generate([Request(messages=q) for q in questions], sampling)
    readings = [_read(answer, labels) for answer in answers]
    again = [
        i for i, a in enumerate(answers) if isinstance(a, Completion) and not readings[i].marks
    ]
    turns = [ask_again(questions[i], _text(answers[i]), readings[i].why) for i in again]
    seconds = judge.generate([Request(messages=t) for t in turns], sampling) if turns else []
    for i, answer in zip(again, seconds, strict=True):
        second = _read(answer, labels)
        readings[i] = replace(second, repaired=bool(second.marks))
    return readings


def _read(answer: Completion | Unmeasured, labels: tuple[str, ...] | None) -> _Reading:
    if isinstance(answer, Unmeasured):
        return _Reading(why=answer.reason, is_open=True)
    if labels is None:
        mark = read_one(answer.text)
        why = "" if mark else "the last line is not YES, NO or NA"
        return _Reading(marks=(mark,) if mark else (), why=why)
    found = read_all(answer.text, labels)
    if isinstance(found, str):
        return _Reading(why=found)
    return _Reading(marks=tuple(found[label] for label in labels))


def _weighed(judge: Model, questions: Sequence[Conversation]) -> list[_Reading]:
    requests = [Request(messages=q, response=mark) for q in questions for mark in MARKS]
    answers = judge.logprobs(requests)
    found = []
    for start in range(0, len(answers), len(MARKS)):
        three = answers[start : start + len(MARKS)]
        refused = next((a.reason for a in three if isinstance(a, Unmeasured)), "")
        if refused:
            found.append(_Reading(why=refused, is_open=True))
            continue
        # the word's own tokens: whether the judge would end its turn there is not the question
        odds = [fsum(a.tokens[:-1] or a.tokens) for a in three if isinstance(a, Logprobs)]
        found.append(_Reading(marks=(MARKS[odds.index(max(odds))],)))
    return found


def _marked(labels: tuple[str, ...], readings: Sequence[_Reading]) -> Marked:
    """The readings that belong to one response, put together; one that failed fails it."""
    marks = [mark for reading in readings for mark in reading.marks]
    names = labels if len(readings) > 1 else (", ".join(labels),)
    failed = [f"{name}: {r.why}" for name, r in zip(names, readings, strict=False) if not r.marks]
    if len(readings) == 1 and failed:
        failed = [readings[0].why]
    return Marked(
        marks={} if failed else dict(zip(labels, marks, strict=True)),
        error="; ".join(failed[:3]),
        is_open=bool(failed) and all(reading.is_open or reading.marks for reading in readings),
        repaired=sum(reading.repaired for reading in readings),
    )


def _text(answer: Completion | Unmeasured) -> str:
    return answer.text if isinstance(answer, Completion) else ""
