"""Files into rows: JSON in all its shapes, packing, folders and what cannot be read."""

import gzip
import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from specharness.errors import UsageError
from specharness.importers.judgement import REASONS, Dropped, Row
from specharness.importers.sources import read_rows

A, B, C = {"q": "one"}, {"q": "two"}, {"q": "three"}
LINES = '{"q": "one"}\n{"q": "two"}\n'


def written(folder, name, content):
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def read(path):
    """The data of the rows; what was dropped as (place after the path, detail)."""
    rows = list(read_rows(path))
    places = [row.where.removeprefix(str(path)) for row in rows]
    dropped = [(w, r.detail) for w, r in zip(places, rows, strict=True) if isinstance(r, Dropped)]
    return [r.data for r in rows if isinstance(r, Row)], dropped


def places(path):
    return [row.where.removeprefix(str(path)) for row in read_rows(path)]


def problem(path):
    with pytest.raises(UsageError) as caught:
        list(read_rows(path))
    told = str(caught.value)
    assert "\n" not in told and len(told) < 400 + 2 * len(str(path))
    return told


@pytest.mark.parametrize("suffix", [".jsonl", ".json", ".ndjson", "", ".data"])
@pytest.mark.parametrize(
    "content",
    [
        LINES,
        "\n\n" + LINES.replace("\n", "\r\n\r\n"),
        LINES.strip().replace("\n", "\r"),
        '[{"q": "one"}, {"q": "two"}]',
        '{"version": 1,\n "rows": [{"q": "one"}, {"q": "two"}]}',
    ],
    ids=["lines", "blank lines", "carriage returns", "list", "document"],
)
def test_the_content_decides_and_not_the_suffix(tmp_path, suffix, content):
    path = written(tmp_path, f"f{suffix}", content)
    assert read(path) == ([A, B], [])


def test_json_called_a_table_is_still_json(tmp_path):
    for name in ("f.csv", "f.tsv", "f.csv.gz"):
        assert read(written(tmp_path, name, LINES)) == ([A, B], [])
        assert read(written(tmp_path, name, json.dumps([A, B]))) == ([A, B], [])


def test_a_list_over_many_lines_is_read_whatever_its_suffix(tmp_path):
    for suffix in (".json", ".jsonl", ""):
        path = written(tmp_path, f"f{suffix}", json.dumps([A, B], indent=2))
        assert read(path) == ([A, B], [])
        assert places(path) == ["#1", "#2"]


def test_one_object_over_many_lines_is_one_record(tmp_path):
    record = {"prompt": "p", "chosen": {"text": "c"}, "rejected": {"text": "r"}, "n": [1, 2]}
    for suffix in (".json", ".jsonl"):
        path = written(tmp_path, f"f{suffix}", json.dumps(record, indent=1))
        assert read(path) == ([record], [])
        assert places(path) == ["#1"]


def test_a_line_is_told_by_its_number_and_an_element_by_its_place(tmp_path):
    path = written(tmp_path, "f.jsonl", f"\n{json.dumps(A)}\n\n  \n{json.dumps(B)}")
    assert places(path) == [":2", ":5"]
    assert next(iter(read_rows(path))) == Row(data=A, where=f"{path}:2")


def test_one_line_of_a_jsonl_file_is_a_record_even_if_a_list_is_in_it(tmp_path):
    row = {"rows": [A, B]}
    assert read(written(tmp_path, "f.jsonl", json.dumps(row))) == ([row], [])
    assert read(written(tmp_path, "f.json", json.dumps(row))) == ([A, B], [])


def test_what_is_no_object_is_a_row_too_since_the_layouts_judge_it(tmp_path):
    path = written(tmp_path, "f.jsonl", '1\n"two"\nnull\n[3]\n')
    assert read(path) == ([1, "two", None, [3]], [])
    assert read(written(tmp_path, "f.json", '[1, "two", null, [3]]')) == ([1, "two", None, [3]], [])


def test_a_line_that_cannot_be_parsed_is_told_and_the_rest_is_read(tmp_path):
    lines = [b'{"q": "one"}', b'{"q": ', b'{"q": "one"} {}', b'{"q": "\xff"}', b"", b'{"q": "two"}']
    path = written(tmp_path, "f.jsonl", b"\n".join(lines))
    rows, dropped = read(path)
    assert rows == [A, B]
    assert [where for where, _ in dropped] == [":2", ":3", ":4"]
    assert all(row.reason in REASONS for row in read_rows(path) if isinstance(row, Dropped))


def test_the_first_line_may_be_the_broken_one(tmp_path):
    path = written(tmp_path, "f.jsonl", '{"q": \n' + LINES)
    assert read(path)[0] == [A, B]
    assert "f.json:3: not valid JSON" in problem(written(tmp_path, "f.json", '{"q": \n' + LINES))


BAD = {
    '{"a": 1, "a": 2}': "the key 'a' stands twice",
    '{"x": {"y": [{"b": 1, "b": 1}]}}': "the key 'b' stands twice",
    '{"a": NaN}': "NaN is no JSON",
    '{"a": [-Infinity]}': "-Infinity is no JSON",
    '{"a": 1e999}': "a number out of range",
    '{"a": ' + "9" * 5000 + "}": "a number with too many digits",
    '{"a": ' + "[" * 300 + "]" * 300 + "}": "nested deeper than 200 levels",
    '{"a": ' + '{"b":' * 300 + "1" + "}" * 301: "nested deeper than 200 levels",
}


@pytest.mark.parametrize(("bad", "told"), BAD.items(), ids=BAD.values())
def test_json_that_python_would_take_is_told_and_the_rest_is_read(tmp_path, bad, told):
    as_lines = written(tmp_path, "f.jsonl", f"{json.dumps(A)}\n{bad}\n{json.dumps(B)}")
    rows, dropped = read(as_lines)
    assert (rows, [where for where, _ in dropped]) == ([A, B], [":2"])
    assert told in dropped[0][1]
    for content in (f"[{json.dumps(A)}, {bad}, {json.dumps(B)}]", f'{{"rows": [{bad}, [], {{}}]}}'):
        rows, dropped = read(written(tmp_path, "f.json", content))
        assert len(rows) == 2 and len(dropped) == 1
        assert told in dropped[0][1]


@pytest.mark.parametrize(("bad", "told"), BAD.items(), ids=BAD.values())
def test_a_first_line_with_a_fault_does_not_make_a_document_of_the_file(tmp_path, bad, told):
    for name in ("f.jsonl", "f.json"):
        rows, dropped = read(written(tmp_path, name, f"{bad}\n{LINES}"))
        assert rows == [A, B]
        assert told in dropped[0][1]


@pytest.mark.parametrize("opening", ["[", '{"a":', '[{"a":'])
def test_nesting_of_any_depth_is_an_error_and_no_crash(tmp_path, opening):
    deep = opening * 100_000
    assert "nested too deep" in problem(written(tmp_path, "f.json", deep))
    assert "nested too deep" in problem(written(tmp_path, "f.jsonl", deep))
    rows, dropped = read(written(tmp_path, "g.jsonl", LINES + deep))
    assert rows == [A, B]
    assert "nested too deep" in dropped[0][1]


def test_a_list_that_breaks_off_is_an_error_after_its_rows_with_the_place(tmp_path):
    rows = read_rows(written(tmp_path, "f.json", '[{"q": "one"},\n {"q": "two"},\n {"q": oops}]'))
    assert [next(rows).data, next(rows).data] == [A, B]
    with pytest.raises(UsageError, match=r"f\.json:3: not valid JSON \(Expecting value at column"):
        next(rows)


def test_each_way_to_break_off_is_told(tmp_path):
    whole = json.dumps([{"q": "one", "n": [1.5, True, None]}, {"r": "two"}], indent=1)
    for end in range(1, len(whole)):
        told = problem(written(tmp_path, "f.json", whole[:end]))
        assert "not valid JSON" in told or "parsed" in told, told


def test_what_follows_a_list_or_a_document_is_an_error(tmp_path):
    assert "f.json:2: something follows" in problem(written(tmp_path, "f.json", "[{}]\n[{}]"))
    two = json.dumps(A, indent=1) * 2
    assert "several JSON values" in problem(written(tmp_path, "f.json", two))


def test_a_column_is_right_far_into_one_long_line(tmp_path):
    good = json.dumps(A) + ", "
    text = "[" + good * 100_000 + "oops]"
    told = problem(written(tmp_path, "f.json", text))
    assert f"f.json:1: not valid JSON (Expecting value at column {text.index('oops') + 1})" in told


def test_values_at_every_border_of_the_pieces_in_memory_are_whole(tmp_path):
    numbers = [1.5e3, -0.25, 123456789, 1e-7, True, None, 'é"\\', "😀"]
    for shift in range(40):
        rows = [{"pad": "x" * (2**18 - 120 + shift)}, *numbers * 3, {"long": "y" * 600_000}, A]
        path = written(tmp_path, "f.json", json.dumps(rows, ensure_ascii=shift % 2 == 0))
        assert read(path) == (rows, [])


# which list of an object holds the records


def document(folder, value, name="f.json"):
    rows = list(read_rows(written(folder, name, json.dumps(value, indent=1))))
    return [row.data for row in rows], rows[0].document


def test_what_stands_around_the_records_is_seen_even_after_them(tmp_path):
    value = {"metadata": {"n": 1}, "comparisons": [A, B], "annotators": {"x": {"name": "X"}}}
    rows, around = document(tmp_path, value)
    assert rows == [A, B]
    assert around == {"metadata": {"n": 1}, "annotators": {"x": {"name": "X"}}}


def test_a_list_further_inside_leaves_its_neighbours_around(tmp_path):
    results = {"version": 3, "prompts": [{"label": "p"}], "results": [A, B, C], "stats": {"n": 2}}
    rows, around = document(tmp_path, {"id": "e", "results": results, "config": {}})
    assert rows == [A, B, C]
    del results["results"]
    assert around == {"id": "e", "results": results, "config": {}}


def test_large_lists_are_no_surroundings(tmp_path):
    value = {"log": [{"n": n} for n in range(101)], "few": [A] * 100, "rows": [B] * 3}
    rows, around = document(tmp_path, value)
    assert rows == [B] * 3
    assert around == {"few": [A] * 100}


def test_a_name_goes_before_length_and_length_decides_the_rest(tmp_path):
    assert document(tmp_path, {"prompts": [A] * 5, "data": [B] * 2})[0] == [B] * 2
    assert document(tmp_path, {"tasks": [A], "annotations": [B] * 2})[0] == [B] * 2
    assert document(tmp_path, {"mine": [A] * 2, "yours": [B]})[0] == [A] * 2


def test_two_lists_as_long_as_each_other_are_an_error_that_names_them(tmp_path):
    told = problem(written(tmp_path, "f.json", json.dumps({"mine": [A], "deep": {"er": [B]}})))
    assert "several lists may be the records ('mine' with 1, 'deep.er' with 1)" in told
    told = problem(written(tmp_path, "f.json", json.dumps({"data": [A], "rows": [B], "x": [A, B]})))
    assert "('data' with 1, 'rows' with 1)" in told


TURNS = [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Hello"}]


@pytest.mark.parametrize(
    "record",
    [
        {"prompt": TURNS[:1], "chosen": TURNS[1:], "rejected": TURNS[1:]},
        {"conversations": [{"from": "human", "value": "Hi"}], "chosen": "x", "rejected": "y"},
        {"instruction": "i", "completions": [{"model": "a"}, {"model": "b"}]},
        {"fields": {"p": "x"}, "responses": {"better": [{"value": "a", "user_id": "u"}]}},
        {
            "data": {"p": "x"},
            "annotations": [{"completed_by": 1, "result": [{"type": "pairwise"}]}],
        },
        {"prompt": {"text": "x", "replies": [{"text": "y", "replies": [{"text": "z"}]}]}},
        {"prompt": "p", "scores": [1, 2, 3]},
    ],
    ids=["messages", "turns", "completions", "responses", "annotations", "tree", "numbers"],
)
def test_lists_that_belong_to_one_record_are_not_the_records(tmp_path, record):
    assert document(tmp_path, record) == ([record], {})


def test_a_fault_around_the_records_is_an_error_with_its_line(tmp_path):
    told = problem(written(tmp_path, "f.json", '{"rows": [{"q": 1}],\n "stats": NaN}'))
    assert "f.json:2: NaN is no JSON" in told
    told = problem(written(tmp_path, "f.json", '{"rows": [{"q": 1}],\n "a": 1,\n "a": 2}'))
    assert "f.json:3: the key 'a' stands twice" in told


def test_the_rows_of_a_large_document_are_all_there(tmp_path):
    rows = [{"n": n, "text": "é" * 100} for n in range(5_000)]
    found, around = document(tmp_path, {"a": "ü" * 1000, "rows": rows, "z": 1})
    assert found == rows
    assert around == {"a": "ü" * 1000, "z": 1}


# packing and encodings


@pytest.mark.parametrize("name", ["f.jsonl.gz", "f.jsonl", "f.gz", "f", "F.JSONL.GZ", "f.json.gz"])
def test_gzip_is_recognised_by_its_first_bytes(tmp_path, name):
    path = written(tmp_path, name, gzip.compress(LINES.encode()))
    assert read(path) == ([A, B], [])
    assert places(path) == [":1", ":2"]


def test_a_gz_suffix_alone_packs_nothing(tmp_path):
    assert read(written(tmp_path, "f.jsonl.gz", LINES)) == ([A, B], [])


def test_several_gzip_members_are_one_text(tmp_path):
    parts = gzip.compress(LINES[:8].encode()) + gzip.compress(LINES[8:].encode())
    assert read(written(tmp_path, "f.jsonl.gz", parts)) == ([A, B], [])


def test_broken_gzip_is_an_error_and_no_short_file(tmp_path):
    packed = gzip.compress(LINES.encode() * 5_000)
    for content in (
        packed[:-9],
        packed[: len(packed) // 2],
        packed[:500] + b"x" * 9 + packed[509:],
    ):
        assert "gzip data is cut or damaged" in problem(written(tmp_path, "f.jsonl.gz", content))
    assert "gzip twice" in problem(written(tmp_path, "f.jsonl.gz", gzip.compress(packed)))
    for end in range(2, 20):
        assert "gzip" in problem(written(tmp_path, "f.gz", gzip.compress(b"{}")[:end]))


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"])
@pytest.mark.parametrize("name", ["f.jsonl", "f.json", "f.jsonl.gz"])
def test_byte_order_marks_are_understood(tmp_path, encoding, name):
    mark = "\ufeff" if encoding[-3:] in ("-le", "-be") else ""
    content = (mark + '{"q": "ü😀"}\n' * 2).encode(encoding)
    path = written(tmp_path, name, gzip.compress(content) if name.endswith("gz") else content)
    assert read(path) == ([{"q": "ü😀"}] * 2, [])


def test_utf_16_without_a_mark_or_cut_is_an_error(tmp_path):
    assert "zero byte" in problem(written(tmp_path, "f.jsonl", LINES.encode("utf-16-le")))
    assert "UTF-16" in problem(written(tmp_path, "f.jsonl", LINES.encode("utf-16")[:-1]))


def test_bytes_that_are_no_utf_8_spoil_one_element(tmp_path):
    path = written(tmp_path, "f.json", b'[{"q": "one"}, {"q": "\xe9"}, {"q": "two"}]')
    assert read(path) == ([A, B], [("#2", "bytes that are no UTF-8")])


def test_an_escaped_half_character_is_left_to_the_ledger(tmp_path):
    assert read(written(tmp_path, "f.jsonl", '{"q": "\\ud800"}\n')) == ([{"q": "\ud800"}], [])


FOREIGN = [b"PK\x03\x04rest", b"BZh91AY", b"\xfd7zXZ\0", b"\x28\xb5\x2f\xfd", b"ARROW1\0\0",
           b"SQLite format 3\0", b"\x89PNG\r\n\x1a\n\0\0"]  # fmt: skip


@pytest.mark.parametrize("content", FOREIGN)
def test_other_files_are_told_by_name_or_refused(tmp_path, content):
    for name in ("f.jsonl", "f.json", "f.csv", "f"):
        assert problem(written(tmp_path, name, content + b"," * 50))


def test_files_without_records_are_errors(tmp_path):
    assert "is empty" in problem(written(tmp_path, "f.jsonl", ""))
    assert "is empty" in problem(written(tmp_path, "f.jsonl.gz", gzip.compress(b"")))
    assert "nothing but blanks" in problem(written(tmp_path, "f.jsonl", " \n\n"))
    assert "nothing but blanks" in problem(written(tmp_path, "f.json", b"\xef\xbb\xbf"))
    assert "no records" in problem(written(tmp_path, "f.json", "[ ]"))


def test_files_that_are_something_else_are_errors(tmp_path):
    told = problem(written(tmp_path, "f.jsonl", "Dear all,\nhello\n"))
    assert "f.jsonl:1: nothing in it can be parsed (first: Expecting value at column 1)" in told
    assert "neither JSON nor a table" in problem(written(tmp_path, "f.json", "// x\n{}"))
    assert "neither JSON nor a table" in problem(written(tmp_path, "f", "just a line\n"))
    assert "nothing in it can be parsed" in problem(written(tmp_path, "f.json", "[NaN]"))


def test_paths_that_cannot_be_read_are_errors(tmp_path):
    assert "No such file" in problem(tmp_path / "none.jsonl")
    assert "not a regular file" in problem(Path("/dev/null"))
    assert "zero byte" in problem(Path("a\0b"))
    assert "cannot be read" in problem(Path("n" * 5000))
    circle = tmp_path / "circle.jsonl"
    circle.symlink_to(circle)
    assert "cannot be read" in problem(circle)


def test_a_file_without_permission_is_an_error(tmp_path):
    path = written(tmp_path, "f.jsonl", LINES)
    path.chmod(0)
    try:
        path.read_bytes()
    except PermissionError:
        assert "Permission denied" in problem(path)
    else:  # who may read everything (root) cannot be refused
        assert read(path) == ([A, B], [])


# folders


def test_a_folder_is_read_by_name_without_what_documents_it(tmp_path):
    written(tmp_path, "b.jsonl", '{"q": "two"}\n')
    written(tmp_path, "a/z.json", '[{"q": "one"}]')
    written(tmp_path, "c.csv", "q\nthree\n")
    names = ["README.md", "LICENSE", "UPSTREAM_LICENSE", "notes.txt", ".hidden.jsonl", "_SUCCESS",
             ".git/x.jsonl", "a/.DS_Store", "dataset_info.json", "README", "NOTICE"]  # fmt: skip
    for name in names:
        written(tmp_path, name, "no data")
    rows, dropped = read(tmp_path)
    assert (rows, dropped) == ([A, B, C], [])
    assert places(tmp_path) == ["/a/z.json#1", "/b.jsonl:1", "/c.csv:2"]


def test_a_folder_without_data_is_an_error(tmp_path):
    written(tmp_path, "README.md", "x")
    assert "no data files" in problem(tmp_path)
    written(tmp_path, "a.json", "[]")
    assert "no records" in problem(tmp_path)


def test_an_empty_list_among_full_files_is_no_error(tmp_path):
    written(tmp_path, "a.json", "[]")
    written(tmp_path, "b.jsonl", LINES)
    assert read(tmp_path) == ([A, B], [])


def test_links_out_of_the_folder_are_refused(tmp_path):
    outside = written(tmp_path, "outside/f.jsonl", LINES)
    inside = written(tmp_path, "data/g.jsonl", '{"q": "three"}\n').parent
    (inside / "link.jsonl").symlink_to(outside)
    assert "link.jsonl: a link that leads out" in problem(inside)
    (inside / "link.jsonl").unlink()
    (inside / "more").symlink_to(outside.parent)
    assert "more: a link that leads out" in problem(inside)
    (inside / "more").unlink()
    (inside / "circle.jsonl").symlink_to(inside / "circle.jsonl")
    assert "circle.jsonl" in problem(inside)


def test_links_inside_the_folder_count_a_file_once(tmp_path):
    written(tmp_path, ".blobs/x", LINES)
    (tmp_path / "a.jsonl").symlink_to(tmp_path / ".blobs/x")
    written(tmp_path, "b.jsonl", '{"q": "three"}\n')
    (tmp_path / "again.jsonl").symlink_to(tmp_path / "b.jsonl")
    (tmp_path / "round").symlink_to(tmp_path)
    assert read(tmp_path) == ([A, B, C], [])


# any bytes at all

JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)  # fmt: skip


@given(rows=st.lists(JSON_VALUES, min_size=1, max_size=6), ascii_only=st.booleans())
@settings(max_examples=80, deadline=None)
def test_json_values_come_back_from_lines_and_lists(tmp_path_factory, rows, ascii_only):
    folder = tmp_path_factory.mktemp("f")

    def dump(value, **how):
        return json.dumps(value, ensure_ascii=ascii_only, **how).encode()

    lines = b"\n".join(dump(row) for row in rows)
    for name, content in {
        "a.jsonl": b'{"n": 0}\n' + lines,
        "b.json": b'[{"n": 0},' + dump(rows)[1:],
        "c.json": dump([{"n": 0}, *rows], indent=2),
    }.items():
        found, dropped = read(written(folder, name, content))
        assert (found, dropped) == ([{"n": 0}, *rows], [])


MARKS = [
    b"",
    b"\xef\xbb\xbf",
    b"\xff\xfe",
    b"\xfe\xff",
    b"\x1f\x8b",
    b"PAR1",
    b"{",
    b"[",
    b'"',
    b"sep=;\n",
]
PIECES = st.sampled_from(
    [b'{"a": 1}', b"\n", b"\r", b",", b";", b"\t", b'"', b"[", b"]", b"{", b"}", b":", b"\0",
     b'{"rows": [', b'"x"', b"a,b\n", b"1,2\n", b"\xff", b"\xed\xa0\x80", "é".encode(), b"NaN"]
)  # fmt: skip
ANYTHING = st.builds(
    lambda mark, body, packed: gzip.compress(mark + body) if packed else mark + body,
    st.sampled_from(MARKS),
    st.binary(max_size=60) | st.lists(PIECES, max_size=12).map(b"".join),
    st.booleans(),
)
SUFFIXES = ["", ".jsonl", ".json", ".csv", ".tsv", ".parquet", ".gz", ".csv.gz", ".txt"]


@pytest.mark.parametrize("suffix", SUFFIXES)
@given(content=ANYTHING)
@settings(max_examples=60, deadline=None)
def test_any_bytes_end_in_rows_or_one_clear_error(tmp_path_factory, suffix, content):
    path = written(tmp_path_factory.getbasetemp() / "any", f"f{suffix}", content)
    try:
        rows = list(read_rows(path))
    except UsageError as error:
        assert "\n" not in str(error) and str(error).isprintable()
    else:
        assert rows and any(isinstance(row, Row) for row in rows)
        assert all(isinstance(r, Row) or r.reason == "malformed" for r in rows)
