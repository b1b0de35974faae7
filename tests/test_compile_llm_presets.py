"""The presets on tables of votes made by hand, and the texts made of their rules."""

from collections.abc import Sequence

import numpy as np
import pytest

from specharness.compile.llm.asking import Interview
from specharness.compile.llm.proposed import rule_name
from specharness.compile.llm.synthesis import persona, synthesise_persona
from specharness.compile.presets import (
    PRESETS,
    PUBLISHED_PAIRS,
    PresetSpec,
    evidence,
    icai,
    sample_pairs,
    spec_learning,
)
from specharness.compile.proposal import Proposal, Wording
from specharness.records import Pair
from tests.test_compile_llm import Honest, Says, listed


def proposal(text: str, votes: Sequence[int], **parts: object) -> Proposal:
    wording = Wording(name=rule_name(text), text=text, opposite=f"Not: {text}")
    turned = Wording(name="turned", text=wording.opposite, opposite=text)
    return Proposal(
        name=wording.name,
        votes=np.array(votes, dtype=np.int8),
        word=lambda direction, merged: wording if direction > 0 else turned,
        **{"origin": "llm"} | parts,  # type: ignore[arg-type]
    )


def numbers(spec: PresetSpec) -> list[dict[str, float]]:
    return [dict(rule.numbers) for rule in spec.rules]


TABLE = [
    proposal("Cite the sources.", [1, 1, 1, -1, 0, 0, 0, 0, 0, 0]),
    proposal("Write in verse.", [1, 1, 1, 1, 1, 1, -1, -1, -1, 0]),
    proposal("Tell jokes.", [1, -1, 0, 0, 0, 0, 0, 0, 0, 0]),
    proposal("Use colours.", [-1, -1, -1, -1, -1, -1, -1, -1, -1, -1]),
    proposal("Keep silent.", [0, 0, 0, 0, 0, 0, 0, 0, 0, 0]),
    proposal("Be kind.", [1] * 10, origin="catalogue"),
]


def test_icai_keeps_what_more_are_for_than_against() -> None:
    found = icai(listed(10), TABLE)
    assert found.sentences == ("Write in verse.", "Cite the sources.")
    assert numbers(found) == [{"for": 6, "against": 3}, {"for": 3, "against": 1}]
    assert found.considered == 5


def test_icai_wants_a_tenth_of_the_votes() -> None:
    pairs = listed(21)
    two, three = ([1] * n + [0] * (21 - n) for n in (2, 3))
    found = icai(pairs, [proposal("Cite sources.", two), proposal("Write in verse.", three)])
    assert found.sentences == ("Write in verse.",)  # 2 of 21 are less than a tenth


def test_icai_counts_the_proposing_pairs_as_published() -> None:
    own = frozenset(range(10))
    found = icai(listed(10), [proposal("Write in verse.", [1] * 10, proposers=own)])
    assert numbers(found) == [{"for": 10, "against": 0}]


def test_spec_learning_ranks_by_prevalence_times_accuracy() -> None:
    found = spec_learning(listed(10), TABLE)
    assert found.sentences == ("Write in verse.", "Cite the sources.", "Tell jokes.")
    assert numbers(found)[0] == pytest.approx({"score": 0.6, "prevalence": 0.9, "accuracy": 6 / 9})
    assert numbers(found)[2]["score"] == pytest.approx(0.1)


def test_spec_learning_validates_on_the_other_pairs() -> None:
    own = frozenset({0, 1, 2, 3, 4})
    (rule,) = spec_learning(
        listed(10), [proposal("Write in verse.", [1, 1, 1, 1, 1, 1, 1, -1, -1, 0], proposers=own)]
    ).rules
    assert dict(rule.numbers) == pytest.approx({"score": 0.4, "prevalence": 0.8, "accuracy": 0.5})


def test_spec_learning_keeps_one_of_those_that_read_alike_and_the_top() -> None:
    votes = [1] * 10
    alike = [proposal(f"Cite {word} sources.", votes) for word in ("the", "all", "some", "your")]
    found = spec_learning(listed(10), [*alike, proposal("Tell jokes.", votes)], top=1)
    assert len(found.rules) == 1
    kept = spec_learning(listed(10), [*alike, proposal("Tell jokes.", votes)], top=2)
    assert "Tell jokes." in spec_learning(listed(10), alike + TABLE, top=9).sentences
    assert kept.considered == 5


def test_evidence_is_our_chain_in_the_direction_of_the_votes() -> None:
    found = evidence(listed(10), TABLE)
    assert found.sentences[0] in ("Not: Use colours.", "Be kind.")
    assert set(numbers(found)[0]) == {"worth", "held_out", "p"}
    assert evidence(listed(10), []).rules == ()


def test_all_presets_take_the_same_pairs_and_proposals() -> None:
    assert list(PRESETS) == ["evidence", "spec-learning", "icai"]
    for preset in PRESETS.values():
        found = preset.compile(listed(10), TABLE)
        assert found.preset == preset.name
        assert found.words == sum(len(s.split()) for s in found.sentences)
        assert preset.compile([], []).rules == ()
    assert PRESETS["icai"].options.rules == 3
    assert PRESETS["icai"].options.words == 10
    assert PRESETS["icai"].open_points
    assert PRESETS["spec-learning"].open_points


def test_a_sample_is_random_in_order_and_the_same_again() -> None:
    pairs = listed(50)
    drawn = sample_pairs(pairs)
    assert len(drawn) == PUBLISHED_PAIRS == 20
    assert drawn == sample_pairs(pairs) != sample_pairs(pairs, seed=1)
    assert [pairs.index(pair) for pair in drawn] == sorted(pairs.index(pair) for pair in drawn)
    few: list[Pair] = listed(3)
    assert sample_pairs(few) == tuple(few)


def test_a_persona_holds_every_rule() -> None:
    rules = ["Be brief.", "JSON comes first."]
    assert persona(rules).endswith(": be brief; JSON comes first.")
    assert persona([]) == ""


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        ("word " * 10, "not of the length asked for"),
        ("word " * 400, "not of the length asked for"),
        ("word " * 100 + "\n" + "word " * 100, "not one paragraph"),
        ("- " + "word " * 200, "not one paragraph"),
        ("word " * 200 + "<!-- x -->", "marks that a spec cannot hold"),
    ],
)
def test_a_persona_that_is_no_paragraph_is_replaced_and_counted(answer: str, kind: str) -> None:
    asked = Interview(model=Says(answer), budget=9)
    assert synthesise_persona(["Be brief."], asked) == persona(["Be brief."])
    assert dict(asked.errors) == {f"persona: {kind}": 1}
    assert asked.calls == 2


def test_a_persona_of_the_model() -> None:
    text = ("You are brief. " * 60).strip()
    assert synthesise_persona(["Be brief."], Interview(model=Says(text), budget=9)) == text
    assert synthesise_persona([], Interview(model=Honest(), budget=9)) == ""
