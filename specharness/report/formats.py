"""All views of a stored run, by the name of their format."""

from pathlib import Path

from specharness.report import render_html, render_terminal
from specharness.runfile import Run, read_run
from specharness.suitefile import project_root

FORMATS = (
    "html", "terminal", "markdown", "github", "sarif", "badge", "shields", "json-schema",
)  # fmt: skip


def render_stored(layout: str, source: Path, width: int = 100, colour: bool = False) -> str:
    """The run stored in `source` in one of the `FORMATS`, without a final newline.

    Nothing is run. For "github" and "sarif" the lines of pairs are looked up in the pairs files
    as they are now; "json-schema" needs no run. `width` and `colour` are the terminal's.
    UsageError when there is no run to read.
    """
    # each view is loaded when it is asked for: a start is not to pay for all of them
    if layout == "json-schema":
        from specharness.report.schema import render_schema  # noqa: PLC0415

        return render_schema()
    run = read_run(source)
    match layout:
        case "html":
            return render_html(run, source.parent)
        case "terminal":
            return render_terminal(run, width, colour)
        case "markdown":
            from specharness.report.markdown import render_markdown  # noqa: PLC0415

            return render_markdown(run)
        case "github" | "sarif":
            return _on_lines(run, layout, _root(run, source))
    from specharness.report.badge import render_badge, render_shields  # noqa: PLC0415

    return render_shields(run) if layout == "shields" else render_badge(run)


def _on_lines(run: Run, layout: str, root: Path) -> str:
    from specharness.report.annotations import (  # noqa: PLC0415
        find_notes,
        render_github,
        render_notes_as_sarif,
    )
    from specharness.report.places import find_pairs  # noqa: PLC0415

    notes = find_notes(run, find_pairs(run, root))
    return render_github(run, notes) if layout == "github" else render_notes_as_sarif(notes)


def _root(run: Run, source: Path) -> Path:
    """The project that `source` lies in; for one from elsewhere, the current folder."""
    root = project_root(source.parent)
    try:
        found = any((root / suite.folder).is_dir() for suite in run.suites)
    except (OSError, ValueError):  # a folder that no system takes
        found = False
    return root if found else Path()
