"""The HTML report in a real browser: Debian's chromium, driven by playwright."""

import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from specharness.report.casedata import pair_anchor
from specharness.report.html import render_html
from specharness.runfile import Run, write_text
from tests.runs import HOSTILE, failing, hostile_suite, large_suite, make_run, make_suite, unproven

sync_api = pytest.importorskip("playwright.sync_api", reason="needs `pip install playwright`")
CHROMIUM = shutil.which("chromium")
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="needs `apt-get install chromium`")
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


class Visit:
    """A page, and everything it asked for or complained about."""

    def __init__(self, page: Any, path: Path) -> None:
        self.page = page
        self.address = path.as_uri()
        self.complaints: list[str] = []
        self.requests: list[str] = []
        page.on("console", lambda message: self.complaints.append(message.text))
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("dialog", lambda dialog: self.complaints.append(dialog.message))
        page.on("request", lambda request: self.requests.append(request.url))

    def go(self, fragment: str = "") -> Any:
        self.page.goto(self.address + ("#" + fragment if fragment else ""))
        return self.page

    def check(self) -> None:
        assert self.complaints == []
        assert {url.split("#")[0] for url in self.requests} == {self.address}


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def visit(browser: Any, tmp_path: Path) -> Iterator[Any]:
    visits: list[Visit] = []
    contexts = []

    def start(run: Run, **options: Any) -> Visit:
        path = tmp_path / "index.html"
        write_text(path, render_html(run))
        contexts.append(browser.new_context(**options))
        visits.append(Visit(contexts[-1].new_page(), path))
        return visits[-1]

    yield start
    for context in contexts:
        context.close()
    for done in visits:
        done.check()


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
    page.evaluate("location.hash = '#pair/tone/p-002'")
    opened = page.locator(".pairs").last.locator("details[open] .id bdi")
    expect(opened).to_have_text("p-002")
    page.get_by_role("region", name="What the edit changed").first.get_by_role(
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


def test_words_that_differ_are_marked(visit: Any) -> None:
    suite = make_suite()
    case = replace(suite.cases[0], chosen="Use the short name.", rejected="Use the long name.")
    page = visit(make_run(replace(suite, cases=(case,)))).go(pair_anchor("tone", case.id))
    page.get_by_role("button", name="Mark the words that differ").click()
    expect(page.locator("mark")).to_have_text(["short", "long"])


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


def test_ten_thousand_pairs_stay_usable(visit: Any) -> None:
    page = visit(make_run(large_suite())).go(pair_anchor("large", "pair-09999"))
    expect(page.locator("details[open] .id bdi")).to_have_text("pair-09999")
    page.locator("#query").fill("pair-0777")
    expect(page.locator("#hits")).to_have_text("10 of 10,000 pairs")
    page.locator("#query").fill("")
    expect(page.get_by_role("button", name="Show 500 more of 9,900")).to_be_visible()
    assert HOSTILE not in page.content()
