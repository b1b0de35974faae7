"""Foreign data from the file to the suite: what a user types, and what comes of it."""

import csv
import gzip
import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from specharness import load_pairs, load_suite, read_pairs
from specharness.cli import main
from specharness.errors import UsageError
from specharness.importers.judgement import REASONS
from specharness.importers.known import LAYOUTS
from specharness.run import read_held_out

DATA = Path(__file__).parent / "data"
SAMPLES = sorted(p for f in DATA.glob("layouts_*") for p in f.iterdir() if p.suffix != ".md")
LABELLED = [
    {"question": "Why?", "answer_0": "A", "answer_1": "B", "winner": 0},
    {"question": "How?", "answer_0": "A", "answer_1": "B", "winner": 1},
    {"question": "Who?", "answer_0": "A", "answer_1": "B", "winner": "tie"},
    {"question": "When?", "answer_0": "", "answer_1": "B", "winner": 1},
]
HOSTILE = {
    "formula": '=HYPERLINK("http://x","y")', "html": "<script>alert(1)</script>",
    "ansi": "\x1b[31mred\x1b[0m\x07", "bidirectional": "\u202eabc\u202c", "nul": "a\x00b",
    "braces": "{{ 7*7 }} {% raw %}", "markup": "[/red] [link=http://x]y[/link]",
}  # fmt: skip


def lines(folder: Path, rows: list[Any], name: str = "data.jsonl") -> Path:
    path = folder / name
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def run(*words: str | Path) -> Result:
    return CliRunner().invoke(main, [str(word) for word in words])


def test_names_of_layouts_are_unique_and_told() -> None:
    names = [layout.name for layout in LAYOUTS]
    assert len(set(names)) == len(names)
    told = run("import", "--formats").output
    assert [line.split("  ")[0] for line in told.splitlines()] == sorted(names)


def test_import_writes_pairs_that_load_and_says_what_it_left_out(tmp_path: Path) -> None:
    source, out = lines(tmp_path, LABELLED), tmp_path / "pairs.jsonl"
    (tmp_path / "LICENSE").write_text("MIT License\n\nCopyright\n")
    done = run("import", source, "--out", out)
    assert done.exit_code == 0, done.output
    pairs = load_pairs(out)
    assert [(p.chosen, p.rejected, p.position) for p in pairs] == [
        ("A", "B", "first"), ("B", "A", "second"),
    ]  # fmt: skip
    assert {p.source for p in pairs} == {"data.jsonl"}
    first = [line.split()[:3] for line in done.output.splitlines()]
    assert first[:4] == [["read", "4", "comparisons"], ["kept", "2", "pairs"],
                         ["dropped", "1", "tie:"], ["dropped", "1", "empty"]]  # fmt: skip
    sidecar = json.loads((tmp_path / "pairs.source.json").read_text())
    assert sidecar["licence"] == "MIT License (LICENSE)"
    assert (sidecar["source"], sidecar["read"], sidecar["kept"]) == ("data.jsonl", 4, 2)
    assert sidecar["dropped"] == {"empty side": 1, "tie": 1}


def test_the_same_import_writes_the_same_bytes(tmp_path: Path) -> None:
    source = lines(tmp_path, LABELLED)
    outs = []
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        assert run("import", source, "--out", tmp_path / name / "p.jsonl").exit_code == 0
        outs.append([p.read_bytes() for p in sorted((tmp_path / name).iterdir())])
    assert outs[0] == outs[1]
    assert len(outs[0]) == 2


def test_nothing_is_written_unasked_or_over_a_file(tmp_path: Path) -> None:
    source, out = lines(tmp_path, LABELLED), tmp_path / "pairs.jsonl"
    assert "nothing written" in run("import", source).output
    assert [p.name for p in tmp_path.iterdir()] == ["data.jsonl"]
    out.write_text("mine")
    done = run("import", source, "--out", out)
    assert (done.exit_code, out.read_text()) == (4, "mine")
    assert "this file is there already" in done.output


def test_a_file_without_a_pair_leaves_nothing_behind(tmp_path: Path) -> None:
    source = lines(tmp_path, LABELLED[2:])
    done = run("import", source, "--out", tmp_path / "pairs.jsonl")
    assert done.exit_code == 4
    assert "none of 2 comparisons makes a pair (1: tie)" in done.output
    assert [p.name for p in tmp_path.iterdir()] == ["data.jsonl"]


def test_an_unknown_layout_shows_its_fields_and_a_mapping_that_works(tmp_path: Path) -> None:
    source = lines(tmp_path, [{"ask": "Why?", "out": {"better": "A", "worse": "B"}}])
    done = run("import", source)
    assert done.exit_code == 4
    assert "no layout we know" in done.output
    assert "out.better" in done.output
    words = ["--map", "prompt=ask", "--map", "chosen=out.better", "--map", "rejected=out.worse"]
    assert run("import", source, *words).exit_code == 0
    mapping = {"prompt": "ask", "chosen": "out.better", "rejected": "out.worse"}
    (pair,) = read_pairs(source, map=mapping).pairs
    assert (pair.prompt[0].content, pair.chosen, pair.rejected) == ("Why?", "A", "B")


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--map", "chosen"], "is no mapping; write it as field=path"),
        (["--map", "chosen=a", "--map", "chosen=b"], "is mapped twice"),
        (["--format", "nope"], "no layout 'nope'"),
    ],
)
def test_mistakes_on_the_command_line_are_one_line(
    tmp_path: Path, words: list[str], told: str
) -> None:
    done = run("import", lines(tmp_path, LABELLED), *words)
    assert done.exit_code == 4
    assert told in done.output
    assert len(done.output.splitlines()) == 1


def suite_of(folder: Path, pairs: Path, more: str = "") -> Path:
    suite = folder / "suites" / "tone"
    suite.mkdir(parents=True)
    (suite / "spec.md").write_text("Be brief.\n")
    (suite / "suite.toml").write_text(f'pairs = "../../{pairs.name}"\n{more}')
    return suite


def test_a_suite_may_point_at_foreign_data(tmp_path: Path) -> None:
    suite = load_suite(suite_of(tmp_path, lines(tmp_path, LABELLED)))
    pairs, told = read_held_out(suite)
    assert [p.chosen for p in pairs] == ["A", "B"]
    assert told == "4 comparisons read, 2 kept; dropped: 1 tie, 1 empty side"


def test_a_suite_may_say_how_its_data_is_read(tmp_path: Path) -> None:
    rows = [{"q": "Why?", "one": "A", "two": "B", "best": "2"}]
    more = (
        '[read]\nfirst_wins_when = "1"\n'
        'map = { prompt = "q", first = "one", second = "two", label = "best" }\n'
    )
    suite = load_suite(suite_of(tmp_path, lines(tmp_path, rows), more))
    ((pair,), _) = read_held_out(suite)
    assert pair.chosen == "B"


@pytest.mark.parametrize("key", ["weigth", "prompts", "tag"])
def test_a_typing_error_in_our_own_file_stays_an_error(tmp_path: Path, key: str) -> None:
    path = lines(tmp_path, [{"prompt": "Why?", "chosen": "A", "rejected": "B", key: "x"}])
    suite = load_suite(suite_of(tmp_path, path))
    with pytest.raises(UsageError, match=r"unknown key .* did you mean"):
        read_held_out(suite)


def test_extra_columns_of_common_data_are_no_error(tmp_path: Path) -> None:
    row = {"prompt": "Why?", "chosen": "A", "rejected": "B", "score_chosen": 4, "score_rejected": 1}
    suite = load_suite(suite_of(tmp_path, lines(tmp_path, [row])))
    assert len(read_held_out(suite)[0]) == 1


def test_init_takes_any_layout(tmp_path: Path) -> None:
    done = run("init", tmp_path / "new", "--pairs", lines(tmp_path, LABELLED))
    assert done.exit_code == 0, done.output
    assert len(load_pairs(tmp_path / "new/suites/tone/pairs.jsonl")) == 2


@pytest.mark.parametrize("kind", HOSTILE)
@pytest.mark.parametrize("suffix", [".jsonl", ".csv", ".json.gz"])
def test_hostile_texts_come_through_unchanged_and_unseen(
    tmp_path: Path, kind: str, suffix: str
) -> None:
    row = {"prompt": f"Say {HOSTILE[kind]}", "chosen": HOSTILE[kind], "rejected": "B"}
    path, out = tmp_path / f"data{suffix}", tmp_path / "pairs.jsonl"
    if suffix == ".csv":
        if "\x00" in row["chosen"]:
            pytest.skip("CSV cannot hold NUL")
        text = io.StringIO()
        csv.DictWriter(text, list(row), lineterminator="\n").writeheader()
        csv.DictWriter(text, list(row), lineterminator="\n").writerow(row)
        path.write_text(text.getvalue(), newline="")
    elif suffix == ".jsonl":
        path.write_text(json.dumps(row) + "\n")
    else:
        path.write_bytes(gzip.compress(json.dumps([row]).encode()))
    done = run("import", path, "--out", out)
    assert done.exit_code == 0, done.output
    (pair,) = load_pairs(out)
    assert pair.chosen == HOSTILE[kind]
    assert not set(done.output) & set("\x1b\x07\x00\u202e")


def test_hostile_names_of_fields_are_safe_to_look_at(tmp_path: Path) -> None:
    done = run("import", lines(tmp_path, [{"\x1b[31mq\u202e": "\x1b[2Jx", "<b>": 1}]))
    assert done.exit_code == 4
    assert not set(done.output) & set("\x1b\u202e")


def test_ten_megabytes_in_one_field(tmp_path: Path) -> None:
    path = lines(tmp_path, [{"prompt": "Why?", "chosen": "long " * 2_000_000, "rejected": "B"}])
    assert len(read_pairs(path).pairs[0].chosen) == 10_000_000


@pytest.mark.parametrize("depth", [500, 100_000])
def test_deep_nesting_is_told(tmp_path: Path, depth: int) -> None:
    path = tmp_path / "deep.jsonl"
    path.write_text('{"prompt": "a", "chosen": ' + "[" * depth + "]" * depth + ', "rejected": "b"}')
    with pytest.raises(UsageError):
        read_pairs(path)


def test_a_zip_bomb_is_refused_soon(tmp_path: Path) -> None:
    path = tmp_path / "bomb.jsonl.gz"
    with gzip.open(path, "wb", compresslevel=9) as file:
        for _ in range(400):
            file.write(b"\n" * 1_000_000)
    with pytest.raises(UsageError, match=r"bomb\.jsonl\.gz"):
        read_pairs(path)


def test_a_path_out_of_the_project_is_refused(tmp_path: Path) -> None:
    outside = lines(tmp_path, LABELLED)
    home = tmp_path / "home"
    (home / ".git").mkdir(parents=True)
    suite = suite_of(home, outside)
    (suite / "suite.toml").write_text('pairs = "../../../data.jsonl"\n')
    with pytest.raises(UsageError, match="leads out of the project"):
        load_suite(suite)


# Anything at all ends in pairs or in one clear error


def ends_well(path: Path) -> None:
    try:
        found = read_pairs(path)
    except UsageError as error:
        assert "\n" not in str(error)
        return
    assert found.pairs
    assert found.tally.read == found.tally.kept + found.tally.dropped.total()
    assert set(found.tally.dropped) <= set(REASONS)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=8,
)


def sample_rows() -> Iterator[dict[str, Any]]:
    """Objects of all samples, as far as JSON readers see them."""
    for path in SAMPLES:
        if path.suffix not in (".json", ".jsonl"):
            continue
        text = path.read_text(encoding="utf-8")
        try:
            found = [json.loads(text)]
        except ValueError:
            found = [json.loads(line) for line in text.splitlines() if line.strip()[:1] == "{"]
        for item in found:
            yield from (row for row in (item if isinstance(item, list) else [item]) if row)


ROWS = [row for row in sample_rows() if isinstance(row, dict)]


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=200), st.sampled_from([".json", ".jsonl", ".csv", ".tsv", ".gz"]))
def test_any_bytes(tmp_path: Path, content: bytes, suffix: str) -> None:
    path = tmp_path / f"data{suffix}"
    path.write_bytes(content)
    ends_well(path)


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_any_value_in_any_field_of_any_layout(tmp_path: Path, data: st.DataObject) -> None:
    row = dict(data.draw(st.sampled_from(ROWS)))
    for key in data.draw(st.lists(st.sampled_from(sorted(row)), max_size=2)):
        row[key] = data.draw(JSON)
    ends_well(lines(tmp_path, [row]))


@pytest.mark.parametrize("path", SAMPLES, ids=lambda p: f"{p.parent.name}-{p.name}")
def test_every_sample_ends_well(path: Path) -> None:
    ends_well(path)
