"""`specharness accept`, `verify` and `anchor`: thin shells."""

from pathlib import Path

import click

_RUNS = click.option(
    "--from", "runs", type=click.Path(path_type=Path), default=Path("reports/run.json"),
    show_default=True, help="The run file.",
)  # fmt: skip


@click.command("accept")
@click.argument("suite")
@click.option("--reason", required=True, help="Why, in a sentence; it goes into the ledger.")
@click.option("--anyway", is_flag=True, help="Accept a FAIL, knowingly; the ledger will say so.")
@_RUNS
def accept_command(suite: str, reason: str, anyway: bool, runs: Path) -> None:
    """Accept the verdict of SUITE's last run: add a line to its ledger."""
    from specharness.ledger.accepting import accept_verdict  # noqa: PLC0415
    from specharness.ledger.chain import LEDGER  # noqa: PLC0415
    from specharness.suitefile import named_suite  # noqa: PLC0415

    found = named_suite(suite)
    entry = accept_verdict(found, runs, reason, anyway=anyway)
    known = ", a loss accepted knowingly" if entry.anyway else ""
    click.echo(f"{found.name}: accepted {entry.verdict} as line {entry.number}{known}")
    if entry.anyway and not found.settings.gate.anchor:
        click.echo("from its commit on, losses of later edits are added up anew (the anchor)")
    if not entry.recordings:
        record = f"specharness run {found.name} --spec-mode=record"
        click.echo(f"nothing is recorded, so nobody can compute it again; `{record}` helps")
    click.echo(f"next: git add {found.folder / LEDGER}")


@click.command("verify")
@click.argument("suites", nargs=-1)
@_RUNS
@click.option(
    "--last", type=click.IntRange(min=1), default=None,
    help="Compute only the last so many lines of each ledger again.",
)  # fmt: skip
def verify_command(suites: tuple[str, ...], runs: Path, last: int | None) -> int:
    """Check that ledgers, locks, recordings and the last run of SUITES (default: all) hold.

    Every accepted verdict is computed again from recordings, those of files that changed since then
    from git; no model is asked. Names the first thing of each suite that does not hold, and says
    which verdicts could not be computed. Exit code 1 when something does not hold.
    """
    from specharness.ledger.verifying import verify_run, verify_suite  # noqa: PLC0415
    from specharness.suitefile import named_suites  # noqa: PLC0415

    found = named_suites(suites)
    _refuse_missing(runs)
    checked = [verify_suite(suite, last or 0) for suite in found]
    if runs.exists():
        checked += verify_run(runs, found)
    for each in checked:
        told = f"{each.name}: {each.said} ({each.note})"
        click.echo(each.problem or told, err=bool(each.problem))
    return 1 if any(each.problem for each in checked) else 0


def _refuse_missing(runs: Path) -> None:
    """UsageError for a run file that the user named and that is not there; the usual one may be."""
    from click.core import ParameterSource  # noqa: PLC0415 - beside what needs it

    from specharness.errors import UsageError  # noqa: PLC0415

    given = click.get_current_context().get_parameter_source("runs")
    if given is not ParameterSource.DEFAULT and not runs.exists():
        raise UsageError(runs, "no such file", "name a run file, or leave --from out")


@click.group("anchor")
def anchor_command() -> None:
    """The earlier spec that small losses are added up against."""


@anchor_command.command("set")
@click.argument("suite")
@click.argument("ref")
def _set(suite: str, ref: str) -> None:
    """Make the commit REF the anchor of SUITE ("none": no anchor), in its suite.toml."""
    from specharness.ledger.anchor import set_anchor  # noqa: PLC0415
    from specharness.suitefile import SETTINGS, named_suite  # noqa: PLC0415

    found = named_suite(suite)
    click.echo(f'{found.folder / SETTINGS}: anchor = "{set_anchor(found, ref)}"')
    click.echo("commit this before the next edit of the spec: what judges an edit stays as it was")


@anchor_command.command("show")
@click.argument("suites", nargs=-1)
def _show(suites: tuple[str, ...]) -> None:
    """Say what the anchor of SUITES (default: all) is, and how much may be lost since.

    It is the commit that `specharness anchor set` named; else the later of the last release (a tag
    v*) and the last loss accepted knowingly (`specharness accept --anyway`), once that line of the
    ledger is committed; else the first accepted verdict.
    """
    from specharness.gate.decision import points  # noqa: PLC0415
    from specharness.ledger.anchor import find_anchor  # noqa: PLC0415
    from specharness.suitefile import named_suites  # noqa: PLC0415

    for found in named_suites(suites):
        anchor, gate = find_anchor(found), found.settings.gate
        told = "no anchor (no release tag v*, no accepted verdict; `specharness anchor set`)"
        if gate.anchor == "none":
            told = "no anchor (switched off in suite.toml)"
        if anchor is not None:
            moves = "" if gate.anchor else "; a later release or accepted loss will be the next one"
            told = f"{anchor.label}; {points(gate.allowed)} points may be lost since then{moves}"
        click.echo(f"{found.name}: {told}")
