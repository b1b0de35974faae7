"""The page of `specharness show` in a real browser: Debian's chromium, driven by playwright."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from specharness.records import Message
from specharness.runfile import write_text
from specharness.show.facts import Facts, Origin
from specharness.show.html import render_html
from tests.runs import HOSTILE
from tests.showing import make_facts, make_pair, make_pairs

pytest_plugins = ["tests.visits"]


@pytest.fixture
def visit(browser: Any, tmp_path: Path) -> Iterator[Any]:
    """Opens facts as a page; at the end it must have asked for itself only, without complaint."""
    file = tmp_path / "look.html"
    contexts: list[Any] = []
    heard: list[str] = []

    def start(facts: Facts, **options: Any) -> Any:
        write_text(file, render_html(facts))
        contexts.append(browser.new_context(**options))
        page = contexts[-1].new_page()
        page.on("console", lambda message: heard.append(message.text))
        page.on("pageerror", lambda error: heard.append(str(error)))
        page.on("dialog", lambda dialog: heard.append(dialog.message))
        page.on("request", lambda request: heard.append(request.url))
        page.goto(file.as_uri())
        return page

    yield start
    for context in contexts:
        context.close()
    assert set(heard) == {file.as_uri()}


def hostile() -> Facts:
    pairs = [
        make_pair(
            f"{HOSTILE}{i}",
            (Message(role="user", content=f"{HOSTILE} {i}"),),
            chosen=f"{HOSTILE} yes {i}",
            rejected=HOSTILE * (i + 1),
            tags=(HOSTILE, f"tag {i % 2}"),
            group=f"{HOSTILE} {i // 3}",
            source=f"{HOSTILE} {i % 2}",
        )
        for i in range(9)
    ]
    pairs.append(make_pair("wide", "x" * 3000, chosen="y" * 3000, rejected="z " * 3000))
    origin = Origin(file=HOSTILE, licence=HOSTILE, told=HOSTILE)
    return make_facts(pairs, name=HOSTILE, description=HOSTILE, file=HOSTILE, origin=origin)


def test_hostile_texts_are_shown_and_nothing_of_them_runs(visit: Any) -> None:
    page = visit(hostile())
    shown = page.locator(".said", has_text="<script>window.hacked = 1</script>")
    assert shown.count() > 3
    assert "{{ 7 * 191 }}" in shown.first.text_content()
    assert "⟦U+202E⟧" in shown.first.text_content()
    assert page.evaluate("window.hacked") is None
    assert page.evaluate("getComputedStyle(document.body).display") == "block"
    assert page.locator("main img, main script, main style, main iframe").count() == 0
    assert page.locator("[onload], [onerror], [style], a[href]").count() == 0


def test_our_own_style_is_let_through(visit: Any) -> None:
    page = visit(make_facts(make_pairs(20)))
    assert page.evaluate("getComputedStyle(document.querySelector('.plots')).display") == "grid"
    assert page.evaluate("document.styleSheets[0].cssRules.length") > 20


def test_the_drawings_are_drawn(visit: Any) -> None:
    page = visit(make_facts([*make_pairs(20, position="first", tags=("a",)), make_pair()]))
    assert page.locator("svg.plot").count() == 2
    for box in page.locator("svg.plot, svg.plot path.area, svg.bar .point").all():
        assert box.bounding_box()["width"] > 3
    named = page.get_by_role("img", name="Lengths: the median is")
    assert named.count() == 1


def test_what_is_folded_opens_without_scripts(visit: Any) -> None:
    pairs = [make_pair(str(i), f"{i}?", tags=(f"tag {i}",)) for i in range(20)]
    page = visit(make_facts(pairs), java_script_enabled=False)
    fold = page.locator("details").first
    fold.locator("summary").click()
    assert fold.locator("tbody tr").first.is_visible()


@pytest.mark.parametrize("width", [390, 700, 1240])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_is_wider_than_the_page(visit: Any, width: int, scheme: str) -> None:
    size = {"width": width, "height": 800}
    page = visit(hostile(), viewport=size, color_scheme=scheme)
    for fold in page.locator("summary").all():
        fold.click()
    assert page.evaluate("document.documentElement.scrollWidth") <= width
