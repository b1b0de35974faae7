"""`specharness models`: list, pull, path and check the embedded models."""

import click

from specharness.models.catalog import CatalogEntry, find_model, model_names


@click.group()
def models() -> None:
    """The embedded models: list, pull, find and check them."""


@models.command("list")
def list_models() -> None:
    """Show the models of the catalog, and which of them are here."""
    from tabulate import tabulate  # noqa: PLC0415

    rows = [_row(entry) for name in model_names() if (entry := find_model(name))]
    head = ["name", "here", "download", "on disk", "context", "licence", "what it is"]
    click.echo(tabulate(rows, headers=head, maxcolwidths=[None] * 6 + [60]))


@models.command()
@click.argument("name")
@click.option("--force", is_flag=True, help="Fetch and convert again, whatever is there.")
def pull(name: str, force: bool) -> None:
    """Fetch model NAME, verify it and convert it, and print its folder."""
    from specharness.models.pull import known_model, pull_model  # noqa: PLC0415

    click.echo(pull_model(known_model(name), force=force))


@models.command()
@click.argument("name")
def path(name: str) -> None:
    """Print the folder of model NAME."""
    from specharness.models.cache import not_pulled, stored_model  # noqa: PLC0415
    from specharness.models.pull import known_model  # noqa: PLC0415

    entry = known_model(name)
    folder = stored_model(entry)
    if folder is None:
        raise not_pulled(entry)
    click.echo(folder)


@models.command()
@click.argument("name")
def check(name: str) -> None:
    """Read model NAME byte by byte and compare it with what was converted."""
    from specharness.models.cache import check_model  # noqa: PLC0415
    from specharness.models.pull import known_model  # noqa: PLC0415

    click.echo(f"{name}: all {check_model(known_model(name))} files are as they were converted")


def _row(entry: CatalogEntry) -> list[str]:
    from specharness.models.cache import stored_model  # noqa: PLC0415

    here = "yes" if stored_model(entry) else "no"
    size, disk = f"{entry.size / 1e6:.0f} MB", f"{entry.converted / 1e6:.0f} MB"
    return [entry.name, here, size, disk, str(entry.context), entry.licence, entry.note]
