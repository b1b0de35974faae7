"""The chain from proposals to rules, on votes made by hand."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

from specharness.compile.conflicts import Split, find_conflicts
from specharness.compile.derivation import Derivation, Policy, derive
from specharness.compile.proposal import Proposal, Wording
from specharness.records import Message, Pair

ASKED = (Message(role="user", content="?"),)
QUICK = Policy(placebos=0)


def pairs(count: int) -> list[Pair]:
    return [
        Pair(id=f"p{n}", prompt=ASKED, chosen=f"a {n}", rejected=f"{n}", group=f"g{n}")
        for n in range(count)
    ]


def proposal(name: str, votes: Sequence[int], **changes: Any) -> Proposal:
    opposite = name.replace("more", "less", 1)

    def word(direction: int, merged: Sequence[str]) -> Wording:
        names = [name, opposite][:: 1 if direction > 0 else -1]
        return Wording(name=names[0], text=f"Write {names[0]}.", opposite=f"Write {names[1]}.")

    return Proposal(
        name=name, origin="features", votes=np.array(votes, dtype=np.int8), word=word,
        opposite_name=opposite, **changes,
    )  # fmt: skip


def coin(count: int, seed: int) -> list[int]:
    return np.random.default_rng(seed).choice([-1, 1], size=count).tolist()


def names(found: Derivation) -> list[str]:
    return [rule.name for rule in found.rules]


def test_a_rule_is_found_among_noise_and_turned_in_its_direction() -> None:
    noise = [proposal(f"more noise{n}", coin(30, n)) for n in range(8)]
    found = derive(pairs(30), [*noise, proposal("more words", [-1] * 27 + [1] * 3)], QUICK)
    (rule,) = found.rules
    assert (rule.name, rule.wording.text) == ("less words", "Write less words.")
    assert rule.wording.opposite == "Write more words."
    assert rule.contradict == ("p27", "p28", "p29")
    assert found.held_out.held_out == pytest.approx(0.9)
    assert found.candidates[0][0] == "less words"


def test_rules_that_vote_alike_are_one() -> None:
    votes = [1] * 18 + [-1] * 2
    found = derive(pairs(20), [proposal("more a", votes), proposal("more b", votes)], QUICK)
    assert names(found) == ["more a"]
    assert found.rules[0].merged == ("more b",)


def test_sensitive_rules_enter_when_they_are_confirmed_only() -> None:
    offered = [proposal("more refusal", [-1] * 20, sensitive=True)]
    assert names(derive(pairs(20), offered, QUICK)) == []
    for name in ("more refusal", "less refusal"):
        confirmed = Policy(placebos=0, confirmed=frozenset({name}))
        assert names(derive(pairs(20), offered, confirmed)) == ["less refusal"]


def test_suggestive_rules_enter_when_they_are_accepted_only() -> None:
    noise = [proposal(f"more noise{n}", coin(24, n)) for n in range(40)]
    offered = [*noise, proposal("more a", [1] * 17 + [-1] * 7)]
    assert names(derive(pairs(24), offered, QUICK)) == []
    found = derive(pairs(24), offered, Policy(placebos=0, accept_suggestive=True))
    assert "more a" in {name for name, seen in found.candidates if seen.tier == "suggestive"}


def test_the_pairs_that_proposed_a_rule_do_not_speak_for_it() -> None:
    votes = [1] * 10 + [-1] * 10
    (_, seen) = derive(
        pairs(20), [proposal("more a", votes, proposers=frozenset(range(10)))], QUICK
    ).candidates[0]
    assert (seen.support, seen.contradict, seen.silent) == (10, 0, 10)
    found = derive(pairs(20), [proposal("more a", votes, proposers=frozenset({0, 2}))], QUICK)
    assert found.candidates[0][1].silent == 2


def test_noise_gives_no_rule_in_most_runs_and_the_placebo_says_how_often() -> None:
    with_rules = 0
    for seed in range(20):
        offered = [proposal(f"more n{n}", coin(30, 100 * seed + n)) for n in range(12)]
        with_rules += bool(derive(pairs(30), offered, QUICK).rules)
    assert with_rules <= 5  # 10 % expected; 5 or fewer of 20 in 98.9 %
    offered = [proposal(f"more n{n}", coin(30, n)) for n in range(12)]
    placebo = derive(pairs(30), offered, Policy(placebos=40)).placebo
    assert placebo.runs == 40
    assert placebo.found <= 9
    assert abs(placebo.held_out - 0.5) < 0.1


def test_the_same_inputs_give_the_same_result() -> None:
    offered = [proposal(f"more n{n}", coin(30, n)) for n in range(12)]
    offered.append(proposal("more a", [1] * 25 + [-1] * 5))
    assert derive(pairs(30), offered, Policy()) == derive(pairs(30), offered, Policy())


def test_no_pairs_and_no_proposals() -> None:
    for found in (derive([], [], QUICK), derive(pairs(12), [], Policy(placebos=2))):
        assert found.rules == ()
        assert found.placebo.found == 0
    assert find_conflicts([], derive([], [], QUICK)).noise is None


def test_conflicts_name_the_pairs() -> None:
    count = 24
    both = pairs(count)
    both.append(Pair(id="turned", prompt=ASKED, chosen="3", rejected="a 3", group="g3"))
    votes = [0, *[1] * (count - 1), -1]
    found = find_conflicts(both, derive(both, [proposal("more a", votes)], QUICK))
    assert found.unexplained == ("p0",)
    assert found.contradicted == ("turned",)
    assert found.reversed == (("p3", "turned"),)
    assert found.noise is not None
    assert found.noise[1] < found.noise[0] < found.noise[2]


def test_a_preference_that_turns_round_with_the_prompt_is_told() -> None:
    votes = [1] * 20 + [-1] * 20
    here, there = np.array([1] * 20 + [0] * 20), np.array([0] * 20 + [1] * 20)
    offered = [
        proposal("more lists", votes),
        proposal("more lists if question", (np.array(votes) * here).tolist()),
        proposal("more lists if not question", (np.array(votes) * there).tolist()),
    ]
    found = derive(pairs(40), offered, QUICK)
    assert sorted(names(found)) == ["less lists if not question", "more lists if question"]
    turned = Split(feature="lists", condition="question")
    assert find_conflicts(pairs(40), found).splits == (turned,)


def test_who_leads_a_family_is_asked_once() -> None:
    """Evidence by fewer permutations let another rule lead, whose words nobody had written."""
    votes = [1, 0, 1, 1, 1, 1, 1, 1, 0], [1, 1, 1, 1, 1, 1, 0, 1, 1], [1] * 9
    found = derive(pairs(9), [proposal(f"more {n}", v) for n, v in enumerate(votes)], QUICK)
    assert names(found)
