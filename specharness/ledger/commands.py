"""`specharness accept`, `verify`, `anchor` and `plan`: thin shells."""

from pathlib import Path
from typing import Any

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
    if not entry.recordings:
        record = f"specharness run {found.name} --spec-mode=record"
        click.echo(f"nothing is recorded, so nobody can compute it again; `{record}` helps")
    click.echo(f"next: git add {found.folder / LEDGER}")


@click.command("verify")
@click.argument("suites", nargs=-1)
@_RUNS
def verify_command(suites: tuple[str, ...], runs: Path) -> int:
    """Check that ledgers, locks, recordings and the last run of SUITES (default: all) hold.

    Verdicts are computed again from recordings; no model is asked. Names the first thing of each
    suite that does not hold. Exit code 1 when there is one.
    """
    from specharness.ledger.verifying import verify_run, verify_suite  # noqa: PLC0415
    from specharness.suitefile import named_suites  # noqa: PLC0415

    found = named_suites(suites)
    checked = [verify_suite(suite) for suite in found]
    if runs.exists():
        checked += verify_run(runs, found)
    for each in checked:
        click.echo(each.problem or f"{each.name}: holds ({each.note})", err=bool(each.problem))
    return 1 if any(each.problem for each in checked) else 0


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
    """Say what the anchor of SUITES (default: all) is, and how much may be lost since."""
    from specharness.gate.decision import points  # noqa: PLC0415
    from specharness.ledger.anchor import find_anchor  # noqa: PLC0415
    from specharness.suitefile import named_suites  # noqa: PLC0415

    for found in named_suites(suites):
        anchor = find_anchor(found)
        budget = points(found.settings.gate.allowed)
        told = "no anchor (no release tag v*, no accepted verdict; `specharness anchor set`)"
        if found.settings.gate.anchor == "none":
            told = "no anchor (switched off in suite.toml)"
        if anchor is not None:
            told = f"{anchor.label}; {budget} points may be lost since then"
        click.echo(f"{found.name}: {told}")


@click.command("plan")
@click.argument("suite", required=False)
@click.option("--margin", default=5.0, show_default=True, help="The largest drop allowed, points.")
@click.option("--power", default=0.8, show_default=True, help="How often it should be right.")
@click.option("--churn", type=float, help="Share of pairs an edit turns round (else 0.1).")
@click.option("--cluster-size", "size", type=float, help="Pairs that share a prompt.")
@click.option("--icc", type=float, help="How much these move together, 0 to 1 (else 1).")
@click.option("--votes", type=int, multiple=True, help="Votes a pair to plan for; may be repeated.")
@click.option("--aa-churn", "aa", type=float, help="Share that turns when nothing changed.")
@click.option("--pairs", type=int, help="Also say what so many pairs can do.")
@_RUNS
def plan_command(suite: str | None, margin: float, runs: Path, **asked: Any) -> None:
    """Say how many pairs (and votes) a gate needs to pass harmless edits and catch harmful ones.

    With SUITE, what its last run and its last `specharness aa` found is planned with: the share of
    pairs that turn, how pairs of one prompt move together, the votes. Options go before that.
    """
    from specharness.gate.observed import Observed, observe, repeats_path  # noqa: PLC0415
    from specharness.gate.wanted import Wanted, tell_plan  # noqa: PLC0415
    from specharness.suitefile import named_suite  # noqa: PLC0415

    seen = Observed()
    if suite is not None:
        name = named_suite(suite).name
        seen = observe(name, runs, repeats_path(name))
    for line in tell_plan(Wanted(margin=margin / 100, **asked), seen):
        click.echo(line)
