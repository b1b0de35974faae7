"""Judged pairs and compared replies in the HTML report, in a real browser and without scripts."""

from dataclasses import replace
from typing import Any

import pytest

from specharness.report import render_html
from specharness.report.casedata import pair_anchor
from specharness.runfile import ArmScore, Case, JudgeTrust, Orders, Replies, SuiteRun
from tests.runs import HOSTILE, make_case, make_run, make_share, make_suite, make_trust

sync_api = pytest.importorskip("playwright.sync_api", reason="needs `pip install playwright`")
pytest_plugins = ["tests.visits"]


def arm(p: float, verdict: str, *, votes: int = 6, agree: bool = True) -> ArmScore:
    orders = Orders(first=p, second=p, agree=agree, votes=votes, unreadable=votes // 6)
    return ArmScore(margin=0.0, preference=p, verdict=verdict, orders=orders)  # type: ignore[arg-type]


def judged(name: str) -> Case:
    """A pair that a judge decided: lost."""
    base, head = arm(0.9, "prefers chosen"), arm(0.25, "prefers rejected", votes=0)
    return make_case(name, "lost", base=base, head=head, reference=None)


def replied(name: str, text: str = "The head's own words") -> Case:
    """A pair whose replies were compared: lost."""
    head = arm(0.2, "prefers base")
    tie = ArmScore(margin=0.0, preference=0.5, verdict="tie")
    replies = Replies(
        head=text, base="The base's own words", head_tokens=4, base_tokens=4,
        preference=0.2, verdict="prefers base", orders=head.orders,
    )  # fmt: skip
    return make_case(name, "lost", base=tie, head=head, reference=None, replies=replies)


def judge(**changes: Any) -> JudgeTrust:
    values: dict[str, Any] = {
        "model": "toyjudge", "digest": "1" * 64, "by": "votes", "standard": "system",
        "votes_each": 3, "votes_more": 4, "seed": 0, "admission": "2" * 64, "admitted": True,
        "told": "toyjudge judged 100 labelled pairs. It may gate.",
        "right": make_share(90, 100), "consistency": make_share(95, 100),
        "chosen_first": (90, 8, 2), "chosen_second": (7, 91, 2), "anchors": 12,
        "anchors_sentence": "0 of 12 anchors have another verdict than at its admission.",
        "agreement": make_share(110, 120), "votes": 720, "escalated": 3, "unreadable": 2,
    }  # fmt: skip
    return JudgeTrust(**values | changes)


def suite_of(*cases: Case, **changes: Any) -> SuiteRun:
    values: dict[str, Any] = {"scorer": "judge", "reduce": "votes", "reference": ""}
    return make_suite("tone", cases, trust=make_trust(judge=judge()), **values | changes)


def test_a_judged_pair_shows_both_orders(visit: Any) -> None:
    page = visit(make_run(suite_of(judged("p-1")))).go(pair_anchor("tone", "p-1"))
    cells = page.locator("details[open] table.scores tbody tr").all_inner_texts()
    assert cells == [
        "base\t0.90\tprefers chosen\t0.90\t0.90\t6 (1 unreadable)",
        "head\t0.25\tprefers rejected\t0.25\t0.25\tweighed",
    ]
    trust = page.locator(".trust").inner_text()
    assert "chosen shown first: it said first 90, second 8, neither 2" in trust
    assert "agree on 110 of 120 (92 %) comparisons of this run" in trust
    assert "12 judged again. 0 of 12 anchors have another verdict" in trust


def test_replies_are_shown_found_and_never_run(visit: Any) -> None:
    hostile = replied("p-2", HOSTILE)
    page = visit(make_run(suite_of(replied("p-1"), hostile, scorer="generate"))).go()
    page.locator("#query").fill("the head's own")
    sync_api.expect(page.locator(".list > li")).to_have_count(1)  # the search waits for a pause
    page.locator(".list > li summary").first.click()
    page.locator("details[open] .said").first.wait_for()
    said = page.locator("details[open] .said").all_inner_texts()
    assert said[-2:] == ["The base's own words", "The head's own words"]
    row = page.locator("details[open] table.scores tbody tr").all_inner_texts()
    assert row == ["replies\t0.20\tprefers base\t0.20\t0.20\t6 (1 unreadable)"]
    page.locator("#query").fill("")
    sync_api.expect(page.locator(".list > li")).to_have_count(2)
    page.locator(".list > li summary").nth(1).click()
    assert page.evaluate("window.hacked") is None


@pytest.mark.parametrize("case", [judged("p-1"), replied("p-1")], ids=["judged", "replied"])
def test_without_scripts_the_same_stands_there(case: Case) -> None:
    html = render_html(make_run(suite_of(case)))
    static = html.partition("<noscript>")[2].partition("</noscript>")[0]
    assert "6 <small>(1 unreadable)</small>" in static
    assert "log p chosen" not in static
    assert ("reply at head" in static) == (case.replies is not None)


def test_a_reply_that_was_not_compared_says_why() -> None:
    case = replied("p-1")
    assert case.replies is not None
    replies = replace(case.replies, preference=None, verdict="error", error="votes unreadable")
    html = render_html(make_run(suite_of(replace(case, replies=replies))))
    assert "Not compared: votes unreadable" in html
