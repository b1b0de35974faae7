"""`specharness show`: what it finds by name, how it reads files, and what it writes."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from specharness.errors import UsageError
from specharness.settings import ReadSettings
from specharness.show.commands import show_command
from specharness.show.subject import read_subject
from tests.showing import make_pairs, write_sidecar, write_suite


@pytest.fixture
def suite(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    settings = 'description = "Plain."\n[split]\ncompile = 0.5\nselect = 0.25\ngate = 0.25\n'
    folder = write_suite(tmp_path, make_pairs(20), settings)
    monkeypatch.chdir(tmp_path)
    return folder


def show(*arguments: str) -> Result:
    return CliRunner().invoke(show_command, arguments)


@pytest.mark.parametrize(
    "target", ["tone", "suites/tone", "suites/tone/", "suites/tone/suite.toml"]
)
def test_a_suite_is_found_by_name_folder_or_settings(suite: Path, target: str) -> None:
    lines = show(target).output.splitlines()
    assert lines[:2] == ["tone", "Plain."]
    assert "the split: 10 compile, 5 select, 5 gate" in lines


def test_a_suite_is_found_from_its_own_folder(suite: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(suite)
    assert read_subject(".", ReadSettings()).name == "tone"


def test_a_pairs_file_on_its_own_has_no_split(suite: Path) -> None:
    output = show("suites/tone/pairs.jsonl").output
    assert output.startswith("pairs.jsonl\n20 pairs")
    assert "no split: a file on its own gates nothing" in output


def test_any_layout_is_read_and_what_was_dropped_is_told(tmp_path: Path) -> None:
    file = tmp_path / "judged.csv"
    file.write_text(
        "prompt,chosen,rejected\n"
        + "".join(f"Ask {i}?,Yes {i}.,No.\n" for i in range(4))
        + "x,y,\n"
    )
    (tmp_path / "LICENSE").write_text("\nMIT License\n")
    output = show(str(file)).output
    assert "4 pairs, 4 groups" in output
    assert "licence: MIT License (LICENSE)" in output
    assert "5 comparisons read, 4 kept; dropped: 1 empty side" in output


def test_a_layout_of_ones_own_is_read_by_a_mapping(tmp_path: Path) -> None:
    file = tmp_path / "own.jsonl"
    rows = [{"q": f"{i}?", "good": f"Yes {i}.", "bad": "No."} for i in range(3)]
    file.write_text("".join(json.dumps(row) + "\n" for row in rows))
    options = [
        word for pair in ("prompt=q", "chosen=good", "rejected=bad") for word in ("--map", pair)
    ]
    assert "3 pairs" in show(str(file), *options).output


def test_the_sidecar_names_origin_and_licence(suite: Path) -> None:
    record = {"source": "raw.json", "licence": "CC-BY-4.0", "read": 9, "kept": 8}
    write_sidecar(suite / "pairs.jsonl", **record, dropped={"tie": 1})
    output = " ".join(show("tone").output.split())
    assert "imported from raw.json; licence: CC-BY-4.0" in output
    assert "9 comparisons read, 8 kept; dropped: 1 tie" in output


@pytest.mark.parametrize("text", ["", "[]", "{", '{"licence": 1, "read": "x"}', "[" * 10_000])
def test_a_broken_sidecar_is_no_obstacle(suite: Path, text: str) -> None:
    (suite / "pairs.source.json").write_text(text)
    assert show("tone").exit_code == 0


def test_the_page_is_written_beside_what_is_printed(suite: Path) -> None:
    result = show("tone", "--html", "out/look.html")
    assert result.output.endswith("\nwrote out/look.html\n")
    assert Path("out/look.html").read_text().startswith("<!doctype html>")


def test_the_same_pairs_make_the_same_page(suite: Path) -> None:
    pages = []
    for name in ("one.html", "two.html"):
        show("tone", "--html", name)
        pages.append(Path(name).read_text())
    assert pages[0] == pages[1]


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["nowhere"], "nowhere: no such suite or file; the suites are tone"),
        (["tone", "--axis", "x"], "tone: a suite says itself how its pairs are read"),
        (["tone", "--html", "suites"], "suites: cannot be written"),
        (["suites/tone/spec.md"], "suites/tone/spec.md"),
    ],
)
def test_mistakes_are_told_in_one_line(suite: Path, arguments: list[str], told: str) -> None:
    error = show(*arguments).exception
    assert isinstance(error, UsageError)
    assert str(error).startswith(told) and "\n" not in str(error)


def test_piped_output_has_no_colour_and_fits(suite: Path) -> None:
    command = "from specharness.show.commands import show_command; show_command()"
    done = subprocess.run(
        [sys.executable, "-c", command, "tone"],
        capture_output=True,
        env={**os.environ, "COLUMNS": "60", "PYTHONIOENCODING": "utf-8"},
        check=True,
    )
    output = done.stdout.decode()
    assert "\x1b" not in output and not done.stderr
    assert max(map(len, output.splitlines())) <= 60


def test_the_commands_module_loads_nothing_heavy() -> None:
    code = "import sys, specharness.show.commands; print(*{m.split('.')[0] for m in sys.modules})"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not {"numpy", "scipy", "jinja2", "tabulate"} & set(done.stdout.split())


def test_ten_thousand_pairs_take_seconds(tmp_path: Path) -> None:
    pairs = write_suite(tmp_path, make_pairs(10_000)) / "pairs.jsonl"
    before = time.process_time()
    output = show(str(pairs)).output
    assert time.process_time() - before < 20  # some 4 s on an idle core
    assert "on 1,000 of 10,000 pairs, drawn at random" in output.replace("\n  ", " ")
