"""`specharness specbench`: a thin shell over `examining`."""

import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from specharness.models.recorded import RecordedModel
    from specharness.specbench.examining import Options


@click.command("specbench")
@click.option("--data", "folder", type=click.Path(path_type=Path), required=True,
              help="The published data: a folder for each scenario.")  # fmt: skip
@click.option("--scenario", "name", required=True, help="The scenario's folder, such as Travel.")
@click.option("--arm", "typed", required=True, help="What goes before the answer; see below.")
@click.option("--model", default="smollm2-135m", show_default=True, help="Who answers.")
@click.option("--judge", help="Who judges; the model itself if not given.")
@click.option("--mode", type=click.Choice(["joint", "sequential"]), default="joint",
              show_default=True, help="Specifications in one question, or one each.")  # fmt: skip
@click.option("--by", type=click.Choice(["answers", "logprob"]), default="answers",
              show_default=True, help="Verdicts written, or (sequential) weighed.")  # fmt: skip
@click.option("--na", type=click.Choice(["code", "paper"]), default="code", show_default=True,
              help="NA counts as not kept (public code), or is left out (paper).")  # fmt: skip
@click.option("--alpha", type=click.FloatRange(0, 1), default=0.3, show_default=True,
              help="What a safe answer is worth that keeps no behaviour.")  # fmt: skip
@click.option("--limit", type=click.IntRange(1), help="This many items, half safe, half unsafe.")
@click.option("--tokens", type=click.IntRange(1), default=1024, show_default=True,
              help="Longest answer.")  # fmt: skip
@click.option("--judge-tokens", type=click.IntRange(1), default=2048, show_default=True,
              help="Longest answer of a joint judge.")  # fmt: skip
@click.option("--placement", type=click.Choice(["system", "user"]), default="system",
              show_default=True, help="Where the specifications stand.")  # fmt: skip
@click.option("--at-once", type=click.IntRange(1), default=1, show_default=True,
              help="Items asked together; a kill loses as many.")  # fmt: skip
@click.option("--out", type=click.Path(path_type=Path),
              help="Default: reports/specbench/SCENARIO-ARM-MODEL.json.")  # fmt: skip
def specbench_command(folder: Path, name: str, typed: str, out: Path | None, **choices: Any) -> int:
    """How well a model keeps SpecBench's specifications under an arm, by a judge.

    \b
    handwritten  the specifications, and nothing else before the answer
    empty        no specifications
    think, zero-think, more-think, align3
                 and a block of reasoning (:stage=TOKENS, :open=<think>, :close=</think>)
    self-refine, best-of-n, tpo, one-draft
                 and drafts (:rounds=, :samples=, :depth=, :stage=)

    What is done is kept at once, beside the report; the same command goes on where it was stopped,
    and asks nothing again but what got no answer. Other values of --na and --alpha cost nothing.
    Exit code 3 if no item could be scored.
    """
    from importlib.metadata import version  # noqa: PLC0415

    from tqdm import tqdm  # noqa: PLC0415

    from specharness.arms.known import find_arms  # noqa: PLC0415
    from specharness.errors import UsageError  # noqa: PLC0415
    from specharness.specbench.examining import (  # noqa: PLC0415
        Bench,
        describe_run,
        examine,
        fit_bench,
        items_left,
    )
    from specharness.specbench.results import open_results  # noqa: PLC0415
    from specharness.specbench.scenario import read_scenario  # noqa: PLC0415
    from specharness.specbench.summary import summarise  # noqa: PLC0415

    if out is not None and out.suffix != ".json":
        what = "the page (.html) and the answers (.jsonl) are written beside the figures"
        raise UsageError(out, what, "name a .json file")
    scenario = read_scenario(folder, name)
    arm = find_arms([typed])[0]
    options = _options(choices)
    model = _model(choices["model"], "--model")
    asks = choices["judge"] or choices["model"]
    judge = model if asks == choices["model"] else _model(asks, "--judge")
    items = scenario.some(choices["limit"])
    path = out or _path(scenario.name, arm.name, choices["model"])
    bench = Bench(
        scenario=scenario, arm=arm, model=model, judge=judge, folder=folder, options=options
    )
    fitted = fit_bench(bench)
    run = describe_run(bench, fitted)
    with open_results(path.with_suffix(".jsonl"), run) as results:
        left = len(items_left(items, results))
        with tqdm(total=left, unit="item", desc=scenario.name, disable=None) as bar:
            examine(bench, fitted, items, results, bar.update)
    found = summarise(
        scenario, items, results.found, run=run, version=version("specharness"),
        alpha=choices["alpha"], shown=choices["na"],
    )  # fmt: skip
    _tell(found, path)
    whole = found.figures[found.shown][-1]
    return 3 if whole.failed == whole.items else 0


def _tell(found: Any, path: Path) -> None:
    from specharness.outfile import write_out  # noqa: PLC0415
    from specharness.specbench.page import render_html  # noqa: PLC0415
    from specharness.specbench.summary import summary_text  # noqa: PLC0415
    from specharness.specbench.words import render_terminal  # noqa: PLC0415

    click.echo(render_terminal(found, shutil.get_terminal_size((100, 24)).columns))
    page = path.with_suffix(".html")
    write_out(path, summary_text(found))
    write_out(page, render_html(found))
    click.echo(f"\nwrote {path}, {page} and {path.with_suffix('.jsonl').name}")


def _options(choices: dict[str, Any]) -> "Options":
    from specharness.errors import UsageError  # noqa: PLC0415
    from specharness.specbench.examining import Options  # noqa: PLC0415
    from specharness.specbench.judging import Examining  # noqa: PLC0415

    if choices["by"] == "logprob" and choices["mode"] == "joint":
        remedy = "add --mode sequential"
        raise UsageError("--by logprob", "a joint answer cannot be weighed", remedy)
    how = Examining(mode=choices["mode"], by=choices["by"], tokens=choices["judge_tokens"])
    return Options(
        how=how,
        tokens=choices["tokens"],
        placement=choices["placement"],
        at_once=choices["at_once"],
    )


def _model(name: str, where: str) -> "RecordedModel":
    """The model, behind the store; nothing is loaded yet."""
    from specharness.models.cache import cache_dir  # noqa: PLC0415
    from specharness.models.opening import find_candidate  # noqa: PLC0415
    from specharness.models.recorded import RecordedModel  # noqa: PLC0415
    from specharness.settings import EngineSettings  # noqa: PLC0415
    from specharness.store import Store  # noqa: PLC0415

    found = find_candidate(name, EngineSettings(), where)
    return RecordedModel(
        mode="live",
        factory=found.load,
        store=Store(cache_dir() / "store.sqlite"),
        expected=found.identity,
    )


def _path(*names: str) -> Path:
    """The report's place, of names that may hold anything."""
    safe = ["".join(c if c.isalnum() or c in "._-" else "-" for c in name) for name in names]
    return Path("reports/specbench") / f"{'-'.join(safe)}.json"
