"""What the commands that read many texts have in common: their options, and how they show."""

import os
import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from specharness.panel import Asking

MODES = ("auto", "live", "record", "replay")
F = TypeVar("F", bound=Callable[..., Any])

_MODE = click.option(
    "--spec-mode", "mode", type=click.Choice(MODES), help="Where model results come from."
)
_SAMPLE = click.option(
    "--sample", type=click.IntRange(min=0), default=0, help="Read only so many of the gate pairs."
)
_JSON = click.option("--json", "as_json", is_flag=True, help="Print the record instead, as JSON.")
_OUT = click.option("--out", type=click.Path(path_type=Path), help="Write the record here, too.")


def reading_options(command: F) -> F:
    """Add --sample, --json, --out and --spec-mode; `Choices` takes what they give."""
    for option in (_MODE, _OUT, _JSON, _SAMPLE):
        command = option(command)
    return command


@dataclass(frozen=True, slots=True, kw_only=True)
class Choices:
    """What a user chose of the common options."""

    mode: str | None
    sample: int
    as_json: bool
    out: Path | None

    def asking(self, room: str, typed: str, **more: Any) -> "Asking":
        """What to ask of the panel; `typed` is the command, as a user would type it again."""
        from specharness.panel import Asking  # noqa: PLC0415 - start-up
        from specharness.run import default_mode  # noqa: PLC0415

        return Asking(
            room=room,
            command=f"specharness {typed}" + (f" --sample {self.sample}" if self.sample else ""),
            mode=self.mode or default_mode(os.environ),  # type: ignore[arg-type]
            sample=self.sample,
            **more,
        )

    def show(self, record: str, words: str) -> None:
        """Print the words, or the record where the user wants that; write the record to --out."""
        from specharness.outfile import write_out  # noqa: PLC0415

        click.echo(record.rstrip("\n") if self.as_json else words)
        if self.out is not None:
            write_out(self.out, record)

    def keep(self, room: str, suite: str, record: str) -> None:
        """Write the record to reports/, where the suite's report looks for it."""
        from specharness.keeping import REPORTS, kept_path  # noqa: PLC0415
        from specharness.outfile import write_out  # noqa: PLC0415

        path = kept_path(REPORTS, room, suite)
        write_out(path, record)
        if not self.as_json:
            click.echo(f"\nkept: {path}; `specharness report` shows it")


def screen() -> tuple[int, bool]:
    """Width of the terminal, and whether it shows colours."""
    colour = sys.stdout.isatty() and not os.environ.get("NO_COLOR")
    return shutil.get_terminal_size((100, 24)).columns, colour


def held_to(share: float | None, least: float | None, what: str) -> int:
    """The exit code of a threshold in percent, told where it is missed: 1, else 0."""
    if share is None or least is None or share >= least / 100:
        return 0
    click.echo(f"{what}: {100 * share:.0f} %, under {least:g} %", err=True)
    return 1


FAIL_UNDER = click.option(
    "--fail-under", type=click.FloatRange(0, 100), metavar="PERCENT",
    help="Exit with 1 where the share is lower.",
)  # fmt: skip
