"""Which response of a pair satisfies each rule more? In the way that the options name."""

from collections.abc import Sequence
from math import ceil

from specharness.compile.llm.asking import Interview
from specharness.compile.llm.measured import Measured
from specharness.compile.llm.odds import measure_odds
from specharness.compile.llm.options import Options
from specharness.compile.llm.written import measure_written
from specharness.records import Pair


def measure(
    pairs: Sequence[Pair],
    rules: Sequence[str],
    interview: Interview,
    options: Options,
    keep: int = 0,
) -> Measured:
    """The votes of the model on all pairs and rules, every question asked in both orders.

    `keep` calls of the budget are not spent on repairs.
    """
    if options.verdicts == "odds":
        return measure_odds(pairs, rules, interview, options)
    return measure_written(pairs, rules, interview, options, keep)


def calls_to_measure(pairs: int, rules: int, options: Options) -> int:
    """How many calls of `generate` that takes, repairs aside: none where odds are weighed."""
    return 0 if options.verdicts == "odds" else 2 * pairs * ceil(rules / options.together)
