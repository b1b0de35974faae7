"""`specharness judges`: a thin shell over `score.judge`."""

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from specharness.models.opening import Means
    from specharness.models.recorded import RecordedModel
    from specharness.records import Pair
    from specharness.score.judge.manner import Manner
    from specharness.suitefile import Suite


@click.group()
def judges() -> None:
    """Models as judges: try whether one may gate."""


@judges.command("admit")
@click.argument("model")
@click.option("--pairs", "file", type=click.Path(path_type=Path), required=True,
              help="Labelled pairs, in any layout.")  # fmt: skip
@click.option("--format", "layout", default="auto", help="The layout, where rows do not show it.")
@click.option("--most", type=click.IntRange(1), help="Judge this many of the pairs, not all.")
@click.option("--spec", type=click.Path(path_type=Path), help="The spec that the labels go by.")
@click.option("--proposer", default="", metavar="MODEL", help="The model that wrote the spec.")
@click.option("--by", type=click.Choice(["auto", "logprob", "votes"]), default="auto",
              show_default=True, help="Weighed answers, or written ones.")  # fmt: skip
@click.option("--standard", type=click.Choice(["system", "user", "quoted"]), default="system",
              show_default=True, help="Where the spec stands.")  # fmt: skip
@click.option("--votes", type=click.IntRange(1, 1000), help="Votes in each order; 3 if not given.")
@click.option("--more", type=click.IntRange(0, 1000),
              help="Votes on top where the orders disagree; 4 if not given.")  # fmt: skip
@click.option("--seed", type=click.IntRange(0, 2**32 - 1), help="What votes are drawn by.")
@click.option("--suite", metavar="SUITE",
              help="The suite it is to judge: asked as its judge is.")  # fmt: skip
@click.option("--api-base", metavar="URL", help="The address of an OpenAI-compatible server.")
@click.option("--api-key", metavar="VARIABLE",
              help="The environment variable that holds the key; never a key.")  # fmt: skip
@click.option("--out", type=click.Path(path_type=Path), help="Default: judges/NAME.json.")
def admit_command(model: str, file: Path, out: Path | None, **choices: Any) -> int:
    """Try MODEL as a judge on labelled pairs, in both orders, and write down what came of it.

    It may gate if it judged 92 pairs, was right more often than a coin, said the same in both
    orders on 80 % of them, and is not of the family that wrote the spec. Exit code 1 if refused.
    """
    from specharness.score.judge.admission import admit_judge  # noqa: PLC0415
    from specharness.score.judge.admissionfile import (  # noqa: PLC0415
        admission_name,
        write_admission,
    )
    from specharness.specfile import load_spec  # noqa: PLC0415

    spec = load_spec(choices["spec"]).shown if choices["spec"] else ""
    pairs = _pairs(file, choices["layout"], choices["most"])
    judge = _judge(model, choices)
    found = admit_judge(
        judge, pairs, spec, manner=_manner(judge, choices), proposer=choices["proposer"]
    )
    path = out or Path("judges") / f"{admission_name(judge.identity.name)}.json"
    write_admission(found, path)
    click.echo(found.sentence)
    click.echo(_table(found.confusion))
    click.echo(f"wrote {path}")
    return 0 if found.admitted else 1


def _pairs(file: Path, layout: str, most: int | None) -> "tuple[Pair, ...]":
    """The labelled pairs; of more than `most`, those whose ids have the smallest digests."""
    from specharness.importers.reading import read_pairs  # noqa: PLC0415
    from specharness.records import digest  # noqa: PLC0415

    pairs = read_pairs(file, format=layout).pairs
    if most is None or len(pairs) <= most:
        return pairs
    picked = {pair.id for pair in sorted(pairs, key=lambda p: digest("picked", p.id))[:most]}
    return tuple(pair for pair in pairs if pair.id in picked)


def _judge(name: str, choices: dict[str, Any]) -> "RecordedModel":
    """The model, behind the store: a trial that broke off goes on where it was."""
    from specharness.models.cache import cache_dir  # noqa: PLC0415
    from specharness.models.opening import find_candidate  # noqa: PLC0415
    from specharness.models.recorded import RecordedModel  # noqa: PLC0415
    from specharness.store import Store  # noqa: PLC0415
    from specharness.suitefile import SETTINGS, named_suite  # noqa: PLC0415

    suite = named_suite(choices["suite"]) if choices["suite"] is not None else None
    where = suite.folder / SETTINGS if suite else "MODEL"  # paths in settings go from their folder
    found = find_candidate(name, _means(name, suite, choices), where)
    return RecordedModel(
        mode="live",
        factory=found.load,
        store=Store(cache_dir() / "store.sqlite"),
        expected=found.identity,
    )


def _means(name: str, suite: "Suite | None", choices: dict[str, Any]) -> "Means":
    """How the judge is run: as its suite says, or by the defaults; a server named here goes first.

    UsageError for a server where the model is none behind an API, and for a key in place of the
    name of its variable.
    """
    from specharness.choice import means_of  # noqa: PLC0415
    from specharness.errors import UsageError  # noqa: PLC0415
    from specharness.models.opening import Means  # noqa: PLC0415
    from specharness.models.remote.naming import check_variable, is_remote  # noqa: PLC0415

    given = {key: choices[key] for key in ("api_base", "api_key") if choices[key] is not None}
    if given and not is_remote(name):
        what = f"{name} is no model behind an API"
        raise UsageError("MODEL", what, 'name it "litellm:PROVIDER/MODEL"')
    check_variable(given.get("api_key", ""), "--api-key", "this")
    means = means_of(suite, judging=True) if suite else Means()
    if given.get("api_base", means.remote.api_base) != means.remote.api_base:
        given = {"api_key": "", "headers": {}, **given}  # the suite's keys are for its own server
    return replace(means, remote=replace(means.remote, **given))


def _manner(judge: "RecordedModel", choices: dict[str, Any]) -> "Manner":
    from specharness.score.judge.manner import Manner  # noqa: PLC0415
    from specharness.score.judge.scorer import find_manner  # noqa: PLC0415

    by = choices["by"] if choices["by"] != "auto" else find_manner(judge).by
    given = {name: choices[name] for name in ("votes", "more", "seed")}
    chosen = {name: value for name, value in given.items() if value is not None}
    return Manner(by=by, standard=choices["standard"], **chosen)


def _table(confusion: Any) -> str:
    from tabulate import tabulate  # noqa: PLC0415

    rows = [("first", *confusion.chosen_first), ("second", *confusion.chosen_second)]
    head = ["chosen was shown", "said first", "said second", "neither"]
    return str(tabulate(rows, headers=head))
