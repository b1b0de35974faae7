"""SH2: what stands on two sides that must not know of each other."""

from pathlib import Path

import pytest

from specharness.lint.checking import lint_suites
from tests.lintsets import ROOMY, Row, clean_rows, lint, make_suite, message, told

SPLIT = ROOMY + "[split]\ncompile = 1.0\n"
COMPILED = "[gate]\nmargin = 0.3\n[split]\ncompile = 100.0\ngate = 0.001\n"


def marked(rows: list[Row], side: str) -> list[Row]:
    return [row | {"_split": side} for row in rows]


def conversation(row: Row, *more: str) -> list[dict[str, str]]:
    """The row's prompt and further turns."""
    turns = [row["prompt"], *more]
    return [{"role": ("user", "assistant")[n % 2], "content": t} for n, t in enumerate(turns)]


def test_a_split_of_clean_pairs_says_nothing(tmp_path: Path) -> None:
    assert told(lint(tmp_path / "tone", clean_rows(60), SPLIT)) == []


def test_marks_by_hand_of_clean_pairs_say_nothing(tmp_path: Path) -> None:
    rows = clean_rows(40)
    halves = [*marked(rows[:20], "train"), *marked(rows[20:], "test")]
    assert told(lint(tmp_path / "tone", halves)) == []


LEAKS = {
    "SH201": lambda row, new: new | {"prompt": row["prompt"]},
    "SH202": lambda row, new: new | {"prompt": row["prompt"].upper() + "?"},
    "SH203": lambda row, new: new | {"prompt": conversation(row, "Well.", "And now?")},
    "SH204": lambda row, new: new | {"group": row["group"]},
    "SH205": lambda row, new: new | {"rejected": row["chosen"]},
    "SH206": lambda row, new: new | {"chosen": row["rejected"] + " Indeed."},
}


@pytest.mark.parametrize("code", LEAKS)
def test_a_leak_between_marks_by_hand_is_found(tmp_path: Path, code: str) -> None:
    rows = [row | {"group": f"g-{n}"} for n, row in enumerate(clean_rows(30))]
    new = clean_rows(1, seed=5)[0] | {"id": "new", "group": "own"}
    leak = LEAKS[code](rows[3], new)
    lines = [*marked(rows[:15], "train"), *marked([*rows[15:], leak], "test")]
    found = lint(tmp_path / "tone", lines)
    assert told(found) == [(code, 31)]
    assert "line 4 (train; here: test)" in message(found, code)


def test_two_parts_of_one_conversation_leak_both_ways(tmp_path: Path) -> None:
    rows = clean_rows(30)
    early, late = clean_rows(2, seed=5)
    late = late | {"prompt": conversation(early, "Well.", "And now?"), "id": "late"}
    later = clean_rows(3, seed=6)[2] | {"prompt": conversation(early, "Well.", "So?"), "id": "l"}
    early = early | {"id": "early"}
    first = lint(
        tmp_path / "a", [*marked([*rows[:15], late], "x"), *marked([*rows[15:], early], "y")]
    )
    assert told(first) == [("SH203", 16)]  # the later part tells, wherever it stands
    both = lint(
        tmp_path / "b", [*marked([*rows[:15], late], "x"), *marked([*rows[15:], later], "y")]
    )
    assert told(both) == [("SH203", 32)]  # a shared answer
    other = {"prompt": conversation(early, rows[0]["chosen"], "So?")}
    fine = lint(
        tmp_path / "c",
        [*marked([*rows[:15], late], "x"), *marked([*rows[15:], later | other], "y")],
    )
    assert told(fine) == []  # the same first question, another answer


def test_responses_on_two_sides_of_a_suites_own_split(tmp_path: Path) -> None:
    rows = clean_rows(40)
    answer = clean_rows(1, seed=5)[0]["chosen"]
    for row in rows:
        row["chosen"] = answer
    found = lint(tmp_path / "tone", rows, SPLIT)
    leaks = [f.message for f in found.findings if f.code == "SH205"]
    assert len(leaks) == 20
    assert all(leak.endswith("(compile; here: gate)") for leak in leaks)


def test_short_answers_may_stand_anywhere(tmp_path: Path) -> None:
    rows = [row | {"rejected": "I can't help with that request."} for row in clean_rows(40)]
    for row in rows[::2]:
        row["chosen"], row["rejected"] = row["rejected"], row["chosen"]
    assert told(lint(tmp_path / "tone", rows, SPLIT)) == []


def test_groups_and_near_prompts_stay_together_in_a_suites_own_split(tmp_path: Path) -> None:
    rows = clean_rows(40)
    again = [
        other | {"id": f"again-{number}", "prompt": row["prompt"] + "?"}
        for number, (row, other) in enumerate(zip(rows, clean_rows(40, seed=8), strict=True))
    ]
    assert told(lint(tmp_path / "tone", [*rows, *again], SPLIT), "SH2") == []


def test_what_one_suite_compiles_on_another_may_not_gate_with(tmp_path: Path) -> None:
    rows, others = clean_rows(30), clean_rows(30, seed=7)
    compiles = make_suite(tmp_path / "a", rows, COMPILED)
    gates = make_suite(tmp_path / "b", [*others, rows[4] | {"chosen": "Other."}])
    found = lint_suites([compiles, gates])
    assert told(found, "SH201") == [("SH201", 31)]
    assert "a/pairs.jsonl, line 5 (compile; here: gate)" in message(found, "SH201")
    assert told(lint_suites([gates]), "SH2") == []


def test_two_gates_may_share_pairs_and_a_suite_named_twice_is_one(tmp_path: Path) -> None:
    one, two = (make_suite(tmp_path / name, clean_rows(30)) for name in "ab")
    assert told(lint_suites([one, two]), "SH2") == []
    linted = lint_suites([one, one])
    assert linted.suites == (("a", 30),)


def test_settings_of_the_suite_that_is_told_of_decide(tmp_path: Path) -> None:
    rows = clean_rows(30)
    compiles = make_suite(tmp_path / "a", rows, COMPILED + '[lint]\nignore = ["SH2"]\n')
    gates = make_suite(tmp_path / "b", rows)
    assert {code for code, _ in told(lint_suites([compiles, gates]), "SH2")} == {"SH201", "SH205"}
    quiet = make_suite(tmp_path / "c", rows, ROOMY + '[lint]\nignore = ["SH2"]\n')
    assert told(lint_suites([compiles, quiet]), "SH2") == []
