"""`specharness bisect` and `specharness history`: thin shells."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from specharness.panelcli import Choices, reading_options, screen


@click.command("bisect")
@click.argument("span", metavar="GOOD..BAD")
@click.option("--suite", required=True, help="The suite, by name or folder.")
@click.option("--pair", default="", metavar="ID", help="The behaviour: one pair, not the gate.")
@reading_options
def bisect_command(span: str, *, suite: str, pair: str, **choices: Any) -> int:
    """Find the first commit that lost a behaviour, among those that touched the spec.

    Each is compared with GOOD on today's gate pairs, by log-probabilities whatever scorer decides;
    bad is what a run's gate would say FAIL of so, or with --pair what loses that pair. BAD is HEAD
    where only GOOD.. is given. Exit codes: 0 no loss shown, 1 the commit was found, 3 where nothing
    can be measured, 4 usage.
    """
    from specharness.errors import UsageError  # noqa: PLC0415 - start-up
    from specharness.history.bisecting import Step, bisection_text, find_first_bad  # noqa: PLC0415
    from specharness.history.commits import list_versions  # noqa: PLC0415
    from specharness.history.words import tell_bisection, tell_step  # noqa: PLC0415
    from specharness.panel import open_panel  # noqa: PLC0415
    from specharness.sparing import held_at  # noqa: PLC0415
    from specharness.suitefile import named_suite  # noqa: PLC0415

    good, dots, bad = span.partition("..")
    if not good or not dots or bad.startswith("."):
        raise UsageError(span, "no range of commits", "write GOOD..BAD, such as v1.0..HEAD")
    chosen, ours = Choices(**choices), named_suite(suite)

    def tell(step: Step) -> None:
        if not chosen.as_json:
            click.echo(tell_step(step))

    versions = list_versions(ours, bad or "HEAD", good)
    typed = f"bisect {span} --suite {suite}" + (f" --pair {pair}" if pair else "")
    only = (pair,) if pair else ()
    panel = open_panel(ours, chosen.asking("bisect", typed, only=only))
    held = held_at(ours, versions[0].commit, datetime.now(tz=UTC).date())
    found = find_first_bad(panel, versions, pair, tell, held)
    panel.save()
    chosen.show(bisection_text(found), tell_bisection(found, screen()[0]))
    if found.first is not None:
        return 1
    return 3 if any(step.state == "skipped" for step in found.steps) else 0


@click.command("history")
@click.option("--suite", required=True, help="The suite, by name or folder.")
@click.option("--since", metavar="REF", help="Begin at this commit.")
@click.option("--last", type=click.IntRange(min=1), help="Only so many versions, the newest.")
@click.option("--html", type=click.Path(path_type=Path), help="Write the page here, with the plot.")
@reading_options
def history_command(
    suite: str, *, since: str | None, last: int | None, html: Path | None, **choices: Any
) -> None:
    """Draw preference over the commits that touched a suite's spec.

    Every version is weighed on today's gate pairs, gated against the one before it (by
    log-probabilities, whatever scorer decides), and shown with the verdicts that the ledger has for
    it.
    """
    from specharness.errors import UsageError  # noqa: PLC0415 - start-up
    from specharness.history.commits import list_versions, with_working  # noqa: PLC0415
    from specharness.history.page import render_html  # noqa: PLC0415
    from specharness.history.timeline import read_timeline, timeline_text  # noqa: PLC0415
    from specharness.history.words import render_timeline  # noqa: PLC0415
    from specharness.panel import open_panel  # noqa: PLC0415
    from specharness.runfile import write_text  # noqa: PLC0415
    from specharness.suitefile import named_suite  # noqa: PLC0415

    chosen, ours = Choices(**choices), named_suite(suite)
    versions = with_working(ours, list_versions(ours, "HEAD", since))[-(last or 0) :]
    panel = open_panel(ours, chosen.asking("history", f"history --suite {suite}"))
    found = read_timeline(panel, versions, datetime.now(tz=UTC).date())
    panel.save()
    chosen.show(timeline_text(found), render_timeline(found, screen()[0]))
    chosen.keep("history", ours.name, timeline_text(found))
    if html is not None:
        try:
            write_text(html, render_html(found))
        except OSError as error:
            what = f"cannot be written ({error.strerror})"
            raise UsageError(html, what, "name another file") from None
        if not chosen.as_json:
            click.echo(f"\nwrote {html}")
