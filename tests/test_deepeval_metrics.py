"""Our preference as metrics of deepeval: test cases, arenas, its own suites; and our models."""

import asyncio
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from specharness.errors import ModelError, UsageError
from specharness.evals import Asking, Referee
from specharness.model import Completion, Sampling
from specharness.score.judge.admission import admit_judge
from specharness.score.judge.admissionfile import write_admission
from specharness.score.judge.manner import Manner
from specharness.score.logprob import Reading, logprob_preferences
from tests.deepevals import HOSTILE, Evaluator, need_deepeval
from tests.judgeprojects import judge_of
from tests.judges import always_a, honest, make_pair, make_pairs
from tests.obedient import Obedient
from tests.toy import ToyModel

need_deepeval()
from deepeval import assert_test  # noqa: E402
from deepeval.errors import MissingTestCaseParamsError  # noqa: E402
from deepeval.metrics import AnswerRelevancyMetric, GEval  # noqa: E402
from deepeval.metrics.utils import copy_metrics  # noqa: E402
from deepeval.test_case import (  # noqa: E402
    ArenaTestCase,
    Contestant,
    LLMTestCase,
    SingleTurnParams,
)

from specharness.evals import ArenaPreference, PreferenceMetric, as_deepeval  # noqa: E402

BLIND = Asking(reading=Reading(temperature=0.5))


@pytest.fixture(autouse=True)
def own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SPECHARNESS_CACHE", str(tmp_path / "cache"))
    monkeypatch.chdir(tmp_path)


def case(good: str = "Good.", bad: str = "Bad.") -> LLMTestCase:
    return LLMTestCase(input="Question 1?", actual_output=good, expected_output=bad)


def arena(first: str = "Good.", second: str = "Bad.") -> ArenaTestCase:
    texts = {"new": first, "old": second}
    return ArenaTestCase(
        contestants=[
            Contestant(name=n, test_case=LLMTestCase(input="Question 1?", actual_output=text))
            for n, text in texts.items()
        ]
    )


def judged(tmp_path: Path, taste: Any = honest, **choices: Any) -> Referee:
    """A referee by a judge that was tried on a hundred pairs."""
    file = tmp_path / "admission.json"
    judge = judge_of(taste)
    write_admission(admit_judge(judge, make_pairs(100), manner=Manner()), file)
    return Referee("Be good.", judge, asking=Asking(scorer="judge"), admission=file, **choices)


def test_it_is_the_preference_of_the_scorer(tmp_path: Path) -> None:
    pair = make_pair(1, "Good.", "Bad.")
    (wanted,) = logprob_preferences(ToyModel(), "Be kind.", [pair], Reading(temperature=0.5))
    metric = PreferenceMetric(Referee("Be kind.", ToyModel(), asking=BLIND, examined=False))
    assert metric.measure(case()) == pytest.approx(wanted, abs=1e-6) == metric.score
    assert metric.is_successful() == (wanted >= 0.5)
    assert metric.reason and "toy, given the spec, prefers" in metric.reason
    (back,) = logprob_preferences(
        ToyModel(), "Be kind.", [make_pair(1, "Bad.", "Good.")], Reading(temperature=0.5)
    )
    assert metric.measure(case("Bad.", "Good.")) == pytest.approx(back, abs=1e-6)


def test_a_threshold_is_reached_or_not(tmp_path: Path) -> None:
    referee = judged(tmp_path)
    for threshold, reached in ((0.5, True), (0.89, True), (0.95, False)):
        metric = PreferenceMetric(referee, threshold=threshold)
        assert metric.measure(case()) == pytest.approx(0.9, abs=1e-5)
        assert metric.is_successful() is reached is metric.success


def test_assert_test_takes_it(tmp_path: Path) -> None:
    metric = PreferenceMetric(judged(tmp_path))
    assert_test(case(), [metric], run_async=False)
    with pytest.raises(AssertionError, match="Spec Preference"):
        assert_test(case("Bad.", "Good."), [metric], run_async=False)


def test_a_suite_measures_many_cases_at_once(tmp_path: Path) -> None:
    metric = PreferenceMetric(judged(tmp_path))
    (copy,) = copy_metrics([metric])
    assert copy.referee is metric.referee and copy.threshold == metric.threshold

    async def all_at_once() -> list[float]:
        cases = [case() if i % 2 else case("Bad.", "Good.") for i in range(20)]
        return list(await asyncio.gather(*(copy_metrics([metric])[0].a_measure(c) for c in cases)))

    scores = asyncio.run(all_at_once())
    assert [round(score, 3) for score in scores] == [0.1, 0.9] * 10


@pytest.mark.parametrize("lacking", ["actual_output", "expected_output"])
def test_a_case_without_both_outputs_is_told(tmp_path: Path, lacking: str) -> None:
    outputs = {"actual_output": "a", "expected_output": "b"} | {lacking: None}
    metric = PreferenceMetric(judged(tmp_path))
    with pytest.raises(MissingTestCaseParamsError, match=f"needs {lacking} of the test case"):
        metric.measure(LLMTestCase(input="x", **outputs))
    assert metric.score is None and not metric.is_successful()


def test_an_arena_has_a_winner_wherever_it_stands(tmp_path: Path) -> None:
    metric = ArenaPreference(judged(tmp_path))
    assert metric.measure(arena()) == "new" == metric.winner and metric.is_successful()
    assert metric.measure(arena("Bad.", "Good.")) == "old"
    assert asyncio.run(metric.a_measure(arena())) == "new"
    assert metric.measure(arena("Good.", "Good, too.")) == ""  # a tie
    assert (metric.score, metric.is_successful()) == (0.5, False)


def test_two_compete(tmp_path: Path) -> None:
    metric = ArenaPreference(judged(tmp_path))
    one = ArenaTestCase(contestants=arena().contestants[:1])
    with pytest.raises(ValueError, match="two contestants, and here are 1"):
        metric.measure(one)
    assert metric.error and not metric.is_successful()


def test_a_model_that_follows_no_spec_is_not_believed() -> None:
    metric = PreferenceMetric(Referee("Be kind.", ToyModel()))
    with pytest.raises(ModelError, match="toy: it "):
        metric.measure(case())
    assert metric.score is None and metric.error and not metric.is_successful()


def test_a_model_that_follows_specs_is() -> None:
    best, worst = (PreferenceMetric(Referee(f"Be the {s}.", Obedient())) for s in ("best", "worst"))
    assert best.measure(case()) > 0.5 > worst.measure(case())


def test_a_judge_needs_its_admission(tmp_path: Path) -> None:
    asking = Asking(scorer="judge")
    with pytest.raises(ModelError, match="has not been admitted"):
        Referee("Be good.", judge_of(), asking=asking).prefer("x", "Good.", "Bad.")
    with pytest.raises(ModelError, match="was refused when it was tried"):
        judged(tmp_path, always_a).prefer("x", "Good.", "Bad.")
    unasked = Referee("Be good.", judge_of(), asking=asking, examined=False)
    assert unasked.prefer("Question 1?", "Good.", "Bad.") == pytest.approx(0.9, abs=1e-5)


def test_a_pair_that_cannot_be_measured_is_no_low_score() -> None:
    refusing = ToyModel(refuse=lambda request: request.response == "Bad.")
    metric = PreferenceMetric(Referee("Be kind.", refusing, asking=BLIND, examined=False))
    with pytest.raises(ModelError, match="the toy refuses"):
        metric.measure(case())
    assert metric.score is None and metric.error


@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: repr(text[:12]))
def test_hostile_text_alters_nothing(
    tmp_path: Path, text: str, capfd: pytest.CaptureFixture[str]
) -> None:
    good, bad = f"Good {text}", f"Bad {text}"
    referee = Referee(f"Be kind. {text}", ToyModel(), asking=BLIND, examined=False)
    (wanted,) = logprob_preferences(
        ToyModel(), referee.spec, [make_pair(1, good, bad)], Reading(temperature=0.5)
    )
    metric = PreferenceMetric(referee, threshold=0.0)
    assert metric.measure(case(good, bad)) == pytest.approx(wanted)
    assert capfd.readouterr() == ("", "")
    assert_test(case(good, bad), [metric], run_async=False)  # which prints through rich
    assert ArenaPreference(referee).measure(arena(good, bad)) in ("new", "old", "")


def test_a_spec_may_be_a_file(tmp_path: Path) -> None:
    (tmp_path / "spec.md").write_text("- Be kind. {#kind}\n")
    found = Referee(tmp_path / "spec.md", ToyModel())
    assert found.spec == "- Be kind."
    with pytest.raises(UsageError):
        Referee(tmp_path / "none.md", ToyModel())


def test_a_g_eval_asks_our_model() -> None:
    evaluator = Evaluator()
    shown = [SingleTurnParams.INPUT, SingleTurnParams.ACTUAL_OUTPUT]
    model = as_deepeval(evaluator, sampling=Sampling(max_tokens=77, seed=5))
    metric = GEval(
        name="tone", evaluation_params=shown, evaluation_steps=["Be good."], model=model,
        async_mode=False,
    )  # fmt: skip
    assert metric.measure(case(), _show_indicator=False) == 0.9
    assert asyncio.run(metric.a_measure(case("Bad."), _show_indicator=False)) == 0.2
    assert metric.evaluation_model == "evaluator"
    assert set(evaluator.samples) == {Sampling(max_tokens=77, seed=5)}


@dataclass(kw_only=True)
class Relevant(Evaluator):
    """Answers every prompt of AnswerRelevancy."""

    def _write(self, prompt: str, sampling: Sampling) -> Completion:
        self.prompts.append(prompt)
        asked = "verdicts" if "verdicts" in prompt else "statements"
        answer = {"verdicts": '[{"verdict": "yes"}]', "statements": '["Good."]'}[asked]
        return Completion(text=f'{{"{asked}": {answer}}}', count=1)


def test_other_metrics_ask_it_too() -> None:
    metric = AnswerRelevancyMetric(model=as_deepeval(Relevant()), include_reason=False)
    metric.async_mode = False
    assert metric.measure(case(), _show_indicator=False) == 1.0


def test_a_model_without_an_answer_is_the_metrics_error() -> None:
    model = as_deepeval(Evaluator())
    with pytest.raises(RuntimeError, match="evaluator: the toy refuses"):
        model.generate("unspeakable")


def test_models_are_named_as_in_a_suite(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "conftest.py").write_text("")
    (tmp_path / "ourevaluator.py").write_text("from tests.deepevals import Evaluator as make\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    assert as_deepeval("python:ourevaluator:make").generate("x").startswith('{"score"')
    with pytest.raises(ModelError, match="no model 'nobody'"):
        as_deepeval("nobody")
