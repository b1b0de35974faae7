"""The llm proposer against models that are programs: honest, biased, malformed, silent."""

import json
import re
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import pytest

from specharness.compile.derivation import Policy, derive
from specharness.compile.llm.asking import Interview
from specharness.compile.llm.catalogue import general_hypotheses
from specharness.compile.llm.cluster import cluster, tf_idf
from specharness.compile.llm.contrast import contrast
from specharness.compile.llm.draft import Draft, admit, content
from specharness.compile.llm.explain import explain
from specharness.compile.llm.guard import Guard
from specharness.compile.llm.instruction import from_instruction
from specharness.compile.llm.measure import calls_to_measure, measure
from specharness.compile.llm.opposites import Measure, find_opposites, negate
from specharness.compile.llm.options import Options
from specharness.compile.llm.prompts import templates_digest
from specharness.compile.llm.proposed import LlmProposed, dump_proposed, load_proposed, rule_name
from specharness.compile.llm.proposer import propose_llm
from specharness.errors import ModelError
from specharness.model import Completion, Logprobs, Request, Sampling, Unmeasured
from specharness.records import Message, Pair
from tests.toy import TOY

BRIEF, LIST, POLITE = "Use few words.", "Use lists.", "Say please."
OPPOSITES = {BRIEF: "Use many words.", LIST: "Use no lists.", POLITE: "Never say please."}
SCORES: dict[str, Callable[[str], float]] = {
    BRIEF: lambda text: -len(text.split()),
    LIST: lambda text: text.count("\n- "),
    POLITE: lambda text: text.count("please"),
    "Use many words.": lambda text: len(text.split()),
    "Use no lists.": lambda text: -text.count("\n- "),
    "Never say please.": lambda text: -text.count("please"),
}
BLOCK = re.compile(r"\[([A-Z ]+) ([0-9a-f]{16})\]\n(.*?)\n\[END \1 \2\]", re.DOTALL)
Told = list[tuple[str, str]]


@dataclass(kw_only=True)
class Program:
    """A model that answers by program; `batches` are the sizes of the batches it was asked."""

    identity = TOY
    batches: list[int] = field(default_factory=list)
    prompts: list[str] = field(default_factory=list)

    def logprobs(self, requests: Sequence[Request]) -> list[Logprobs | Unmeasured]:
        raise AssertionError("the proposer asks for answers only")

    def generate(
        self, requests: Sequence[Request], sampling: Sampling
    ) -> list[Completion | Unmeasured]:
        assert sampling.temperature == 0
        self.batches.append(len(requests))
        self.prompts += [request.messages[0].content for request in requests]
        return [self.answer(request) for request in requests]

    def answer(self, request: Request) -> Completion | Unmeasured:
        prompt = request.messages[0].content
        blocks = [(name, text) for name, _, text in BLOCK.findall(prompt)]
        return Completion(text=self.say(prompt, blocks), count=1)

    def say(self, prompt: str, blocks: Told) -> str:
        raise AssertionError


class Honest(Program):
    """Knows six rules, proposes those that set the preferred responses apart, measures rightly."""

    def say(self, prompt: str, blocks: Told) -> str:
        told = dict(blocks)
        if "WISH" in told:
            asked = [rule for rule in OPPOSITES if rule[:-1].lower() in told["WISH"].lower()]
            return "\n".join(f"- {rule}" for rule in asked) or "NONE"
        if "RESPONSE A" in told:
            return self.weigh(numbered_in(prompt), told["RESPONSE A"], told["RESPONSE B"])
        if "PREFERRED" in told:
            return self.propose(blocks)
        lines = [f"{i}. {OPPOSITES.get(rule, '?')}" for i, rule in numbered_in(prompt)]
        return "\n".join(lines)

    def weigh(self, rules: Sequence[tuple[str, str]], a: str, b: str) -> str:
        return "\n".join(f"{i}: {compare(rule, a, b)}" for i, rule in rules)

    def propose(self, blocks: Told) -> str:
        good = [text for name, text in blocks if name == "PREFERRED"]
        bad = [text for name, text in blocks if name == "OTHER"]
        sides = list(zip(good, bad, strict=True))
        found = [r for r in OPPOSITES if 2 * sum(compare(r, *s) == "A" for s in sides) > len(sides)]
        return "\n".join(f"- {rule}" for rule in found) or "NONE"


def compare(rule: str, a: str, b: str) -> str:
    score = SCORES.get(rule)
    if score is None:
        return "NEITHER"
    return "BOTH" if score(a) == score(b) else "A" if score(a) > score(b) else "B"


def numbered_in(prompt: str) -> list[tuple[str, str]]:
    after = re.split(r"\[END RESPONSE B [0-9a-f]{16}\]", prompt)[-1]
    return re.findall(r"^(\d+)\. (.+)$", after, re.MULTILINE)


class Says(Program):
    """Always the same answer, whatever it is asked."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.text = text

    def say(self, prompt: str, blocks: Told) -> str:
        return self.text


class AlwaysA(Honest):
    def weigh(self, rules: Sequence[tuple[str, str]], a: str, b: str) -> str:
        return "\n".join(f"{i}: A" for i, _ in rules)


class Silent(Honest):
    """Cannot be measured where it would have to judge."""

    def answer(self, request: Request) -> Completion | Unmeasured:
        if "RESPONSE A" in request.messages[0].content:
            return Unmeasured(reason="out of memory")
        return super().answer(request)


@dataclass(kw_only=True)
class Sloppy(Honest):
    """Malformed at first, right when asked again."""

    again: int = 0

    def answer(self, request: Request) -> Completion | Unmeasured:
        if len(request.messages) == 1:
            self.say(request.messages[0].content, [])  # works it out, then chats
            return Completion(text="Sure! Here you are.", count=1)
        assert [m.role for m in request.messages] == ["user", "assistant", "user"]
        assert request.messages[1].content == "Sure! Here you are."
        self.again += 1
        return super().answer(request)


def pair(i: int, chosen: str, rejected: str, prompt: str = "") -> Pair:
    turns = (Message(role="user", content=prompt or f"Tell me about river number {i}."),)
    return Pair(id=f"p{i}", prompt=turns, chosen=chosen, rejected=rejected, group=f"g{i}")


def listed(count: int = 20) -> list[Pair]:
    """Lists are preferred; every third pair also differs in length, either way."""
    made = []
    for i in range(count):
        extra = " and it goes on" * (i % 3 == 1)
        other = " while it rains" * (i % 3 == 2)
        made.append(
            pair(i, f"It flows:\n- south{extra}\n- slowly", f"It flows south slowly here{other}")
        )
    return made


def interview(model: Program, budget: int = 1000) -> Interview:
    return Interview(model=model, budget=budget)


def texts(found: LlmProposed) -> list[str]:
    return [proposal.word(1, ()).text for proposal in found.proposals]


def test_an_honest_model_finds_the_planted_rule() -> None:
    pairs = listed()
    found = propose_llm(pairs, "Be useful.", Honest(), Options())
    chosen = derive(pairs, found.proposals, Policy()).rules
    assert [rule.wording.text for rule in chosen] == [LIST]
    assert chosen[0].wording.opposite == OPPOSITES[LIST]
    assert not found.errors


def test_calls_are_counted_and_stay_below_four_hundred_for_twenty_pairs() -> None:
    model = Honest()
    found = propose_llm(listed(), "Be useful.", model, Options())
    assert found.calls == sum(model.batches) <= found.budget == 400
    # the instruction, batches, pairs; rules measured, opposites asked for, opposites measured
    assert len(model.batches) == 6
    assert model.batches[:3] == [1, 4, 20]


@pytest.mark.parametrize("answer", ["", "Sure!", "1: A", "- ok\nthen", "{}", "```\n```"])
def test_a_model_that_never_answers_rightly_costs_no_more_and_gives_no_vote(answer: str) -> None:
    found = propose_llm(listed(), "Be useful.", Says(answer), Options())
    assert found.calls <= 400
    assert found.errors
    assert all(not proposal.votes.any() for proposal in found.proposals)
    assert all(proposal.origin == "catalogue" for proposal in found.proposals)
    assert found.unread == found.cells > 0


def test_the_first_answer_is_mended_once() -> None:
    model = Sloppy()
    pairs = listed(8)
    plain = propose_llm(pairs, "Be useful.", Honest(), Options())
    found = propose_llm(pairs, "Be useful.", model, replace(Options(), calls_per_pair=50))
    assert found.repaired == model.again > 0
    assert texts(found)[:3] == texts(plain)[:3]
    assert np.array_equal(found.proposals[0].votes, plain.proposals[0].votes)


def test_what_cannot_be_measured_is_an_error_not_a_vote() -> None:
    found = propose_llm(listed(6), "", Silent(), Options())
    errors = dict(found.errors)
    assert errors == {"measure: unmeasured": calls_to_measure(6, len(found.proposals), Options())}
    assert all(not proposal.votes.any() for proposal in found.proposals)


def test_a_model_that_looks_at_the_place_has_no_votes() -> None:
    found = propose_llm(listed(6), "", AlwaysA(), Options())
    assert found.flips == found.cells > 0
    assert all(not proposal.votes.any() for proposal in found.proposals)


def test_the_budget_is_never_exceeded_and_what_finds_no_room_is_counted() -> None:
    model = Honest()
    asked = interview(model, 15)
    done = measure(listed(10), [LIST], asked, Options())
    assert asked.calls == sum(model.batches) == 15
    assert dict(asked.errors) == {"measure: not asked": 5}
    assert done.unread == 3  # pairs 7 (second order), 8 and 9
    assert done.votes[:7, 0].tolist() == [1] * 7
    assert not done.votes[7:].any()


def test_repairs_leave_the_calls_that_are_kept() -> None:
    asked = interview(Says("?"), 10)
    measure(listed(3), [LIST], asked, Options(), keep=2)
    assert asked.calls == 8
    assert asked.errors["measure: a line without a number"] == 6


def test_votes_are_signed_toward_the_chosen_response() -> None:
    pairs = [pair(0, "a\n- b\n- c", "a b c"), pair(1, "a b c", "a\n- b"), pair(2, "a b", "a b")]
    done = measure(pairs, [LIST, BRIEF, "Unknown rule."], interview(Honest()), Options())
    assert done.votes.tolist() == [[1, -1, 0], [-1, 0, 0], [0, 0, 0]]
    assert done.flips == done.unread == 0


def test_at_most_so_many_rules_go_into_one_call() -> None:
    model = Honest()
    rules = [f"Rule number {i}." for i in range(23)]
    measure(listed(2), rules, interview(model), Options())
    assert model.batches == [calls_to_measure(2, 23, Options())] == [12]
    assert max(len(numbered_in(prompt)) for prompt in model.prompts) == 10


def test_the_preferred_response_is_shown_first_in_every_other_explanation() -> None:
    model = Honest()
    drafts = explain(listed(4), interview(model), Options())
    first = ["PREFERRED" if p.find("[PREFERRED") < p.find("[OTHER") else "" for p in model.prompts]
    assert [bool(name) for name in first] == [True, False, True, False]
    assert {draft.pairs for draft in drafts} == {frozenset({i}) for i in range(4)}


def test_all_pairs_of_a_batch_gave_rise_to_its_rules() -> None:
    drafts = contrast(listed(11), interview(Honest()), Options())
    assert {draft.pairs for draft in drafts} == {frozenset(range(5)), frozenset(range(5, 10))}
    assert contrast(listed(11), interview(Honest()), Options(batch=0)) == []


def test_no_pair_gave_rise_to_what_the_instruction_asks_for() -> None:
    drafts = from_instruction("Please use few words!", interview(Honest()), Options())
    assert drafts == [Draft(text=BRIEF)]
    assert from_instruction("  ", interview(Honest()), Options()) == []


def test_the_source_of_fewest_pairs_is_the_proposer() -> None:
    guard, refused = Guard([], ""), interview(Honest()).errors
    drafts = [
        Draft(text="Use lists", pairs=frozenset({0, 1})),
        Draft(text="- **Use the list**.", pairs=frozenset({3})),
        Draft(text="Use no lists.", pairs=frozenset({1, 2})),
        Draft(text="Nope.", pairs=frozenset({9})),
    ]
    found = admit(drafts, guard, refused)
    assert [sorted(draft.pairs) for draft in found] == [[3], [1, 2]]
    assert dict(refused) == {"too short": 1}


def test_what_was_proposed_comes_back_from_a_lock() -> None:
    pairs = listed()
    found = propose_llm(pairs, "Use few words.", Sloppy(), Options())
    data = json.loads(json.dumps(dump_proposed(found)))
    again = load_proposed(data)
    assert dump_proposed(again) == data
    assert (again.calls, again.errors, again.transcript) == (
        found.calls,
        found.errors,
        found.transcript,
    )
    assert derive(pairs, again.proposals, Policy()) == derive(pairs, found.proposals, Policy())
    assert all(
        np.array_equal(one.votes, other.votes)
        for one, other in zip(again.proposals, found.proposals, strict=True)
    )


def test_proposing_pairs_are_no_evidence() -> None:
    found = propose_llm(listed(), "", Honest(), Options())
    rule = next(p for p in found.proposals if p.name == rule_name(LIST))
    assert len(rule.proposers) == 1
    (evidence,) = [e for n, e in derive(listed(), [rule], Policy()).candidates]
    assert evidence.support == 19


def test_a_general_hypothesis_has_its_written_opposite_and_no_proposer() -> None:
    found = propose_llm(listed(3), "", Honest(), Options())
    known = dict(general_hypotheses())
    general = [p for p in found.proposals if p.origin == "catalogue"]
    assert general
    for proposal in general:
        wording, turned = proposal.word(1, ()), proposal.word(-1, ())
        assert wording.opposite == known[wording.text]
        assert (turned.text, turned.opposite) == (wording.opposite, wording.text)
        assert (wording.name, turned.name) == (proposal.name, rule_name(wording.opposite))
        assert not proposal.proposers


def test_opposites_are_asked_for_new_rules_only() -> None:
    model = Honest()
    propose_llm(listed(), "", model, Options())
    (asked,) = [prompt for prompt in model.prompts if "asks for the opposite" in prompt]
    assert {rule for _, rule in numbered_in(asked)} <= set(OPPOSITES)


def test_the_catalogue_is_sixty_pairs_of_different_sentences() -> None:
    sentences = [sentence for rule in general_hypotheses() for sentence in rule]
    assert len(general_hypotheses()) == 60
    assert len({content(sentence) for sentence in sentences}) == 120
    guard = Guard([], "")
    assert {s: guard.check(s) for s in sentences if guard.check(s)} == {}


def test_refusals_are_sensitive() -> None:
    found = propose_llm(listed(3), "", Honest(), Options())
    assert [p.word(1, ()).text for p in found.proposals if p.sensitive] == [
        "Decline requests that could cause harm."
    ]


class NoOpposites(Honest):
    """Calls a rule its own opposite in other words: the votes tell."""

    def say(self, prompt: str, blocks: Told) -> str:
        if not blocks:
            return "\n".join(f"{i}. Have many a list." for i, _ in numbered_in(prompt))
        return super().say(prompt, blocks)

    def weigh(self, rules: Sequence[tuple[str, str]], a: str, b: str) -> str:
        return super().weigh([(i, r.replace("Have many a list.", LIST)) for i, r in rules], a, b)


@pytest.mark.parametrize(
    ("model", "accepted"), [(Honest(), {0: OPPOSITES[LIST]}), (NoOpposites(), {})]
)
def test_an_opposite_is_believed_when_its_votes_are_negated(
    model: Program, accepted: dict[int, str]
) -> None:
    pairs = listed(5)
    votes = np.ones((5, 1), dtype=np.int8)
    asked = Measure(pairs=pairs, rules=[LIST], votes=votes)
    guard = Guard(pairs, "")
    assert find_opposites(asked, interview(model), guard, Options()) == accepted


def test_without_an_accepted_opposite_there_is_a_template() -> None:
    found = propose_llm(listed(), "", NoOpposites(), Options())
    rule = next(p for p in found.proposals if p.name == rule_name(LIST))
    assert rule.word(1, ()).opposite == negate(LIST) == "Do not do this: use lists."


def test_answers_that_are_not_one_for_each_request_are_an_error() -> None:
    class Short(Honest):
        def generate(
            self, requests: Sequence[Request], sampling: Sampling
        ) -> list[Completion | Unmeasured]:
            return super().generate(requests, sampling)[1:]

    with pytest.raises(ModelError, match="gave 0 answers to 1 requests"):
        from_instruction("Be kind.", interview(Short()), Options())


@pytest.mark.parametrize("count", [0, 1, 2])
def test_few_pairs_are_no_reason_to_fail(count: int) -> None:
    found = propose_llm(listed(count), "Use few words.", Honest(), Options())
    assert rule_name(BRIEF) in [proposal.name for proposal in found.proposals]
    assert all(proposal.votes.shape == (count,) for proposal in found.proposals)
    assert found.calls <= found.budget


def test_clusters_hold_every_sentence_once_and_put_like_words_together() -> None:
    sentences = [
        "Write short answers.",
        "Cite the sources of claims.",
        "Write very short answers.",
        "Cite sources for every claim.",
        "Tell a joke.",
    ]
    found = cluster(sentences, 3)
    assert sorted(sorted(members) for members in found) == [[0, 2], [1, 3], [4]]
    assert cluster(sentences, 5) == [[0], [1], [2], [3], [4]]
    assert np.linalg.norm(tf_idf(sentences), axis=1) == pytest.approx(np.ones(5))


SCRIPT = """
from tests.test_compile_llm import Honest, listed
from specharness.compile.llm.options import Options
from specharness.compile.llm.proposer import propose_llm
found = propose_llm(listed(), "Use few words.", Honest(), Options(proposed=2))
votes = [(p.name, sorted(p.proposers), p.votes.tolist()) for p in found.proposals]
print(found.transcript, votes, found.calls)
"""


def test_same_inputs_same_questions_and_answers_on_any_hash_seed() -> None:
    runs = [
        subprocess.run(
            [sys.executable, "-c", SCRIPT],
            env={"PYTHONHASHSEED": seed, "PYTHONPATH": ":".join(sys.path)},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    ]
    assert runs[0] == runs[1] != ""


def test_the_templates_have_one_digest() -> None:
    assert templates_digest() == templates_digest()
    assert re.fullmatch("[0-9a-f]{64}", templates_digest())
