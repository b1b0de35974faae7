"""gates: its words by snapshot, its invariances by hypothesis, its error rates by simulation."""

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy.stats import norm

from specharness.errors import UsageError
from specharness.gate.gates import Decision, decide

GROUPS = st.lists(
    st.tuples(st.floats(0, 1), st.floats(0, 1), st.integers(0, 4)), min_size=1, max_size=30
)


def flipped(n, lost, won):
    """Preferences of n pairs that hold still but for the lost and the won ones."""
    base, head = np.full(n, 0.9), np.full(n, 0.9)
    head[:lost] = 0.1
    base[lost : lost + won] = 0.1
    return base, head


# --- the words -----------------------------------------------------------------------------------


def test_words_of_a_pass():
    assert decide(*flipped(300, 4, 6)).explain() == (
        "Of 300 pairs, 4 were lost and 6 won: a difference of +0.7 points "
        "(90 % interval -1.2 to +2.7).",
        "Not worse: a drop of more than 1.2 points is excluded, and the margin allows 5.0.",
        "Power: with 300 pairs and this many flips, a true drop of 2.7 points would be shown about "
        "4 times in 5, smaller ones less often.",
    )


def test_words_of_a_gain():
    assert decide(*flipped(80, 0, 40)).explain()[1] == "Any drop is excluded: the edit gained."


def test_words_of_a_loss():
    assert decide(*flipped(100, 12, 2)).explain() == (
        "Of 100 pairs, 12 were lost and 2 won: a difference of -10.0 points "
        "(90 % interval -16.7 to -4.3).",
        "A loss is shown: preference fell by 8.0 points on average; an edit that does no harm "
        "looks this bad 0.8 times in 100.",
        "Power: with 100 pairs and this many flips, a true drop of 9.6 points would be shown about "
        "4 times in 5, smaller ones less often.",
    )


def test_words_of_a_loss_by_flips_alone():
    base, head = np.full(40, 0.51), np.full(40, 0.51)
    head[:7], head[7:] = 0.49, 0.9
    assert decide(base, head).explain()[1] == (
        "A loss is shown: more pairs were lost than chance explains; an edit that does no harm "
        "looks this bad 2.0 times in 100."
    )


def test_words_of_an_overwhelming_loss():
    assert decide([0.9] * 60, [0.1] * 60).explain()[1].endswith("less than 1 time in 1,000.")


def test_words_of_an_unproven_gate():
    assert decide(*flipped(20, 1, 0)).explain() == (
        "Of 20 pairs, 1 was lost and 0 won: a difference of -5.0 points "
        "(90 % interval -19.6 to +7.5).",
        "Neither a loss nor its absence is shown: a drop of up to 19.6 points is not excluded "
        "(the margin allows 5.0).",
        "A pass needs at least 59 pairs, even when none is lost.",
        "At the rates seen here, about 62 pairs would settle it, showing a loss.",
        "Power: with 20 pairs and this many flips, a true drop of 30.1 points would be shown about "
        "4 times in 5, smaller ones less often.",
    )


def test_words_for_one_pair():
    assert decide([0.9], [0.9]).explain() == (
        "Of 1 pair, 0 were lost and 0 won: a difference of 0.0 points "
        "(90 % interval -73.0 to +73.0).",
        "Neither a loss nor its absence is shown: a drop of up to 95.0 points is not excluded "
        "(the margin allows 5.0).",
        "A pass needs at least 59 pairs, even when none is lost.",
        "At the rates seen here, about 59 pairs would settle it, showing that it is not worse.",
        "Power: 1 pair cannot show even the largest drop 4 times in 5.",
    )


def test_words_for_clusters():
    told = decide(*flipped(60, 0, 0), groups=[i // 10 for i in range(60)]).explain()
    assert told[1:4] == (
        "Neither a loss nor its absence is shown: a drop of up to 39.3 points is not excluded "
        "(the margin allows 5.0).",
        "A pass needs at least 59 independent pairs, even when none is lost.",
        "At the rates seen here, about 590 pairs would settle it, showing that it is not worse.",
    )
    assert told[-1] == (
        "Pairs of one group tend to move together: 60 pairs in 6 groups count as about "
        "6 independent ones."
    )


def test_words_for_one_cluster():
    assert decide(*flipped(9, 0, 0), groups=["a"] * 9).explain()[-1] == (
        "Pairs of one group tend to move together: 9 pairs in 1 group count as about "
        "1 independent one."
    )


def test_words_when_no_number_of_pairs_would_settle_it():
    decision = decide(*flipped(100, 5, 5), margin=0.0005)
    assert decision.needed is None
    assert decision.explain()[3] == (
        "At the rates seen here, no practical number of pairs would settle it."
    )


# --- the rules -----------------------------------------------------------------------------------


def test_equal_arrays_pass_with_the_minimum_of_pairs_only():
    assert decide([0.5] * 58, [0.5] * 58).verdict == "UNPROVEN"
    assert decide([0.5] * 59, [0.5] * 59).verdict == "PASS"


def test_a_shown_loss_within_the_margin_passes():
    decision = decide(*flipped(3000, 40, 0))
    assert decision.verdict == "PASS"
    assert decision.p_value < 0.04


def test_half_is_a_level_between():
    decision = decide([0.9, 0.5, 0.5 + 1e-12, 0.5, 0.1], [0.5, 0.4, 0.5, 0.6, 0.1])
    assert (decision.lost, decision.won) == (2, 1)


def test_a_fall_of_preference_fails_without_a_flip():
    decision = decide([0.9] * 20, [0.8] * 20)
    assert (decision.verdict, decision.lost, decision.p_value) == ("FAIL", 0, 1e-4)


def test_rounding_noise_is_no_loss():
    base = np.full(40, 0.7)
    decision = decide(base, np.nextafter(base, 0))
    assert (decision.verdict, decision.p_value, decision.shift) == ("UNPROVEN", 1, 0)


def test_settled_gates_need_no_more_pairs():
    assert decide([0.9] * 60, [0.1] * 60).needed == 0
    assert decide([0.9] * 60, [0.9] * 60).needed == 0


def test_singleton_groups_change_nothing():
    base, head = flipped(80, 5, 3)
    assert decide(base, head, groups=list(range(80))) == decide(base, head)


def test_the_interval_follows_alpha_pass():
    decision = decide(*flipped(21, 7, 1), alpha_pass=0.025)
    assert [round(x, 3) for x in decision.interval] == [-0.517, -0.026]
    assert "(95 % interval -51.7 to -2.6)" in decision.explain()[0]


@pytest.mark.parametrize(
    ("base", "head", "more", "message"),
    [
        ([], [], {}, "base: shape (0,); give a list of at least one preference"),
        ([[0.5]], [0.5], {}, "base: shape (1, 1); give a list of at least one preference"),
        (["x"], [0.5], {}, "base: not numbers; give one preference per pair"),
        ([0.5, float("nan")], [0.5, 0.5], {}, "base[1]: nan is no preference; give numbers from"),
        ([0.5], [1.5], {}, "head[0]: 1.5 is no preference; give numbers from 0 to 1"),
        ([0.5], [0.5, 0.5], {}, "head: 2 preferences, but base has 1; give the same pairs"),
        ([0.5], [0.5], {"groups": "ab"}, "groups: 2 groups, 1 pairs; give one group per pair"),
        ([0.5], [0.5], {"groups": [["a"]]}, "groups: not hashable; name each group by a string"),
        ([0.5], [0.5], {"margin": 0.0}, "margin: 0.0 is out of range; give a number between 0"),
        ([0.5], [0.5], {"alpha_fail": 0.5}, "alpha_fail: 0.5 is out of range; give a number"),
        ([0.5], [0.5], {"alpha_pass": float("nan")}, "alpha_pass: nan is out of range"),
        ([0.5], [0.5], {"seed": -1}, "seed: -1 is out of range; give a whole number from 0"),
    ],
)
def test_mistakes_name_the_argument(base, head, more, message):
    with pytest.raises(UsageError) as caught:
        decide(base, head, **more)
    assert str(caught.value).startswith(message)


# --- invariances ---------------------------------------------------------------------------------


@given(GROUPS, st.booleans())
@settings(max_examples=150, deadline=None)
def test_any_valid_input_gets_a_coherent_decision(rows, clustered):
    base, head, groups = zip(*rows, strict=True)
    d = decide(base, head, groups=groups if clustered else None)
    assert isinstance(d, Decision)
    assert d.interval[0] <= d.difference + 1e-9
    assert d.difference <= d.interval[1] + 1e-9
    assert (d.verdict == "PASS") == (d.excluded < d.margin and d.effective >= d.minimum)
    assert (d.needed == 0) == (d.verdict != "UNPROVEN")
    assert d.needed is None or d.needed == 0 or d.needed > d.n
    assert 0 < d.p_value <= 1
    assert 1 <= d.effective <= d.n
    assert all(s.endswith(".") for s in d.explain())


@given(GROUPS, st.randoms(use_true_random=False))
@settings(max_examples=100, deadline=None)
def test_order_of_the_pairs_changes_nothing(rows, random):
    shuffled = random.sample(rows, len(rows))
    one, two = (zip(*r, strict=True) for r in (rows, shuffled))
    (b1, h1, g1), (b2, h2, g2) = one, two
    assert decide(b1, h1) == decide(b2, h2)
    mixed, other = decide(b1, h1, groups=g1), decide(b2, h2, groups=g2)
    assert mixed.explain() == other.explain()
    assert (mixed.verdict, mixed.p_value) == (other.verdict, other.p_value)


@given(GROUPS)
@settings(max_examples=100, deadline=None)
def test_exchanging_head_and_base_mirrors(rows):
    base, head, groups = zip(*rows, strict=True)
    there, back = decide(base, head, groups=groups), decide(head, base, groups=groups)
    assert (there.lost, there.won) == (back.won, back.lost)
    assert there.difference == -back.difference
    assert there.interval == pytest.approx([-x for x in back.interval[::-1]], abs=1e-8)
    assert there.effective == pytest.approx(back.effective)
    assert not there.verdict == back.verdict == "FAIL"


@given(GROUPS, st.booleans())
@settings(max_examples=100, deadline=None)
def test_never_fails_when_nothing_fell(rows, clustered):
    low, high = (tuple(f(a, b) for a, b, _ in rows) for f in (min, max))
    groups = [g for *_, g in rows] if clustered else None
    assert decide(low, high, groups=groups).verdict != "FAIL"


@given(GROUPS)
@settings(max_examples=50, deadline=None)
def test_names_of_groups_do_not_matter(rows):
    base, head, groups = zip(*rows, strict=True)
    assume(len(set(groups)) > 1)
    named = [f"prompt {9 - g}" for g in groups]
    assert decide(base, head, groups=named) == decide(base, head, groups=groups)


# --- error rates ---------------------------------------------------------------------------------


def rates(n, runs, *, drop=0.0, few=False, size=1):
    """Shares of FAIL and PASS over simulated edits (margins around an 80 % preference, 7 % churn).

    The drop shifts all margins, or turns `few` round; pairs come in clusters of `size` that share
    half of the variance. `tests/benchmarks/gate_error_rates.py` is the long version.
    """
    rng = np.random.default_rng(n + size)
    said = [_verdict(rng, n, drop, few, size) for _ in range(runs)]
    return said.count("FAIL") / runs, said.count("PASS") / runs


def _verdict(rng, n, drop, few, size):
    clusters = n // size
    own, shared = rng.standard_normal((3, n)), rng.standard_normal((3, clusters))
    noise = own if size == 1 else (own + np.repeat(shared, size, axis=1)) / np.sqrt(2)
    mean, common = norm.ppf(0.8), np.sqrt(0.954) * noise[0]
    base, head = (mean + common + np.sqrt(0.046) * noise[i] for i in (1, 2))
    if few:
        hit = np.repeat(rng.random(clusters) < drop / 0.8, size)
        head = np.where(hit, -np.abs(base) - 0.5, head)
    else:
        head -= mean - norm.ppf(0.8 - drop)
    groups = None if size == 1 else np.repeat(np.arange(clusters), size).tolist()
    seed = int(rng.integers(2**32))
    return decide(norm.cdf(2 * base), norm.cdf(2 * head), groups=groups, seed=seed).verdict


def slack(share, runs):
    """Three standard errors of a simulated share."""
    return 3 * np.sqrt(share * (1 - share) / runs)


@pytest.mark.parametrize(
    ("n", "runs", "size"),
    [(20, 1200, 1), (100, 800, 1), (1000, 120, 1), (100, 500, 5), (300, 300, 10)],
)
def test_harmless_edits_rarely_fail(n, runs, size):
    assert rates(n, runs, size=size)[0] <= 0.05 + slack(0.05, runs)


@pytest.mark.parametrize(
    ("n", "few", "drop", "reference"),
    [
        (20, False, 0.10, 0.89),
        (20, False, 0.05, 0.46),
        (20, True, 0.10, 0.26),
        (100, False, 0.05, 0.94),
        (100, True, 0.10, 0.97),
        (100, False, 0.02, 0.41),
    ],
)
def test_power_is_that_of_the_reference_simulation(n, few, drop, reference):
    runs = 500  # the reference's own figures stand on 1500 runs
    found = rates(n, runs, drop=drop, few=few)[0]
    assert found == pytest.approx(reference, abs=0.03 + slack(reference, runs))


@pytest.mark.parametrize(
    ("n", "runs", "few", "size"),
    [
        (100, 600, False, 1),
        (300, 400, False, 1),
        (300, 400, True, 1),
        (300, 400, False, 5),
        (300, 400, True, 5),
        (600, 200, True, 5),
    ],
)
def test_a_drop_of_the_margin_rarely_passes(n, runs, few, size):
    assert rates(n, runs, drop=0.05, few=few, size=size)[1] <= 0.05 + slack(0.05, runs)


def test_clusters_matter():
    # the same 60 clusters of 5, groups withheld: what the effective n protects from
    rng = np.random.default_rng(0)
    wrong = {"told": 0, "withheld": 0}
    for _ in range(150):
        lost = np.repeat(rng.random(60) < 0.05, 5)
        head = np.where(lost, 0.1, 0.9)
        for name, groups in (("told", [i // 5 for i in range(300)]), ("withheld", None)):
            wrong[name] += decide([0.9] * 300, head, groups=groups).verdict == "PASS"
    assert wrong["told"] / 150 <= 0.05 + slack(0.05, 150)
    assert wrong["withheld"] / 150 > 0.10


def test_a_thousand_pairs_take_little_time():
    from time import process_time

    base, head = flipped(10_000, 300, 290)
    start = process_time()
    decide(base, head, groups=[i // 2 for i in range(10_000)])
    assert process_time() - start < 1
