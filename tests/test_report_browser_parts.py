"""Shaded tokens and records kept beside a run, in a real browser: shown, printed, read aloud."""

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from specharness.coverage.record import Coverage, coverage_text
from specharness.history.timeline import Accepted, Timeline, timeline_text
from specharness.keeping import kept_path
from specharness.mutation.record import Mutations, mutations_text
from specharness.records import digest
from specharness.report.beside import find_beside
from specharness.report.casedata import pair_anchor, rule_anchor
from specharness.runfile import Case, PairMoves, Run, SuiteRun, TokenMoves, write_text
from tests import measured
from tests.measured import Project
from tests.runs import HOSTILE, make_case, make_run, make_suite
from tests.test_report_shades import shaded

sync_api = pytest.importorskip("playwright.sync_api", reason="needs `pip install playwright`")
pytest_plugins = ["tests.visits"]

SPEC, EDIT = "Shade what the spec moved", "Shade what the edit moved"


def expect(locator: Any) -> Any:
    return sync_api.expect(locator)


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    root = tmp_path_factory.mktemp("parts")
    with measured.whole_project(root) as found:
        yield found


@pytest.fixture(scope="module")
def run(project: Project) -> Run:
    return make_run(project.run())


def pairs() -> Run:
    cases = (shaded("p"), shaded("q"), make_case("plain", "lost"))
    return make_run(make_suite(cases=cases))


def opened(page: Any) -> Any:
    return page.locator(".list details[open]").last


# shades


def test_tokens_are_shaded_by_the_spec_and_by_the_edit(visit: Any) -> None:
    page = visit(pairs()).go(pair_anchor("tone", "p"))
    body = opened(page)
    expect(body.locator(".token")).to_have_count(0)
    body.get_by_role("button", name=SPEC).click()
    chosen = body.locator(".is-chosen .token")
    expect(chosen).to_have_text([" brief", ".", "end of turn"], use_inner_text=False)
    assert [chosen.nth(i).get_attribute("class") for i in range(3)] == [
        "token more-3",
        "token less-2",
        "token more-1 ends",
    ]
    assert chosen.first.get_attribute("title") == "+1.5 nats"
    expect(body.locator(".shading .key")).to_contain_text("log p(token | reference), in nats")
    expect(body.locator(".moved").first).to_have_text(
        "chosen: more likely brief +1.5, (end of turn) +0.20; less likely . −0.40."
    )
    body.get_by_role("button", name=EDIT).click()
    expect(chosen).to_have_text([" brief", "end of turn"])
    expect(body.locator(".shading .key")).to_contain_text("spec before")
    body.get_by_role("button", name=EDIT).click()
    expect(body.locator(".token")).to_have_count(0)
    assert body.locator(".is-chosen .said").text_content() == "Say brief."


def test_words_and_tokens_are_not_marked_at_once(visit: Any) -> None:
    page = visit(pairs()).go(pair_anchor("tone", "p"))
    body = opened(page)
    words = body.get_by_role("button", name="Mark the words that differ")
    body.get_by_role("button", name=SPEC).click()
    expect(words).to_have_attribute("aria-pressed", "false")
    words.click()
    expect(body.locator(".token")).to_have_count(0)
    expect(body.locator("mark").first).to_be_visible()
    expect(body.get_by_role("button", name=SPEC)).to_have_attribute("aria-pressed", "false")


def test_the_next_pair_opens_as_the_last_was_shaded(visit: Any) -> None:
    page = visit(pairs()).go(pair_anchor("tone", "p"))
    opened(page).get_by_role("button", name=SPEC).click()
    page.evaluate("location.hash = '#tone/q'")
    expect(opened(page).locator(".is-chosen .token")).to_have_count(3)
    page.evaluate("location.hash = '#tone/plain'")
    body = opened(page)
    expect(body.get_by_role("button", name=SPEC)).to_have_count(0)
    expect(body.get_by_role("button", name="Mark the words that differ")).to_have_count(1)


def test_the_keyboard_shades(visit: Any) -> None:
    page = visit(pairs()).go(pair_anchor("tone", "p"))
    opened(page).locator(".is-rejected .said").focus()
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    expect(opened(page).get_by_role("button", name=SPEC)).to_be_focused()
    page.keyboard.press("Enter")
    expect(opened(page).locator(".is-chosen .token")).to_have_count(3)


def test_shades_are_seen_without_colour_and_on_paper(visit: Any) -> None:
    page = visit(pairs()).go(pair_anchor("tone", "p"))
    opened(page).get_by_role("button", name=SPEC).click()
    page.emulate_media(media="print", forced_colors="active")
    lines = (
        opened(page)
        .locator(".is-chosen .token")
        .evaluate_all(
            "(all) => all.map((it) => { const s = getComputedStyle(it);"
            " return [s.textDecorationLine, s.textDecorationStyle, s.textDecorationThickness]; })"
        )
    )
    assert lines == [
        ["underline", "solid", "3px"],
        ["underline", "dashed", "2px"],
        ["underline", "solid", "1px"],
    ]
    expect(opened(page).locator(".moved").first).to_be_visible()
    expect(opened(page).locator(".tools")).to_be_hidden()


def test_shades_are_there_without_scripts(visit: Any) -> None:
    page = visit(pairs(), java_script_enabled=False).go(pair_anchor("tone", "p"))
    opened(page).get_by_text("Where the spec moved the model").click()
    expect(page.locator(".shading[open] .is-chosen .token")).to_have_count(3)


# records


def test_the_spec_is_marked_and_a_rule_is_linked(visit: Any, project: Project, run: Run) -> None:
    page = visit(run, folder=project.reports).go()
    section = page.get_by_role("region", name="Rule coverage")
    expect(section.locator(".marked tr.hurting .text")).to_have_text("- Write code.")
    expect(section.locator(".marked tr.hurting .quiet")).to_have_text("hurting")
    section.get_by_role("link", name="brief").click()
    assert page.evaluate("decodeURIComponent(location.hash)").endswith("/rule/brief")
    expect(page.locator(".rule:target .effect")).to_contain_text("wins back 7.8 points")
    section.get_by_role("button", name="Keeping it").click()
    expect(section.locator(".map tbody tr").first).to_contain_text("code")
    page.get_by_text("15 mutants judged wrongly").click()
    expect(page.locator(".survivors .rule")).to_have_count(15)
    expect(page.locator(".timeline .point")).to_have_count(4)


def test_a_link_opens_an_unchanged_rule_from_the_map(
    visit: Any, project: Project, run: Run
) -> None:
    page = visit(run, folder=project.reports).go(rule_anchor("tone", "code"))
    expect(page.locator(".rule:target")).to_be_in_viewport()


# everyone, everywhere


def hostile(project: Project, run: Run, folder: Path) -> SuiteRun:
    """A run whose texts, tokens and records all try to escape from where they are shown."""
    suite = run.suites[0]
    beside = find_beside(run, project.reports)[suite.folder]
    cover, mutants, times = beside.coverage, beside.mutations, beside.timeline
    assert cover and mutants and times
    n = len(HOSTILE)
    moves = TokenMoves(sizes=(1,) * n, head=(1.5,) * n, base=(0.0,) * n)
    case = make_case("h", "lost", chosen=HOSTILE, rejected=HOSTILE)
    case = replace(case, moves=PairMoves(chosen=moves, rejected=moves))
    spec = "\n".join(f"- {HOSTILE}" for _ in cover.rules)
    suite = replace(suite, head_spec=spec, head_rules=(), cases=(case,), edit_effects=())
    told = replace(cover.measured, spec=digest(spec), model=HOSTILE, sensitivity=HOSTILE)
    rules = tuple(replace(rule, id=HOSTILE, text=HOSTILE) for rule in cover.rules[:1])
    rules += tuple(replace(rule, text=HOSTILE) for rule in cover.rules[1:])
    tried = tuple(replace(one, id=HOSTILE, before=HOSTILE, after="x") for one in mutants.tried)
    ledger = (Accepted(number=1, verdict="FAIL", reason=HOSTILE, anyway=True),)
    points = tuple(replace(p, label=HOSTILE, accepted=ledger) for p in times.points)
    _keep(folder, "coverage", coverage_text(Coverage(measured=told, rules=rules)))
    _keep(folder, "mutation", mutations_text(Mutations(measured=told, tried=tried)))
    _keep(folder, "history", timeline_text(Timeline(measured=told, points=points)))
    return suite


def _keep(folder: Path, room: str, text: str) -> None:
    write_text(kept_path(folder, room, "tone"), text)


def everything(page: Any) -> None:
    """Open all there is, with shades."""
    page.evaluate("document.querySelectorAll('details.fold').forEach((it) => { it.open = true; })")
    for row in page.locator(".list summary").all()[:2]:
        if row.evaluate("(it) => !it.parentElement.open"):
            row.click()
    page.get_by_role("button", name=re.compile("^Shade")).first.click()
    expect(page.locator(".token").first).to_be_visible()


def test_hostile_tokens_and_records_stay_text(
    visit: Any, project: Project, run: Run, tmp_path: Path
) -> None:
    suite = hostile(project, run, tmp_path)
    page = visit(make_run(suite), folder=tmp_path).go()
    everything(page)
    assert page.locator(".token").count() > 2 * len(HOSTILE.strip()) - 80
    assert page.locator(".timeline .accepted").count() == 4
    expect(page.locator(".marked .text", has_text="<script>window.hacked = 1")).to_have_count(5)
    assert page.evaluate("window.hacked") is None
    scripts = "document.querySelectorAll('main img, main script, main style').length"
    assert page.evaluate(scripts) == 0


@pytest.mark.parametrize("width", [390, 700, 1240])
def test_nothing_new_is_wider_than_the_page(
    visit: Any, project: Project, run: Run, tmp_path: Path, width: int
) -> None:
    size = {"width": width, "height": 800}
    wild = make_run(hostile(project, run, tmp_path))
    for made, folder in ((run, project.reports), (wild, tmp_path)):
        page = visit(made, folder=folder, viewport=size).go()
        everything(page)
        assert page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize(
    ("scheme", "width"), [("light", 1240), ("dark", 1240), ("light", 390), ("dark", 390)]
)
def test_axe_finds_nothing_in_the_new_parts(
    visit: Any, project: Project, run: Run, scheme: str, width: int
) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="needs axe")
    size = {"width": width, "height": 1000}
    both = Run(version="0", suites=(*run.suites, *pairs_of_all_levels().suites))
    page = visit(both, folder=project.reports, viewport=size, color_scheme=scheme).go()
    everything(page)
    page.evaluate("location.hash = '#shades/levels'")
    expect(page.locator(".less-3").first).to_be_visible()
    found = axe.Axe().run(page)
    told = [f"{it['id']}: {it['nodes'][0]['html']}" for it in found.response["violations"]]
    assert told == []


def pairs_of_all_levels() -> Run:
    head = (0.0, 0.2, 0.5, 1.5, -0.2, -0.5, -1.5)
    moves = TokenMoves(sizes=(2,) * len(head), head=head, base=(0.0,) * len(head))
    case: Case = make_case("levels", "lost", chosen="ab" * 7, rejected="cd" * 7)
    case = replace(case, moves=PairMoves(chosen=moves, rejected=moves))
    return make_run(make_suite("shades", cases=(case,)))
