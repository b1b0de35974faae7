"""Put a run's views where a user finds them: reports/run.json and reports/index.html."""

from collections.abc import Iterable
from importlib.metadata import version
from pathlib import Path

from specharness.report import render_html
from specharness.runfile import Run, SuiteRun, write_run, write_text


def make_run(suites: Iterable[SuiteRun]) -> Run:
    """Suites' runs as one run, each suite once, sorted by name."""
    unique = {suite.folder: suite for suite in suites}
    return Run(
        version=version("specharness"),
        suites=tuple(sorted(unique.values(), key=lambda suite: suite.name)),
    )


def write_reports(run: Run, folder: Path) -> Path:
    """Write run.json and index.html into `folder`; returns the page's path."""
    write_run(run, folder / "run.json")
    page = folder / "index.html"
    write_text(page, render_html(run, folder))
    return page
