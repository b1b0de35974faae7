"""The run file: its numbers are finite, and parts of a suite come back as they were."""

from dataclasses import replace
from math import inf, nan
from pathlib import Path

import pytest

from specharness.errors import IntegrityError, UsageError
from specharness.judging import make_case
from specharness.records import Message, Pair
from specharness.runfile import Slice, read_run, run_text, write_run
from specharness.score.scores import PairScore
from tests.runs import make_gate, make_run, make_score, make_suite

PART = Slice(
    kind="tag", name="refusal", n=20, clusters=20, lost=9, won=0, difference=-0.45,
    interval=(-0.6, -0.3), p=0.002, p_holm=None,
)  # fmt: skip


@pytest.mark.parametrize("value", [nan, inf, -inf])
def test_a_number_that_is_not_finite_is_not_written(value: float, tmp_path: Path) -> None:
    suite = make_suite()
    case = replace(suite.cases[3], head=make_score(0.1, absolute=value))
    run = make_run(replace(suite, cases=(*suite.cases[:3], case)))
    with pytest.raises(IntegrityError) as caught:
        write_run(run, tmp_path / "run.json")
    place = "run.suites[0].cases[3].head.absolute"
    assert str(caught.value) == f"{place}: not a finite number; report this: nothing was written"
    assert list(tmp_path.iterdir()) == []


def test_a_file_with_such_a_number_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "run.json"
    path.write_text(run_text(make_run()).replace('"temperature": 0.21', '"temperature": NaN'))
    with pytest.raises(UsageError, match=r"not valid JSON \(NaN is no number\)"):
        read_run(path)


def test_parts_and_both_comparisons_come_back(tmp_path: Path) -> None:
    suite = make_suite(slices=(PART,), against_base=make_gate(verdict="UNPROVEN"))
    write_run(make_run(suite), tmp_path / "run.json")
    assert read_run(tmp_path / "run.json").suites == (suite,)


@pytest.mark.parametrize("value", [nan, inf])
def test_a_pair_with_such_a_score_is_an_error(value: float) -> None:
    prompt = (Message(role="user", content="Why?"),)
    pair = Pair(
        id="p", prompt=prompt, chosen="a", rejected="b", group="g", must=False, tags=(), source=""
    )
    good = make_score(0.4)
    terms = replace(good.terms, chosen=-inf)  # type: ignore[type-var]
    for bad in (replace(good, margin=value), replace(good, terms=terms)):
        for head, base in ((bad, good), (good, bad)):
            case = make_case(pair, PairScore(id="p", head=head, base=base))
            assert (case.outcome, case.head, case.base) == ("error", None, None)
            assert case.error == "the model's result is not a finite number"
    assert make_case(pair, PairScore(id="p", head=good, base=good)).outcome == "kept"
