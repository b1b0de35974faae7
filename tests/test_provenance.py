"""Which pairs arms are fitted on: told, remembered by what is kept, and never gate pairs."""

import json
import shutil
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from specharness.arms.arm import Condition, Materials
from specharness.arms.known import find_arms
from specharness.arms.options import given_options
from specharness.arms.provenance import (
    Provenance,
    mark_of,
    marks_of,
    provenance_data,
    read_provenance,
    refuse_marked,
    without_alike,
)
from specharness.arms.steering.palrs import fit_vector
from specharness.arms.steering.vector import save_vector
from specharness.errors import UsageError
from specharness.records import Message, Pair
from tests.inside import make_local, materials, moves, planted
from tests.networks import torch

from safetensors.torch import save_file  # isort: skip - needs the extra that `networks` asks for

FITTED, GATE = planted()[:12], planted()[12:]


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SPECHARNESS_CACHE", str(tmp_path / "cache"))


def asking(pair: Pair, text: str) -> Pair:
    return replace(pair, prompt=(Message(role="user", content=text),))


def judged(pairs: Sequence[Pair], gate: Sequence[Pair] = GATE) -> Materials:
    """Materials of a comparison with these gate pairs."""
    return materials(
        make_local(), tuple(pairs), source="own.jsonl", refuse=partial(refuse_marked, gate)
    )


def fitted(typed: str, given: Materials, which: int = 0) -> Condition:
    return find_arms([typed])[which].fit(given)


# marks


def test_a_mark_is_of_what_a_pair_asks_and_says() -> None:
    one = planted(1)[0]
    same = replace(one, id="x", chosen=one.rejected.upper(), rejected=f" {one.chosen}")
    assert mark_of(same) == mark_of(one)
    other_answer, other_question = replace(one, chosen="No."), asking(one, "Why?")
    assert len({mark_of(one), mark_of(other_answer), mark_of(other_question)}) == 3
    assert mark_of(other_answer)[16:] == mark_of(one)[16:] != mark_of(other_question)[16:]
    assert len(marks_of((one, same, *planted(3)))) == 3


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({}, "a pair that it was fitted on and the gate pair 'bread' say the same"),
        ({"chosen": "Another."}, "the gate pair 'bread' ask the same"),
    ],
)
def test_a_gate_pair_is_known_by_its_mark(change: dict[str, Any], told: str) -> None:
    marks = marks_of([replace(planted(1)[0], **change)])
    with pytest.raises(UsageError, match=f"file: .*{told}"):
        refuse_marked(planted(), marks, Path("file"))
    refuse_marked(planted()[1:], marks, Path("file"))


@pytest.mark.parametrize(
    "told", [None, {}, [], {"fitted": "x", "chosen_on": 0, "files": [], "marks": []},
             {"fitted": 3, "chosen_on": 0, "files": ["a"], "marks": []},
             {"fitted": 3, "chosen_on": 0, "files": ["a"], "marks": ["short"]}],
)  # fmt: skip
def test_data_without_marks_is_of_pairs_from_elsewhere(told: Any) -> None:
    assert read_provenance(told) == Provenance(is_elsewhere=True, is_kept=True)


def test_what_is_written_is_read() -> None:
    own = Provenance(fitted=3, chosen_on=1, files=("a.jsonl",))
    found = read_provenance(json.loads(json.dumps(provenance_data(own, planted(4)))))
    assert found == replace(own, is_kept=True, marks=tuple(marks_of(planted(4))))


def test_pairs_like_others_are_taken_out() -> None:
    one, other, third, *_ = planted()
    long = " ".join(f"word{n}" for n in range(60))
    select = replace(one, chosen=f"Good {long}", rejected=long)
    says = replace(asking(select, "Else?"), chosen=f"Good {long}!")  # nearly the same
    assert without_alike([one, other, third], [select]) == (other, third)  # asks the same
    assert without_alike([other, says], [select]) == (other,)
    assert without_alike([one, other], []) == (one, other)
    assert without_alike([], [one]) == ()


# a vector from a file


def saved(path: Path, pairs: Sequence[Pair], **changes: Any) -> Path:
    vector = fit_vector(judged(pairs, ()), given_options("palrs", ()))
    save_vector(replace(vector, **changes), path)
    return path


def test_a_vector_of_gate_pairs_is_refused(tmp_path: Path) -> None:
    path = saved(tmp_path / "v.safetensors", planted()[2:14])
    with pytest.raises(UsageError, match=r"v.safetensors: .* the gate pair '\w+' say the same"):
        fitted(f"palrs:vector={path}", judged(FITTED))
    condition = fitted(f"palrs:vector={path}", judged(FITTED, planted(2)))
    found = condition.provenance
    assert (found.fitted, found.chosen_on, found.files) == (8, 4, ("own.jsonl",))
    assert found.is_kept and not found.is_elsewhere


def test_a_vector_that_does_not_tell_its_pairs_is_of_elsewhere(tmp_path: Path) -> None:
    path = saved(tmp_path / "v.safetensors", FITTED, made={})
    assert fitted(f"palrs:vector={path}", judged(FITTED)).provenance.is_elsewhere


def test_options_beside_a_vector_are_not_ignored(tmp_path: Path) -> None:
    path = saved(tmp_path / "v.safetensors", FITTED)
    weak, strong = (fitted(f"palrs:vector={path}:alpha={n}", judged(FITTED)) for n in (0.01, 0.4))
    assert weak.note.startswith("block") and "alpha 0.01" in weak.note
    sizes = [abs(moves(make_local(), one, GATE)[0]) for one in (weak, strong)]
    assert sizes[1] > 5 * sizes[0] > 0
    for option in ("layer=1", "position=-1", "rank=cosine", "view=response", "spots=2"):
        with pytest.raises(UsageError, match="is settled by the vector of the file"):
            fitted(f"palrs:vector={path}:{option}", judged(FITTED))
    with pytest.raises(UsageError, match="several alphas for a fitted vector; give one"):
        fitted(f"palrs:vector={path}:alpha=0.1/0.2", judged(FITTED))


# an adapter from a folder


def adapter(folder: Path, pairs: Sequence[Pair] | None) -> Path:
    """A LoRA adapter for one matrix; with what it was trained on, if that is known."""
    folder.mkdir()
    target = "base_model.model.model.layers.0.self_attn.q_proj"
    tensors = {f"{target}.lora_A.weight": torch.ones(2, 32), f"{target}.lora_B.weight":
               0.01 * torch.ones(32, 2)}  # fmt: skip
    save_file(tensors, folder / "adapter_model.safetensors")
    config = {"peft_type": "LORA", "r": 2, "lora_alpha": 2, "bias": "none"}
    (folder / "adapter_config.json").write_text(json.dumps(config))
    if pairs is not None:
        own = Provenance(fitted=len(pairs), files=("theirs.jsonl",))
        told = {"provenance": provenance_data(own, pairs)}
        (folder / "training.json").write_text(json.dumps(told))
    return folder


def test_an_adapter_of_gate_pairs_is_refused(tmp_path: Path) -> None:
    typed = f"alignment-vector:from={adapter(tmp_path / 'a', GATE)}:lambda=1"
    with pytest.raises(UsageError, match=f"a: .* gate pair '{GATE[0].id}' say the same; fit it an"):
        fitted(typed, judged(FITTED))
    found = fitted(typed, judged(FITTED, planted(3))).provenance
    assert found == Provenance(fitted=4, files=("theirs.jsonl",), is_kept=True)


@pytest.mark.parametrize("told", [None, "no JSON", "[]", '{"pairs": 3}'])
def test_an_adapter_that_does_not_tell_its_pairs_is_of_elsewhere(
    told: str | None, tmp_path: Path
) -> None:
    folder = adapter(tmp_path / "a", None)
    if told is not None:
        (folder / "training.json").write_text(told)
    condition = fitted(f"alignment-vector:from={folder}:lambda=1", judged(FITTED))
    assert condition.provenance.is_elsewhere
    assert condition.note == "lambda 1 of a; a: pairs unknown"


def test_pairs_of_several_adapters_are_counted_once(tmp_path: Path) -> None:
    one, other = adapter(tmp_path / "a", FITTED[:8]), adapter(tmp_path / "b", FITTED[4:10])
    typed = f"alignment-vector:from={one}:from={other}:lambda=1"
    found = fitted(typed, judged(FITTED)).provenance
    assert (found.fitted, found.chosen_on, found.is_elsewhere) == (10, 0, False)
    shutil.rmtree(other)
    adapter(other, None)
    found = fitted(typed, judged(FITTED)).provenance
    assert (found.fitted, found.is_elsewhere) == (8, True)


# what arms report


def test_arms_tell_what_they_change() -> None:
    given = judged(FITTED)
    found = {
        arm.name.removeprefix("palrs:alpha=0.2"): arm.fit(given)
        for arm in find_arms(["palrs:alpha=0.2"])
    }
    assert {name: (c.parameters, c.vector) for name, c in found.items()} == {
        "": (0, 32), ":zero": (0, 0), ":random": (0, 32), ":flipped": (0, 32)
    }  # fmt: skip
    told = [c.provenance for c in found.values()]
    assert told == [
        Provenance(fitted=8, chosen_on=4, files=("own.jsonl",), is_kept=n > 0) for n in range(4)
    ]
    assert "; kept as fitted/palrs-" in found[""].note
    assert found[""].note.endswith(".safetensors in the cache")


def test_weights_that_change_are_counted_whole(tmp_path: Path) -> None:
    one, other = adapter(tmp_path / "a", FITTED), adapter(tmp_path / "b", FITTED)
    alone = f"alignment-vector:from={one}:lambda=0.5"
    both = f"alignment-vector:from={one}:lambda=0.5:from={other}:lambda=0.5"
    given = judged(FITTED)
    found = [fitted(typed, given, which).parameters for typed in (alone, both) for which in (0, 1)]
    assert found == [32 * 32, 0, 32 * 32, 0]  # the one matrix; at lambda 0 nothing


def test_texts_tell_how_many_pairs_they_were_made_of() -> None:
    given = replace(judged(FITTED), instruction="Answer.", shots=2)
    names = ["instruction", "few-shot", "compiled", "opposite", "compiled:random"]
    found = {arm.name: arm.fit(given).provenance for arm in find_arms(names)}
    assert {name: one.fitted for name, one in found.items()} == {
        "instruction": 0, "few-shot": 2, "compiled": 12, "opposite": 12, "compiled:random": 12
    }  # fmt: skip
    assert found["compiled"].files == ("own.jsonl",) and found["instruction"].files == ()


def test_select_pairs_are_told_by_their_file() -> None:
    given = replace(judged(FITTED), select=GATE, select_source="suite.jsonl", refuse=None)
    found = fitted("palrs:alpha=0.1/0.2", given).provenance
    assert (found.fitted, found.chosen_on) == (12, 4)
    assert found.files == ("own.jsonl", "suite.jsonl")
