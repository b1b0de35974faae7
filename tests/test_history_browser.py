"""The page of `specharness history` in a real browser: Debian's chromium, driven by playwright."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from specharness.effects import Effect, Measured
from specharness.history.page import render_html
from specharness.history.timeline import Accepted, Point, Timeline
from specharness.runfile import Share, write_text
from tests.runs import HOSTILE

pytest_plugins = ["tests.visits"]

EFFECT = Effect(n=40, mean=-0.1, low=-0.2, high=-0.05, up=1, down=20, p_up=1.0, p_down=0.001)
POINT = Point(
    commit="a" * 40, label=f"aaaaaaa {HOSTILE}", date="2024-05-06", rules=3, words=40,
    preferred=Share(count=30, n=40, low=0.6, high=0.86), preference=0.6, interval=(0.55, 0.65),
    verdict="FAIL", change=EFFECT, lost=9, won=1, since="UNPROVEN",
    accepted=(Accepted(number=1, verdict="FAIL", reason=HOSTILE, anyway=True),),
)  # fmt: skip
MEASURED = Measured(
    version="0", suite=HOSTILE, mode="replay", model=HOSTILE, model_note=HOSTILE, model_digest="",
    reduce="mean", placement="system", reference="empty", sensitivity="reacts", spec="",
    spec_path="", held_out=40, pairs=tuple(map(str, range(40))), groups=40, unscored=(),
)  # fmt: skip


def hostile() -> Timeline:
    first = replace(POINT, verdict=None, change=None, since=None, accepted=())
    broken = Point(commit="b" * 40, label="broken", date="2024-05-07", problem=HOSTILE)
    return Timeline(measured=MEASURED, points=(first, broken, *[POINT] * 60))


@pytest.mark.parametrize(
    "options",
    [
        {"viewport": {"width": 1100, "height": 900}},
        {"viewport": {"width": 390, "height": 800}, "color_scheme": "dark"},
    ],
)
def test_hostile_texts_do_nothing_and_nothing_overflows(
    browser: Any, tmp_path: Path, options: dict[str, Any]
) -> None:
    file = tmp_path / "history.html"
    write_text(file, render_html(hostile()))
    context = browser.new_context(**options)
    page, heard = context.new_page(), []
    for event in ("console", "pageerror", "dialog"):
        page.on(event, lambda told: heard.append(str(told)))
    page.on("request", lambda request: heard.append(request.url))
    page.goto(file.as_uri())
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert page.locator("svg .point").count() == 61
    assert page.locator("svg rect.point").count() == 60
    assert (
        page.evaluate("document.querySelectorAll('main img, main script, main style').length") == 0
    )
    assert page.evaluate("window.hacked") is None
    context.close()
    assert heard == [file.as_uri()]


def test_a_screen_reader_finds_nothing_wrong(browser: Any, tmp_path: Path) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="needs axe")
    file = tmp_path / "history.html"
    write_text(file, render_html(hostile()))
    for scheme in ("light", "dark"):
        context = browser.new_context(color_scheme=scheme)
        page = context.new_page()
        page.goto(file.as_uri())
        found = axe.Axe().run(page)
        assert found.violations_count == 0, found.generate_report()
        context.close()
