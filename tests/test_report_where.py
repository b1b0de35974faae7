"""Where an edit loses: parts of the suite, every pair as a point, the anchor beside the base."""

import re
from dataclasses import replace
from typing import Any

import pytest

from specharness.report import render_html
from specharness.report.advice import advise
from specharness.report.bars import WIDTH, place_slices
from specharness.report.markdown import render_markdown
from specharness.report.scatter import MOST_POINTS, SIZE, plot_margins
from specharness.report.terminal import MOST_LINES, render_terminal
from specharness.report.words import ruling
from specharness.runfile import ArmScore, Orders, Slice, SuiteRun
from tests.runs import (
    HOSTILE,
    failing,
    large_suite,
    make_case,
    make_cases,
    make_gate,
    make_run,
    make_score,
    make_suite,
)  # fmt: skip

sync_api = pytest.importorskip("playwright.sync_api", reason="needs `pip install playwright`")
pytest_plugins = ["tests.visits"]


def part(name: str = "refusal", p: float | None = 0.002, **changes: Any) -> Slice:
    values: dict[str, Any] = {
        "kind": "tag", "name": name, "n": 20, "clusters": 20, "lost": 9, "won": 0, "p": p,
        "difference": -0.45, "interval": (-0.628, -0.27), "p_holm": p,
    }  # fmt: skip
    return Slice(**values | changes)


PARTS = (
    part(),
    part("long", 0.01, kind="length", n=30, lost=6, difference=-0.2, interval=(-0.31, -0.1)),
    part("tone", 0.4, n=9, lost=1, won=1, difference=0.0, interval=(-0.3, 0.3)),
    part("rare", None, n=2, lost=0, difference=0.0, interval=(-0.7, 0.7)),
)
WHERE = "tag refusal: lost 9, won 0 of 20 (-45.0 [-62.8, -27.0]); 1 more part lost too"


def anchored(verdict: str = "FAIL", base: str = "PASS") -> SuiteRun:
    """A suite whose verdict is that against the anchor."""
    suite = make_suite()
    against = make_gate(suite.cases, verdict=base)
    anchor = make_gate(
        suite.cases, verdict=verdict, margin=0.1, difference=-0.12, interval=(-0.2, -0.05),
        excluded=0.2, needed=900, n=13, sentences=("Since the release 12 points were lost.",),
    )  # fmt: skip
    decided = replace(suite.gate, verdict=verdict)  # type: ignore[arg-type]
    return replace(
        suite, gate=decided, against_base=against, anchor=anchor, anchor_label="release v1.0"
    )


def rows(page: str, table: str) -> list[str]:
    found = page.partition(f'<table class="{table}">')[2].partition("</table>")[0]
    lines = re.findall(r"<tr.*?</tr>", found, re.DOTALL)
    return [" ".join(re.sub(r"<[^>]*>", " ", line).split()) for line in lines]


def test_the_parts_are_told_with_their_figures() -> None:
    page = render_html(make_run(replace(failing(), slices=PARTS)))
    assert rows(page, "slices") == [
        "Part Pairs Lost Won Difference p (Holm)",
        "tag refusal 20 9 0 −45.0 [−62.8, −27.0] 0.002",
        "long responses 30 6 0 −20.0 [−31.0, −10.0] 0.010",
        "tag tone 9 1 1 0.0 [−30.0, +30.0] 0.400",
        "tag rare 2 0 0 0.0 [−70.0, +70.0] few pairs",
    ]
    assert page.count('<tr class="sure">') == 2
    assert "and none has" not in page
    assert "and none has." in render_html(make_run(replace(failing(), slices=PARTS[2:])))
    assert "Parts of the suite" not in render_html(make_run(failing()))


def test_a_hundred_parts_are_shown_and_hostile_names_stay_text() -> None:
    many = tuple(part(f"{HOSTILE} {i}") for i in range(130))
    page = render_html(make_run(replace(failing(), slices=many)))
    assert "30 more parts are in run.json." in page
    assert "<script>window" not in page


def test_bars_of_parts_stay_on_the_drawing() -> None:
    bars = place_slices(PARTS)
    assert all(0 <= bar.low <= bar.point <= bar.high <= WIDTH for bar in bars)
    assert bars[0].low < 10  # the widest of those that were tested sets the scale
    assert place_slices([]) == []


def test_the_terminal_tells_only_what_lost_for_sure() -> None:
    told = render_terminal(make_run(replace(failing(), slices=PARTS)))
    assert f"  where: {WHERE}\n  What to do: " in told
    assert len(told.split("\n\n")[1].splitlines()) == MOST_LINES
    assert "where:" not in render_terminal(make_run(replace(failing(), slices=PARTS[2:])))
    passed = replace(make_suite(), slices=PARTS)
    assert render_terminal(make_run(passed), 110).splitlines()[2:] == [
        "PASS       tone     0.0 [-4.0, +3.0]          2      2   13"
        "         62 % (69 %)  qwen2.5-coder-0.5b",
        f"tone lost in {WHERE}",
    ]


def test_the_comment_tells_it_too() -> None:
    told = render_markdown(make_run(replace(failing(), slices=PARTS)))
    assert "\n\nWhere: tag refusal: lost 9, won 0 of 20" in told
    assert "Where:" not in render_markdown(make_run(replace(failing(), slices=PARTS[2:])))


def test_base_and_anchor_stand_side_by_side() -> None:
    page = render_html(make_run(anchored()))
    assert rows(page, "scores both") == [
        "base anchor",
        "Verdict PASS FAIL",
        "Difference 0.0 −12.0",
        "Interval [−4.0, +3.0] [−20.0, −5.0]",
        "Not excluded −4.0 −20.0",
        "Allowed −5.0 margin −10.0 budget",
        "Lost / won 2 / 2 2 / 2",
        "Pairs 13 + 1 not measured 13 + 1 not measured",
        "p, no loss 0.400 0.400",
    ]
    label = "against the anchor: −12.0 [−20.0, −5.0] points, 90 % interval, margin −10.0"
    assert label in page
    assert "Anchor: release v1.0." in page
    assert "Since the release 12 points were lost." in page
    assert "scores both" not in render_html(make_run(failing()))


def test_a_verdict_of_the_anchor_is_not_told_as_one_of_the_base() -> None:
    assert ruling(anchored()) == "Small losses since the anchor have added up."
    assert advise(anchored()).startswith("Win back some of what was lost since the anchor")
    assert ruling(anchored("UNPROVEN")).startswith("Not settled: losses since the anchor may")
    assert advise(anchored("UNPROVEN")).startswith("Add pairs until there are about 900")
    assert ruling(anchored("FAIL", base="FAIL")) == "Shown to be worse than the spec before it."


def test_a_must_that_held_when_measured_again_is_not_told_as_lost() -> None:
    lost = make_case("m", "lost", must=True)
    for confirmed, said in ((True, "A pair that must hold was lost."), (False, "Shown to be")):
        suite = replace(failing(), cases=(replace(lost, confirmed=confirmed),))
        assert ruling(suite).startswith(said)
        assert ("pairs that must hold" in advise(suite)) == confirmed


def test_points_stand_where_their_margins_are() -> None:
    case = make_case("p", "lost", base=make_score(0.5), head=make_score(-1.0))
    plot = plot_margins(make_suite(cases=[case, make_case("q"), make_case("e", "error")]))
    assert plot is not None
    reach = plot.ends[1]
    mark = plot.lost[0]
    assert mark.x == pytest.approx(SIZE / 2 * (1 + 0.5 / reach), abs=0.06)
    assert mark.y == pytest.approx(SIZE / 2 * (1 + min(1.0, 1.0 / reach)), abs=0.06)
    assert (plot.shown, plot.total, plot.others.count("M")) == (2, 2, 1)


def test_lost_pairs_stand_in_the_shaded_quarter_and_won_ones_opposite() -> None:
    plot = plot_margins(make_suite(cases=make_cases(lost=3, won=2, kept=4, known_miss=2)))
    assert plot is not None
    assert all(mark.x > SIZE / 2 and mark.y > SIZE / 2 for mark in plot.lost)
    assert all(mark.x < SIZE / 2 and mark.y < SIZE / 2 for mark in plot.won)
    assert (len(plot.lost), len(plot.won), plot.others.count("M")) == (3, 2, 6)


def test_many_points_are_thinned_and_it_is_said() -> None:
    suite = large_suite()
    plot = plot_margins(suite)
    assert plot is not None
    assert (plot.shown, plot.total) == (MOST_POINTS, 10_000)
    assert len(plot.lost) == len(plot.won) == 250
    assert len({mark.case.id for mark in plot.lost}) == 250
    page = render_html(make_run(suite))
    assert "Drawn: 2,000 of 10,000 pairs, evenly chosen." in page
    assert len(page.encode()) < 12e6


def test_judged_pairs_have_preferences_and_compared_replies_no_place() -> None:
    def arm(p: float, verdict: str, *, asked: bool = True) -> ArmScore:
        orders = Orders(first=p, second=p, agree=True) if asked else None
        return ArmScore(margin=0.0, preference=p, verdict=verdict, orders=orders)  # type: ignore[arg-type]

    head = arm(0.25, "prefers rejected")
    judged = make_case("p", "lost", base=arm(0.9, "prefers chosen"), head=head)
    plot = plot_margins(make_suite(cases=[judged]))
    assert plot is not None
    assert (plot.ends, plot.lost[0].x, plot.lost[0].y) == ((0.0, 1.0), 0.9 * SIZE, 0.75 * SIZE)
    replied = make_case("p", "lost", base=arm(0.5, "tie", asked=False), head=head)
    assert plot_margins(make_suite(cases=[replied])) is None
    assert plot_margins(make_suite(cases=make_cases(error=2))) is None


def test_parts_sort_both_ways_and_untested_ones_come_last(visit: Any) -> None:
    page = visit(make_run(replace(failing(), slices=PARTS))).go()
    names = page.locator(".slices tbody th")
    page.get_by_role("button", name="p (Holm)").click()
    assert names.all_inner_texts()[-1] == "tag rare"
    page.get_by_role("button", name="p (Holm)").click()
    assert names.all_inner_texts() == ["tag tone", "long responses", "tag refusal", "tag rare"]
    page.get_by_role("button", name="Part", exact=True).click()
    assert names.first.inner_text() == "long responses"
    sorted_by = page.locator(".slices [aria-sort]")
    assert sorted_by.count() == 1
    assert sorted_by.get_attribute("aria-sort") == "ascending"


@pytest.mark.parametrize("width", [390, 1240])
def test_nothing_is_wider_than_the_page(visit: Any, width: int) -> None:
    suite = replace(anchored(), slices=(part("x" * 300), *PARTS))
    page = visit(make_run(suite), viewport={"width": width, "height": 800}).go()
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_plots_and_parts_stand_there_without_scripts(visit: Any) -> None:
    suite = replace(failing(), slices=PARTS)
    page = visit(make_run(suite), java_script_enabled=False).go()
    assert page.locator(".slices tbody tr").count() == 4
    assert page.locator(".scatter .lost").count() == 9
    assert page.get_by_role("img", name=re.compile("59 pairs, margin at base")).count() == 1


def test_who_carries_a_loss_is_told_everywhere_and_never_runs() -> None:
    told = f"The only edit is the reworded rule {HOSTILE}: it carries all of the change."
    run = make_run(replace(failing(), blame=(told,)))
    assert "which edit: The only edit is the reworded rule" in render_terminal(run, 100, False)
    assert len(render_terminal(run, 100, False).split("\n\n")[1].splitlines()) <= MOST_LINES
    assert "Which edit: The only edit is the reworded rule" in render_markdown(run)
    html = render_html(run)
    assert "<b>Which edit:</b> The only edit is the reworded rule" in html
    assert HOSTILE not in html
