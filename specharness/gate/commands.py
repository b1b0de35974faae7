"""`specharness aa` and `specharness holdout`: thin shells."""

import os
from pathlib import Path

import click

_MODES = ("auto", "live", "record", "replay")


@click.command("aa")
@click.argument("suite")
@click.option("--times", default=4, show_default=True, help="How many layouts to measure in.")
@click.option("--reorder", is_flag=True, help="Let the items of lists take turns, too.")
@click.option("--quarantine", is_flag=True, help="Put pairs that turn into quarantine.")
@click.option("--looks", default=10, show_default=True, help="For so many accepted verdicts.")
@click.option("--until", metavar="DAY", default="", help="Or until a day, such as 2027-01-31.")
@click.option("--spec-base", "base", metavar="REF", help="Git reference of the spec to measure.")
@click.option(
    "--spec-mode", "mode", type=click.Choice(_MODES), help="Where model results come from."
)
def aa_command(  # noqa: PLR0913 - one parameter for each option
    suite: str, *, times: int, reorder: bool, quarantine: bool, looks: int, until: str,
    base: str | None, mode: str | None,
) -> None:  # fmt: skip
    """Measure SUITE's base spec again in layouts that mean the same: how much turns by chance?

    Says the churn, what this suite's gate can show with it, and which pairs change their verdict
    when only list markers, blank lines or a heading change. With --quarantine these are left out of
    the gate for a while, from the commit that brings the file on. What was found is kept in
    reports/ for `specharness plan SUITE`.
    """
    from specharness.gate.aa import Options, run_again, write_quarantine  # noqa: PLC0415
    from specharness.gate.observed import (  # noqa: PLC0415
        Repeats,
        group_size,
        repeats_path,
        repeats_text,
    )
    from specharness.run import default_mode  # noqa: PLC0415
    from specharness.runfile import write_text  # noqa: PLC0415
    from specharness.suitefile import named_suite  # noqa: PLC0415

    found = named_suite(suite)
    chosen = mode or default_mode(os.environ)
    options = Options(mode=chosen, base=base, times=times, reorder=reorder)  # type: ignore[arg-type]
    repeated = run_again(found, options)
    for line in repeated.explain():
        click.echo(line)
    kept = Repeats(
        suite=found.name,
        votes=repeated.votes,
        size=group_size([pair.group for pair in repeated.pairs]),
        churn=repeated.churn,
    )
    write_text(repeats_path(found.name), repeats_text(kept))
    if not quarantine:
        return
    path, entries = write_quarantine(found, repeated, looks=0 if until else looks, until=until)
    if not entries:
        click.echo("no pair needs quarantine")
        return
    click.echo(f"wrote {path}: {len(entries)} in quarantine")
    click.echo("commit this before the next edit of the spec: what judges an edit stays as it was")


@click.command("holdout")
@click.argument("suite")
@click.option("--hidden", is_flag=True, help="Only verdicts of this suite are shown to editors.")
@click.option("--count", "counts", is_flag=True, help="Count the last run as a look.")
@click.option(
    "--from", "runs", type=click.Path(path_type=Path), default=Path("reports/run.json"),
    show_default=True, help="The run file to count from.",
)  # fmt: skip
def holdout_command(suite: str, *, hidden: bool, counts: bool, runs: Path) -> None:
    """Say how often SUITE's gate pairs were looked at, and when fresh ones are needed.

    Looks are the accepted verdicts in its ledger and those counted with --count in looks.jsonl.
    --hidden says that no one who edits saw the reports; where the suite's [gate] hidden is "*",
    no one can.
    """
    from specharness.gate.exposure import count_run, suite_exposure  # noqa: PLC0415
    from specharness.gate.holdout import explain_exposure  # noqa: PLC0415
    from specharness.settings import ALL  # noqa: PLC0415
    from specharness.suitefile import named_suite  # noqa: PLC0415

    found = named_suite(suite)
    if counts:
        click.echo(f"counted in {count_run(found, runs)}")
    setting = found.settings.gate.hidden
    alone = hidden or setting == ALL
    for line in explain_exposure(suite_exposure(found, hidden=alone), hidden=alone):
        click.echo(line)
    if setting and not alone:
        click.echo(f"Pairs tagged {setting!r} are hidden; this is about them and the others alike.")
