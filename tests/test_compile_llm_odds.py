"""Rules measured by the odds of an answer: place and plain liking cancel, weak reactions are 0."""

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
import pytest

from specharness.compile.llm.asking import Interview
from specharness.compile.llm.catalogue import general_hypotheses
from specharness.compile.llm.measure import calls_to_measure, measure
from specharness.compile.llm.options import Options
from specharness.compile.llm.proposed import rule_name
from specharness.compile.llm.proposer import propose_llm
from specharness.model import Logprobs, Request, Unmeasured
from specharness.records import Pair
from tests.test_compile_llm import BLOCK, LIST, OPPOSITES, SCORES, Honest, compare, listed

ODDS = Options(verdicts="odds")
Lean = Callable[[str, str, str], float]


class Weigher(Honest):
    """Leans to A by `bias`, to a response by `lean` (rule, A, B) and by how it follows the rule."""

    def __init__(
        self, bias: float = 0.0, strength: float = 0.1, lean: Lean = lambda rule, a, b: 0.0
    ) -> None:
        super().__init__()
        self.bias, self.strength, self.lean = bias, strength, lean
        self.asked = 0

    def logprobs(self, requests: Sequence[Request]) -> list[Logprobs | Unmeasured]:
        self.asked += len(requests)
        return [self.weigh_one(request) for request in requests]

    def weigh_one(self, request: Request) -> Logprobs | Unmeasured:
        prompt = request.messages[0].content
        told = {name: text for name, _, text in BLOCK.findall(prompt)}
        a, b = told["RESPONSE A"], told["RESPONSE B"]
        rule = prompt.split('Rule: "')[1].split('"')[0]
        better = {"A": 1, "B": -1}.get(compare(rule, a, b), 0)
        odds = self.bias + self.lean(rule, a, b) + self.strength * better
        # the end of the turn, last, must not matter
        first = odds / 2 if request.response == "A" else -odds / 2
        return Logprobs(tokens=(float(first) - 3, -5.0 * (request.response == "B")))


class Deaf(Weigher):
    def weigh_one(self, request: Request) -> Logprobs | Unmeasured:
        if "river number 1." in request.messages[0].content:
            return Unmeasured(reason="too long")
        return super().weigh_one(request)


def votes(model: Weigher, pairs: Sequence[Pair], rules: Sequence[str]) -> list[list[int]]:
    found = measure(pairs, rules, Interview(model=model, budget=0), ODDS).votes
    return found.tolist()  # type: ignore[no-any-return]


RULES = [LIST, OPPOSITES[LIST], "Unknown rule."]
EXPECTED = [[1, -1, 0]] * 4


def longer(rule: str, a: str, b: str) -> float:
    return 0.4 if len(a) > len(b) else -0.4


@pytest.mark.parametrize(
    "model",
    [Weigher(), Weigher(bias=2.0), Weigher(lean=longer), Weigher(bias=-1.0, lean=longer)],
    ids=["plain", "likes A", "likes the longer one", "likes B and the longer one"],
)
def test_only_the_rule_decides(model: Weigher) -> None:
    assert votes(model, listed(4), RULES) == EXPECTED


def test_a_weak_reaction_is_no_vote() -> None:
    assert votes(Weigher(strength=0.019), listed(4), RULES) == [[0, 0, 0]] * 4
    assert votes(Weigher(strength=0.021), listed(4), RULES) == EXPECTED


def test_what_is_weaker_than_most_hypotheses_is_no_vote_either() -> None:
    asked_for = {rule for rule, _ in general_hypotheses()}

    def touchy(rule: str, a: str, b: str) -> float:
        general = 0.3 if rule in asked_for else -0.3
        return 0.0 if rule in SCORES else general * np.sign(len(a) - len(b))

    assert votes(Weigher(lean=touchy), listed(4), RULES[:2]) == [[0, 0]] * 4
    assert votes(Weigher(lean=touchy, strength=0.31), listed(4), RULES[:2]) == [[1, -1]] * 4


def test_odds_are_no_calls_of_the_budget() -> None:
    model = Weigher()
    asked = Interview(model=model, budget=0)
    measure(listed(3), [LIST], asked, ODDS)
    # two orders, three pairs, ten anchors and a rule, two letters
    assert asked.weighed == model.asked == 2 * 3 * 11 * 2
    assert asked.calls == calls_to_measure(3, 1, ODDS) == 0


def test_what_could_not_be_weighed_is_no_vote() -> None:
    asked = Interview(model=Deaf(), budget=0)
    found = measure(listed(3), RULES, asked, ODDS)
    assert found.votes.tolist() == [[1, -1, 0], [0, 0, 0], [1, -1, 0]]
    assert found.unread == 3
    assert dict(asked.errors) == {"measure: unmeasured": 2 * 13 * 2}


def test_without_pairs_or_rules_nothing_fails() -> None:
    assert votes(Weigher(), [], RULES) == []
    assert votes(Weigher(), listed(2), []) == [[], []]


def test_the_orders_that_disagree_are_counted() -> None:
    found = measure(listed(2), RULES, Interview(model=Weigher(bias=1.0), budget=0), ODDS)
    assert found.flips == 6
    assert measure(listed(2), RULES, Interview(model=Weigher(), budget=0), ODDS).flips == 0


def test_the_proposer_measures_by_odds_where_it_is_told_to() -> None:
    model = Weigher(bias=1.0)
    found = propose_llm(listed(8), "", model, replace(ODDS, catalogue=2))
    rule = next(p for p in found.proposals if p.name == rule_name(LIST))
    assert rule.votes.tolist() == [1] * 8
    assert rule.word(1, ()).opposite == OPPOSITES[LIST]
    assert found.calls < 20 < found.weighed == model.asked
