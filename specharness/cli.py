"""The command line: a thin shell over `run`, `report` and `models`."""

import os
import shutil
import sys
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import click

from specharness.errors import SpecharnessError

MODES = ("auto", "live", "record", "replay")
FORMATS = (
    "html", "terminal", "markdown", "github", "sarif", "badge", "shields", "json-schema",
)  # fmt: skip


class _Group(click.Group):
    """A group whose users see one line for a mistake, and exit code 4."""

    def main(self, *args: Any, **kwargs: Any) -> Any:
        kwargs["standalone_mode"] = False
        try:
            code = super().main(*args, **kwargs)
        except SpecharnessError as error:
            click.echo(str(error), err=True)
            code = error.exit_code
        except click.ClickException as error:
            error.show()
            code = 4
        except click.Abort:
            click.echo("stopped", err=True)
            code = 130
        sys.exit(code if isinstance(code, int) else 0)


_MODE = click.option(
    "--spec-mode", "mode", type=click.Choice(MODES), help="Where model results come from."
)
_BASE = click.option(
    "--spec-base", "base", metavar="REF", help="Git reference to compare with, or 'empty'."
)


@click.group(cls=_Group, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="specharness")
def main() -> None:
    """A spec is code, preference pairs are its tests."""


@main.command()
@click.argument("folder", type=click.Path(path_type=Path), default=Path())
@click.option("--spec", type=click.Path(path_type=Path), help="An existing prompt file to test.")
@click.option("--pairs", type=click.Path(path_type=Path), help="Preference data, in any layout.")
@click.option("--name", default="tone", show_default=True, help="The suite's name.")
@click.option("--model", help="The model to test with (see `specharness models list`).")
def init(folder: Path, spec: Path | None, pairs: Path | None, name: str, model: str | None) -> None:
    """Put a working suite into FOLDER (default: here), from your own files or an example."""
    from specharness.starting import start_project  # noqa: PLC0415

    for path in start_project(folder, name=name, spec=spec, pairs=pairs, model=model):
        click.echo(f"wrote {path}")
    click.echo("next: pytest suites")


@main.command()
@click.argument("suites", nargs=-1)
@_MODE
@_BASE
@click.option("--dry-run", is_flag=True, help="Say what would be asked and what it costs.")
@click.option("--until-decided", is_flag=True, help="Stop measuring when the verdict is settled.")
@click.option("--looks", is_flag=True, help="Stop at half or three quarters, if that settles it.")
def run(  # noqa: PLR0913 - one parameter for each option
    suites: tuple[str, ...],
    *,
    mode: str | None,
    base: str | None,
    dry_run: bool,
    until_decided: bool,
    looks: bool,
) -> int:
    """Run SUITES (names or folders; default: all) and write reports/."""
    if dry_run:
        return _plan(suites, mode, base)
    if until_decided and looks:
        raise click.UsageError("--until-decided and --looks: choose one")
    return _run(suites, mode, base, steps="planned" if looks else "any" if until_decided else "")


@main.command()
@click.argument("suites", nargs=-1)
@_MODE
@_BASE
def gate(suites: tuple[str, ...], mode: str | None, base: str | None) -> int:
    """Like `run`, and print only what blocks: for hooks and CI.

    Exit codes: 0 pass, 1 fail, 2 unproven where it blocks, 3 unverifiable, 4 usage.
    """
    return _run(suites, mode, base, quiet=True)


@main.command()
@click.option("--format", "layout", type=click.Choice(FORMATS), help="A view to write instead.")
@click.option(
    "--from",
    "source",
    type=click.Path(path_type=Path),
    default=Path("reports/run.json"),
    show_default=True,
    help="The stored run.",
)
@click.option("--out", type=click.Path(path_type=Path), help="The file to write a view to.")
def report(layout: str | None, source: Path, out: Path | None) -> None:
    """Show the last run again, without running anything.

    Without --format: print the verdicts and write the page (to --out, else reports/index.html).
    Other formats than html are printed, or written to --out.
    """
    from specharness.report.formats import render_stored  # noqa: PLC0415
    from specharness.runfile import write_text  # noqa: PLC0415

    if layout in (None, "html"):
        page = out or Path("reports/index.html")
        write_text(page, render_stored("html", source))
        if layout is None:
            click.echo(render_stored("terminal", source, *_screen()))
        click.echo(f"report: {page}")
        return
    width, colour = (100, False) if out else _screen()
    text = render_stored(str(layout), source, width, colour)
    if out is None:
        click.echo(text)
    else:
        write_text(out, text + "\n")
        click.echo(f"wrote {out}")


def _run(
    names: tuple[str, ...],
    mode: str | None,
    base: str | None,
    *,
    quiet: bool = False,
    steps: str = "",
) -> int:
    from specharness.compilation.compiling import ensure_compiled  # noqa: PLC0415
    from specharness.gate.until import run_until_decided  # noqa: PLC0415
    from specharness.gate.verdicts import blocks, exit_code  # noqa: PLC0415
    from specharness.report import render_terminal  # noqa: PLC0415
    from specharness.reporting import make_run, write_reports  # noqa: PLC0415
    from specharness.run import Options, default_mode, run_suite  # noqa: PLC0415
    from specharness.suitefile import named_suites  # noqa: PLC0415

    how = mode or default_mode(os.environ)
    today = datetime.now(tz=UTC).date()
    options = Options(mode=how, base=base, today=today)  # type: ignore[arg-type]
    suites = [ensure_compiled(s, write=options.mode != "replay") for s in named_suites(names)]
    one = partial(run_until_decided, planned=steps == "planned") if steps else run_suite
    runs = [one(suite, options) for suite in suites]
    whole = make_run(runs)
    page = write_reports(whole, Path("reports"))
    verdicts = [(r.gate.verdict, s.settings.gate) for r, s in zip(runs, suites, strict=True)]
    if quiet:
        whole = make_run(r for r, (v, s) in zip(runs, verdicts, strict=True) if blocks(v, s))
    if told := render_terminal(whole, *_screen()):  # a hook that passes says nothing
        click.echo(told)
        click.echo(f"report: {page}")
    return exit_code(verdicts)


def _plan(names: tuple[str, ...], mode: str | None, base: str | None) -> int:
    """Say what a run would ask for; nothing is asked, loaded or written."""
    from specharness.dryrun import plan_suite  # noqa: PLC0415
    from specharness.run import Options, default_mode  # noqa: PLC0415
    from specharness.suitefile import named_suites  # noqa: PLC0415

    options = Options(mode=mode or default_mode(os.environ), base=base)  # type: ignore[arg-type]
    for suite in named_suites(names):
        for plan in plan_suite(suite, options):
            click.echo(plan.told)
    return 0


def _screen() -> tuple[int, bool]:
    """Width of the terminal, and whether it shows colours."""
    colour = sys.stdout.isatty() and not os.environ.get("NO_COLOR")
    return shutil.get_terminal_size((100, 24)).columns, colour


def _mount() -> None:
    """The commands of other rooms: their modules import click and nothing else at the top."""
    from specharness import judgescli  # noqa: PLC0415
    from specharness.blame.commands import blame_command  # noqa: PLC0415
    from specharness.compare.commands import compare_command  # noqa: PLC0415
    from specharness.compilation.commands import compile_command, why_command  # noqa: PLC0415
    from specharness.coverage.commands import coverage_command  # noqa: PLC0415
    from specharness.gate import commands as gating  # noqa: PLC0415
    from specharness.history import commands as history  # noqa: PLC0415
    from specharness.importers.commands import import_command  # noqa: PLC0415
    from specharness.ledger import commands as ledger  # noqa: PLC0415
    from specharness.lint.commands import explain_command, lint_command  # noqa: PLC0415
    from specharness.models.commands import models  # noqa: PLC0415
    from specharness.mutation.commands import mutate_command  # noqa: PLC0415
    from specharness.recordingscli import recordings_group  # noqa: PLC0415
    from specharness.show.commands import show_command  # noqa: PLC0415
    from specharness.specbench.commands import specbench_command  # noqa: PLC0415

    for command in (
        blame_command,
        compare_command,
        compile_command,
        coverage_command,
        why_command,
        explain_command,
        gating.aa_command,
        gating.holdout_command,
        gating.plan_command,
        history.bisect_command,
        history.history_command,
        import_command,
        judgescli.judges,
        ledger.accept_command,
        ledger.anchor_command,
        ledger.verify_command,
        lint_command,
        models,
        mutate_command,
        recordings_group,
        show_command,
        specbench_command,
    ):
        main.add_command(command)


_mount()
