"""Deliberating arms: what the model is asked, what is weighed where, and what it costs."""

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from specharness.arms.arm import Materials
from specharness.arms.deliberation.work import split_rules
from specharness.arms.known import find_arms
from specharness.compare.comparing import Options, compare
from specharness.condition import condition
from specharness.errors import ModelError, UsageError
from specharness.model import Completion, Logprobs, Model, Request, Sampling, Unmeasured
from specharness.records import Message, Spec
from specharness.specfile import parse_spec
from tests.armsuites import make_suite
from tests.obedient import Obedient
from tests.thinkers import Thinker, words

SPEC = parse_spec("# Tone\n- Be brief.\n- Ask </think> back.\n\n# Safety first\n- Name no drugs.\n")
PROMPT = (Message(role="user", content="Hello?"),)


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SPECHARNESS_CACHE", str(tmp_path / "cache"))


def enter(typed: str, model: Model, spec: Spec | None = SPEC) -> tuple[Model, str]:
    """The model of an arm, and the arm's text."""
    materials = Materials(
        pairs=(), spec=spec, instruction="Be kind.", where=Path("suite.toml"), model=model
    )
    fitted = find_arms([typed])[0].fit(materials)
    with fitted.enter(model) as answering:
        return answering, fitted.text


def ask(text: str, response: str = "", prompt: tuple[Message, ...] = PROMPT) -> Request:
    return Request(messages=condition(prompt, text), response=response)


def answer(typed: str, thinker: Thinker, spec: Spec | None = SPEC) -> Completion:
    model, text = enter(typed, thinker, spec)
    (found,) = model.generate([ask(text)], Sampling(max_tokens=99))
    assert isinstance(found, Completion)
    return found


def prefills(thinker: Thinker) -> list[str]:
    return [request.prefill for request, _ in thinker.asked]


def test_rules_under_a_heading_that_names_safety_are_safety_rules() -> None:
    assert split_rules(SPEC.rules) == (("Be brief.", "Ask </think> back."), ("Name no drugs.",))


def test_align3_reasons_on_behaviour_then_safety_then_the_whole() -> None:
    thinker = Thinker()
    found = answer("align3:stage=7", thinker)
    first, second, third, last = prefills(thinker)
    assert first.startswith("<think>\n") and first.endswith("\nSo")
    assert "- Be brief." in first and "drugs" not in first
    assert second.startswith(f"{first} thought 1\nBut wait") and "- Name no drugs." in second
    assert third.startswith(f"{second} thought 2\nFinally")
    assert "- Be brief." in third[len(second) :] and "- Name no drugs." in third[len(second) :]
    assert last == f"{third} thought 3\n</think>\n\n"
    stages = [sampling for _, sampling in thinker.asked[:3]]
    assert {(s.max_tokens, s.stop) for s in stages} == {(7, ("</think>",))}
    assert thinker.asked[3][1] == Sampling(max_tokens=99)
    assert found.text == " thought 4</think> and more"  # the answer is the model's own


def test_a_spec_cannot_close_the_reasoning() -> None:
    thinker = Thinker()
    answer("align3", thinker)
    assert all(text.count("</think>") == 0 for text in prefills(thinker)[:3])
    assert "Ask < /think> back." in prefills(thinker)[0]


def test_tokens_of_every_call_are_counted_with_the_spec_put_in() -> None:
    thinker = Thinker()
    found = answer("align3", thinker)
    assert found.read == sum(words(request) for request, _ in thinker.asked)
    assert found.count == 4 * 4  # words an answer
    assert found.read > 4 * len(SPEC.shown.split())


def test_without_safety_rules_align3_has_two_stages_and_says_so() -> None:
    thinker = Thinker()
    answer("align3", thinker, parse_spec("- Be brief."))
    assert len(thinker.asked) == 3
    materials = Materials(
        pairs=(), spec=None, instruction="Be kind.", where=Path("s"), model=thinker
    )
    fitted = find_arms(["align3"])[0].fit(materials)
    assert fitted.text == "Be kind." and "two stages" in fitted.note


def test_tags_are_a_setting() -> None:
    thinker = Thinker(says=lambda request, sampling, number: "Hm. [done] No.")
    answer("think:open=[plan]:close=[done]", thinker)
    assert prefills(thinker) == ["[plan]\n", "[plan]\nHm.\n[done]\n\n"]
    assert {request.tags for request, _ in thinker.asked} == {("[plan]", "[done]")}


def test_more_think_goes_on_where_the_model_would_close() -> None:
    thinker = Thinker()
    answer("more-think:cycles=2", thinker)
    assert prefills(thinker)[1:] == [
        "<think>\n thought 1\nWait,",
        "<think>\n thought 1\nWait, thought 2\n</think>\n\n",
    ]


def test_zero_think_asks_for_nothing_but_the_answer() -> None:
    thinker = Thinker()
    answer("zero-think", thinker)
    assert prefills(thinker) == ["<think>\n\n</think>\n\n"]


def test_self_refine_weighs_a_response_as_the_last_rewrite() -> None:
    thinker = Thinker(says=lambda request, sampling, number: f"text {number}")
    model, text = enter("self-refine:rounds=2", thinker)
    model.logprobs([ask(text, "Yes."), ask(text, "No.")])
    assert len(thinker.asked) == 4  # two drafts and two critiques, once for both responses
    one, other = thinker.weighed
    assert [m.role for m in one.messages] == ["system", "user", "assistant", "user"]
    assert one.messages == other.messages and one.messages[2].content == "text 3"
    assert "text 4" in one.messages[3].content and (one.response, other.response) == ("Yes.", "No.")
    second_draft = thinker.asked[2][0].messages
    assert second_draft[2].content == "text 1" and "text 2" in second_draft[3].content
    assert "- Name no drugs." in thinker.asked[1][0].messages[-1].content


def favour(text: str, by: float) -> Thinker:
    """Answers have numbers; `text` weighs more where the spec stands before it."""
    return Thinker(
        says=lambda request, sampling, number: f"draft {sampling.index}",
        likes=lambda r: -1 + by * (r.response == text and SPEC.shown in r.messages[0].content),
    )


def test_the_best_draft_is_the_one_that_the_spec_favours_most() -> None:
    thinker = favour("draft 2", 0.5)
    found = answer("best-of-n:samples=4", thinker)
    assert found.text == "draft 2" and found.count == 8
    indexes = [sampling.index for _, sampling in thinker.asked]
    assert indexes == [0, 1, 2, 3] and all(s.temperature > 0 for _, s in thinker.asked)
    plain = [r for r in thinker.weighed if SPEC.shown not in r.messages[0].content]
    assert len(plain) == 4 and {r.messages for r in plain} == {PROMPT}


def test_of_equal_drafts_the_first_stands() -> None:
    assert answer("best-of-n:samples=3", favour("none", 0.5)).text == "draft 0"


def test_a_response_is_weighed_as_a_final_version_after_the_best_draft() -> None:
    thinker = favour("draft 1", 0.5)
    model, text = enter("best-of-n:samples=2", thinker)
    model.logprobs([ask(text, "Yes.")])
    asked = thinker.weighed[-1]
    assert [m.role for m in asked.messages] == ["system", "user", "assistant", "user"]
    assert asked.messages[2].content == "draft 1" and asked.response == "Yes."
    assert asked.prefill == ""


def test_one_draft_is_not_chosen() -> None:
    thinker = favour("draft 1", 0.5)
    assert answer("one-draft", thinker).text == "draft 0" and not thinker.weighed


def test_tpo_draws_as_many_in_all_and_improves_the_best() -> None:
    thinker = favour("draft 3", 0.5)
    found = answer("tpo:samples=6:depth=2", thinker)
    drawn = [(r, s) for r, s in thinker.asked if s.temperature]
    assert [s.index for _, s in drawn] == [0, 1, 2, 3, 4, 5] and len(thinker.asked) == 6 + 2 * 2
    assert found.text == "draft 3"
    last = drawn[-1][0].messages
    assert last[2].content == "draft 3" and "Change your answer" in last[3].content
    assert found.count == sum(2 for _ in thinker.asked)


@pytest.mark.parametrize(
    ("samples", "draws"), [(1, (1,)), (2, (1, 1)), (3, (1, 1, 1)), (4, (2, 1, 1)), (8, (3, 3, 2))]
)
def test_tpo_draws_what_it_tells(samples: int, draws: tuple[int, ...]) -> None:
    thinker = favour("draft 0", 0.5)
    answer(f"tpo:samples={samples}", thinker)
    drawn = [s.index for _, s in thinker.asked if s.temperature]
    assert drawn == list(range(samples)) and sum(draws) == samples
    assert len(thinker.asked) == samples + 2 * (len(draws) - 1)
    kinds = [bool(s.temperature) for _, s in thinker.asked]
    rounds = "".join("d" if is_draft else "w" for is_draft in kinds).split("ww")
    assert tuple(map(len, rounds)) == draws
    materials = Materials(pairs=(), spec=SPEC, instruction="", where=Path("s"), model=thinker)
    note = find_arms([f"tpo:samples={samples}"])[0].fit(materials).note
    told = f"{samples} draft{'s' * (samples > 1)} in {len(draws)} round{'s' * (samples > 1)};"
    assert note.startswith(told)


def test_what_weighing_drafts_reads_is_not_passed_over() -> None:
    for typed in ("best-of-n:samples=3", "tpo:samples=3"):
        found = answer(typed, favour("draft 1", 0.5))
        assert found.read == 0 and found.count > 0  # a weighing does not say what it read
    assert answer("one-draft", favour("draft 1", 0.5)).read > 0


def test_one_conversation_that_fails_leaves_the_others_alone() -> None:
    bad = (Message(role="user", content="Bad?"),)
    for typed in ("align3", "self-refine", "best-of-n:samples=2", "tpo:samples=3"):
        thinker = Thinker(refuse=lambda request: "Bad?" in repr(request.messages))
        model, text = enter(typed, thinker)
        requests = [ask(text, "Yes.", prompt) for prompt in (PROMPT, bad, PROMPT)]
        weighed = model.logprobs(requests)
        assert [type(one) for one in weighed] == [Logprobs, Unmeasured, Logprobs]
        assert weighed[0] == weighed[2] and "refuses" in repr(weighed[1])
        written = model.generate(requests, Sampling())
        assert [type(one) for one in written] == [Completion, Unmeasured, Completion]


def test_a_deliberating_model_is_another_than_the_one_inside() -> None:
    thinker = Thinker()
    names = {enter(typed, thinker)[0].identity for typed in ("think", "think:stage=9", "align3")}
    assert len(names) == 3 and thinker.identity not in names


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("align3:rounds=3", "arm 'align3:rounds=3': no option 'rounds=3'; it has stage"),
        ("think:stage=many", "arm 'think:stage=many': stage=many cannot be read"),
        ("best-of-n:samples=0", "samples: 0 is out of range for deliberation"),
        ("think:open=", "opening: a reasoning tag is empty"),
    ],
)
def test_options_that_are_wrong_are_told(typed: str, told: str) -> None:
    with pytest.raises(UsageError) as error:
        find_arms([typed])
    assert told in str(error.value)


class Sayer(Obedient):
    """Obedient, and writes; reasoning makes it like good answers better."""

    takes_prefill = True

    def weigh(self, request: Request) -> Logprobs:
        found = super().weigh(replace(request, prefill=""))
        more = 0.3 if "Done." in request.prefill and request.response.startswith("Good") else 0.0
        return Logprobs(tokens=tuple(min(-0.01, token + more) for token in found.tokens))

    def generate(
        self, requests: Sequence[Request], sampling: Sampling
    ) -> list[Completion | Unmeasured]:
        return [Completion(text=" Done.", count=3, read=20) for _ in requests]


def test_deliberating_arms_are_compared_on_the_same_pairs(tmp_path: Path) -> None:
    suite = make_suite(tmp_path, spec="# Safety\n- Prefer the best.\n")
    arms = find_arms(["handwritten", "zero-think", "align3", "self-refine:rounds=1"])
    arms += find_arms(["best-of-n:samples=2"])
    found = compare(suite, arms, Options(mode="live"), Sayer())
    plain, zero, align, refine, best = found.arms
    pairs = len(found.pairs)
    assert [arm.cost.written for arm in found.arms] == [0, 0, 6 * pairs, 6 * pairs, 6 * pairs]
    assert plain.cost.calls == zero.cost.calls == 2 * pairs
    assert plain.margins == zero.margins != align.margins
    assert all(a > p for a, p in zip(align.margins, plain.margins, strict=True))
    assert {len(arm.margins) for arm in (plain, align, refine, best)} == {pairs}
    versus = [c for c in found.contrasts if (c.against, c.arm) == ("zero-think", "align3")]
    assert versus[0].ahead.count == pairs


def test_a_second_comparison_asks_nothing(tmp_path: Path) -> None:
    suite = make_suite(tmp_path)
    arms = find_arms(["align3", "tpo:samples=3"])
    first, second = (compare(suite, arms, Options(mode="auto"), Sayer()) for _ in range(2))
    assert [a.margins for a in first.arms] == [a.margins for a in second.arms]
    assert all(arm.cost.calls > 0 for arm in first.arms)
    assert all((arm.cost.calls, arm.cost.written) == (0, 0) for arm in second.arms)


def test_a_model_without_prefill_is_told_in_one_line(tmp_path: Path) -> None:
    suite = make_suite(tmp_path)
    with pytest.raises(ModelError, match="obedient: takes no beginning of an answer"):
        compare(suite, find_arms(["zero-think"]), Options(mode="live"), Obedient())


def test_arms_of_this_kind_are_json_in_a_comparison(tmp_path: Path) -> None:
    from specharness.compare.comparison import comparison_text
    from specharness.compare.page import render_html
    from specharness.compare.words import render_terminal

    suite = make_suite(tmp_path)
    found = compare(suite, find_arms(["think:stage=5"]), Options(mode="live"), Sayer())
    told = json.loads(comparison_text(found))["arms"][0]
    assert told["name"] == "think:stage=5" and told["cost"]["written"] == 3 * len(found.pairs)
    assert "written" in render_terminal(found, 140) and ">written<" in render_html(found)
