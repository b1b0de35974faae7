"""`specharness coverage`: a thin shell over `measuring`."""

from typing import Any

import click

from specharness.panelcli import FAIL_UNDER, Choices, held_to, reading_options, screen


@click.command("coverage")
@click.argument("suite")
@FAIL_UNDER
@click.option("--lines", is_flag=True, help="Show the spec's lines, each with its mark.")
@reading_options
def coverage_command(suite: str, *, fail_under: float | None, lines: bool, **choices: Any) -> int:
    """Say which rules of SUITE's spec its gate pairs exercise.

    Each rule is left out of the spec, and stands alone; the gate pairs are weighed under every such
    text. Results are kept, so a second time costs nothing. Exit codes: 0, 1 where fewer rules are
    covered than --fail-under, 3 where the model cannot tell, 4 usage.
    """
    from specharness.coverage.measuring import measure_coverage  # noqa: PLC0415 - start-up
    from specharness.coverage.record import coverage_text  # noqa: PLC0415
    from specharness.coverage.words import mark_lines, render_terminal  # noqa: PLC0415
    from specharness.suitefile import named_suite  # noqa: PLC0415

    chosen, ours = Choices(**choices), named_suite(suite)
    found = measure_coverage(ours, chosen.asking("coverage", f"coverage {suite}"))
    words = render_terminal(found, *screen())
    if lines:
        words += "\n\n" + mark_lines(found, ours.spec.text, *screen())
    chosen.show(coverage_text(found), words)
    chosen.keep("coverage", ours.name, coverage_text(found))
    return held_to(found.covered, fail_under, f"{suite}: rules covered")
