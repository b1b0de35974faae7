"""The pairs as compact JSON that stands inside the HTML page and that its script reads."""

import json
from collections.abc import Iterable
from dataclasses import astuple
from typing import Any
from urllib.parse import quote

from specharness.report.visible import visible
from specharness.report.words import reading_order
from specharness.runfile import ArmScore, Case, SuiteRun, Terms, Verdict

VERDICTS: tuple[Verdict, ...] = ("prefers chosen", "prefers rejected", "tie", "error")


def page_data(suites: Iterable[SuiteRun]) -> str:
    """All pairs as JSON that cannot end the script element it stands in: `<` is \\u003c."""
    data = [{"name": visible(s.name), "cases": _cases(s)} for s in suites]
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def pair_anchor(suite: str, pair: str) -> str:
    """The fragment that links to a pair; report.js derives the same (`encodeURIComponent`)."""
    return f"pair/{_quote(suite)}/{_quote(pair)}"


def suite_anchor(suite: str) -> str:
    """The fragment that links to a suite."""
    return f"suite/{_quote(suite)}"


def _quote(text: str) -> str:
    return quote(visible(text), safe="!*'()~")


def _cases(suite: SuiteRun) -> list[list[Any]]:
    return [_row(case) for case in reading_order(suite.cases)]


def _row(case: Case) -> list[Any]:
    """One pair; the order of the members is the order in which report.js names them."""
    turns = [[visible(m.role), visible(m.content)] for m in case.prompt]
    texts = [visible(case.chosen), visible(case.rejected), visible(case.source)]
    tags = [visible(tag) for tag in case.tags]
    scores = [_score(case.head), _score(case.base), _terms(case.reference)]
    head = [visible(case.id), visible(case.group), case.outcome, int(case.must), tags]
    return [*head, turns, *texts, *scores, visible(case.error)]


def _score(score: ArmScore | None) -> list[Any] | None:
    if score is None:
        return None
    numbers = [_number(n, 4) for n in (score.margin, score.absolute, score.preference)]
    return [*numbers, VERDICTS.index(score.verdict), _terms(score.terms)]


def _terms(terms: Terms | None) -> list[float | None] | None:
    return None if terms is None else [_number(n, 2) for n in astuple(terms)]


def _number(value: float, digits: int) -> float | None:
    """Rounded, and nothing where it is not a number: JSON has no NaN."""
    return round(value, digits) if abs(value) < float("inf") else None
