"""The HTML report in a real browser: what it shows, finds, opens and survives."""

import re
from dataclasses import replace
from random import Random
from typing import Any

import pytest

from specharness.report.casedata import pair_anchor, rule_anchor
from specharness.report.rulediff import view_rules
from specharness.runfile import PairMoves, SuiteRun, TokenMoves
from specharness.score.shading import MOST_PAIRS
from tests.runs import HOSTILE, failing, hostile_suite, large_suite, make_run, make_suite, unproven

sync_api = pytest.importorskip("playwright.sync_api", reason="needs `pip install playwright`")
pytest_plugins = ["tests.visits"]


def expect(locator: Any) -> Any:
    return sync_api.expect(locator)


def test_hostile_texts_are_shown_and_nothing_of_them_runs(visit: Any) -> None:
    page = visit(make_run(hostile_suite(), make_suite())).go()
    rows = page.locator(".pairs").first.locator("summary")
    for row in rows.all():
        row.click()
    bodies = page.locator(".pairs").first.locator(".body")
    expect(bodies).to_have_count(7)
    for button in bodies.get_by_role("button", name="Mark the words that differ").all():
        if button.get_attribute("aria-pressed") == "false":
            button.click()
    shown = page.locator(".side .said", has_text="<script>window.hacked = 1</script>")
    expect(shown).to_have_count(12)
    assert "{{ 7 * 191 }}" in shown.first.text_content()
    assert page.evaluate("window.hacked") is None
    assert page.evaluate("getComputedStyle(document.body).display") == "block"
    assert (
        page.evaluate("document.querySelectorAll('main img, main script, main style').length") == 0
    )


def test_search_counts_and_finds_pairs(visit: Any) -> None:
    page = visit(make_run(failing(), unproven(), make_suite())).go()
    page.keyboard.press("/")
    expect(page.locator("#query")).to_be_focused()
    page.keyboard.type("p-013")
    expect(page.locator("#hits")).to_have_text("3 of 99 pairs: safety 1, brevity 1, tone 1")
    expect(page.locator(".list > li")).to_have_count(3)
    page.locator("#query").fill("LOST rename")
    expect(page.locator("#hits")).to_have_text("12 of 99 pairs: safety 9, brevity 1, tone 2")
    page.locator("#query").fill("nowhere")
    expect(page.locator("#hits")).to_have_text("0 of 99 pairs")
    expect(page.get_by_text("No pair here matches.")).to_have_count(3)
    page.keyboard.press("Escape")
    expect(page.locator(".list > li")).to_have_count(99)


def test_a_link_opens_its_pair_whatever_is_filtered(visit: Any) -> None:
    page = visit(make_run(failing(), make_suite())).go(pair_anchor("safety", "p-040"))
    expect(page.locator("details[open] .id bdi")).to_have_text("p-040")
    page.locator("#query").fill("p-001")
    expect(page.locator(".list > li")).to_have_count(2)
    page.get_by_role("button", name="known miss 9").click()
    page.evaluate("location.hash = '#tone/p-002'")
    opened = page.locator(".pairs").last.locator("details[open] .id bdi")
    expect(opened).to_have_text("p-002")
    page.get_by_role("region", name="What it changed").first.get_by_role(
        "link", name="p-003"
    ).click()
    expect(page.locator(".pairs").first.locator("details[open] .id bdi")).to_have_text("p-003")


def test_columns_sort_both_ways_and_outcomes_filter(visit: Any) -> None:
    page = visit(make_run(failing())).go()
    ids = page.locator(".list .id bdi")
    page.get_by_role("button", name="sort by id").click()
    expect(ids.first).to_have_text("p-001")
    page.get_by_role("button", name="sort by id, now up").click()
    expect(ids.first).to_have_text("p-059")
    page.get_by_role("button", name="sort by change").click()
    expect(ids.first).to_have_text("p-010")
    page.get_by_role("button", name="lost 9").click()
    expect(page.locator(".list > li")).to_have_count(9)


def opened(visit: Any, chosen: str, rejected: str) -> Any:
    suite = make_suite()
    case = replace(suite.cases[0], chosen=chosen, rejected=rejected)
    return visit(make_run(replace(suite, cases=(case,)))).go(pair_anchor("tone", case.id))


def test_words_that_differ_are_marked_when_a_pair_opens(visit: Any) -> None:
    page = opened(visit, "Use the short name here.", "Use the very long name.")
    expect(page.locator("mark")).to_have_text(["short", "here", "very long"])
    expect(page.locator(".about")).to_contain_text("They share 60 % of their words.")
    page.get_by_role("button", name="Mark the words that differ").click()
    expect(page.locator("mark")).to_have_count(0)
    assert page.locator(".said").last.text_content() == "Use the very long name."


def test_words_of_unlike_responses_are_marked_when_asked(visit: Any) -> None:
    page = opened(visit, "Use the short name.", "I would rather not say, the weather being so.")
    expect(page.locator("mark")).to_have_count(0)
    page.get_by_role("button", name="Mark the words that differ").click()
    expect(page.locator("mark").first).to_have_text("Use")


def test_responses_too_long_to_compare_say_so(visit: Any) -> None:
    page = opened(visit, "yes " * 3000, "no " * 3000)
    expect(page.locator(".about")).to_contain_text("Too long to compare by word.")
    expect(page.get_by_role("button", name="Mark the words that differ")).to_be_disabled()
    page = opened(visit, "yes " * 9000 + "a", "yes " * 9000 + "b")
    expect(page.locator("mark")).to_have_text(["a", "b"])


def test_the_keyboard_goes_through_the_pairs(visit: Any) -> None:
    page = visit(make_run(failing(), make_suite())).go()
    page.keyboard.press("/")
    page.keyboard.type("p-00")
    page.keyboard.press("Enter")
    for key in ("ArrowDown", "ArrowDown", "ArrowUp", "Enter"):
        page.keyboard.press(key)
    expect(page.locator("details[open] .id bdi")).to_have_text("p-002")
    assert page.evaluate("location.hash") == "#safety/p-002"
    page.keyboard.press("ArrowLeft")
    expect(page.locator(".list details[open]")).to_have_count(0)
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Tab")
    expect(page.locator(".said").first).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator(".list details[open]")).to_have_count(0)
    expect(page.locator("summary", has_text="p-002").first).to_be_focused()
    page.keyboard.press("End")
    expect(page.locator(".list").first.locator("summary").last).to_be_focused()


def test_arrow_down_goes_on_where_the_list_was_cut(visit: Any) -> None:
    page = visit(make_run(large_suite(n=250))).go()
    page.locator(".list summary").last.focus()
    page.keyboard.press("ArrowDown")
    expect(page.locator(".list > li")).to_have_count(200)
    expect(page.locator(".list summary").nth(100)).to_be_focused()


def test_a_link_shows_its_rule_and_opens_what_it_lies_in(visit: Any) -> None:
    suite = failing()
    changed, same = view_rules(suite)[1], view_rules(suite)[0]
    assert (changed.kind, same.kind) == ("reworded", "unchanged")
    page = visit(make_run(suite, make_suite())).go(rule_anchor("tone", changed.id))
    expect(page.locator(".rule:target")).to_be_in_viewport()
    page.evaluate("(id) => { location.hash = id; }", rule_anchor("safety", same.id))
    expect(page.locator(".rule:target")).to_be_in_viewport()
    expect(page.locator(".rule:target")).to_contain_text("Answer briefly.")


def test_what_is_printed_has_the_flipped_pairs_open(visit: Any) -> None:
    page = visit(make_run(failing())).go()
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    expect(page.locator(".list details[open]")).to_have_count(10)
    expect(page.locator("details.edited[open]")).to_have_count(1)
    page.emulate_media(media="print")
    expect(page.locator("#find")).to_be_hidden()
    expect(page.locator(".side .said").first).to_be_visible()
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    expect(page.locator("details[open]")).to_have_count(0)


def test_a_damaged_file_says_so(visit: Any) -> None:
    def damage(page: str) -> str:
        start = page.index('id="data-0">') + len('id="data-0">')
        return page[:start] + "AAAA" + page[start + 4 :]

    page = visit(make_run(failing(), make_suite()), change=damage).go()
    expect(page.locator(".pairs .caution")).to_contain_text("the file is damaged")
    expect(page.locator(".list > li")).to_have_count(14)


def test_an_old_browser_says_so(visit: Any) -> None:
    started = visit(make_run(make_suite()))
    started.page.add_init_script("delete window.DecompressionStream")
    expect(started.go().locator(".pairs .caution")).to_contain_text("One of 2023 or later can")


def test_it_reads_without_scripts(visit: Any) -> None:
    page = visit(make_run(failing(), hostile_suite()), java_script_enabled=False).go(
        pair_anchor("safety", "p-002")
    )
    expect(page.locator("details[open] .id bdi")).to_have_text("p-002")
    expect(page.locator(".list").first.locator("> li")).to_have_count(59)
    expect(page.locator("#find")).to_be_hidden()
    assert page.locator("main img, main script, main style").count() == 0


@pytest.mark.parametrize("width", [390, 700, 1240])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_is_wider_than_the_page(visit: Any, width: int, scheme: str) -> None:
    size = {"width": width, "height": 800}
    run = make_run(failing(), unproven(), hostile_suite())
    page = visit(run, viewport=size, color_scheme=scheme).go(pair_anchor("safety", "p-001"))
    for row in page.locator(".pairs").last.locator("summary").all()[:3]:
        row.click()
    assert page.evaluate("document.documentElement.scrollWidth") <= width


SEARCH = """async (words) => {
  const query = document.getElementById("query");
  query.value = words;
  query.dispatchEvent(new Event("input"));
  await new Promise((done) => {
    const watch = new MutationObserver(() => { watch.disconnect(); done(); });
    watch.observe(document.querySelector(".list"), { childList: true });
  });
  return performance.getEntriesByName("search").at(-1).duration;
}"""


def with_shades(suite: SuiteRun) -> SuiteRun:
    """A suite with as many shaded pairs as a run has, of responses of its length."""

    def moves(text: str) -> TokenMoves:
        sizes = tuple(map(len, re.findall(r"\s*\S+", text)))
        head = tuple(round(rng.gauss(0, 0.5), 2) for _ in sizes)
        return TokenMoves(sizes=sizes, head=head, base=tuple(-x for x in head))

    rng = Random(3)
    shaded = [
        replace(c, moves=PairMoves(chosen=moves(c.chosen), rejected=moves(c.rejected)))
        for c in suite.cases[:MOST_PAIRS]
    ]
    return replace(suite, cases=(*shaded, *suite.cases[MOST_PAIRS:]))


def test_ten_thousand_pairs_are_quick_and_within_reach(visit: Any) -> None:
    page = visit(make_run(with_shades(large_suite()))).go(pair_anchor("large", "pair-09999"))
    expect(page.locator("details[open] .id bdi")).to_have_text("pair-09999")
    painted = page.evaluate("performance.getEntriesByName('first-contentful-paint')[0].startTime")
    assert painted < 1000
    taken = [page.evaluate(SEARCH, words) for words in ("branch", "x", "remote", "pair-0777")]
    assert min(taken) < 100
    expect(page.locator("#hits")).to_have_text("10 of 10,000 pairs")
    page.locator("#query").fill("")
    expect(page.get_by_role("button", name="Show 500 more of 9,900")).to_be_visible()
    assert HOSTILE not in page.content()
