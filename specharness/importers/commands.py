"""`specharness import`: a thin shell over `reading` and `writing`."""

from collections import deque
from pathlib import Path

import click

from specharness.errors import UsageError


def _known(context: click.Context, parameter: click.Parameter, value: bool) -> None:
    """`--formats`: what is known, one layout a line."""
    if not value or context.resilient_parsing:
        return
    from specharness.importers.known import LAYOUTS  # noqa: PLC0415 - dozens of modules

    width = max(len(layout.name) for layout in LAYOUTS)
    for layout in sorted(LAYOUTS, key=lambda layout: layout.name):
        click.echo(f"{layout.name:{width}}  {layout.title}")
    context.exit()


def _mapping(
    context: click.Context, parameter: click.Parameter, values: tuple[str, ...]
) -> dict[str, str]:
    mapping = {}
    for value in values:
        field, equals, path = value.partition("=")
        if not equals or not field.strip() or not path.strip():
            remedy = "write it as field=path, such as chosen=outputs.better"
            raise UsageError("--map", f"{value!r} is no mapping", remedy)
        if field.strip() in mapping:
            raise UsageError("--map", f"{field.strip()!r} is mapped twice", "keep one of them")
        mapping[field.strip()] = path.strip()
    return mapping


@click.command("import")
@click.argument("source", metavar="FILE", type=click.Path(path_type=Path))
@click.option("--out", type=click.Path(path_type=Path), help="Write the pairs here (JSON Lines).")
@click.option("--format", "layout", default="auto", help="The layout's name (see --formats).")
@click.option("--map", "mapping", multiple=True, callback=_mapping, metavar="FIELD=PATH",
              help="Where a field is, for a layout we do not know; repeatable.")  # fmt: skip
@click.option("--axis", default="", help="Which of several labels or ratings decides.")
@click.option("--annotator", default="", help="Whose judgements count (default: all, by majority).")
@click.option("--min-gap", default=0.0, help="The smallest difference of ratings that counts.")
@click.option("--first-wins-when", default="", metavar="VALUE",
              help="The label that means the first response is better.")  # fmt: skip
@click.option("--prompt", default="", help="What was asked, where the data does not say.")
@click.option("--licence", "--license", default="", help="The licence of the data, to go with it.")
@click.option("--formats", is_flag=True, is_eager=True, expose_value=False, callback=_known,
              help="List the layouts that are known, and stop.")  # fmt: skip
def import_command(
    source: Path, out: Path | None, layout: str, licence: str, **choices: object
) -> None:
    """Read preference data of any common layout and tell what is in it.

    FILE is JSON, JSON Lines, CSV, TSV or Parquet, also gzipped, or a folder of such files. Without
    --out nothing is written.
    """
    from specharness.importers.judgement import Options  # noqa: PLC0415
    from specharness.importers.reading import stream_pairs  # noqa: PLC0415
    from specharness.importers.summary import summary_table  # noqa: PLC0415
    from specharness.importers.tally import Tally  # noqa: PLC0415
    from specharness.importers.writing import Origin, write_pairs, write_sidecar  # noqa: PLC0415

    options = Options(format=layout, **choices)  # type: ignore[arg-type]
    tally = Tally()
    kept = stream_pairs(source, options, tally)
    if out is None:
        deque(kept, maxlen=0)
    else:
        write_pairs(out, kept)
    click.echo(summary_table(tally))
    if out is None:
        click.echo("nothing written; --out pairs.jsonl writes the pairs")
        return
    click.echo(f"wrote {out}")
    click.echo(f"wrote {write_sidecar(out, Origin(path=source, licence=licence), options, tally)}")
