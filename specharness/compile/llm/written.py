"""Which response of a pair satisfies each rule more? The model writes it, in both orders."""

from collections.abc import Sequence
from functools import partial
from itertools import product

import numpy as np
from numpy.typing import NDArray

from specharness.compile.llm.answers import Verdict, read_verdicts
from specharness.compile.llm.asking import Interview, Question
from specharness.compile.llm.draft import numbered
from specharness.compile.llm.measured import Measured
from specharness.compile.llm.options import Options
from specharness.compile.llm.prompts import render
from specharness.compile.llm.quoting import mark_for, quote_pair
from specharness.compile.votes import Matrix
from specharness.records import Pair

_FORM = (
    "Answer with one line for each rule and nothing else: its number, a colon, and A, B, BOTH or"
    ' NEITHER, as in "1: BOTH".'
)
_POINTS: dict[Verdict, int] = {"A": 1, "B": -1, "BOTH": 0, "NEITHER": 0}


def measure_written(
    pairs: Sequence[Pair],
    rules: Sequence[str],
    interview: Interview,
    options: Options,
    keep: int = 0,
) -> Measured:
    """The votes of the model; an answer that does not hold in both orders is a vote of 0.

    `keep` calls of the budget are not spent on repairs.
    """
    starts = range(0, len(rules), options.together)
    places = list(product(starts, range(len(pairs)), (False, True)))
    questions = [
        _question(pairs[i], rules[start : start + options.together], swapped, options)
        for start, i, swapped in places
    ]
    answers = interview.ask("measure", questions, 20 + 8 * options.together, keep)
    points = np.zeros((2, len(pairs), len(rules)), dtype=np.int8)
    read = np.zeros_like(points, dtype=bool)
    for (start, i, swapped), verdicts in zip(places, answers, strict=True):
        if verdicts is not None:
            columns = slice(start, start + len(verdicts))
            points[int(swapped), i, columns] = [_POINTS[verdict] for verdict in verdicts]
            read[int(swapped), i, columns] = True
    return _combined(points, read[0] & read[1])


def _combined(points: Matrix, read: NDArray[np.bool_]) -> Measured:
    """(2 orders, pairs, rules), A is the chosen response in the first order: votes."""
    straight, swapped = points
    agreed = (straight == -swapped) & read
    return Measured(
        votes=np.where(agreed, straight, 0).astype(np.int8),
        unread=int((~read).sum()),
        flips=int(((straight == swapped) & (straight != 0)).sum()),
    )


def _question(
    pair: Pair, rules: Sequence[str], swapped: bool, options: Options
) -> Question[tuple[Verdict, ...]]:
    quoted = quote_pair(pair, options.characters)
    a, b = (quoted.chosen, quoted.rejected)[:: -1 if swapped else 1]
    prompt = render(
        "measure",
        prompt=quoted.prompt,
        a=a,
        b=b,
        rules=numbered(rules),
        mark=mark_for([quoted.prompt, a, b, *rules], options.seed),
        form=_FORM,
    )
    return Question(prompt=prompt, read=partial(read_verdicts, count=len(rules)), form=_FORM)
