"""What people read of a run; each view is a pure function of it.

The views load when they are first asked for, since jinja2 and tabulate cost time at start.
"""

from pathlib import Path

from specharness.runfile import Run


def render_html(run: Run, folder: Path | None = None) -> str:
    """The report as one self-contained HTML page, with records kept in `folder` (see `html`)."""
    from specharness.report import html  # noqa: PLC0415

    return html.render_html(run, folder)


def render_terminal(run: Run, width: int = 100, colour: bool = False) -> str:
    """The run as plain text of at most `width` columns, "" when no suite ran (see `terminal`)."""
    from specharness.report import terminal  # noqa: PLC0415

    return terminal.render_terminal(run, width, colour)
