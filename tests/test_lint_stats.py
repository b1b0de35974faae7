"""SH4 and SH5: what the numbers and the rules say."""

import json
from pathlib import Path

import pytest

from specharness.gate.stats import minimum_pairs
from specharness.lint.checking import lint_suites
from specharness.lint.exercised import telling_words
from specharness.records import Rule
from specharness.settings import SplitSettings
from specharness.split import split_pairs
from specharness.suitefile import load_suite
from specharness.suitepairs import read_suite_pairs
from tests.lintsets import ROOMY, Row, clean_rows, lint, message, told


def longer(rows: list[Row], share: float) -> list[Row]:
    """The pairs with the longer response chosen in so many of them."""
    sides = [sorted((row["chosen"], row["rejected"]), key=len) for row in rows]
    cut = round(share * len(rows))
    return [
        row | {"chosen": long if n < cut else short, "rejected": short if n < cut else long}
        for n, (row, (short, long)) in enumerate(zip(rows, sides, strict=True))
    ]


@pytest.mark.parametrize(
    ("count", "share", "biased"),
    [
        (100, 0.72, True), (100, 0.68, False), (100, 0.5, False), (100, 0.28, True),
        (19, 1.0, False), (20, 1.0, True), (20, 0.0, True), (20, 0.75, False),
    ],
)  # fmt: skip
def test_length_is_told_when_its_interval_leaves_the_middle(
    tmp_path: Path, count: int, share: float, biased: bool
) -> None:
    rows = longer(clean_rows(count), share)
    assert told(lint(tmp_path / "tone", rows)) == [("SH401", 1)] * biased


def test_the_length_rule_comes_with_its_accuracy_and_interval(tmp_path: Path) -> None:
    found = lint(tmp_path / "tone", longer(clean_rows(100), 0.28))
    assert message(found, "SH401") == (
        "1: SH401 'the shorter response is better' is right for 72 of 100 pairs (72 %, 95 % "
        "interval 63 to 80 %); add pairs whose longer response is better"
    )


def test_position_counts_where_the_data_says_it(tmp_path: Path) -> None:
    rows = clean_rows(60)
    first = [row | {"position": "first"} for row in rows[:25]]
    unknown = [{k: v for k, v in row.items() if k != "position"} for row in rows[25:]]
    found = lint(tmp_path / "tone", [*first, *unknown])
    assert told(found) == [("SH402", 1)]
    assert "was shown first in 25 of 25 pairs (100 %, 95 % interval 87 to 100 %)" in message(
        found, "SH402"
    )
    assert told(lint(tmp_path / "few", [*first[:15], *unknown])) == []


@pytest.mark.parametrize("margin", [0.05, 0.08, 0.2])
def test_as_many_pairs_as_the_margin_takes_are_enough(tmp_path: Path, margin: float) -> None:
    needed, toml = minimum_pairs(margin, 0.05), f"[gate]\nmargin = {margin}\n"
    assert told(lint(tmp_path / "enough", clean_rows(needed), toml), "SH403") == []
    found = lint(tmp_path / "few", clean_rows(needed - 1), toml)
    assert told(found, "SH403") == [("SH403", 1)]
    assert f"takes {needed}; add 1 pair of new groups" in message(found, "SH403")


def test_pairs_of_one_group_are_worth_less_and_only_the_gate_counts(tmp_path: Path) -> None:
    rows = [row | {"group": f"g{n // 2}"} for n, row in enumerate(clean_rows(80))]
    found = lint(tmp_path / "tone", rows, "")
    assert message(found, "SH403") == (
        "1: SH403 80 gate pairs in 40 groups, worth 40, but a PASS at a margin of 5 points takes "
        "59; add 19 pairs of new groups, or set gate.margin to 0.073"
    )
    half = "[split]\ncompile = 1.0\n"
    assert told(lint(tmp_path / "half", clean_rows(80), half)) == [("SH403", 1)]


TOKENIZER = {
    "version": "1.0", "truncation": None, "padding": None, "added_tokens": [], "normalizer": None,
    "pre_tokenizer": {"type": "Whitespace"}, "post_processor": None, "decoder": None,
    "model": {"type": "WordLevel", "vocab": {"[UNK]": 0}, "unk_token": "[UNK]"},
}  # fmt: skip


def make_model(folder: Path, context: int) -> str:
    """A model folder without weights: lint needs its tokenizer and its configuration only."""
    folder.mkdir()
    (folder / "config.json").write_text(json.dumps({"max_position_embeddings": context}))
    (folder / "tokenizer.json").write_text(json.dumps(TOKENIZER))
    return f'model = "{folder.as_posix()}"\n'


def test_tokens_are_counted_where_the_tokenizer_is(tmp_path: Path) -> None:
    rows = clean_rows(12)
    rows[5]["rejected"] = "word " * 300
    found = lint(tmp_path / "tone", rows, make_model(tmp_path / "model", 300) + ROOMY)
    assert told(found) == [("SH404", 6)]
    spec, prompt, turns = 3, 12, 3 * 8  # tokens: "Be brief." is three
    total = spec + 1 + prompt + 300 + turns  # and its dash
    assert f"6: SH404 about {total} tokens with the spec, the context has 300; " in message(
        found, "SH404"
    )
    assert not found.unchecked


def test_without_a_tokenizer_only_what_may_be_too_long_is_noted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SPECHARNESS_CACHE", str(tmp_path / "empty"))
    rows = clean_rows(12)
    rows[5]["rejected"] = "word " * 1700  # 8500 bytes
    found = lint(tmp_path / "tone", rows, 'model = "smollm2-135m"\n' + ROOMY)
    assert told(found, "SH404", "SH405") == [("SH405", 6)]
    assert "`specharness models pull smollm2-135m`, then tokens are counted" in message(
        found, "SH405"
    )
    short = lint(tmp_path / "short", rows, 'model = "qwen2.5-coder-0.5b"\n' + ROOMY)
    assert told(short, "SH404", "SH405") == []


@pytest.mark.parametrize("broken", ["", "[]", '{"max_position_embeddings": "many"}', "{"])
def test_an_unknown_context_is_said_not_guessed(tmp_path: Path, broken: str) -> None:
    toml = make_model(tmp_path / "model", 300) + ROOMY
    (tmp_path / "model" / "config.json").write_text(broken)
    found = lint(tmp_path / "tone", clean_rows(12), toml)
    assert found.unchecked == (
        f"tone: lengths in tokens: the context of {(tmp_path / 'model').as_posix()} is not known "
        "here",
    )
    quiet = lint(tmp_path / "quiet", clean_rows(12), toml + '[lint]\nignore = ["SH404"]\n')
    assert quiet.unchecked == ()


SPEC = """# Manners

- Greet the harbour master before you name a price. {#greet}
- Never mention competitors or their products. {#rivals}
- Be good. {#good}
"""


def test_rules_that_no_pair_names_are_noted(tmp_path: Path) -> None:
    rows = clean_rows(12)
    rows[3]["prompt"] = "The harbour master asks for prices."
    found = lint(tmp_path / "tone", rows, spec=SPEC)
    assert told(found, "SH501") == [("SH501", 4)]
    assert str(next(f.path.name for f in found.findings if f.code == "SH501")) == "spec.md"
    rows[5]["tags"] = ["rivals"]
    assert told(lint(tmp_path / "tagged", rows, spec=SPEC), "SH501") == []


def test_only_gate_pairs_exercise_a_rule(tmp_path: Path) -> None:
    rows = [row | {"tags": ["greet", "rivals"]} for row in clean_rows(40)]
    assert told(lint(tmp_path / "all", rows, spec=SPEC), "SH501") == []
    half = ROOMY + "[split]\ncompile = 1.0\n"
    suite = load_suite(tmp_path / "all")
    pairs = read_suite_pairs(suite.pairs_path, suite.settings.read).pairs
    gate = {p.id for p in split_pairs(pairs, SplitSettings(compile=1.0)).gate}
    tagged = [row if row["id"] not in gate else row | {"tags": []} for row in rows]
    found = lint(tmp_path / "half", tagged, half, SPEC)
    assert told(found, "SH501") == [("SH501", 3), ("SH501", 4)]


def test_an_instruction_is_told_in_the_settings(tmp_path: Path) -> None:
    toml = 'instruction = "Mention the quarterly invoices."\n' + ROOMY
    (tmp_path / "suite.toml").write_text(toml)
    lines = [json.dumps(row) + "\n" for row in clean_rows(12)]
    (tmp_path / "pairs.jsonl").write_text("".join(lines))
    found = lint_suites([load_suite(tmp_path)])
    assert [f.path.name for f in found.findings if f.code == "SH501"] == ["suite.toml"]


def test_telling_words_leave_out_what_every_rule_says() -> None:
    rule = Rule(id="r", text="Always answer the user's questions about invoices.", line=1)
    assert telling_words(rule) == {"question", "invoic"}
