"""Twenty edits of -1 point each: the anchor stops them by 5 points, the base alone lets them by.

Through a run's own judging, comparison with the anchor and its consequences (`judge_gate`,
`judge_anchor`, `hold_to_anchor`) on simulated pairs; the long version is the table `anchor` of
`tests/benchmarks/gate_error_rates.py`.
"""

import numpy as np
from scipy.stats import binom

from specharness.judging import judge_anchor
from specharness.ledger.anchor import hold_to_anchor
from tests.benchmarks.gate_error_rates import twenty_edits
from tests.benchmarks.wholegate import BASE, make_cases, make_suite, whole_gate

RUNS = 15


def test_the_anchor_stops_small_losses_by_five_points() -> None:
    rng = np.random.default_rng(11)
    ends = [twenty_edits(rng, 1000, anchored=True) for _ in range(RUNS)]
    # the bound behind a PASS errs 1 time in 20 where the drop is the budget
    assert sum(end <= 5 for end in ends) >= binom.ppf(0.001, RUNS, 0.95)
    assert max(ends) <= 8


def test_without_the_anchor_they_get_far() -> None:
    rng = np.random.default_rng(12)
    assert min(twenty_edits(rng, 1000, anchored=False) for _ in range(2)) > 10


def test_what_stops_them_is_told() -> None:
    base = np.full(1000, 0.9)
    last, head, suite = base.copy(), base.copy(), make_suite(budget=0.05)
    last[:60], head[:70] = 0.1, 0.1
    gate = whole_gate(last, head)
    assert gate.verdict == "PASS"
    found = hold_to_anchor(
        gate, judge_anchor(suite, make_cases(base, head), BASE), "v1", suite.settings.gate
    )
    assert found.verdict == "FAIL"
    assert found.sentences[0] == (
        "Against the anchor (v1): losses have added up, 70 of 1,000 pairs lost and 0 won since "
        "then (-7.0 points): a drop of up to 8.4 points is not excluded, and the budget allows "
        "5.0."
    )
