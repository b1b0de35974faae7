"""Which response of a pair satisfies each rule more? By the odds of the answers A and B.

For models that weigh given text (those in this process). Small ones write one verdict whatever they
are asked; how probable it was still tells the responses apart. Measured on 8 short pairs, 12 cells
(pair and rule) of known sign: Qwen2.5-Coder-1.5B wrote A or NEITHER for all rules of a pair, in
both orders, while its odds, centred on the pair's other rules, had the right sign in 12 of 12, and
in 9 of 9 beyond the dead zone (0.08 nats at the median). Qwen2.5-Coder-0.5B had it in 9 of 12, all
within the dead zone (0.003 nats), so it gives no votes.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from specharness.compile.llm.asking import Interview
from specharness.compile.llm.catalogue import general_hypotheses
from specharness.compile.llm.measured import Measured
from specharness.compile.llm.options import Options
from specharness.compile.llm.prompts import render
from specharness.compile.llm.quoting import mark_for, quote_pair
from specharness.model import Request
from specharness.records import Message, Pair

DEAD_ZONE = 0.02  # nats, at least
_ANCHORS = 5  # hypotheses that are asked together with their opposites
_LETTERS = ("A", "B")

Odds = NDArray[np.float64]


def measure_odds(
    pairs: Sequence[Pair], rules: Sequence[str], interview: Interview, options: Options
) -> Measured:
    """The votes by log-odds (nats), averaged over both orders, so that the place cancels.

    Five general hypotheses and their opposites are asked of every pair besides: their mean is how
    much the model likes one response whatever the rule, and is taken off; the median of what they
    then have left, in absolute value, is the dead zone in which a rule does not apply (0.02 nats at
    least).
    """
    anchors = [text for rule in general_hypotheses()[:_ANCHORS] for text in rule]
    odds = _weigh(pairs, [*anchors, *rules], interview, options)  # (orders, pairs, rules)
    both = odds.mean(axis=0)
    centre = np.nan_to_num(_mean(both[:, : len(anchors)]))
    centred = both - centre[:, None]
    left = np.abs(centred[:, : len(anchors)])
    zone = max(DEAD_ZONE, float(np.median(left[~np.isnan(left)], axis=None)) if left.size else 0.0)
    found = np.nan_to_num(centred[:, len(anchors) :])
    straight, swapped = odds[..., len(anchors) :]
    return Measured(
        votes=np.where(np.abs(found) > zone, np.sign(found), 0).astype(np.int8),
        unread=int(np.isnan(straight + swapped).sum()),
        flips=int((straight * swapped < 0).sum()),
    )


def _mean(rows: Odds) -> Odds:
    told = ~np.isnan(rows)
    sums: Odds = np.where(told, rows, 0).sum(axis=1) / np.maximum(1, told.sum(axis=1))
    return sums


def _weigh(
    pairs: Sequence[Pair], rules: Sequence[str], interview: Interview, options: Options
) -> Odds:
    """Log-odds of the chosen response over the rejected one: (2 orders, pairs, rules)."""
    requests = [
        Request(messages=(Message(role="user", content=prompt),), response=letter)
        for swapped in (False, True)
        for pair in pairs
        for prompt in _prompts(pair, rules, swapped, options)
        for letter in _LETTERS
    ]
    weighed = interview.weigh("measure", requests)
    shape = (2, len(pairs), len(rules), len(_LETTERS))
    shown = np.array(weighed, dtype=np.float64).reshape(shape)
    a_over_b = shown[..., 0] - shown[..., 1]
    odds: Odds = a_over_b * np.array([1, -1])[:, None, None]  # swapped, A is the rejected response
    return odds


def _prompts(pair: Pair, rules: Sequence[str], swapped: bool, options: Options) -> list[str]:
    """One prompt a rule; all begin alike, so that an engine can share what they have in common."""
    quoted = quote_pair(pair, options.characters)
    a, b = (quoted.chosen, quoted.rejected)[:: -1 if swapped else 1]
    mark = mark_for([quoted.prompt, a, b], options.seed)
    parts = {"prompt": quoted.prompt, "a": a, "b": b, "mark": mark}
    return [render("odds", rule=rule, **parts) for rule in rules]
