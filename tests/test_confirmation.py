"""Pairs that must hold: votes by the sign test, rates by simulation, neutral layouts, words."""

from collections.abc import Sequence
from itertools import product

import numpy as np
import pytest
from scipy.stats import binomtest

from specharness.errors import UsageError
from specharness.gate.confirmation import (
    Arms,
    confirm_lost,
    confirmation,
    explain_confirmations,
    false_alarm,
    votes_needed,
)
from specharness.gate.variants import neutral_variants
from specharness.records import Message, Pair
from specharness.specfile import parse_spec
from tests.runs import make_score


@pytest.mark.parametrize("votes", range(1, 16))
def test_votes_needed_is_the_sign_test(votes: int) -> None:
    found = votes_needed(votes)
    enough = [
        k for k in range(votes + 1)
        if binomtest(k, votes, 0.5, alternative="greater").pvalue <= 0.05
    ]  # fmt: skip
    assert found == (enough[0] if enough else None)


def test_the_false_alarm_is_that_of_all_outcomes() -> None:
    votes, needed, flip = 5, 5, 0.3
    whole = 0.0
    for outcome in product((True, False), repeat=votes + 1):
        chance = np.prod([flip if lost else 1 - flip for lost in outcome])
        whole += chance * (outcome[0] and sum(outcome[1:]) >= needed)
    assert false_alarm(votes, needed, flip) == pytest.approx(whole)


def pair(id: str) -> Pair:
    prompt = (Message(role="user", content="Q"),)
    return Pair(id=id, prompt=prompt, chosen="A", rejected="B", group=id, must=True)


def scripted(lost_in: dict[str, int]) -> tuple[list[tuple[str, str]], object]:
    """A measurement in which each pair is lost in its first so many repeats; what it was asked."""
    asked: list[tuple[str, str]] = []

    def measure(head: str, base: str, pairs: Sequence[Pair]) -> list[Arms]:
        asked.append((head, base))
        lost = [len(asked) <= lost_in[p.id] for p in pairs]
        return [(make_score(-0.5 if x else 0.5), make_score(0.5)) for x in lost]

    return asked, measure


def test_a_loss_that_holds_is_confirmed_and_a_flicker_is_not() -> None:
    asked, measure = scripted({"a": 7, "b": 6, "c": 0})
    found = confirm_lost(
        [pair("a"), pair("b"), pair("c")], head="Be bad.", base="Be good.", measure=measure
    )
    assert [(c.id, c.lost, c.confirmed) for c in found] == [
        ("a", 7, True), ("b", 6, False), ("c", 0, False)
    ]  # fmt: skip
    assert len(set(asked)) == 7
    assert all("Be bad." in head and "Be good." in base for head, base in asked)
    assert ("Be bad.", "Be good.") not in asked
    assert found[0].false_alarm == pytest.approx(0.5**8)
    assert explain_confirmations(found) == (
        "A pair that must hold was lost, and lost again in 7 of 7 repeats with the same words in "
        "another layout: a.",
        "2 pairs that must hold were lost, but not when measured again (0 to 6 of 7 repeats, 7 "
        "would confirm it): b, c.",
    )


def test_an_unmeasured_repeat_was_not_lost() -> None:
    def measure(head: str, base: str, pairs: Sequence[Pair]) -> list[Arms]:
        return [(None, make_score(0.5)) for _ in pairs]

    found = confirm_lost([pair("a")], head="H", base="", measure=measure)
    assert (found[0].lost, found[0].confirmed) == (0, False)


def test_nothing_lost_asks_nothing() -> None:
    asked, measure = scripted({})
    assert confirm_lost([], head="H", base="B", measure=measure) == ()
    assert asked == []
    assert explain_confirmations(()) == ()


def test_too_few_votes_are_refused() -> None:
    with pytest.raises(UsageError, match="4 votes confirm nothing"):
        confirm_lost([pair("a")], head="H", base="B", measure=scripted({"a": 0})[1], votes=4)


def test_confirmation_makes_false_alarms_rare_and_keeps_real_losses() -> None:
    # 20 pairs that must hold, each lost by chance in 1 of 20 measurements; one is lost for good
    rng = np.random.default_rng(0)
    lost = rng.random((4000, 8, 20)) < 0.05
    confirmed = lost[:, 0] & (lost[:, 1:].sum(axis=1) >= 7)
    assert lost[:, 0].any(axis=1).mean() > 0.6
    assert confirmed.any(axis=1).mean() < 0.001
    assert confirmation("x", 7, 7, 7).confirmed


SPEC = "Answer briefly.\n\n1. Use plain words. Be kind.\n2. Give no lists.\n"


@pytest.mark.parametrize("reorder", [False, True])
def test_layouts_are_different_and_say_the_same(reorder: bool) -> None:
    found = neutral_variants(SPEC, 20, reorder=reorder)
    assert len(set(found)) == 20 and SPEC not in found

    def words(text: str) -> list[str]:
        bare = text.replace("Instructions:", "").replace("</", "<").replace("<instructions>", "")
        return sorted(w for w in bare.split() if w.strip("-.)*0123456789"))

    assert all(words(text) == words(SPEC) for text in found)
    assert found == neutral_variants(SPEC, 20, reorder=reorder)


def test_layouts_keep_the_rules() -> None:
    rules = [rule.text for rule in parse_spec(SPEC, "spec.md").rules]
    for text in neutral_variants(SPEC, 7):
        kept = [r.text.replace("  ", " ") for r in parse_spec(text, "spec.md").rules]
        assert set(rules) <= set(kept)


def test_reordering_turns_the_items_of_a_list() -> None:
    first = neutral_variants(SPEC, 1, reorder=True)[0]
    assert first.index("Give no lists.") < first.index("Use plain words.")
    assert "1. Give no lists." in first


def test_an_empty_spec_has_no_layout() -> None:
    with pytest.raises(UsageError, match="an empty spec has no layout"):
        neutral_variants(" \n", 1)
    with pytest.raises(UsageError, match="99 repeats, but there are 15 layouts"):
        neutral_variants("Be kind.", 99)
