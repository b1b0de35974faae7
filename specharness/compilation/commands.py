"""`specharness compile` and `specharness why`: thin shells over `compiling`."""

from pathlib import Path
from typing import TYPE_CHECKING, get_args

import click

from specharness.settings import PresetName

if TYPE_CHECKING:
    from specharness.suitefile import Suite

_PRESETS = get_args(PresetName)


@click.command("compile")
@click.argument("suite")
@click.option("--accept-suggestive", is_flag=True, help="Also rules that chance might explain.")
@click.option("--confirm", multiple=True, metavar="RULE", help="A sensitive rule that is wanted.")
@click.option(
    "--preset",
    type=click.Choice(_PRESETS),
    help="The pipeline, instead of the suite's: our own, or a published one (asks a model).",
)
@click.option("--frozen", is_flag=True, help="Write nothing; fail if spec or lock would change.")
@click.option("--refresh", is_flag=True, help="Ask the model again, whatever it answered before.")
@click.option(
    "--no-race", is_flag=True, help="Race no sets of rules, though there are pairs for it."
)
@click.option("--dry-run", is_flag=True, help="Write nothing; show the spec.")
def compile_command(
    suite: str,
    accept_suggestive: bool,
    confirm: tuple[str, ...],
    preset: PresetName | None,
    **flags: bool,
) -> int:
    """Compile SUITE's spec from its instruction and its compile pairs.

    Rules come from measured properties of the texts, from a model, or both ([compile] proposer).
    Where the suite sets select pairs apart, the sets of rules are raced on them with its model.
    Gate pairs are never looked at. Lines that a person wrote into the spec stay as they are. Exit
    code 1 with --frozen when the files are not what would be compiled.
    """
    from specharness.compilation.compiling import (  # noqa: PLC0415
        accepting,
        compile_suite,
        locked_sources,
        write_compiled,
    )
    from specharness.compilation.sources import open_sources  # noqa: PLC0415
    from specharness.compilation.words import compiled_lines, spent_lines  # noqa: PLC0415
    from specharness.compile.lockfile import Accepted  # noqa: PLC0415
    from specharness.errors import UsageError  # noqa: PLC0415
    from specharness.suitefile import named_suite  # noqa: PLC0415

    found = named_suite(suite)
    if flags["frozen"]:
        if flags["refresh"]:
            raise UsageError("--frozen", "it asks no model, --refresh does", "choose one of them")
        return _frozen(found, suite)
    accepted = Accepted(suggestive=accept_suggestive, confirm=tuple(sorted(confirm)), preset=preset)
    sources = open_sources(
        accepting(found, accepted), refresh=flags["refresh"], race=not flags["no_race"]
    )
    if not flags["refresh"]:
        sources = locked_sources(found, sources, accepted)
    compiled = compile_suite(found, sources, accepted)
    for line in (*compiled_lines(found.name, compiled), *spent_lines(compiled, sources)):
        click.echo(line)
    if flags["dry_run"]:
        click.echo(f"\n{compiled.rendered.text}", nl=False)
        return 0
    for path in write_compiled(found, compiled):
        click.echo(f"wrote {path}")
    click.echo(f"next: specharness run {suite}")
    return 0


def _frozen(found: "Suite", suite: str) -> int:
    """Compile from files and lock alone, and say whether they agree."""
    from specharness.compilation.compiling import (  # noqa: PLC0415
        compile_suite,
        locked_sources,
        stale_because,
    )
    from specharness.compilation.places import (  # noqa: PLC0415
        lock_path,
        read_suite_lock,
        spec_file,
    )
    from specharness.compilation.sources import NOBODY  # noqa: PLC0415

    if stale := stale_because(found):
        what = f"the spec is stale ({'; '.join(stale)})"
        click.echo(f"{spec_file(found)}: {what}; run `specharness compile {suite}`", err=True)
        return 1
    accepted = read_suite_lock(found).accepted
    compiled = compile_suite(found, locked_sources(found, NOBODY, accepted), accepted)
    texts = {spec_file(found): compiled.rendered.text, lock_path(found): compiled.lock}
    changed = [path for path, text in texts.items() if _differs(path, text)]
    for path in changed:
        click.echo(f"{path} is not what `specharness compile {suite}` makes", err=True)
    if not changed:
        click.echo(f"{found.name}: spec and lock are what is compiled from their inputs")
    return 1 if changed else 0


def _differs(path: Path, text: str) -> bool:
    return not path.is_file() or path.read_bytes() != text.encode("utf-8", "surrogatepass")


@click.command("why")
@click.argument("name", metavar="RULE|PAIR")
@click.option("--suite", required=True, help="The suite's name or folder.")
def why_command(name: str, suite: str) -> None:
    """Say what speaks for a compiled rule, or what the rules say of a pair."""
    from specharness.compilation.places import read_suite_lock  # noqa: PLC0415
    from specharness.compilation.words import why  # noqa: PLC0415
    from specharness.suitefile import named_suite  # noqa: PLC0415
    from specharness.suitepairs import read_suite_pairs  # noqa: PLC0415

    found = named_suite(suite)
    pairs = read_suite_pairs(found.pairs_path, found.settings.read).pairs
    for line in why(name, read_suite_lock(found).whole, pairs):
        click.echo(line)
