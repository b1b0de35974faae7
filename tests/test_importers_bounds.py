"""Files into rows: how much memory they may take, and what is refused before it does harm."""

import gzip
import json
import subprocess
import sys

import pytest

from specharness.errors import UsageError
from specharness.importers.sources import read_rows
from tests.test_importers_sources import problem, written

MIB = 2**20
LONG = json.dumps({"prompt": "p", "chosen": "c" * 10_000, "rejected": "é" * 5_000, "n": 1.5})
COUNT = """
import sys
from pathlib import Path
from specharness.importers.sources import read_rows
print(sum(1 for _ in read_rows(Path(sys.argv[1]))))
print(Path("/proc/self/status").read_text())
"""
SHAPES = {
    "f.jsonl": ("", LONG + "\n", ""),
    "array.json": ("[", LONG + ",\n", LONG + "]"),
    "one_line.json": ("[", LONG + ",", LONG + "]"),
    "document.json": ('{"a": 1, "data": [', LONG + ", ", LONG + '], "z": 2}'),
    "f.csv": ("a,b\n", '"' + "x\n" * 50 + '",' + "y" * 30_000 + "\n", ""),
}


@pytest.mark.skipif(sys.platform != "linux", reason="measured by /proc")
@pytest.mark.parametrize("name", SHAPES)
def test_a_file_of_60_mb_needs_little_more_memory_than_python_itself(tmp_path, name):
    before, row, after = SHAPES[name]
    rows = 60_000_000 // len(row)
    path = tmp_path / name
    with path.open("w", encoding="utf-8") as file:
        file.write(before)
        file.writelines(row for _ in range(rows))
        file.write(after)
    script = [sys.executable, "-c", COUNT, str(path)]
    done = subprocess.run(script, capture_output=True, text=True, check=True)
    found, *status = done.stdout.split()
    assert int(found) == rows + bool(after)
    # not ru_maxrss, in which the process that started this one shows
    kilobytes = int(status[status.index("VmHWM:") + 1])
    assert kilobytes < 60_000


def test_reading_text_loads_nothing_heavy():
    code = "import sys, specharness.importers.sources; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not {"pyarrow", "numpy", "pandas", "hypothesis"} & set(done.stdout.split())


def test_parquet_without_pyarrow_names_what_to_install(tmp_path):
    path = written(tmp_path, "f.parquet", b"PAR1" + b"\0" * 20)
    code = (
        "import sys; sys.modules['pyarrow'] = None\n"  # as if it were not installed
        "from pathlib import Path\n"
        "from specharness.importers.sources import read_rows\n"
        "list(read_rows(Path(sys.argv[1])))"
    )
    script = [sys.executable, "-c", code, str(path)]
    done = subprocess.run(script, capture_output=True, text=True, check=False)
    assert "pip install 'specharness[parquet]'" in done.stderr


BOMBS = {
    "f.jsonl.gz": (b'{"q": 1}\n', b'{"q": "' + b"x" * MIB + b'"}\n'),
    "f.json.gz": (b"[1", b"\n" * MIB),
    "f.csv.gz": (b"a,b\n", b"x" * MIB + b",y\n"),
}


@pytest.mark.parametrize("name", BOMBS)
def test_a_zip_bomb_is_refused(tmp_path, name):
    head, body = BOMBS[name]
    path = written(tmp_path, name, gzip.compress(head) + gzip.compress(body) * 300)
    assert path.stat().st_size < MIB
    assert "unpacks to over 256 MiB and over 200 times its size" in problem(path)


def test_what_packs_well_but_is_small_is_read(tmp_path):
    path = written(tmp_path, "f.jsonl.gz", gzip.compress(b'{"q": 1}\n' * 200_000))
    assert path.stat().st_size * 200 < 9 * 200_000
    assert sum(1 for _ in read_rows(path)) == 200_000


def test_parquet_that_unpacks_to_too_much_is_refused(tmp_path):
    pa = pytest.importorskip("pyarrow")
    writer = pytest.importorskip("pyarrow.parquet")
    table = pa.table({"a": ["x" * MIB] * 10})
    path = tmp_path / "f.parquet"
    how = {"compression": "zstd", "use_dictionary": False, "write_statistics": False}
    with writer.ParquetWriter(path, table.schema, **how) as out:
        for _ in range(30):
            out.write_table(table)
    assert path.stat().st_size < MIB
    assert "unpacks to over 256 MiB and over 200 times its size" in problem(path)


def test_parquet_that_repeats_a_long_value_too_often_is_refused(tmp_path):
    pa = pytest.importorskip("pyarrow")
    column = pa.DictionaryArray.from_arrays(pa.array([0] * 600, pa.int32()), ["x" * MIB])
    path = tmp_path / "f.parquet"
    pytest.importorskip("pyarrow.parquet").write_table(pa.table({"a": column}), path)
    assert path.stat().st_size < MIB
    assert "unpacks to over 256 MiB" in problem(path)


@pytest.mark.parametrize(
    ("name", "before", "line"),
    [
        ("f.jsonl", '{"q": 1}\n{"q": "', 2),
        ("g.jsonl", '{"q": "', 1),
        ("f.json", '[{"q": 1},\n{"q": "', 2),
        ("g.json", '{"rows": [{"q": 1}],\n\n"q": "', 3),
        ("f.csv", "a,b\n1,2\n3,", 3),
    ],
)
def test_one_record_of_more_than_64_mib_is_refused(tmp_path, name, before, line):
    path = written(tmp_path, name, before + "x" * (65 * MIB) + '"}]\n')
    told = problem(path)
    assert f"{name}:{line}: a " in told and "of more than 64 MiB" in told


def test_much_around_the_records_is_refused(tmp_path):
    around = ", ".join(f'"k{n}": "{"x" * MIB}"' for n in range(65))
    told = problem(written(tmp_path, "f.json", f'{{"rows": [{{}}], {around}}}'))
    assert "more than 64 MiB that are no list of records" in told


def test_10_mb_in_one_field_are_a_row(tmp_path):
    path = written(tmp_path, "f.jsonl", json.dumps({"q": "x" * 10_000_000}) + "\n")
    (row,) = read_rows(path)
    assert len(row.data["q"]) == 10_000_000


def test_a_reader_left_half_way_closes_its_file(tmp_path):
    rows = read_rows(written(tmp_path, "f.jsonl.gz", gzip.compress(b'{"q": 1}\n' * 9)))
    next(rows)
    rows.close()  # an open file would be a ResourceWarning, and so an error
    with pytest.raises(UsageError):
        next(read_rows(tmp_path / "none"))
