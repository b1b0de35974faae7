"""Visits to a report in a real browser: Debian's chromium, driven by playwright."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from specharness.report.html import render_html
from specharness.runfile import Run, write_text

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
        self.path = path
        self.address = path.as_uri()
        self.complaints: list[str] = []
        self.requests: list[str] = []
        page.on("console", lambda message: self.complaints.append(message.text))
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("dialog", lambda dialog: self.complaints.append(dialog.message))
        page.on("request", lambda request: self.requests.append(request.url))

    def go(self, fragment: str = "") -> Any:
        """Open the report at a fragment; its pairs are there when this returns."""
        self.page.goto(self.address + ("#" + fragment if fragment else ""))
        self.page.wait_for_selector("[aria-busy]", state="detached")
        return self.page

    def check(self) -> None:
        """Nothing was complained about and nothing but the page was asked for."""
        assert self.complaints == []
        assert {url.split("#")[0] for url in self.requests} == {self.address}


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """One chromium for all visits; skips where there is none."""
    api = pytest.importorskip("playwright.sync_api", reason="needs `pip install playwright`")
    chromium = shutil.which("chromium")
    if chromium is None:
        pytest.skip("needs `apt-get install chromium`")
    with api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def visit(browser: Any, tmp_path: Path) -> Iterator[Callable[..., Visit]]:
    """Start a visit to a run's report; what went wrong on the page fails the test at its end.

    Records that were kept beside the run are taken from `folder`.
    """
    visits: list[Visit] = []
    contexts = []

    def start(
        run: Run,
        change: Callable[[str], str] = str,
        folder: Path | None = None,
        **options: Any,
    ) -> Visit:
        path = tmp_path / "index.html"
        write_text(path, change(render_html(run, folder)))
        contexts.append(browser.new_context(**options))
        visits.append(Visit(contexts[-1].new_page(), path))
        return visits[-1]

    yield start
    for context in contexts:
        context.close()
    for done in visits:
        done.check()
