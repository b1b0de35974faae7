"""`specharness compile` and `specharness why`: thin shells over `compiling`."""

from pathlib import Path

import click


def _named(suite: str) -> Path:
    """A suite's folder, by its name below `suites` or by its path."""
    home = Path("suites") / suite
    return home if home.is_dir() else Path(suite)


@click.command("compile")
@click.argument("suite")
@click.option("--accept-suggestive", is_flag=True, help="Also rules that chance might explain.")
@click.option("--confirm", multiple=True, metavar="RULE", help="A sensitive rule that is wanted.")
@click.option("--frozen", is_flag=True, help="Write nothing; fail if spec or lock would change.")
@click.option("--no-race", is_flag=True, help="Ask no model, even where there are select pairs.")
@click.option("--dry-run", is_flag=True, help="Write nothing; show the spec.")
def compile_command(
    suite: str, accept_suggestive: bool, confirm: tuple[str, ...], **flags: bool
) -> int:
    """Compile SUITE's spec from its instruction and its compile pairs.

    Where the suite sets select pairs apart, the sets of rules are raced on them with its model.
    Gate pairs are never looked at. Lines that a person wrote into the spec stay as they are. Exit
    code 1 with --frozen when the files are not what would be compiled.
    """
    from specharness.compilation.compiling import (  # noqa: PLC0415
        accepting,
        compile_suite,
        lock_path,
        race_again,
        read_suite_lock,
        spec_file,
        write_compiled,
    )
    from specharness.compilation.racing import suite_scorer  # noqa: PLC0415
    from specharness.compilation.words import compiled_lines  # noqa: PLC0415
    from specharness.suitefile import load_suite  # noqa: PLC0415

    found = accepting(load_suite(_named(suite)), accept_suggestive, confirm)
    if flags["frozen"]:
        found = accepting(found, *read_suite_lock(found).accepted)
    asks = not flags["frozen"] and not flags["no_race"]
    scorer = suite_scorer(found, "auto") if asks else None
    compiled = compile_suite(found, scorer, race_again(found) if flags["frozen"] else None)
    texts = {spec_file(found): compiled.rendered.text, lock_path(found): compiled.lock}
    if flags["frozen"]:
        changed = [path for path, text in texts.items() if _differs(path, text)]
        for path in changed:
            click.echo(f"{path} is not what `specharness compile {suite}` makes", err=True)
        if not changed:
            click.echo(f"{found.name}: spec and lock are what is compiled from their inputs")
        return 1 if changed else 0
    for line in compiled_lines(found.name, compiled):
        click.echo(line)
    if flags["dry_run"]:
        click.echo(f"\n{compiled.rendered.text}", nl=False)
        return 0
    for path in write_compiled(found, compiled):
        click.echo(f"wrote {path}")
    click.echo(f"next: specharness run {suite}")
    return 0


def _differs(path: Path, text: str) -> bool:
    return not path.is_file() or path.read_bytes() != text.encode("utf-8", "surrogatepass")


@click.command("why")
@click.argument("name", metavar="RULE|PAIR")
@click.option("--suite", required=True, help="The suite's name or folder.")
def why_command(name: str, suite: str) -> None:
    """Say what speaks for a compiled rule, or what the rules say of a pair."""
    from specharness.compilation.compiling import read_suite_lock  # noqa: PLC0415
    from specharness.compilation.words import why  # noqa: PLC0415
    from specharness.suitefile import load_suite  # noqa: PLC0415
    from specharness.suitepairs import read_suite_pairs  # noqa: PLC0415

    found = load_suite(_named(suite))
    pairs = read_suite_pairs(found.pairs_path, found.settings.read).pairs
    for line in why(name, read_suite_lock(found).whole, pairs):
        click.echo(line)
