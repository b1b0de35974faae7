import json
import random
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from specharness.errors import UsageError
from specharness.keys import settle
from specharness.model import Completion, Logprobs
from specharness.recordings import (
    read_recordings,
    recording_path,
    round_result,
    write_recordings,
)
from tests.test_keys import results
from tests.toy import TOY

A, B, C = (letter * 32 for letter in "abc")
TWO = {
    B: Completion(text="Ja\u202e.\ud800\n", count=4),
    A: Logprobs(tokens=(-1.23456, -0.0004, -40.0)),
}

GOLDEN = """\
{"format":1,"model":{"name":"toy","revision":"1","engine":"digest","template":"words"}}
{"key":"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa","sum":-41.235,"count":3,"tokens":"ltCBgkuC","check":"7bc2066c"}
{"key":"bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb","text":"Ja\\u202e.\\ud800\\n","count":4,"check":"73d8b307"}
"""

keys = st.text("0123456789abcdef", min_size=32, max_size=32)


@pytest.fixture
def path(tmp_path):
    return recording_path(tmp_path, "tone", "org/a model")


def test_one_file_a_suite_and_model():
    assert recording_path(Path("f"), "tone", "qwen2.5-0.5b") == Path("f/tone/qwen2.5-0.5b.jsonl")
    assert recording_path(Path("f"), "tone", "../../etc/x") == Path("f/tone/etc-x.jsonl")
    assert recording_path(Path("f"), "tone", "..") == Path("f/tone/model.jsonl")


def test_the_bytes_are_these(path):
    write_recordings(path, TOY, TWO)
    assert path.read_bytes().decode("ascii") == GOLDEN


@given(st.dictionaries(keys, results), st.randoms())
def test_any_results_round_trip_and_their_order_does_not_matter(tmp_path_factory, found, rng):
    path = tmp_path_factory.mktemp("r") / "toy.jsonl"
    settled = {key: settle(result) for key, result in found.items()}
    write_recordings(path, TOY, settled)
    bytes_before = path.read_bytes()
    back = read_recordings(path)
    assert back.results == {key: round_result(result) for key, result in settled.items()}
    assert (back.identity, back.source) == (TOY, str(path))
    shuffled = list(back.results.items())
    rng.shuffle(shuffled)
    write_recordings(path, TOY, dict(shuffled), prune=True)
    assert path.read_bytes() == bytes_before


def test_what_is_there_stays(path):
    write_recordings(path, TOY, TWO)
    write_recordings(
        path, TOY, {C: Completion(text="c", count=1), B: Completion(text="b", count=1)}
    )
    texts = {k: r.text for k, r in read_recordings(path).results.items() if k != A}
    assert texts == {B: "b", C: "c"}
    assert len(read_recordings(path).results) == 3


def test_what_is_there_goes_when_pruned(path):
    write_recordings(path, TOY, TWO)
    write_recordings(path, TOY, {C: TWO[A]}, prune=True)
    assert list(read_recordings(path).results) == [C]


def test_another_models_recordings_are_replaced(path):
    write_recordings(path, TOY, TWO)
    write_recordings(path, replace(TOY, revision="2"), {C: TWO[A]})
    assert read_recordings(path).identity.revision == "2"
    assert list(read_recordings(path).results) == [C]


def test_nothing_but_the_file_is_left_behind(path):
    write_recordings(path, TOY, TWO)
    assert list(path.parent.iterdir()) == [path]


def test_no_results_are_a_header(path):
    write_recordings(path, TOY, {})
    assert read_recordings(path).results == {}


def test_results_of_a_reading_cannot_be_changed(path):
    write_recordings(path, TOY, TWO)
    with pytest.raises(TypeError):
        read_recordings(path).results[C] = TWO[A]


HEADER, LINE_A, LINE_B = GOLDEN.splitlines()


@pytest.mark.parametrize(
    ("lines", "number", "what"),
    [
        ([], 1, "not a recording"),
        ([""], 1, "not a recording"),
        ([LINE_A], 1, "no 'format'"),
        (["[]"], 1, "not a recording"),
        ([HEADER.replace('"format":1', '"format":2')], 1, "format 2, not 1"),
        ([HEADER.replace('"toy"', "7")], 1, "not text"),
        ([HEADER.replace('"template"', '"temper"')], 1, "temper"),
        ([HEADER, LINE_B, LINE_A], 3, f"key {A} is out of order"),
        ([HEADER, LINE_A, LINE_A], 3, f"key {A} comes twice"),
        ([HEADER, "", LINE_A], 2, "not a recording"),
        ([HEADER, "<<<<<<< ours", LINE_A], 2, "not a recording"),
        ([HEADER, LINE_A[:-9]], 2, "not a recording"),
        ([HEADER, LINE_A.replace("a" * 32, "a" * 31 + "b")], 2, "not what its check was made of"),
        ([HEADER, LINE_A.replace(":3", ": 3")], 2, "not what its check was made of"),
        ([HEADER, LINE_B.replace("Ja", "Jo")], 2, "not what its check was made of"),
        ([HEADER, LINE_B.replace("73d8b307", "73d8b308")], 2, "not what its check was made of"),
        ([HEADER, LINE_B.replace(',"check":"73d8b307"', "")], 2, "no 'check'"),
        ([HEADER, LINE_A.replace("-41.235", "-41.2345")], 2, "sum and count do not belong"),
        ([HEADER, LINE_A.replace("-41.235", "NaN")], 2, "sum and count do not belong"),
        ([HEADER, LINE_A.replace('"count":3', '"count":2')], 2, "sum and count do not belong"),
        ([HEADER, LINE_A.replace("ltCBg", "ltCB ")], 2, "' ' is no base64 digit"),
        ([HEADER, LINE_A.replace('"ltCBgkuC"', "[1,2]")], 2, "not a recording"),
        ([HEADER, LINE_A.replace("a" * 32, "a" * 31)], 2, "not 32 hex digits"),
        ([HEADER, LINE_A.replace("a" * 32, "A" * 32)], 2, "not 32 hex digits"),
        ([HEADER, LINE_B.replace('"count":4', '"count":"4"')], 2, "wrong type"),
        ([HEADER, '{"key":"' + A + '","count":1}'], 2, "no 'text'"),
        ([HEADER, "[" * 100_000], 2, "not a recording"),
    ],
)
def test_a_bad_line_is_named(path, lines, number, what):
    path.parent.mkdir()
    path.write_text("\n".join(lines) + "\n")
    with pytest.raises(UsageError) as caught:
        read_recordings(path)
    message = str(caught.value)
    assert message.startswith(f"{path}:{number}: ")
    assert what in message
    assert message.endswith("; delete the file and record it with --spec-mode=record")
    assert "\n" not in message


def test_a_missing_file_and_one_of_other_bytes_are_named(path):
    with pytest.raises(UsageError, match="cannot be read"):
        read_recordings(path)
    path.parent.mkdir()
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(UsageError, match="cannot be read"):
        read_recordings(path)


def test_a_broken_file_is_not_overwritten(path):
    write_recordings(path, TOY, TWO)
    broken = path.read_text() + "<<<<<<<\n"
    path.write_text(broken)
    with pytest.raises(UsageError):
        write_recordings(path, TOY, {C: TWO[A]})
    assert path.read_text() == broken


def test_size_of_700_responses_of_300_tokens(path):
    rng = random.Random(0)
    draw = lambda: tuple(-rng.gammavariate(0.45, 2 / 0.45) for _ in range(300))  # noqa: E731
    found = {f"{i:032x}": Logprobs(tokens=draw()) for i in range(700)}
    write_recordings(path, TOY, found)
    assert path.stat().st_size < 600_000
    assert all(len(json.loads(line)) == 5 for line in path.read_text().splitlines()[1:])
