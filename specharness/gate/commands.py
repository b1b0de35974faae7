"""`specharness aa`, `specharness holdout` and `specharness plan`: thin shells."""

import os
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import click

_MODES = ("auto", "live", "record", "replay")
_RUNS = Path("reports/run.json")


@click.command("aa")
@click.argument("suite")
@click.option(
    "--times",
    type=click.IntRange(2, 1000),
    default=4,
    show_default=True,
    help="How many layouts to measure in (4 or more for a quarantine).",
)
@click.option("--reorder", is_flag=True, help="Let the items of lists take turns, too.")
@click.option("--quarantine", is_flag=True, help="Put pairs that turn into quarantine.")
@click.option(
    "--looks",
    type=click.IntRange(1, 1_000_000),
    default=10,
    show_default=True,
    help="For so many accepted verdicts.",
)
@click.option("--until", metavar="DAY", default="", help="Or until a day, such as 2027-01-31.")
@click.option("--spec-base", "base", metavar="REF", help="Git reference of the spec to measure.")
@click.option(
    "--spec-mode", "mode", type=click.Choice(_MODES), help="Where model results come from."
)  # fmt: skip
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
    from specharness.gate.aa import (  # noqa: PLC0415
        Options,
        check_quarantine,
        run_again,
        write_quarantine,
    )
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
    if quarantine:  # before anything is asked: a judge may cost money
        check_quarantine(times=times, until=until, today=_today())
    elif until:
        raise click.UsageError("--until is for --quarantine: nothing ends without one")
    chosen = mode or default_mode(os.environ)
    options = Options(
        mode=chosen,  # type: ignore[arg-type]
        base=base,
        times=times,
        reorder=reorder,
        quarantine=quarantine,
    )
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
    "--from", "runs", type=click.Path(path_type=Path), default=_RUNS, show_default=True,
    help="The run file to count from.",
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


@click.command("plan")
@click.argument("suite", required=False)
@click.option(
    "--margin", type=float, help="The largest drop allowed, points (else the suite's, or 5)."
)
@click.option("--power", default=0.8, show_default=True, help="How often it should be right.")
@click.option("--churn", type=float, help="Share of pairs an edit turns round (else 0.1).")
@click.option("--cluster-size", "size", type=float, help="Pairs that share a prompt.")
@click.option("--icc", type=float, help="How much these move together, 0 to 1 (else 1).")
@click.option("--votes", type=int, multiple=True, help="Votes a pair to plan for; may be repeated.")
@click.option("--aa-churn", "aa", type=float, help="Share that turns when nothing changed.")
@click.option("--pairs", type=int, help="Also say what so many pairs can do.")
@click.option(
    "--alpha-fail", type=float, help="How often a harmless edit may FAIL (the suite's, or 0.05)."
)
@click.option(
    "--alpha-pass", type=float, help="How often a drop by the margin may pass (likewise)."
)
@click.option(
    "--from", "runs", type=click.Path(path_type=Path), default=_RUNS, show_default=True,
    help="The run file.",
)  # fmt: skip
def plan_command(suite: str | None, margin: float | None, runs: Path, **asked: Any) -> None:
    """Say how many pairs (and votes) a gate needs to pass harmless edits and catch harmful ones.

    With SUITE, its own margin and levels are planned for, with what its last run and its last
    `specharness aa` found: the share of pairs that turn, how pairs of one prompt move together, the
    votes. Options go before that.
    """
    from specharness.gate.observed import Observed, observe, repeats_path  # noqa: PLC0415
    from specharness.gate.wanted import Wanted, tell_plan  # noqa: PLC0415
    from specharness.settings import GateSettings  # noqa: PLC0415
    from specharness.suitefile import named_suite  # noqa: PLC0415

    seen, gate = Observed(), GateSettings()
    if suite is not None:
        ours = named_suite(suite)
        seen = observe(ours.name, runs, repeats_path(ours.name))
        gate = ours.settings.gate
    drop = None if margin is None else margin / 100
    wanted = Wanted(margin=drop, gate=gate, own=suite is not None, **asked)
    for line in tell_plan(wanted, seen):
        click.echo(line)


def _today() -> date:
    return datetime.now(tz=UTC).date()
