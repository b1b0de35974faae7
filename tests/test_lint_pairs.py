"""SH1: lines that are no pairs, pairs said twice, judgements that cannot all be right."""

import gzip
import json
import random
import re
from pathlib import Path
from typing import Any

import pytest

from specharness.errors import UsageError
from specharness.lint.checking import lint_suites
from specharness.suitefile import load_suite
from tests.lintsets import Row, clean_rows, lint, make_suite, message, told, words


def rows(count: int = 12) -> list[Row]:
    return clean_rows(count)


def test_clean_pairs_say_nothing(tmp_path: Path) -> None:
    found = lint(tmp_path / "tone", rows(40))
    assert told(found) == []
    assert found.exit_code(strict=True) == 0


def test_every_bad_line_is_told_not_just_the_first(tmp_path: Path) -> None:
    bad: list[Any] = [
        "{", '{"prompt": "Hi"}', b'{"prompt": "\xff", "chosen": "a", "rejected": "b"}', "[1]",
        {"promt": "Hi", "chosen": "a", "rejected": "b"}, '{"prompt": "Hi", "chosen": NaN}',
        "[" * 5000 + "]" * 5000,
    ]  # fmt: skip
    found = lint(tmp_path / "tone", [*rows(), *bad])
    assert told(found) == [("SH101", line) for line in range(13, 20)]
    lines = [str(f).partition("pairs.jsonl:")[2] for f in found.findings if f.code == "SH101"]
    assert lines[1].startswith("14: SH101 no 'chosen'; each line needs prompt, chosen and rejected")
    assert lines[2].startswith("15: SH101 not UTF-8 at byte 12 of the line; ")


@pytest.mark.parametrize(
    ("sides", "code"),
    [
        (("Same.", "Same."), "SH107"),
        ((" Same.", "Same.  "), "SH109"),
        (("", "b"), "SH108"),
        (("a", " \n"), "SH108"),
        (([{"role": "assistant", "content": ""}], "b"), "SH108"),
        (([], "b"), "SH108"),
        ((None, "b"), "SH101"),
        ((3, 3), "SH101"),
        (("a", [{"role": "user", "content": "b"}]), "SH101"),
    ],
)
def test_identical_and_empty_sides_have_codes_of_their_own(
    tmp_path: Path, sides: tuple[Any, Any], code: str
) -> None:
    odd = {"prompt": "What now?", "chosen": sides[0], "rejected": sides[1]}
    assert told(lint(tmp_path / "tone", [*rows(), odd])) == [(code, 13)]


def test_duplicates_by_content_and_by_id(tmp_path: Path) -> None:
    some = rows()
    found = lint(tmp_path / "tone", [*some, some[2] | {"id": "x"}, clean_rows(1, 9)[0]])
    assert told(found) == [("SH102", 13), ("SH103", 14)]
    assert message(found, "SH102") == "13: SH102 the same pair as in line 3; remove one of them"
    assert message(found, "SH103").startswith("14: SH103 the id 'p-0' stands in line 1 already; ")


def test_near_duplicates_need_all_three_texts_to_be_alike(tmp_path: Path) -> None:
    some = rows()
    near = some[0] | {"id": "near", "chosen": some[0]["chosen"] + " Indeed."}
    other_answer = some[1] | {"id": "answer", "rejected": words_of(1)}
    other_prompt = some[2] | {"id": "prompt", "prompt": words_of(2)}
    found = lint(tmp_path / "tone", [*some, near, other_answer, other_prompt])
    assert told(found) == [("SH104", 13)]
    told_so = "13: SH104 nearly the same pair as in line 1; remove one"
    assert message(found, "SH104") == told_so  # one prompt, so they are one group already


def words_of(seed: int) -> str:
    return words(random.Random(f"other {seed}"), 30)


def test_near_duplicates_of_other_prompts_may_become_a_group(tmp_path: Path) -> None:
    some = rows()
    near = some[0] | {"id": "near", "prompt": some[0]["prompt"].upper() + "?"}
    found = lint(tmp_path / "tone", [*some, near])
    assert message(found, "SH104").endswith("; remove one, or give both one group")


def test_opposite_labels_of_equal_and_of_similar_texts(tmp_path: Path) -> None:
    some = rows()
    turned = some[0] | {"chosen": some[0]["rejected"], "rejected": some[0]["chosen"], "id": "t"}
    near = some[1] | {"chosen": some[1]["rejected"], "rejected": some[1]["chosen"] + " Yes."}
    found = lint(tmp_path / "tone", [*some, turned, near | {"id": "n"}])
    assert told(found) == [("SH105", 13), ("SH110", 14)]
    assert "13: SH105 contradicts line 1: the same texts, the opposite label;" in message(
        found, "SH105"
    )


def chain(*judgements: str, prompt: str = "Which one?") -> list[Row]:
    """'AB': response A is better than B."""
    texts = {name: f"{name}: {words_of(ord(name))}" for name in "ABCDEF"}
    return [
        {"id": f"{prompt}-{j}", "prompt": prompt, "chosen": texts[j[0]], "rejected": texts[j[1]]}
        for j in judgements
    ]


@pytest.mark.parametrize(
    ("judgements", "lines"),
    [
        (("AB", "BC", "CA"), [15]),
        (("AB", "BC", "AC"), []),  # an order
        (("AB", "BC", "CD", "DA"), [16]),
        (("AB", "BC", "CA", "CD", "DE", "EC"), [15, 18]),
        (("AB", "BC", "CD", "DB", "DA"), [16, 17]),
        (("AB", "CD", "EF"), []),
    ],
)
def test_circles_of_preferences(
    tmp_path: Path, judgements: tuple[str, ...], lines: list[int]
) -> None:
    found = lint(tmp_path / "tone", [*rows(), *chain(*judgements)])
    assert told(found, "SH106") == [("SH106", line) for line in lines]


def test_a_circle_names_its_lines(tmp_path: Path) -> None:
    found = lint(tmp_path / "tone", [*rows(), *chain("AB", "BC", "CA")])
    text = "15: SH106 closes a circle of 3 preferences with lines 13, 14; take out the one"
    assert message(found, "SH106").startswith(text)


def test_a_contradiction_is_no_circle_and_other_prompts_are_other_orders(tmp_path: Path) -> None:
    more = [*chain("AB", "BA", "BC", "CB"), *chain("AB", prompt="x"), *chain("BC", prompt="y")]
    found = lint(tmp_path / "tone", [*rows(), *more, *chain("CA", prompt="z")])
    assert told(found) == [("SH105", 14), ("SH105", 16)]


def test_a_contradiction_within_a_circle_hides_neither(tmp_path: Path) -> None:
    found = lint(tmp_path / "tone", [*rows(), *chain("AB", "BA", "BC", "CA")])
    assert told(found) == [("SH105", 14), ("SH106", 16)]


def test_line_ends_are_noted_once_for_each_kind(tmp_path: Path) -> None:
    lines = [json.dumps(row).encode() for row in rows()]
    lines[0] = b"\xef\xbb\xbf" + lines[0]
    found = lint(tmp_path / "tone", [lines[0], *(b"  " + line + b"\r" for line in lines[1:])])
    assert told(found) == []
    notes = [str(f).partition("SH111 ")[2] for f in found.findings if f.code == "SH111"]
    assert sorted(note.partition(";")[0] for note in notes) == [
        "blanks around the object in 11 lines",
        "byte order mark",
        "carriage return (CRLF) in 11 lines",
    ]


def test_a_file_without_pairs_and_one_that_cannot_be_read(tmp_path: Path) -> None:
    assert told(lint(tmp_path / "tone", [""])) == [("SH101", 1)]
    suite = make_suite(tmp_path / "wide", rows())
    suite.pairs_path.write_bytes("x".encode("utf-16"))
    with pytest.raises(UsageError, match=r"pairs\.jsonl: this is UTF-16; save it as UTF-8"):
        lint_again(tmp_path / "wide")
    suite.pairs_path.unlink()
    with pytest.raises(UsageError, match="no such file"):
        lint_again(tmp_path / "wide")


def lint_again(folder: Path) -> None:
    lint_suites([load_suite(folder)])


def test_data_in_another_layout_is_imported_and_what_is_left_out_is_noted(tmp_path: Path) -> None:
    suite = make_suite(tmp_path / "tone", [], toml='pairs = "data.jsonl.gz"\n' + ROOMY_READ)
    rated = [
        {"prompt": row["prompt"], "outputs": {"a": row["chosen"], "b": row["rejected"]}}
        for row in rows()
    ]
    rated.append({"prompt": "What?", "outputs": {"a": "", "b": "No."}})
    data = "".join(json.dumps(row) + "\n" for row in rated).encode()
    (suite.folder / "data.jsonl.gz").write_bytes(gzip.compress(data))
    found = lint_suites([load_suite(suite.folder)])
    assert told(found) == []
    (note,) = (f for f in found.findings if f.code == "SH112")
    assert note.message == "13 comparisons read, 12 kept; dropped: 1 empty side"


def test_pairs_without_lines_are_named(tmp_path: Path) -> None:
    suite = make_suite(tmp_path / "tone", [], toml='pairs = "data.json"\n' + ROOMY_READ)
    answers = [row["chosen"] for row in clean_rows(3, 5)]
    rated = [
        {"prompt": "Which?", "outputs": {"a": better, "b": worse}}
        for better, worse in zip(answers, [*answers[1:], answers[0]], strict=True)
    ]
    (suite.folder / "data.json").write_text(json.dumps(rated))
    found = lint_suites([load_suite(suite.folder)])
    (circle,) = (f for f in found.findings if f.code == "SH106")
    told_so = r"pair \w{10}: closes a circle of 3 preferences with pair \w{10}, pair \w{10}"
    assert re.fullmatch(told_so, circle.message) and circle.line == 1


ROOMY_READ = """
[gate]
margin = 0.3
[read.map]
prompt = "prompt"
chosen = "outputs.a"
rejected = "outputs.b"
"""
