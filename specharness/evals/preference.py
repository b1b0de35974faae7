"""Our preference as metrics of deepeval, for its test cases and its `assert_test`."""

import asyncio
from typing import Any

from specharness.evals.referee import Referee
from specharness.models.metrics.quiet import open_deepeval

open_deepeval("specharness.evals")
from deepeval.errors import MissingTestCaseParamsError  # noqa: E402 - now it is quiet
from deepeval.metrics import BaseArenaMetric, BaseMetric  # noqa: E402
from deepeval.test_case import ArenaTestCase, LLMTestCase  # noqa: E402

_NEEDED = ("input", "actual_output", "expected_output")


class PreferenceMetric(BaseMetric):  # type: ignore[misc]
    """How much a spec prefers `actual_output` to `expected_output`, for the same `input`.

    `score` is that preference in [0, 1], 0.5 a tie; the case succeeds from `threshold` on. Both
    outputs are measured as they are: nothing in them is markup, an image or an instruction to us.
    """

    def __init__(self, referee: Referee, threshold: float = 0.5) -> None:
        self.referee = referee
        self.threshold = threshold
        self.evaluation_model = referee.name
        self.include_reason = True
        self.verbose_mode = False

    def measure(self, test_case: LLMTestCase, *args: Any, **kwargs: Any) -> float:
        """The preference; ModelError as with `Referee.prefer`, which is not a low score."""
        self.score = self.success = self.reason = self.error = None
        self._check(test_case)
        try:
            p = self.referee.prefer(
                test_case.input, test_case.actual_output, test_case.expected_output
            )
        except Exception as error:
            self.error, self.success = str(error), False
            raise
        self.score, self.success = p, p >= self.threshold
        self.reason = (
            f"{self.referee.name}, given the spec, prefers the actual to the expected output with "
            f"p = {p:.2f} (0.5 is a tie)."
        )
        return p

    async def a_measure(self, test_case: LLMTestCase, *args: Any, **kwargs: Any) -> float:
        """The same, while other cases go on."""
        return await asyncio.to_thread(self.measure, test_case)

    def is_successful(self) -> bool:
        """Whether the last case was measured and reached the threshold."""
        return self.error is None and bool(self.success)

    def _check(self, test_case: LLMTestCase) -> None:
        missing = [name for name in _NEEDED if not isinstance(getattr(test_case, name, None), str)]
        if missing:
            self.error = f"{self.__name__} needs {' and '.join(missing)} of the test case"
            raise MissingTestCaseParamsError(self.error)

    @property
    def __name__(self) -> str:
        return "Spec Preference"


class ArenaPreference(BaseArenaMetric):  # type: ignore[misc]
    """Which of two contestants' `actual_output` a spec prefers; a tie has no winner.

    `winner` is the contestant's name, "" for a tie, and `score` how much the first is preferred.
    """

    def __init__(self, referee: Referee) -> None:
        self.name = "Spec Preference"
        self.referee = referee
        self.evaluation_model = referee.name
        self.include_reason = True
        self.verbose_mode = False
        self.winner = ""
        self.score: float | None = None
        self.success: bool | None = None

    def measure(self, test_case: ArenaTestCase, *args: Any, **kwargs: Any) -> str:
        """The winner's name; ValueError unless two compete, ModelError as `Referee.prefer`."""
        self.winner, self.score, self.success, self.reason, self.error = "", None, None, None, None
        try:
            self.score = self._prefer(test_case)
        except Exception as error:
            self.error, self.success = str(error), False
            raise
        first, second = (contestant.name for contestant in test_case.contestants)
        if self.score != 0.5:
            self.winner = first if self.score > 0.5 else second
        self.success = bool(self.winner)
        told = f"p = {self.score:.2f} for the contestant that is named first (0.5 is a tie)"
        self.reason = f"{self.referee.name}, given the spec: {told}."
        return self.winner

    async def a_measure(self, test_case: ArenaTestCase, *args: Any, **kwargs: Any) -> str:
        """The same, while other cases go on."""
        return await asyncio.to_thread(self.measure, test_case)

    def is_successful(self) -> bool:
        """Whether the last arena had a winner."""
        return self.error is None and bool(self.success)

    def _prefer(self, test_case: ArenaTestCase) -> float:
        cases = [contestant.test_case for contestant in test_case.contestants]
        if len(cases) != 2:
            raise ValueError(f"{self.name} compares two contestants, and here are {len(cases)}")
        for case in cases:
            if not isinstance(case.actual_output, str):
                what = f"{self.name} needs actual_output of each contestant"
                raise MissingTestCaseParamsError(what)
        return self.referee.prefer(cases[0].input, cases[0].actual_output, cases[1].actual_output)

    @property
    def __name__(self) -> str:
        return self.name
