"""A deepeval metric as a judge of ours: scores, orders, seeds, errors, hostile text, identity."""

import random
import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from specharness.errors import ModelError, UsageError
from specharness.model import Request, Sampling, Unmeasured
from specharness.models.opening import Means, find_candidate
from specharness.records import Message, Pair
from specharness.score.judge.admission import admit_judge
from specharness.score.judge.judgement import Judgement
from specharness.score.judge.manner import Manner
from specharness.score.judge.metric import ask_metric, read_asked, read_scores
from specharness.score.judge.scorer import find_manner, judge_pairs
from tests.deepevals import HOSTILE, Evaluator, need_deepeval, shown_in, write_ours
from tests.judges import make_pair, make_pairs

need_deepeval()
from deepeval.metrics import ArenaGEval, BaseMetric, ExactMatchMetric, GEval  # noqa: E402
from deepeval.test_case import SingleTurnParams  # noqa: E402

from specharness.evals import MetricJudge, as_deepeval  # noqa: E402

SHOWN = [SingleTurnParams.INPUT, SingleTurnParams.ACTUAL_OUTPUT]
ONCE = Manner(by="metric", votes=1, more=0)


class Scores(BaseMetric):  # type: ignore[misc]
    """Gives what `measure_` gives for the spec and the output."""

    def __init__(self, spec: str, measure_: Callable[[str, str], Any]) -> None:
        self.spec, self.measure_, self.threshold = spec, measure_, None

    def measure(self, test_case: Any) -> Any:
        self.score = self.measure_(self.spec, test_case.actual_output)
        return self.score

    async def a_measure(self, test_case: Any) -> Any:
        return self.measure(test_case)


def scoring(measure: Callable[[str, str], Any]) -> MetricJudge:
    return MetricJudge(lambda spec: Scores(spec, measure), "toy")


def g_eval(evaluator: Evaluator, kind: type = GEval) -> MetricJudge:
    model = as_deepeval(evaluator)

    def make(spec: str) -> Any:
        steps = [spec or "Say how good it is."]
        return kind(name="tone", evaluation_params=SHOWN, evaluation_steps=steps, model=model)

    return MetricJudge(make, "evals:tone")


def judge(
    judge: MetricJudge, pairs: list[Pair], spec: str = "Be good.", manner: Manner = ONCE
) -> tuple[Judgement, ...]:
    return judge_pairs(judge, pairs, [spec], manner)[spec].judgements


@pytest.mark.parametrize("kind", [GEval, ArenaGEval])
def test_a_metric_judges_in_both_orders(kind: type) -> None:
    evaluator = Evaluator()
    (found,) = judge(g_eval(evaluator, kind), [make_pair(1)])
    assert (found.first, found.second, found.asked, found.error) == (1.0, 1.0, 2, "")
    (turned,) = judge(g_eval(evaluator, kind), [make_pair(1, chosen="Bad.", rejected="Good.")])
    assert (turned.first, turned.second) == (0.0, 0.0)


def test_an_arena_shows_the_contestants_in_the_order_that_is_asked_for() -> None:
    evaluator = Evaluator()
    judge(g_eval(evaluator, ArenaGEval), make_pairs(12), manner=Manner(by="metric", more=0))
    shown = [[text for _, text in found] for p in evaluator.prompts if (found := shown_in(p))]
    assert len(shown) == 12 * 2 * 3
    for start in range(0, len(shown), 24):  # a round: all pairs with chosen first, then second
        assert all(texts[0].startswith("Good") for texts in shown[start : start + 12])
        assert all(texts[0].startswith("Bad") for texts in shown[start + 12 : start + 24])


def test_who_says_the_first_contradicts_itself() -> None:
    class FirstWins(Evaluator):
        def _write(self, prompt: str, sampling: Sampling) -> Any:
            found = shown_in(prompt)
            answer = super()._write(prompt, sampling)
            if not found:
                return answer
            return type(answer)(text=f'{{"winner": "{found[0][0]}", "reason": ""}}', count=1)

    (found,) = judge(g_eval(FirstWins(), ArenaGEval), [make_pair(1)])
    assert (found.first, found.second, found.agrees, found.preference) == (1.0, 0.0, False, 0.5)


@pytest.mark.parametrize("kind", [GEval, ArenaGEval])
def test_samples_are_seeded(kind: type) -> None:
    def run(seed: int) -> tuple[tuple[Judgement, ...], list[str], list[Sampling]]:
        evaluator = Evaluator(drawn=0.3)
        manner = Manner(by="metric", seed=seed, temperature=0.7)
        random.seed()  # whatever the process drew before
        found = judge(g_eval(evaluator, kind), make_pairs(8), manner=manner)
        return found, evaluator.prompts, evaluator.samples

    before = random.getstate()
    one, other = run(7), run(8)
    assert run(7) == one  # the very prompts, with the masks of the arena's names
    assert {j.asked for j in one[0]} == {6, 14} and one[0] != other[0]
    assert {(s.seed, s.temperature, s.max_tokens) for s in one[2]} == {(7, 0.7, 1024)}
    assert {s.index for s in one[2]} == set(range(14))
    random.setstate(before)


def test_nobody_else_draws_the_seeded_numbers() -> None:
    random.seed(3)
    wanted = random.random()
    random.seed(3)
    judge(scoring(lambda spec, text: random.random()), [make_pair(1)])
    assert random.random() == wanted


def test_scores_that_are_near_are_a_tie() -> None:
    near = scoring(lambda spec, text: 0.55 if text.startswith("Good") else 0.5)
    (found,) = judge(near, [make_pair(1)])
    assert (found.first, found.second, found.verdict) == (0.5, 0.5, "tie")
    apart = scoring(lambda spec, text: 0.56 if text.startswith("Good") else 0.5)
    assert judge(apart, [make_pair(1)])[0].verdict == "prefers chosen"


@pytest.mark.parametrize(
    ("score", "told"),
    [
        (None, "the score is None"), (float("nan"), "the score is nan"),
        (True, "the score is True"), ("0.9", "the score is 0.9"),
    ],
)  # fmt: skip
def test_what_is_no_score_is_an_error(score: object, told: str) -> None:
    (found,) = judge(scoring(lambda spec, text: score), [make_pair(1)])
    assert (found.preference, found.unreadable) == (None, 2) and told in found.error


def test_a_metric_that_raises_is_counted_and_not_scored() -> None:
    def fails_on_two(spec: str, text: str) -> float:
        if "2" in text:
            raise OSError("no luck\n\x1b[31m[/oops]")
        return 0.9 if text.startswith("Good") else 0.1

    good, bad = judge(scoring(fails_on_two), [make_pair(1), make_pair(2)])
    assert good.preference == 1.0
    assert (bad.preference, bad.verdict, bad.unreadable) == (None, "error", 2)
    assert "OSError: no luck" in bad.error


def test_a_model_that_refuses_is_an_error_of_the_metric() -> None:
    pairs = [make_pair(1), make_pair(2, chosen="unspeakable", rejected="Bad.")]
    good, bad = judge(g_eval(Evaluator()), pairs)
    assert good.preference == 1.0
    assert bad.preference is None and "evaluator: the toy refuses" in bad.error


def test_a_model_that_is_missing_ends_the_run() -> None:
    def gone(spec: str, text: str) -> float:
        raise ModelError("budget", "is spent", "raise it")

    with pytest.raises(ModelError, match="budget: is spent; raise it"):
        judge(scoring(gone), [make_pair(1)])


@pytest.mark.parametrize("kind", [GEval, ArenaGEval])
@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: repr(text[:12]))
def test_hostile_text_reaches_the_model_as_it_is(
    kind: type, text: str, capfd: pytest.CaptureFixture[str]
) -> None:
    evaluator = Evaluator()
    pair = make_pair(
        1, chosen=f"Good {text} end", rejected=f"Bad {text.replace('Good', 'Bad')} end"
    )
    (found,) = judge(g_eval(evaluator, kind), [pair])
    assert (found.first, found.second, found.error) == (1.0, 1.0, "")
    for prompt in (p for p in evaluator.prompts if "rewritten_reason" not in p):
        shown = [text for _, text in shown_in(prompt)] or [prompt]
        assert any(response in text for response in (pair.chosen, pair.rejected) for text in shown)
    assert capfd.readouterr() == ("", "")


def test_a_prompt_of_several_turns_says_who_speaks() -> None:
    evaluator = Evaluator()
    turns = tuple(Message(role=r, content=f"from {r}") for r in ("system", "user"))
    pair = Pair(id="p", prompt=turns, chosen="Good.", rejected="Bad.", group="g")
    judge(g_eval(evaluator), [pair])
    assert "system: from system\n\nuser: from user" in evaluator.prompts[0]


def test_a_metric_that_does_not_use_the_spec_is_no_judge_by_it() -> None:
    deaf = MetricJudge(lambda spec: Scores("", lambda s, text: float(text.startswith("Good"))))
    assert judge(deaf, [make_pair(1)], spec="")[0].preference == 1.0
    (found,) = judge(deaf, [make_pair(1)], spec="Be bad.")
    assert found.preference is None and "does not use the text" in found.error


def test_a_spec_may_be_kept_in_a_class_or_around_it() -> None:
    def in_class(spec_: str) -> Any:
        class Kept(Scores):
            spec = spec_

            def __init__(self) -> None:
                self.measure_, self.threshold = (lambda s, text: float("Good" in text)), None

        return Kept()

    def around(spec: str) -> Any:
        class Around(Scores):
            def measure(self, test_case: Any) -> float:
                self.score = float(("Good" in test_case.actual_output) == bool(spec))
                return self.score

        return Around("", lambda s, text: 0.0)

    for make in (in_class, around):
        assert judge(MetricJudge(make), [make_pair(1)])[0].preference == 1.0


def test_whose_scores_they_are_is_known() -> None:
    evaluator = Evaluator()
    found = g_eval(evaluator).identity
    assert found.name == "deepeval:evals:tone/evaluator" and found.engine.startswith("deepeval-")
    assert found == g_eval(evaluator).identity
    another = Evaluator(
        identity=type(evaluator.identity)(name="evaluator", revision="2", engine="", template="")
    )
    assert g_eval(another).identity.revision != found.revision
    assert g_eval(evaluator, ArenaGEval).identity.revision != found.revision


def test_it_is_admitted_as_any_judge() -> None:
    found = admit_judge(g_eval(Evaluator()), make_pairs(100), "Be good.", manner=ONCE)
    assert found.admitted and (found.right.count, found.consistency.count) == (100, 100)
    coin = scoring(lambda spec, text: random.random())
    refused = admit_judge(coin, make_pairs(100), "Be good.", manner=ONCE)
    assert not refused.admitted and "both orders have to agree" in refused.sentence
    kin = admit_judge(
        g_eval(Evaluator()), make_pairs(100), "Be good.", manner=ONCE, proposer="evaluator-9"
    )
    assert not kin.admitted and "of the family that wrote the spec (evaluator)" in kin.sentence


def test_it_knows_how_it_is_asked() -> None:
    toy = scoring(lambda spec, text: 0.5)
    assert find_manner(toy).by == "metric"
    hello = Request(messages=(Message(role="user", content="Which is better, A or B?"),))
    (answer,) = toy.generate([hello], Sampling())
    assert isinstance(answer, Unmeasured) and 'asked by "metric"' in answer.reason
    assert isinstance(toy.logprobs([hello])[0], Unmeasured)


@pytest.mark.parametrize(
    ("make", "told"),
    [
        (lambda: None, "cannot be made (TypeError"),
        (lambda spec: "no metric", "makes a str"),
        (lambda spec: 1 / 0, "cannot be made (ZeroDivisionError: division by zero)"),
    ],
)
def test_what_makes_no_metric_is_one_line(make: Any, told: str) -> None:
    with pytest.raises(ModelError) as error:
        MetricJudge(make, "evals:tone")
    assert f"deepeval:evals:tone: {told}" in str(error.value) and "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("deepeval:suites/tone/x.py:make", "'model' is 'deepeval:suites/tone/x.py:make'"),
        ("deepeval:nowhere:make", "no module 'nowhere' to make the model"),
        ("deepeval:evil:make", "module 'evil' lies in a suite's folder"),
    ],
)
def test_code_comes_from_where_that_of_models_may(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, told: str
) -> None:
    (tmp_path / "suite.toml").write_text("")
    (tmp_path / "evil.py").write_text(f"open({str(tmp_path / 'ran')!r}, 'w')\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    with pytest.raises(UsageError, match=re.escape(told)):
        find_candidate(name, Means(project=tmp_path), "suite.toml")
    assert not (tmp_path / "ran").exists()


def test_a_projects_own_metric_is_found_beside_its_conftest(tmp_path: Path) -> None:
    write_ours(tmp_path)
    found = find_candidate("deepeval:ourmetrics:make", Means(project=tmp_path), "suite.toml")
    assert found.identity.name == "deepeval:ourmetrics:make"
    (told,) = judge(found.load(), [make_pair(1)])  # type: ignore[arg-type]
    assert told.preference == 1.0
    before = found.identity
    file = tmp_path / "ourmetrics.py"
    file.write_text(file.read_text().replace("0.9 if", "0.8 if"))
    for name in ("ourmetrics", "neighbour"):
        sys.modules.pop(name)
    again = find_candidate("deepeval:ourmetrics:make", Means(project=tmp_path), "suite.toml")
    assert again.identity.revision != before.revision  # what it is made of is part of who it is


def test_a_metric_of_deepeval_that_asks_no_model() -> None:
    """ExactMatch needs an expected output, which pairs do not have: an error, and no verdict."""
    (found,) = judge(MetricJudge(lambda spec: ExactMatchMetric()), [make_pair(1)], spec="")
    assert found.preference is None and "MissingTestCaseParamsError" in found.error


def test_questions_and_scores_are_read_back() -> None:
    pair = make_pair(1)
    for swapped in (False, True):
        asked = read_asked(ask_metric(pair, "Spec.", swapped=swapped))
        assert asked is not None and asked.standard == "Spec." and asked.prompt == pair.prompt
        assert (asked.a == pair.chosen) is not swapped
    for text in ("", "A", "[1]", "[1, 2, 3]", '["1", "2"]', "[NaN, 1]", "{}", "[null, 1]"):
        assert read_scores(text) is None
