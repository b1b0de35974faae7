"""Files into rows: CSV, TSV and Parquet."""

import csv
import datetime
import gzip
import io
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from specharness.errors import UsageError
from specharness.importers.judgement import Row
from specharness.importers.sources import read_rows
from specharness.importers.tablerows import separator
from tests.test_importers_sources import places, problem, read, written

AB = {"a": "1", "b": "2"}


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("f.csv", "a,b\n1,2\n"),
        ("f.csv", "a,b\r\n1,2"),
        ("f.csv", "a,b\r1,2\r"),
        ("f.csv", "a;b\n1;2\n"),
        ("f.csv", "a\tb\n1\t2\n"),
        ("f.tsv", "a\tb\n1\t2\n"),
        ("f.tab", '"a"\t"b"\n"1"\t2\n'),
        ("f", "a,b\n1,2\n"),
        ("f.txt", "a\tb\n1\t2\n"),
        ("f.csv", "\ufeffa,b\n1,2\n"),
        ("f.csv", " a , b\n1,2\n"),
    ],
)
def test_a_table_is_read_with_strings_for_cells(tmp_path, name, content):
    path = written(tmp_path, name, content)
    assert read(path) == ([AB], [])
    assert places(path) == [":2"]
    assert read(written(tmp_path, f"{name}.gz", gzip.compress(content.encode()))) == ([AB], [])
    assert read(written(tmp_path, "u.csv", content.lstrip("\ufeff").encode("utf-16")))[0] == [AB]


def test_only_the_headings_say_what_separates(tmp_path):
    assert separator("a") == "," and separator("") == ","
    assert separator('"x;y;z",b') == ","
    assert separator('a;"b,c,d";e') == ";"
    assert separator('"the ""best""",b') == ","
    path = written(tmp_path, "f.csv", "text,b\none; two; three,4\n")
    assert read(path) == ([{"text": "one; two; three", "b": "4"}], [])
    path = written(tmp_path, "f.tsv", "a,b\tc\n1\t2\n")
    assert read(path) == ([{"a,b": "1", "c": "2"}], [])


def test_a_place_is_the_line_a_row_begins_on(tmp_path):
    content = 'a,b\n"1\n\n2",x\n\n,\n"he said ""hi""","y,\r\nz"\nlast,\n'
    path = written(tmp_path, "f.csv", content)
    rows, dropped = read(path)
    assert rows == [
        {"a": "1\n\n2", "b": "x"}, {"a": 'he said "hi"', "b": "y,\r\nz"}, {"a": "last", "b": ""}
    ]  # fmt: skip
    assert dropped == []
    assert places(path) == [":2", ":7", ":9"]


def test_headings_over_two_lines(tmp_path):
    path = written(tmp_path, "f.csv", '"a\nb",c\n1,2\n')
    assert read(path) == ([{"a\nb": "1", "c": "2"}], [])
    assert places(path) == [":3"]


def test_rows_of_another_width_are_told_and_trailing_empty_cells_are_not(tmp_path):
    rows = "1,2\n1,2,3\n1\n1,2,,\n1,2,,x\n"
    path = written(tmp_path, "f.csv", "a,b\n" + rows)
    assert read(path) == (
        [AB, AB],
        [
            (":3", "3 cells under 2 headings"),
            (":4", "1 cell under 2 headings"),
            (":6", "4 cells under 2 headings"),
        ],
    )


def test_the_first_heading_may_be_empty(tmp_path):
    path = written(tmp_path, "f.csv", ",a\n0,1\n")
    assert read(path) == ([{"": "0", "a": "1"}], [])
    path = written(tmp_path, "f.csv", ",a,,\n0,1,2,\n")
    assert read(path) == ([{"": "0", "a": "1"}], [])


def test_headings_that_cannot_be_told_apart_are_an_error(tmp_path):
    told = problem(written(tmp_path, "f.csv", "a,b, a\n1,2,3\n"))
    assert "f.csv:1: two columns are headed 'a'" in told
    assert "no headings" in problem(written(tmp_path, "f.csv", ",,\n1,2,3\n"))
    assert "no records" in problem(written(tmp_path, "f.csv", "a,b\n"))
    assert "no records" in problem(written(tmp_path, "f.csv", "a,b\n,\n\n"))
    assert "headings are no UTF-8" in problem(written(tmp_path, "f.csv", b"a,b\xe9\n1,2\n"))


def test_a_quote_out_of_place_is_an_error_with_the_line_of_its_row(tmp_path):
    for bad in ('"one "two" three",2', r'"one \"two\" three",2', '"never closed,2\n3,4\n5,6'):
        told = problem(written(tmp_path, "f.csv", f"a,b\n1,2\n{bad}\n"))
        assert "f.csv:3: no sound table" in told
    assert read(written(tmp_path, "f.csv", 'a,b\n5" disk,2\n')) == (
        [{"a": '5" disk', "b": "2"}],
        [],
    )


def test_bytes_that_are_no_utf_8_spoil_one_row(tmp_path):
    path = written(tmp_path, "f.csv", b'a,b\n1,2\n"x\n\xe9\n",2\n1,2\n')
    assert read(path) == ([AB, AB], [(":3", "bytes that are no UTF-8")])


def test_a_table_without_one_sound_row_is_an_error(tmp_path):
    told = problem(written(tmp_path, "f.csv", "a,b\n1\n2\n"))
    assert "f.csv:2: nothing in it can be parsed (first: 1 cell under 2 headings)" in told


def test_zero_bytes_and_long_cells_are_text(tmp_path):
    long = "x" * 10_000_000
    path = written(tmp_path, "f.csv", f"a,b\n{long},z\0z\n")
    assert read(path) == ([{"a": long, "b": "z\0z"}], [])


def test_a_row_that_never_ends_is_an_error_before_it_fills_the_memory(tmp_path):
    path = written(tmp_path, "f.csv", 'a,b\n"' + ("1,2" * 341 + "\n") * 2**16)
    told = problem(path)
    assert "f.csv:2: a row of more than 64 MiB, or a quote that is never closed" in told


CELLS = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)


@given(rows=st.lists(st.tuples(CELLS, CELLS).filter(any), min_size=1, max_size=5))
@settings(max_examples=80, deadline=None)
def test_what_csv_writes_comes_back(tmp_path_factory, rows):
    for mark, name in ((",", "f.csv"), (";", "f.csv"), ("\t", "f.tsv")):
        out = io.StringIO()
        csv.writer(out, delimiter=mark).writerows([("a", "b"), *rows])
        path = written(tmp_path_factory.getbasetemp() / "table", name, out.getvalue())
        assert read(path) == ([{"a": a, "b": b} for a, b in rows], [])


# Parquet

TURNS = [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Hello"}]


@pytest.fixture
def parquet(tmp_path):
    """A function that writes columns to a Parquet file."""
    pa = pytest.importorskip("pyarrow")
    writer = pytest.importorskip("pyarrow.parquet")

    def write(columns, name="f.parquet", **how):
        path = tmp_path / name
        writer.write_table(
            columns if isinstance(columns, pa.Table) else pa.table(columns), path, **how
        )
        return path

    return write


def test_parquet_rows_are_plain_values(parquet):
    path = parquet({"prompt": ["p", None], "chosen": [TURNS, []], "n": [1, 2], "ok": [True, None]})
    rows = list(read_rows(path))
    assert rows == [
        Row(data={"prompt": "p", "chosen": TURNS, "n": 1, "ok": True}, where=f"{path}#1"),
        Row(data={"prompt": None, "chosen": [], "n": 2, "ok": None}, where=f"{path}#2"),
    ]


def test_parquet_values_json_has_no_word_for(parquet):
    pa = pytest.importorskip("pyarrow")
    table = {
        "nan": [float("nan")],
        "price": [Decimal("1.50")],
        "day": [datetime.date(2024, 5, 6)],
        "nano": pa.array([1], pa.timestamp("ns")),
        "bytes": [b"caf\xc3\xa9"],
        "image": [{"bytes": b"\x89PNG\xff"}],
        "kind": pa.array(["x"]).dictionary_encode(),
        "map": pa.array([[("k", 1)]], pa.map_(pa.string(), pa.int32())),
        "none": pa.array([[]], pa.map_(pa.string(), pa.int32())),
        "float": pa.array([0.5], pa.float32()),
    }
    (row,), dropped = read(parquet(table))
    assert dropped == []
    assert row == {
        "nan": None, "price": 1.5, "day": "2024-05-06",
        "nano": "1970-01-01 00:00:00.000000001", "bytes": "café", "image": {"bytes": {"bytes": 5}},
        "kind": "x", "map": {"k": 1}, "none": {}, "float": 0.5,
    }  # fmt: skip


def test_parquet_rows_with_an_infinite_number_are_told(parquet):
    path = parquet({"n": [1.0, float("inf")]})
    assert read(path) == ([{"n": 1.0}], [("#2", "a number out of range")])


def test_parquet_in_many_groups_packed_or_without_its_suffix(parquet, tmp_path):
    path = parquet({"n": list(range(2_000))}, row_group_size=300)
    numbers = [{"n": n} for n in range(2_000)]
    assert read(path) == (numbers, [])
    for name, content in {
        "g": path.read_bytes(),
        "g.jsonl": path.read_bytes(),
        "g.parquet.gz": gzip.compress(path.read_bytes()),
    }.items():
        assert read(written(tmp_path, name, content)) == (numbers, [])


def test_parquet_that_is_none_or_damaged_is_an_error(parquet, tmp_path):
    assert "no Parquet file" in problem(written(tmp_path, "g.parquet", '{"a": 1}\n'))
    good = parquet({"a": ["x" * 50] * 50, "b": list(range(50))}).read_bytes()
    for end in range(4, len(good), 25):
        told = problem(written(tmp_path, "g.parquet", good[:end]))
        assert "not a Parquet file that can be read" in told
    assert "no records" in problem(parquet({"a": []}))


def test_parquet_with_any_byte_changed_ends_in_rows_or_one_error(parquet, tmp_path):
    good = parquet({"a": ["x", "y"], "b": [TURNS, TURNS]}).read_bytes()
    for at in range(4, len(good), 7):
        path = written(tmp_path, "g.parquet", good[:at] + bytes([good[at] ^ 0xFF]) + good[at + 1 :])
        try:
            list(read_rows(path))
        except UsageError as error:
            assert "\n" not in str(error) and str(error).isprintable()


def test_parquet_with_two_columns_of_a_name_is_an_error(parquet):
    pa = pytest.importorskip("pyarrow")
    table = pa.Table.from_arrays([pa.array([1]), pa.array([2])], names=["a", "a"])
    assert "two columns are called 'a'" in problem(parquet(table))
