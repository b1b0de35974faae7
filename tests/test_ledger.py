"""The ledger as text: canonical, chained, and any changed byte is found."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from specharness.errors import IntegrityError
from specharness.ledger.chain import (
    FIRST,
    Entry,
    Made,
    file_digest,
    judged_digest,
    ledger_text,
    make_entry,
    read_ledger,
    settings_digest,
)
from specharness.settings import GateSettings, LintSettings, SuiteSettings
from tests.runs import failing, make_case, make_suite

MADE = Made(settings="5e" * 32, lock="", recordings="7c" * 32)


def three() -> tuple[Entry, ...]:
    entries: list[Entry] = []
    runs = [make_suite(), failing(), make_suite(temperature=1 / 3)]
    for run, reason in zip(runs, ("first", "kürzer \u202e", "third"), strict=True):
        entries.append(make_entry(run, MADE, entries, reason, anyway=run.gate.verdict == "FAIL"))
    return tuple(entries)


@pytest.fixture(scope="module")
def ledger(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("suite") / "ledger.jsonl"
    path.write_text(ledger_text(three()))
    return path


def test_lines_are_read_as_they_were_written(ledger: Path) -> None:
    entries = read_ledger(ledger)
    assert ledger_text(entries) == ledger.read_text()
    assert [e.number for e in entries] == [1, 2, 3]
    assert [e.previous for e in entries] == [FIRST, entries[0].digest, entries[1].digest]
    assert [e.anyway for e in entries] == [False, True, False]
    assert entries[2].temperature == 0.333333


def test_lines_are_sorted_ascii_and_name_no_place(ledger: Path) -> None:
    for line in ledger.read_bytes().decode("ascii").splitlines():
        found = json.loads(line)
        assert list(found) == sorted(found)
        assert not {"date", "time", "host", "path", "folder"} & set(found)


def test_no_file_is_no_ledger(tmp_path: Path) -> None:
    assert read_ledger(tmp_path / "ledger.jsonl") == ()


def test_windows_line_ends_are_the_same_ledger(ledger: Path, tmp_path: Path) -> None:
    copy = tmp_path / "ledger.jsonl"
    copy.write_bytes(ledger.read_bytes().replace(b"\n", b"\r\n"))
    assert read_ledger(copy) == read_ledger(ledger)
    assert file_digest(copy) == file_digest(ledger) != ""


@given(data=st.data())
def test_any_changed_byte_is_found(ledger: Path, data: st.DataObject) -> None:
    whole = bytearray(ledger.read_bytes())
    place = data.draw(st.integers(0, len(whole) - 1))
    whole[place] = data.draw(st.integers(0, 255).filter(lambda byte: byte != whole[place]))
    copy = ledger.with_name("changed.jsonl")
    copy.write_bytes(whole)
    with pytest.raises(IntegrityError) as found:
        read_ledger(copy)
    line = ledger.read_bytes()[:place].count(b"\n") + 1
    assert found.value.where.startswith(f"{copy}:")
    # a line end that is gone makes one line of two, and a line more cuts one in two
    assert int(found.value.where.rpartition(":")[2]) in (line, line + 1)


def lines(ledger: Path) -> list[str]:
    return ledger.read_text().splitlines()


TAMPERED: dict[str, tuple[Any, str]] = {
    "out of the middle": (lambda x: [x[0], x[2]], ":2: does not follow the line before it"),
    "out of the front": (lambda x: x[1:], ":1: does not follow the line before it"),
    "exchanged": (lambda x: [x[1], x[0], x[2]], ":1: does not follow the line before it"),
    "twice": (lambda x: [x[0], x[0]], ":2: does not follow the line before it"),
    "spaces": (lambda x: [x[0].replace(",", ", ", 1)], ":1: was written by something else"),
    "a list": (lambda x: ["[1]"], ":1: not an accepted verdict"),
    "empty": (lambda x: ["", *x], ":1: not an accepted verdict"),
    "unended": (lambda x: [*x, ""][:3], ":3: the line does not end"),
}


@pytest.mark.parametrize(("change", "told"), TAMPERED.values(), ids=TAMPERED)
def test_the_first_line_that_does_not_hold_is_named(
    ledger: Path, tmp_path: Path, change: Any, told: str
) -> None:
    copy = tmp_path / "ledger.jsonl"
    end = "" if told.endswith("not end") else "\n"
    copy.write_text("\n".join(change(lines(ledger))) + end)
    with pytest.raises(IntegrityError) as found:
        read_ledger(copy)
    assert str(found.value).startswith(f"{copy}{told}")


def test_a_forged_line_of_wrong_types_is_no_crash(ledger: Path, tmp_path: Path) -> None:
    copy = tmp_path / "ledger.jsonl"
    for key in json.loads(lines(ledger)[0]):
        forged = json.loads(lines(ledger)[0]) | {key: {"a": []}}
        copy.write_text(json.dumps(forged, sort_keys=True, separators=(",", ":")) + "\n")
        with pytest.raises(IntegrityError):
            read_ledger(copy)


def test_judged_pairs_have_one_digest_in_any_order() -> None:
    cases = [make_case(f"p-{i}") for i in range(3)]
    assert judged_digest(cases) == judged_digest(cases[::-1])
    assert judged_digest(cases) != judged_digest([*cases[:2], make_case("p-2", must=True)])
    assert judged_digest(cases) != judged_digest(cases[:2])


def test_only_settings_that_judge_are_in_their_digest() -> None:
    plain = settings_digest(SuiteSettings())
    assert settings_digest(SuiteSettings(lint=LintSettings(ignore=("SH1",)))) == plain
    assert settings_digest(SuiteSettings(gate=GateSettings(margin=0.2))) != plain
