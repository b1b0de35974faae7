"""`specharness blame`: a thin shell over `finding`."""

from datetime import UTC, datetime
from typing import Any

import click

from specharness.panelcli import Choices, reading_options, screen


@click.command("blame")
@click.argument("suite")
@click.option(
    "--spec-base", "base", metavar="REF", help="Git reference to compare with, or 'empty'."
)
@reading_options
def blame_command(suite: str, *, base: str | None, **choices: Any) -> int:
    """Say which of the rules edited in SUITE's spec carry a loss.

    Every edited rule is put back alone, and the gate pairs are weighed again: by log-probabilities,
    whatever scorer decides, else as a run gates them. Exit codes: 0, 1 where that says FAIL, 3
    where the model cannot tell, 4 usage.
    """
    from specharness.baseline import find_baseline  # noqa: PLC0415 - start-up
    from specharness.blame.finding import find_blame  # noqa: PLC0415
    from specharness.blame.record import blame_text  # noqa: PLC0415
    from specharness.blame.words import render_terminal  # noqa: PLC0415
    from specharness.panel import open_panel  # noqa: PLC0415
    from specharness.sparing import find_held  # noqa: PLC0415
    from specharness.suitefile import named_suite  # noqa: PLC0415

    chosen, ours = Choices(**choices), named_suite(suite)
    typed = f"blame {suite}" + (f" --spec-base={base}" if base else "")
    panel = open_panel(ours, chosen.asking("blame", typed))
    before = find_baseline(ours, base, panel.pairs)
    spared = find_held(ours, before, today=datetime.now(tz=UTC).date())
    found = find_blame(panel, before.spec, before.label, spared.held)
    panel.save()
    chosen.show(blame_text(found), render_terminal(found, screen()[0]))
    chosen.keep("blame", ours.name, blame_text(found))
    return 1 if found.verdict == "FAIL" else 0
