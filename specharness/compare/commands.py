"""`specharness compare`: a thin shell over `comparing`."""

import os
import shutil
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from specharness.compare.comparison import Comparison

_MODES = ("auto", "live", "record", "replay")


@click.command("compare")
@click.argument("suite")
@click.option("--arms", metavar="NAMES", help="Arms, with commas; see below.")
@click.option("--model", help="Another model than the suite's.")
@click.option(
    "--spec-mode", "mode", type=click.Choice(_MODES), help="Where model results come from."
)
@click.option("--shots", default=3, show_default=True, help="Pairs that few-shot arms show.")
@click.option(
    "--seed",
    type=click.IntRange(0, 2**32 - 1),
    default=0,
    help="Which pairs these are; also of drawn controls and of training.  [default: 0]",
)
@click.option(
    "--pairs", type=click.Path(path_type=Path), help="Pairs to fit on, instead of compile pairs."
)
@click.option("--instruction", default="", help="An instruction, instead of the suite's.")
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    default=Path("reports/compare.json"),
    show_default=True,
    help="The file to write; the page is written beside it.",
)
def compare_command(
    suite: str, *, arms: str | None, model: str | None, mode: str | None, out: Path,
    **choices: object,
) -> None:  # fmt: skip
    """Compare ways of conditioning the model (arms) on SUITE's gate pairs.

    \b
    empty                no system text
    instruction          the suite's instruction alone
    few-shot             the instruction and a few compile pairs
    handwritten          the suite's spec as it stands
    compiled             the instruction and the rules that the compile pairs support
    spec+few-shot        the spec and the same few pairs
    opposite             the compiled rules turned round: a control
    opposite:handwritten the spec with its rules turned round
    compiled:evidence, compiled:spec-learning, compiled:icai
                         rules that the model itself proposes: by our steps, by published ones
    compiled:janus       those of compiled:spec-learning as one paragraph that the model writes
    compiled:random, compiled:length
                         controls: as many general rules drawn at random, a rule about length
    think, zero-think, more-think, align3
                         the spec, and a block of reasoning before the response
    self-refine, best-of-n, tpo, one-draft
                         the spec, and drafts of the model's own before the response
    palrs                a residual vector of the pairs added to what one block reads
    alignment-vector:from=FOLDER
                         weights moved towards those of a checkpoint or an adapter
    dpo, simpo           an adapter trained on the pairs (extra `train`)

    The last three change the model itself. They and the two lines before them take options,
    name:key=value:key=value (align3:stage=128, best-of-n:samples=4, palrs:layer=9,
    alignment-vector:from=dpo:lambda=0.5/1, dpo:epochs=3). palrs and alignment-vector bring their
    controls: zero, random and flipped. from=dpo means the dpo arm of the same run, with its
    options, else one without options.

    Without --arms the first six, but for those the suite has nothing for. Arms never see a gate
    pair; what they are fitted on must not nearly be one.
    """
    from specharness.arms.known import find_arms  # noqa: PLC0415 - start-up
    from specharness.compare.comparing import Options, compare  # noqa: PLC0415
    from specharness.errors import UsageError  # noqa: PLC0415
    from specharness.run import default_mode  # noqa: PLC0415
    from specharness.suitefile import named_suite  # noqa: PLC0415

    if out.suffix == ".html":
        raise UsageError(out, "the page is written beside the data", "name a .json file")
    found = named_suite(suite)
    if model:
        found = replace(found, settings=replace(found.settings, model=model))
    options = Options(mode=mode or default_mode(os.environ), **choices)  # type: ignore[arg-type]
    chosen = find_arms(arms.split(",")) if arms is not None else ()
    _tell(compare(found, chosen, options), out)


def _tell(result: "Comparison", out: Path) -> None:
    from specharness.compare.comparison import comparison_text  # noqa: PLC0415
    from specharness.compare.page import render_html  # noqa: PLC0415
    from specharness.compare.words import render_terminal  # noqa: PLC0415
    from specharness.outfile import write_out  # noqa: PLC0415

    click.echo(render_terminal(result, shutil.get_terminal_size((100, 24)).columns))
    page = out.with_suffix(".html")
    write_out(out, comparison_text(result))
    write_out(page, render_html(result))
    click.echo(f"\nwrote {out} and {page}")
