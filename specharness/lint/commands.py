"""`specharness lint` and `specharness explain`: thin shells over `checking` and `codes`."""

import os
import sys
from pathlib import Path
from typing import Any

import click


def _prefixes(
    context: click.Context, parameter: click.Parameter, values: tuple[str, ...]
) -> tuple[str, ...]:
    """Codes or beginnings of codes, as the user gave them."""
    from specharness.lint.codes import read_prefixes  # noqa: PLC0415 - start-up

    return read_prefixes(values, f"--{parameter.name}") if values else ()


@click.command("lint")
@click.argument("suites", nargs=-1, metavar="[SUITE]...")
@click.option("--select", multiple=True, callback=_prefixes, metavar="CODES",
              help="Only these codes, or codes that begin so (SH1,SH305).")  # fmt: skip
@click.option("--ignore", multiple=True, callback=_prefixes, metavar="CODES",
              help="Without these codes, or codes that begin so.")  # fmt: skip
@click.option("--format", "layout", type=click.Choice(["text", "json", "sarif"]), default="text",
              show_default=True, help="How to write the findings.")  # fmt: skip
@click.option("--out", type=click.Path(path_type=Path), help="Write them to this file instead.")
@click.option("--all", "whole", is_flag=True, help="Show every finding of every code.")
@click.option("--strict", is_flag=True, help="Exit code 1 for warnings too.")
@click.option("--fix", is_flag=True, help="Remove equal lines and blanks around objects first.")
def lint_command(
    suites: tuple[str, ...], layout: str, out: Path | None, fix: bool, **choices: Any
) -> int:
    """Look over the pairs and specs of SUITES (names or folders; default: all). No model is asked.

    Exit codes: 0 no error, 1 errors (with --strict also warnings), 4 usage.
    """
    from specharness.lint.checking import lint_suites  # noqa: PLC0415 - start-up
    from specharness.lint.codes import Selection  # noqa: PLC0415
    from specharness.lint.fixing import fix_pairs  # noqa: PLC0415
    from specharness.runfile import write_text  # noqa: PLC0415
    from specharness.suitefile import named_suites  # noqa: PLC0415

    named = named_suites(suites)
    for change in [change for suite in named if fix for change in fix_pairs(suite)]:
        click.echo(f"fixed {change}", err=layout != "text" and out is None)
    linted = lint_suites(named, Selection(select=choices["select"], ignore=choices["ignore"]))
    text = _render(linted, layout, choices["whole"], colour=out is None and _has_colour())
    if out is None:
        click.echo(text)
    else:
        write_text(out, text + "\n")
        click.echo(f"wrote {out}")
    return linted.exit_code(strict=choices["strict"])


@click.command("explain")
@click.argument("code", required=False)
def explain_command(code: str | None) -> None:
    """Say what a finding's CODE means and what to do about it; without one, list all codes."""
    from specharness.lint.codes import all_codes, explain, find_code  # noqa: PLC0415 - start-up

    if code is not None:
        click.echo(explain(find_code(code)))
        return
    for known in all_codes().values():
        click.echo(f"{known.code}  {known.level:7}  {known.title}")


def _render(linted: Any, layout: str, whole: bool, colour: bool) -> str:
    from specharness.lint.machine import render_json, render_sarif  # noqa: PLC0415 - start-up
    from specharness.lint.plain import render_plain  # noqa: PLC0415

    if layout == "text":
        return render_plain(linted, whole=whole, colour=colour)
    return render_json(linted) if layout == "json" else render_sarif(linted)


def _has_colour() -> bool:
    return sys.stdout.isatty() and not os.environ.get("NO_COLOR")
