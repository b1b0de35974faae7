"""Slices: Holm against a definition, membership, words, and the family's error rate."""

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from specharness.gate.gates import decide
from specharness.gate.slices import LEAST, explain_slices, holm, slice_cases
from specharness.runfile import Case
from tests.benchmarks.wholegate import Edit, make_cases, margins, preferences
from tests.runs import make_case, make_score


def closed(p_values: list[float]) -> list[float]:
    """Holm by closed testing: the largest Bonferroni p of any set of hypotheses with this one."""
    sets = [s for k in range(1, len(p_values) + 1) for s in combinations(range(len(p_values)), k)]
    bonferroni = {s: min(1.0, len(s) * min(p_values[i] for i in s)) for s in sets}
    return [max(p for s, p in bonferroni.items() if i in s) for i in range(len(p_values))]


@given(st.lists(st.floats(0, 1), min_size=1, max_size=6))
@settings(deadline=None, max_examples=60)
def test_holm_is_closed_bonferroni(p_values: list[float]) -> None:
    assert holm(p_values) == pytest.approx(closed(p_values))


def test_holm_of_a_textbook() -> None:
    # R: p.adjust(c(0.01, 0.02, 0.03, 0.04, 0.05), "holm")
    assert holm([0.01, 0.02, 0.03, 0.04, 0.05]) == pytest.approx([0.05, 0.08, 0.09, 0.09, 0.09])
    assert holm([]) == []


def case(number: int, *, lost: bool, **changes: object) -> Case:
    base, head = make_score(0.8), make_score(-0.8 if lost else 0.8)
    outcome = "lost" if lost else "kept"
    return make_case(f"p-{number}", outcome, base=base, head=head, **changes)


def lost_tag() -> list[Case]:
    cases = [case(i, lost=i < 9, tags=("refusal",)) for i in range(20)]
    return cases + [case(i, lost=False, tags=("tone",)) for i in range(20, 80)]


def test_a_tag_that_lost_is_found_and_told() -> None:
    found = slice_cases(lost_tag())
    first = found[0]
    assert (first.kind, first.name, first.n, first.lost, first.won) == ("tag", "refusal", 20, 9, 0)
    assert first.difference == -0.45
    assert first.interval[0] < -0.45 < first.interval[1] < 0
    inside = lost_tag()[:20]
    alone = decide(
        [c.base.preference for c in inside if c.base], [c.head.preference for c in inside if c.head]
    )
    assert first.p == alone.loss_p
    assert first.p_holm == pytest.approx(2 * alone.loss_p)
    assert explain_slices(found) == (
        "Lost in pairs tagged 'refusal': 9 of 20 pairs lost and 0 won (-45.0 points, -62.8 to "
        "-27.7); allowing for all 2 parts looked at, chance does this 0.5 times in 100.",
    )


def test_what_holds_all_pairs_is_no_slice() -> None:
    kinds = {(s.kind, s.name) for s in slice_cases(lost_tag())}
    assert kinds == {("tag", "refusal"), ("tag", "tone")}


def test_slices_by_rule_length_and_side() -> None:
    short = [case(i, lost=False, chosen="a b", rejected="a b c") for i in range(10)]
    long = [case(i, lost=False, chosen="w " * 300, rejected="w " * 295) for i in range(10, 20)]
    found = slice_cases([*short, *long], rules={"plain": {"p-1", "p-2", "p-11"}})
    assert {(s.kind, s.name, s.n) for s in found} == {
        ("rule", "plain", 3),
        ("length", "short", 10),
        ("length", "long", 10),
        ("sides", "the chosen one is shorter", 10),
        ("sides", "both are about as long", 10),
    }
    small = next(s for s in found if s.kind == "rule")
    assert small.n < LEAST and small.p is None and small.p_holm is None
    assert found[-1] == small
    assert explain_slices(found) == ("No one part of the suite lost for sure (4 parts looked at).",)


def test_unmeasured_pairs_are_in_no_slice() -> None:
    cases = [make_case("e", "error", tags=("x",)), *lost_tag()]
    assert "x" not in {s.name for s in slice_cases(cases)}
    assert slice_cases([make_case("e", "error")]) == ()
    assert explain_slices(()) == ()


def test_groups_of_a_slice_count_once() -> None:
    together = [
        case(i, lost=i < 10, tags=("a",), group="one" if i < 10 else str(i)) for i in range(20)
    ]
    found = slice_cases([*together, *(case(i, lost=False, tags=("b",)) for i in range(20, 40))])
    assert found[0].clusters == 11
    assert found[0].p_holm is not None and found[0].p_holm > 0.05


def test_harmless_edits_rarely_have_a_slice_named() -> None:
    rng, named, runs = np.random.default_rng(5), 0, 60
    for _ in range(runs):
        base, head = (preferences(x) for x in margins(rng, 80, Edit()))
        cases = make_cases(base, head)
        rules = {f"r{k}": {c.id for c in cases if rng.random() < 0.3} for k in range(6)}
        named += explain_slices(slice_cases(cases, rules=rules))[0].startswith("Lost")
    assert named / runs <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / runs)
