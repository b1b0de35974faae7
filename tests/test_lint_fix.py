"""`specharness lint --fix`: only what is safe, each change told, texts never touched."""

import json
import os
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from specharness.lint.checking import lint_suites
from specharness.lint.fixing import fix_pairs
from specharness.pairs import load_pairs
from specharness.suitefile import load_suite
from tests.lintsets import ROOMY, Row, clean_rows, make_suite, told
from tests.test_lint_output import make_project, type_in


def lines(rows: list[Row]) -> list[bytes]:
    return [json.dumps(row, ensure_ascii=False).encode() for row in rows]


def test_equal_lines_go_and_each_is_told(tmp_path: Path) -> None:
    rows = clean_rows(12)
    shuffled = dict(reversed(rows[2].items()))
    suite = make_suite(tmp_path / "tone", [*rows, rows[0], shuffled, rows[0]])
    path = suite.pairs_path.as_posix()
    assert fix_pairs(suite) == (
        f"{path}: line 13 removed, equal to line 1",
        f"{path}: line 14 removed, equal to line 3",
        f"{path}: line 15 removed, equal to line 1",
    )
    assert [json.loads(line) for line in suite.pairs_path.read_text().splitlines()] == rows
    assert fix_pairs(suite) == ()


def test_what_may_matter_stays(tmp_path: Path) -> None:
    rows = clean_rows(12)
    kept = [rows[0] | {"id": "other"}, rows[1] | {"tags": ["a"]}, rows[2] | {"must": True}]
    suite = make_suite(tmp_path / "tone", [*rows, *kept, "{", "{"])
    before = suite.pairs_path.read_bytes()
    assert fix_pairs(suite) == ()
    assert suite.pairs_path.read_bytes() == before
    assert told(lint_suites([suite]), "SH102") == [("SH102", n) for n in (13, 14, 15)]


def test_line_ends_are_cleaned_and_told_as_ranges(tmp_path: Path) -> None:
    rows = clean_rows(6)
    rows[5]["chosen"] = " outer blanks \r\n and a BOM \ufeff stay "
    some = lines(rows)
    untidy = [b"\xef\xbb\xbf" + some[0] + b"\r", some[1] + b"\r", some[2], b" \t" + some[3],
              some[4] + b"\r", b"  ", some[5]]  # fmt: skip
    suite = make_suite(tmp_path / "tone", untidy)
    path = suite.pairs_path.as_posix()
    assert fix_pairs(suite) == (
        f"{path}: byte order mark removed in line 1",
        f"{path}: carriage return (CRLF) removed in 3 lines (1-2, 5)",
        f"{path}: blanks around the object removed in 2 lines (4, 6)",
    )
    assert suite.pairs_path.read_bytes() == b"\n".join([*some[:5], b"", some[5], b""])


def test_other_layouts_and_other_encodings_stay_as_they_are(tmp_path: Path) -> None:
    rows = clean_rows(3)
    latin = make_suite(tmp_path / "a", [*lines(rows), b'{"prompt": "\xe9"}', lines(rows)[0]])
    other = make_suite(tmp_path / "b", [], 'pairs = "data.csv"\n' + ROOMY)
    (tmp_path / "b" / "data.csv").write_text("prompt,chosen,rejected\r\na,b,c\r\na,b,c\r\n")
    other = load_suite(other.folder)
    before = [suite.pairs_path.read_bytes() for suite in (latin, other)]
    assert fix_pairs(latin) == fix_pairs(other) == ()
    assert [suite.pairs_path.read_bytes() for suite in (latin, other)] == before


@pytest.mark.skipif(os.name == "nt", reason="rights and links of POSIX")
def test_rights_and_links_stay(tmp_path: Path) -> None:
    rows = clean_rows(3)
    suite = make_suite(tmp_path / "suites" / "tone", [*rows, rows[0]])
    real = tmp_path / "suites" / "real.jsonl"
    suite.pairs_path.rename(real)
    suite.pairs_path.symlink_to(real)
    real.chmod(0o640)
    assert len(fix_pairs(suite)) == 1
    assert suite.pairs_path.is_symlink() and real.stat().st_mode & 0o777 == 0o640


ENDS = st.sampled_from(["", " ", "\t", "\r", " \r"])


@given(st.lists(st.tuples(st.integers(0, 4), ENDS), max_size=9), st.booleans())
@settings(max_examples=40, deadline=None)
def test_pairs_are_the_same_after_a_fix_less_the_equal_ones(
    chosen: list[tuple[int, str]], mark: bool
) -> None:
    with tempfile.TemporaryDirectory() as room:
        check_fix(Path(room), chosen, mark)


def check_fix(room: Path, chosen: list[tuple[int, str]], mark: bool) -> None:
    rows = clean_rows(5)
    written = [json.dumps(rows[n]).encode() + end.encode() for n, end in chosen]
    start = [b"\xef\xbb\xbf" * mark + json.dumps(clean_rows(1, 9)[0] | {"id": "x"}).encode()]
    suite = make_suite(room / "tone", [*start, *written])
    fix_pairs(suite)
    wanted = [n for n, _ in dict(reversed(chosen)).items()]
    texts = {rows[n]["prompt"] for n in wanted}
    found = load_pairs(suite.pairs_path)
    assert {pair.prompt[0].content for pair in found[1:]} == texts
    assert len(found) == 1 + len(texts)
    assert fix_pairs(suite) == ()


def test_the_command_tells_what_it_fixed_and_what_is_left(tmp_path: Path) -> None:
    rows = clean_rows(12)
    root = make_project(tmp_path, rows[0], "{")
    done = type_in(root, "lint", "--fix")
    first, *rest = done.stdout.splitlines()
    assert first == "fixed suites/tone/pairs.jsonl: line 13 removed, equal to line 1"
    assert "suites/tone/pairs.jsonl:13: SH101 " in "\n".join(rest)
    assert "SH102" not in "\n".join(rest) and done.returncode == 1


def test_json_on_the_screen_is_json_whatever_was_fixed(tmp_path: Path) -> None:
    root = make_project(tmp_path, clean_rows(12)[0])
    done = type_in(root, "lint", "--fix", "--format", "json")
    assert json.loads(done.stdout)["counts"]["error"] == 0
    assert done.stderr.startswith("fixed suites/tone/pairs.jsonl: line 13 removed")
