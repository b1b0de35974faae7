import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from specharness.errors import UsageError
from specharness.keys import settle
from specharness.model import Completion, Logprobs
from specharness.store import Store
from tests.test_keys import results

TWO = {"a" * 32: Logprobs(tokens=(-0.5, 0.0)), "b" * 32: Completion(text="\ud800 Ja.", count=3)}


@pytest.fixture
def path(tmp_path):
    return tmp_path / "a cache" / "store.sqlite"


def test_results_come_back_in_another_store(path):
    Store(path).put_many(TWO)
    assert Store(path).get_many([*TWO, "c" * 32, "a" * 32]) == TWO


def test_nothing_is_opened_before_it_is_needed(path):
    store = Store(path)
    store.put_many({})
    assert store.get_many([]) == {}
    assert not path.parent.exists()


def test_more_keys_than_sqlite_binds(path):
    many = {f"{i:032x}": Logprobs(tokens=(-float(i),)) for i in range(2500)}
    store = Store(path)
    store.put_many(many)
    assert store.get_many(reversed(many)) == many


@settings(max_examples=30)
@given(st.dictionaries(st.text(st.sampled_from("0123456789abcdef"), min_size=1), results))
def test_any_settled_results_round_trip(tmp_path_factory, found):
    settled = {key: settle(result) for key, result in found.items()}
    path = tmp_path_factory.mktemp("store") / "s.sqlite"
    Store(path).put_many(settled)
    assert Store(path).get_many(settled) == settled


@pytest.mark.parametrize(
    "damage",
    [
        "payload = x'4c00000000'",
        "payload = 'text'",
        "payload = NULL",
        "payload = CAST(x'ff' AS TEXT)",
        "checksum = NULL",
        "checksum = x'00'",
    ],
)
def test_a_damaged_row_is_dropped_and_counted(path, damage):
    Store(path).put_many(TWO)
    with sqlite3.connect(path) as db:
        db.execute(f"UPDATE results SET {damage} WHERE key = ?", ["a" * 32])
    db.close()
    store = Store(path)
    assert store.get_many(TWO) == {"b" * 32: TWO["b" * 32]}
    assert store.damaged == 1
    store.put_many(TWO)
    assert store.get_many(TWO) == TWO
    assert store.damaged == 1


def test_a_row_under_another_key_does_not_answer(path):
    Store(path).put_many(TWO)
    with sqlite3.connect(path) as db:
        db.execute("UPDATE results SET key = ? WHERE key = ?", ["c" * 32, "a" * 32])
    db.close()
    store = Store(path)
    assert store.get_many(["c" * 32]) == {}
    assert store.damaged == 1


def spoil_header(path):
    path.write_bytes(b"this is not a database at all" * 200)


def spoil_pages(path):
    data = path.read_bytes()
    path.write_bytes(data[:4096] + b"\xff" * (len(data) - 4096))


def cut_short(path):
    path.write_bytes(path.read_bytes()[:5000])


def other_version(path):
    with sqlite3.connect(path) as db:
        db.execute("PRAGMA user_version = 99")
    db.close()


def other_tables(path):
    path.unlink()
    with sqlite3.connect(path) as db:
        db.execute("CREATE TABLE photos (id)")
        db.execute("PRAGMA user_version = 1")
    db.close()


MANY = {f"{i:032x}": Logprobs(tokens=(-1.0,) * 50) for i in range(500)}


@pytest.mark.parametrize(
    "spoil", [spoil_header, spoil_pages, cut_short, other_version, other_tables]
)
def test_a_damaged_file_is_moved_aside_and_a_fresh_one_begun(path, spoil):
    full = Store(path)
    full.put_many(MANY)
    full.close()
    spoil(path)
    spoilt = path.read_bytes()
    warnings = []
    store = Store(path, warnings.append)
    assert store.get_many(MANY) == {}
    store.put_many(MANY)
    assert Store(path).get_many(MANY) == MANY
    (line,) = warnings
    assert line.startswith(f"{path}: ")
    assert line.endswith("; moved to store.sqlite.damaged-1, a fresh store begins")
    assert path.with_name("store.sqlite.damaged-1").read_bytes()[:5000] == spoilt[:5000]


def test_damage_while_the_file_is_open(path):
    warnings = []
    store = Store(path, warnings.append)
    store.put_many(MANY)
    store.close()
    assert store.get_many(["0" * 32])
    spoil_pages(path)
    store.get_many(MANY)
    store.put_many(MANY)
    assert store.get_many(MANY) == MANY
    assert len(warnings) <= 1


def test_damage_found_by_two_is_moved_aside_once(path):
    full = Store(path)
    full.put_many(MANY)
    full.close()
    warnings = []
    stores = [Store(path, warnings.append) for _ in range(2)]
    for store in stores:
        store.get_many(["0" * 32])
    spoil_pages(path)
    for store in stores:
        store.put_many(MANY)
    assert Store(path).get_many(MANY) == MANY
    assert not path.with_name("store.sqlite.damaged-2").exists()


def test_a_second_damaged_file_gets_the_next_number(path):
    for _ in range(2):
        Store(path).put_many(TWO)
        spoil_header(path)
    Store(path, lambda line: None).put_many(TWO)
    names = sorted(p.name for p in path.parent.iterdir() if "damaged" in p.name)
    assert [n for n in names if n.count("-") == 1] == [f"store.sqlite.damaged-{n}" for n in (1, 2)]


def test_the_warning_goes_to_standard_error(path, capsys):
    path.parent.mkdir()
    spoil_header(path)
    Store(path).put_many(TWO)
    assert capsys.readouterr().err.count("\n") == 1


def test_a_folder_that_cannot_be_made_is_a_usage_error(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(UsageError, match=r"cannot be opened.*name a cache folder"):
        Store(tmp_path / "file" / "store.sqlite").get_many(["a"])


def test_a_path_that_is_a_folder_is_a_usage_error(tmp_path):
    with pytest.raises(UsageError, match="cannot be opened"):
        Store(tmp_path).get_many(["a"])


def test_a_full_disk_is_a_warning(path):
    warnings = []
    store = Store(path, warnings.append)
    store.put_many(TWO)
    store._open.execute("PRAGMA max_page_count = 3")
    store.put_many(MANY)
    assert store.get_many(TWO) == TWO
    assert warnings == [
        f"{path}: cannot be written (database or disk is full); results will be asked again"
    ]


WRITER = """
import sys
from pathlib import Path
from specharness.model import Logprobs
from specharness.store import Store

start, path = int(sys.argv[1]), Path(sys.argv[2])
store = Store(path)
for i in range(start, start + 300):
    mine = {f"{i:032x}": Logprobs(tokens=(-float(i),))}
    store.put_many(mine)
    assert store.get_many(mine) == mine
"""


def test_processes_share_one_file(path):
    starts = (0, 300, 150)  # the third writes what the others write too
    running = [
        subprocess.Popen([sys.executable, "-c", WRITER, str(start), str(path)]) for start in starts
    ]
    assert [process.wait() for process in running] == [0, 0, 0]
    everything = {f"{i:032x}": Logprobs(tokens=(-float(i),)) for i in range(600)}
    assert Store(path).get_many(everything) == everything
    assert not list(Path(path.parent).glob("*damaged*"))
