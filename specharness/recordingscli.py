"""`specharness recordings`: a thin shell over `recordingfiles`."""

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from specharness.recordings import Recordings


@click.group("recordings")
def recordings_group() -> None:
    """Recorded model results: check, prune and compare them."""


@recordings_group.command("check")
@click.argument("suites", nargs=-1)
def check_command(suites: tuple[str, ...]) -> int:
    """Read the recordings of SUITES (default: all), and see whether a replay has all it needs.

    Exit codes: 0 it has, 1 results are missing, 4 a file is damaged or made by another model.
    """
    from specharness.recordingfiles import check_suite  # noqa: PLC0415
    from specharness.suitefile import named_suites  # noqa: PLC0415

    whole = True
    for suite in named_suites(suites):
        for found in check_suite(suite):
            click.echo(found.told)
            whole = whole and found.is_whole
            if not found.is_whole:
                click.echo(f"  next: specharness run {suite.name} --spec-mode=record")
            elif found.unused:
                click.echo(f"  next: specharness recordings prune {suite.name}")
    return 0 if whole else 1


@recordings_group.command("prune")
@click.argument("suites", nargs=-1)
def prune_command(suites: tuple[str, ...]) -> None:
    """Drop what no run of SUITES (default: all) asks for any more."""
    from specharness.recordingfiles import check_suite, prune_file  # noqa: PLC0415
    from specharness.suitefile import named_suites  # noqa: PLC0415

    for suite in named_suites(suites):
        for found in check_suite(suite):
            click.echo(f"{found.path}: {prune_file(found):,} of {found.count:,} results dropped")


@recordings_group.command("diff")
@click.argument("old")
@click.argument("new", type=click.Path(path_type=Path), required=False)
def diff_command(old: str, new: Path | None) -> int:
    """Compare two files of recordings, by result.

    OLD and NEW are files; with OLD alone, the file in the last commit is compared with what is
    there now. OLD may be REF:FILE, a file as it was at a commit. Exit code 1 where they differ.
    """
    from specharness.recordingfiles import compare_recordings  # noqa: PLC0415
    from specharness.recordings import read_recordings  # noqa: PLC0415

    before, now = (_at(old), new) if new else (_committed(old), Path(old))
    found = compare_recordings(before, read_recordings(now))
    click.echo("\n".join(found.lines()))
    return 0 if found.is_none else 1


def _committed(name: str) -> "Recordings":
    return _from_commit("HEAD", name)


def _at(name: str) -> "Recordings":
    from specharness.recordings import read_recordings  # noqa: PLC0415

    ref, colon, path = name.partition(":")
    if colon and not Path(name).exists():
        return _from_commit(ref, path)
    return read_recordings(Path(name))


def _from_commit(ref: str, name: str) -> "Recordings":
    """The recordings in a file as it was at a commit."""
    from specharness.errors import UsageError  # noqa: PLC0415
    from specharness.git import file_at, project_root  # noqa: PLC0415
    from specharness.recordings import read_recordings  # noqa: PLC0415

    path = Path(name).resolve()
    root = project_root(path.parent)
    text = file_at(root, ref, path) if root else None
    if text is None:
        raise UsageError(name, f"no such file at {ref}", "name another commit, or two files")
    with tempfile.TemporaryDirectory() as room:
        copy = Path(room) / path.name
        copy.write_text(text, encoding="utf-8")
        return read_recordings(copy)
