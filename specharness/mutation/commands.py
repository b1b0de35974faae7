"""`specharness mutate`: a thin shell over `trying`."""

from datetime import UTC, datetime
from typing import Any

import click

from specharness.panelcli import FAIL_UNDER, Choices, held_to, reading_options, screen

_OPERATORS = "drop,negate,weaken,numbers,paraphrase,reorder,markers"


@click.command("mutate")
@click.argument("suite")
@click.option("--operators", default=_OPERATORS, show_default=True, help="Edits, with commas.")
@click.option("--rule", "rules", multiple=True, metavar="ID", help="Only edits of this rule.")
@click.option("--all", "whole", is_flag=True, help="List every mutant.")
@FAIL_UNDER
@reading_options
def mutate_command(
    suite: str, *, operators: str, rules: tuple[str, ...], whole: bool, **choices: Any
) -> int:
    """Spoil SUITE's spec on purpose, edit by edit, and see whether its pairs notice.

    \b
    harmful   drop, negate, weaken, numbers: the gate has to FAIL
    harmless  paraphrase, reorder, markers: it must not

    They are gated as a run would gate them, by log-probabilities whatever scorer decides: lost
    pairs that must hold are measured again, and pairs in quarantine show no loss.

    Every mutant costs as much as a run of the suite; results are kept, so a second time costs
    nothing. Exit codes: 0, 1 where fewer harmful ones are caught than --fail-under, 3 where the
    model cannot tell, 4 usage.
    """
    from specharness.mutation.record import mutations_text  # noqa: PLC0415 - start-up
    from specharness.mutation.trying import try_mutants  # noqa: PLC0415
    from specharness.mutation.words import render_terminal  # noqa: PLC0415
    from specharness.suitefile import named_suite  # noqa: PLC0415

    least = choices.pop("fail_under")
    chosen, part = Choices(**choices), bool(rules) or operators != _OPERATORS
    ours = named_suite(suite)
    found = try_mutants(
        ours,
        chosen.asking("mutation", f"mutate {suite}", is_part=part),
        operators=tuple(operators.split(",")),
        rules=rules,
        today=datetime.now(tz=UTC).date(),
    )
    chosen.show(mutations_text(found), render_terminal(found, screen()[0], whole=whole))
    if not part:  # some of the mutants are no score
        chosen.keep("mutation", ours.name, mutations_text(found))
    return held_to(found.caught, least, f"{suite}: harmful mutants caught")
