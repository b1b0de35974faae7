"""What simpler rules say beside a compiled spec, and the arms made of them."""

from pathlib import Path

import numpy as np
import pytest

from specharness.arms.arm import Materials
from specharness.arms.compiled import CONTROLS
from specharness.compile.baselines import find_baselines
from specharness.compile.votes import Votes
from tests.armsuites import Listener, make_suite, split_of
from tests.test_compile_llm_presets import proposal


def table(longer: list[int], columns: list[list[int]]) -> Votes:
    return Votes(
        matrix=np.array(columns, dtype=np.int8).T,
        clusters=np.arange(len(longer)),
        longer=np.array(longer, dtype=np.int8),
    )


def test_length_is_judged_on_pairs_that_did_not_give_its_direction() -> None:
    nothing = [[0] * 20]
    assert find_baselines(table([1] * 20, nothing), [], 1, 0).length == 1
    assert find_baselines(table([-1] * 15 + [1] * 5, nothing), [], 1, 0).length == 0.75
    assert find_baselines(table([0] * 20, nothing), [], 1, 0).length == 0.5
    assert find_baselines(table([1, -1] * 10, nothing), [], 1, 0).length <= 0.5
    assert find_baselines(table([], [[]]), [], 0, 0).length == 0.5


def test_general_rules_are_drawn_as_they_are_written() -> None:
    columns = [[1] * 8 + [-1] * 2, [1] * 10, [-1] * 10]
    offered = [
        proposal("Be kind.", columns[0]),
        proposal("Be brief.", columns[1], origin="catalogue"),
        proposal("Be long.", columns[2], origin="catalogue"),
    ]
    votes = table([1] * 10, columns)
    one = find_baselines(votes, offered, 1, 0).general
    assert one == pytest.approx(0.5, abs=0.12)  # one of the two, drawn 200 times
    assert find_baselines(votes, offered, 2, 0).general == 0.5
    assert find_baselines(votes, offered, 3, 0).general is None
    assert find_baselines(votes, offered, 0, 0).general is None


def test_the_controls_are_texts_of_the_same_size(tmp_path: Path) -> None:
    suite = make_suite(tmp_path)
    materials = Materials(
        pairs=split_of(suite).compile, spec=None, instruction="Answer.", where=tmp_path,
        model=Listener(),
    )  # fmt: skip
    random, length = (arm.fit(materials) for arm in CONTROLS)
    assert random.text.count("\n- ") == length.text.count("\n- ") == 1
    assert random.note == "a control: 1 of the general hypotheses, drawn at random"
    assert "short" in length.text or "at most" in length.text
