"""The scorer `judge`: preferences, ties, votes and escalation, against judges of known habits."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from specharness import decide
from specharness.errors import ModelError, UsageError
from specharness.model import Completion, Logprobs, Request, Sampling, Unmeasured
from specharness.models.recorded import RecordedModel
from specharness.recordings import read_recordings
from specharness.score.judge.family import family
from specharness.score.judge.judgement import Judgement
from specharness.score.judge.manner import Manner
from specharness.score.judge.question import ask, read_verdict
from specharness.score.judge.scorer import find_manner, judge_pairs, judge_preferences
from specharness.store import Store
from tests.judges import Shown, ToyJudge, always_a, erring, honest, make_pair, make_pairs

WEIGHED, VOTES = Manner(), Manner(by="votes")


def by_spec(shown: Shown) -> float:
    """Honest under a spec that says so, the opposite under "worst"."""
    return honest(shown) if "worst" not in shown.spec else 1 - honest(shown)


@pytest.mark.parametrize("standard", ["system", "user", "quoted"])
def test_the_preference_is_the_mean_over_both_orders(standard: str) -> None:
    def taste(shown: Shown) -> float:  # prefers Good ones, and the first place a little
        return 0.95 if shown.a.startswith("Good") else 0.25

    manner = Manner(standard=standard)  # type: ignore[arg-type]
    judged = judge_pairs(ToyJudge(taste=taste), make_pairs(3), ["Be good."], manner)["Be good."]
    for found in judged.judgements:
        assert found.first == pytest.approx(0.95)
        assert found.second == pytest.approx(0.75)
        assert found.preference == pytest.approx(0.85)
        assert found.verdict == "prefers chosen"
    assert judged.mass == pytest.approx(0.9)
    assert (judged.errors, judged.escalated, judged.right.count) == (0, 0, 3)


def test_head_and_base_are_judged_in_one_batch_and_equal_texts_once() -> None:
    judge = ToyJudge(taste=by_spec)
    judged = judge_pairs(judge, make_pairs(5), ["best", "worst", "best"], WEIGHED)
    assert [judged[spec].right.count for spec in ("best", "worst")] == [5, 0]
    assert judge.asked == 2 * 5 * 2 * 2  # specs, pairs, orders, letters


def test_the_marks_are_those_of_the_base() -> None:
    pair = make_pair(0)
    head, base = (ask(pair, spec, WEIGHED, swapped=False)[-1] for spec in ("Be kind.", "Be brief."))
    assert head == base
    assert ask(pair, "", Manner(seed=1), swapped=False) != ask(pair, "", WEIGHED, swapped=False)
    mark = base.content.partition("that hold ")[2][:16]
    assert mark not in ask(pair, f"Say {mark}.", WEIGHED, swapped=False)[-1].content


def test_a_judge_with_a_favourite_place_ties_everything() -> None:
    for manner in (WEIGHED, VOTES):
        judged = judge_pairs(ToyJudge(taste=always_a), make_pairs(8), [""], manner)[""]
        decided = [j for j in judged.judgements if j.preference != 0.5]
        assert len(decided) <= (0 if manner.by == "logprob" else 1)
    assert judge_preferences(ToyJudge(taste=always_a), "", make_pairs(4)).tolist() == [0.5] * 4


@pytest.mark.parametrize(
    ("first", "second", "agrees", "preference"),
    [
        (0.9, 0.7, True, 0.8),
        (0.1, 0.3, True, 0.2),
        (0.9, 0.4, False, 0.5),
        (0.5, 0.9, False, 0.5),
        (0.5, 0.5, False, 0.5),
        (0.51, 0.51, True, 0.51),
        (1.0, 1.0, True, 1.0),
    ],
)
def test_disagreement_between_orders_is_a_tie(
    first: float, second: float, agrees: bool, preference: float
) -> None:
    found = Judgement(id="p", first=first, second=second)
    assert found.agrees is agrees
    assert found.preference == pytest.approx(preference)


def test_consistency_counts_pairs_with_one_mind() -> None:
    judged = judge_pairs(
        ToyJudge(taste=erring(0.5, steady=0.75, of=8)), make_pairs(8), [""], WEIGHED
    )
    found = judged[""]
    assert (found.consistency.count, found.consistency.n) == (6, 8)
    assert found.right.count == 4 + 2 * 0.5


def test_preferences_feed_the_gate() -> None:
    judge, pairs = ToyJudge(taste=by_spec), make_pairs(80)
    good, bad = (judge_preferences(judge, spec, pairs) for spec in ("best", "worst"))
    assert decide(good, good).verdict == "PASS"
    assert decide(good, bad).verdict == "FAIL"
    assert decide(good, bad).lost == 80


def test_a_model_without_log_probabilities_votes() -> None:
    assert find_manner(ToyJudge(taste=honest)).by == "logprob"
    assert find_manner(ToyJudge(taste=honest, weighs=False)).by == "votes"
    judge = ToyJudge(taste=lambda s: float(honest(s) > 0.5), weighs=False)
    assert judge_preferences(judge, "", make_pairs(6)).tolist() == [1.0] * 6


def test_votes_have_indexes_of_their_own_and_only_the_undecided_get_more() -> None:
    def taste(shown: Shown) -> float:  # of two minds on even pairs: always A
        return 1.0 if int(shown.prompt[9:-1]) % 2 == 0 else float(honest(shown) > 0.5)

    judge = ToyJudge(taste=taste)
    judged = judge_pairs(judge, make_pairs(6), [""], Manner(by="votes", votes=3, more=4))[""]
    assert judged.escalated == 3
    assert [j.asked for j in judged.judgements] == [14, 6] * 3
    assert [j.preference for j in judged.judgements] == [0.5, 1.0] * 3
    assert sorted(s.index for s in judge.samples) == list(range(14))
    assert {s.temperature for s in judge.samples} == {1.0}
    assert judge.asked == 6 * 6 + 3 * 8


def test_votes_are_shares_and_the_same_in_every_run() -> None:
    manner = Manner(by="votes", votes=60, more=0)
    runs = [judge_pairs(ToyJudge(taste=honest), make_pairs(4), [""], manner)[""] for _ in range(2)]
    assert runs[0] == runs[1]
    assert [j.preference for j in runs[0].judgements] == pytest.approx([0.9] * 4, abs=0.1)
    other = Manner(by="votes", votes=60, more=0, seed=1)
    assert judge_pairs(ToyJudge(taste=honest), make_pairs(4), [""], other)[""] != runs[0]


@pytest.mark.parametrize("text", ["A", "B.", " A\n", "**B**", "**A.**"])
def test_verdicts_are_read(text: str) -> None:
    assert read_verdict(text) == ("A" if "A" in text else "B")


@pytest.mark.parametrize(
    "text", ["", "a", "C", "AB", "A or B", "A\nB", "Verdict: A", "A B", "Response A", "****", "A!"]
)
def test_what_is_not_exactly_a_verdict_is_none(text: str) -> None:
    assert read_verdict(text) is None


def test_one_repair_turn_saves_a_vote_and_shows_what_was_said() -> None:
    def says(letter: str, request: Request) -> str:
        last = request.messages[-1].content
        if "cannot be read" not in last:
            return f"I think {letter}<|im_end|>"
        assert request.messages[-2].role == "assistant"
        assert request.messages[-2].content in ("I think A< |im_end|>", "I think B< |im_end|>")
        return letter

    judge = ToyJudge(taste=lambda s: float(honest(s) > 0.5), says=says)
    judged = judge_pairs(judge, make_pairs(2), [""], VOTES)[""]
    assert [j.preference for j in judged.judgements] == [1.0, 1.0]
    assert (judged.repaired, judged.unreadable, judge.asked) == (12, 0, 24)


def test_an_answer_that_stays_unreadable_is_an_error_not_a_tie() -> None:
    def says(letter: str, request: Request) -> str:
        return "It depends." if "Question 1?" in request.messages[0].content else letter

    judge = ToyJudge(taste=lambda s: float(honest(s) > 0.5), says=says)
    judged = judge_pairs(judge, make_pairs(3), [""], VOTES)[""]
    assert [j.verdict for j in judged.judgements] == ["prefers chosen", "error", "prefers chosen"]
    assert judged.judgements[1].preference is None
    assert judged.judgements[1].error == "14 of 14 votes are no verdict (neither A nor B)"
    assert (judged.errors, judged.unreadable, judged.right.n) == (1, 14, 2)
    with pytest.raises(ModelError, match="p1: could not be judged"):
        judge_preferences(judge, "", make_pairs(3), VOTES)


def test_what_is_not_weighed_is_an_error() -> None:
    class Broken(ToyJudge):
        def _weigh(self, request: Request) -> Logprobs | Unmeasured:
            if "Question 1?" in request.messages[-1].content and request.response == "B":
                return Logprobs(tokens=(float("nan"),))
            return super()._weigh(request)

    judged = judge_pairs(Broken(taste=honest), make_pairs(2), [""], WEIGHED)[""]
    assert [j.error for j in judged.judgements] == ["", "B: no log-probability"]


def test_a_model_that_loses_an_answer_is_told() -> None:
    class Forgetful(ToyJudge):
        def generate(
            self,
            requests: Sequence[Request],
            sampling: Sampling,
        ) -> list[Completion | Unmeasured]:
            return super().generate(requests, sampling)[1:]

    with pytest.raises(ModelError, match="gave 1 answers to 2 requests"):
        judge_pairs(Forgetful(taste=honest), make_pairs(2), [""], VOTES)


def test_no_pairs_are_no_judgements() -> None:
    judged = judge_pairs(ToyJudge(taste=honest), [], ["a", "b"], WEIGHED)
    assert [judged[s].judgements for s in ("a", "b")] == [(), ()]
    assert judge_preferences(ToyJudge(taste=honest), "", []).dtype == np.float64


@pytest.mark.parametrize("manner", [WEIGHED, VOTES], ids=["logprob", "votes"])
def test_a_replay_asks_nobody(manner: Manner, tmp_path: Path) -> None:
    path, pairs = tmp_path / "toy.jsonl", make_pairs(5)
    judge = ToyJudge(taste=by_spec)
    recorded = RecordedModel(
        mode="record", factory=lambda: judge, store=Store(tmp_path / "store.sqlite")
    )
    live = judge_pairs(recorded, pairs, ["best", "worst"], manner)
    recorded.save(path)
    replay = RecordedModel(mode="replay", recordings=read_recordings(path))
    again = judge_pairs(replay, pairs, ["best", "worst"], manner)
    assert again == live
    assert (replay.calls, replay.inner) == (0, None)
    assert recorded.calls == judge.asked > 0


@pytest.mark.parametrize(
    "wrong", [{"votes": 0}, {"temperature": 0.0}, {"characters": 3}, {"more": -1}, {"seed": -1}]
)
def test_a_manner_out_of_range_is_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(UsageError, match="out of range for a judge; give a number from"):
        Manner(**wrong)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("name", "known"),
    [
        ("qwen2.5-coder-0.5b", "qwen"),
        ("Qwen/Qwen3-4B@main", "qwen"),
        ("litellm:openai/gpt-4o-mini", "gpt"),
        ("litellm:o3-mini", "gpt"),
        ("ollama/llama3:8b", "llama"),
        ("meta-llama/Meta-Llama-3-8B", "llama"),
        ("models/smollm2-135m.gguf", "smollm"),
        ("anthropic/claude-sonnet-4", "claude"),
        ("", ""),
    ],
)
def test_families(name: str, known: str) -> None:
    assert family(name) == known


def test_odds_do_not_overflow() -> None:
    class Sure(ToyJudge):
        def _weigh(self, request: Request) -> Logprobs | Unmeasured:
            return Logprobs(tokens=(0.0 if request.response == "A" else -5000.0,))

    found = judge_pairs(Sure(taste=honest), make_pairs(1), [""], WEIGHED)[""].judgements[0]
    assert (found.first, found.second, found.preference) == (1.0, 0.0, 0.5)
