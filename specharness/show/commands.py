"""`specharness show`: a thin shell over `look`."""

import os
import shutil
import sys
from pathlib import Path

import click

from specharness.errors import UsageError
from specharness.importers.commands import import_command

_READING = ("layout", "mapping", "axis", "annotator", "min_gap", "first_wins_when")


@click.command("show")
@click.argument("target", metavar="SUITE|FILE")
@click.option(
    "--html", type=click.Path(path_type=Path), help="Write the page here too, with plots."
)
@click.option("--all", "whole", is_flag=True, help="List every slice, property and example.")
def show_command(target: str, html: Path | None, whole: bool, **choices: object) -> None:
    """Look at preference data: lengths, slices, noise, and what separates the two sides.

    SUITE is a suite's name or folder; FILE is data in any layout that `specharness import` reads
    (the options on reading are for files only).
    """
    import numpy as np  # noqa: PLC0415 - start-up

    from specharness.runfile import write_text  # noqa: PLC0415
    from specharness.settings import ReadSettings  # noqa: PLC0415
    from specharness.show.html import render_html  # noqa: PLC0415
    from specharness.show.looking import look  # noqa: PLC0415
    from specharness.show.subject import read_subject  # noqa: PLC0415
    from specharness.show.terminal import render_terminal  # noqa: PLC0415

    reading = ReadSettings(
        format=choices.pop("layout"), map=choices.pop("mapping"), **choices  # type: ignore[arg-type]
    )  # fmt: skip
    facts = look(read_subject(target, reading), np.random.default_rng(0))
    colour = sys.stdout.isatty() and not os.environ.get("NO_COLOR")
    click.echo(render_terminal(facts, shutil.get_terminal_size((100, 24)).columns, colour, whole))
    if html is not None:
        try:
            write_text(html, render_html(facts))
        except OSError as error:
            what = f"cannot be written ({error.strerror})"
            raise UsageError(html, what, "name another file") from None
        click.echo(f"\nwrote {html}")


show_command.params += [option for option in import_command.params if option.name in _READING]
