"""Annotations, SARIF and badge, and `specharness report --format` as a user types it."""

import json
import os
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from specharness import cli
from specharness.records import Message, Rule
from specharness.report.annotations import LEVELS, MOST, Note, find_notes, render_github
from specharness.report.badge import badge_message, render_badge, render_shields
from specharness.report.edits import list_edits
from specharness.report.formats import FORMATS, render_stored
from specharness.report.places import PairsFile, find_pairs
from specharness.runfile import Run, SuiteRun, write_run
from tests.runs import (
    failing,
    hostile_suite,
    make_case,
    make_gate,
    make_run,
    make_suite,
    unproven,
    unverifiable,
)

# --- edits ---------------------------------------------------------------------------------------


def rules(*texts: str, first: int = 1) -> tuple[Rule, ...]:
    return tuple(Rule(id=text[:8], text=text, line=n) for n, text in enumerate(texts, first))


def edited(base: tuple[Rule, ...], head: tuple[Rule, ...], path: str = "spec.md") -> SuiteRun:
    return make_suite(base_rules=base, head_rules=head, spec_path=path)


def test_each_edit_has_its_line_at_head() -> None:
    base = rules("one is here", "two goes away", "three was so", "four stays")
    head = rules("zero is new to us", "one is here", "three was such", "four stays", first=5)
    told = [(e.what, e.line, e.before, e.after) for e in list_edits(edited(base, head))]
    assert told == [
        ("added", 5, "", "zero is new to us"),
        ("removed", 6, "two goes away", ""),
        ("reworded", 7, "three was so", "three was such"),
    ]


def test_a_removed_first_rule_is_at_the_top_and_moved_ones_where_they_went() -> None:
    base = rules("first of all", "second of all", "third of them")
    head = rules("third of them", "second of all", first=3)
    assert {(e.what, e.line) for e in list_edits(edited(base, head))} >= {("removed", 1)}
    assert [e.what for e in list_edits(edited(base, head))].count("moved") == 1


def test_an_instruction_in_a_suite_toml_has_no_lines() -> None:
    suite = edited(rules("one is here"), rules("two instead of it"), "suites/tone/suite.toml")
    assert {edit.line for edit in list_edits(suite)} == {0}


def test_rules_are_read_from_the_text_where_a_run_has_none() -> None:
    assert [(e.what, e.line) for e in list_edits(make_suite())] == [
        ("reworded", 3),
        ("removed", 3),
        ("added", 4),
    ]


# --- notes ---------------------------------------------------------------------------------------


def notes_of(*suites: SuiteRun, lines: dict[str, int] | None = None) -> list[Note]:
    places = {
        s.folder: PairsFile(path=f"{s.folder}/pairs.jsonl", lines=lines or {}) for s in suites
    }
    return find_notes(make_run(*suites), places)


def test_a_failing_suite_is_an_error_on_each_edited_rule() -> None:
    found = [note for note in notes_of(failing()) if note.kind == "gate-fail"]
    assert [(note.path, note.line, note.level) for note in found] == [
        ("suites/safety/spec.md", line, "error") for line in (3, 3, 4)
    ]
    assert found[0].message == (
        "Shown to be worse than the spec before it.\n"
        "-13.6 [-21.9, -5.8] points, 9 lost and 1 won of 59 pairs.\n"
        "The edit touched this rule (reworded). It was “Use plain words.”.\n"
        "Next: pytest suites --suite safety --lost"
    )
    assert "The edit removed a rule here: “Give no lists unless asked.”." in found[1].message


def test_what_could_not_be_settled_is_said_once_with_its_sentences() -> None:
    (warning,) = [n for n in notes_of(unproven()) if n.kind == "gate-unproven"]
    assert (warning.level, warning.line) == ("warning", 3)
    assert warning.message.endswith("would settle it.\nNext: specharness add-pairs brevity")
    (error,) = notes_of(unverifiable())
    assert (error.kind, error.level) == ("gate-unverifiable", "error")
    assert "no better than chance" in error.message


def test_a_failing_suite_without_an_edited_rule_is_an_error_all_the_same() -> None:
    suite = replace(failing(), base_spec="# One\n- rule", head_spec="# Two\n- rule")
    suite = replace(suite, base_rules=rules("rule"), head_rules=rules("rule"))
    (error,) = [n for n in notes_of(suite) if n.kind == "gate-fail"]
    assert (error.path, error.line) == ("suites/safety/spec.md", 0)
    assert "A drop of up to 21.9 points is not excluded" in error.message


def test_lost_must_pairs_are_errors_and_flips_notices_on_their_lines() -> None:
    cases = (
        make_case("p-1", "lost", must=True),
        make_case("p-2", "lost"),
        make_case("p-3", "won", must=True),
        make_case("p-4", "kept"),
    )
    found = notes_of(make_suite(cases=cases), lines={"p-1": 7, "p-2": 9})
    assert [(n.kind, n.level, n.line) for n in found] == [
        ("must-lost", "error", 7),
        ("pair-lost", "notice", 9),
        ("pair-won", "notice", 0),
    ]
    assert found[0].message == "p-1 was lost. Its margin went from +0.350 to -0.250 nats."
    assert "mostly noise" in found[1].message and "must" in found[0].title


def test_a_must_pair_that_held_when_measured_again_is_a_notice() -> None:
    cases = (
        make_case("p-1", "lost", must=True, confirmed=False),
        make_case("p-2", "lost", must=True, confirmed=True),
    )
    first, second = notes_of(make_suite(cases=cases), lines={"p-1": 7, "p-2": 9})
    assert (first.kind, first.level, first.line) == ("must-lost", "error", 9)
    assert (second.kind, second.level, second.line) == ("pair-lost", "notice", 7)
    assert "lost once, not when measured again" in second.message
    assert "must = true" not in second.title and "mostly noise" not in second.message


def test_every_suite_is_heard_before_one_is_heard_twice() -> None:
    suites = [failing(f"suite-{i}") for i in range(9)]
    text = render_github(make_run(*suites), notes_of(*suites))
    for i in range(9):
        assert f"file=suites/suite-{i}/spec.md" in text


def test_a_pass_with_nothing_flipped_has_nothing_to_remark() -> None:
    suite = make_suite(cases=(make_case(),))
    assert notes_of(suite) == []
    told = render_github(make_run(suite), [])
    assert told == "specharness: The suite passes. Nothing to remark on any line."
    assert "No suite ran." in render_github(Run(version="0.1.0", suites=()), [])


def test_pairs_are_found_on_the_lines_of_their_file(tmp_path: Path) -> None:
    folder = tmp_path / "suites" / "tone"
    folder.mkdir(parents=True)
    (folder / "spec.md").write_text("- Be brief.\n")
    rows = [{"id": f"p-{i}", "prompt": "?", "chosen": "a", "rejected": f"b{i}"} for i in range(3)]
    lines = [json.dumps(row) for row in rows]
    (folder / "mine.jsonl").write_text("\n".join([lines[0], "", *lines[1:]]) + "\n")
    (folder / "suite.toml").write_text('pairs = "mine.jsonl"\n')
    found = find_pairs(make_run(make_suite(), hostile_suite(), make_suite("gone")), tmp_path)
    assert found["suites/tone"].path == "suites/tone/mine.jsonl"
    assert found["suites/tone"].lines == {"p-0": 1, "p-1": 3, "p-2": 4}
    assert found["suites/gone"] == PairsFile(path="suites/gone/pairs.jsonl")


# --- GitHub --------------------------------------------------------------------------------------

COMMAND = re.compile(r"::(error|warning|notice) ((?:\w+=[^,:]*,?)+)::([^\r\n]*)")


def unescaped(text: str) -> str:
    for code, sign in (("%2C", ","), ("%3A", ":"), ("%0A", "\n"), ("%0D", "\r"), ("%25", "%")):
        text = text.replace(code, sign)
    return text


def commands(text: str) -> list[tuple[str, dict[str, str], str]]:
    """The commands of a log as GitHub's runner reads them, and that nothing else is one."""
    *lines, last = text.split("\n")
    found = []
    for line in lines:
        match = COMMAND.fullmatch(line)
        assert match is not None, line
        facts = dict(part.split("=", 1) for part in match[2].split(","))
        found.append((match[1], {k: unescaped(v) for k, v in facts.items()}, unescaped(match[3])))
    assert re.fullmatch(r"specharness: [\w ,.:]+", last)  # no `::` at its start, no `##[` in it
    return found


def test_commands_are_escaped() -> None:
    note = Note(
        kind="pair-lost", level="notice", path="a,b:c%.jsonl", line=3, title="t: 1, 2", rank=0,
        message="100 %\r\n::error::no", about=(),
    )  # fmt: skip
    line = render_github(make_run(), [note]).splitlines()[0]
    assert line == (
        "::notice file=a%2Cb%3Ac%25.jsonl,line=3,title=t%3A 1%2C 2::100 %25%0D%0A::error::no"
    )
    assert commands(render_github(make_run(), [note]))[0][1]["file"] == "a,b:c%.jsonl"


def test_ten_of_each_level_and_the_rest_is_counted() -> None:
    suite = failing(lost=30, won=1, kept=28)
    cases = (*suite.cases, *(make_case(f"m-{i}", "lost", must=True) for i in range(12)))
    suite = replace(suite, cases=cases)
    text = render_github(make_run(suite, unproven()), notes_of(suite, unproven()))
    counts = {level: text.count(f"::{level} ") for level in LEVELS}
    assert counts == {"error": MOST, "warning": 1, "notice": MOST}
    assert text.splitlines()[-1] == (
        "specharness: 1 of 2 suites fails, 1 is unproven. On lines of specs and pairs: 15 errors, "
        "1 warning, 34 notices. 29 more are in the report: GitHub shows 10 of each level."
    )


TEXTS = st.text(max_size=30) | st.sampled_from(
    ["::error::x", "\n::add-mask::x", "##[add-path]x", "%0A::x", "a,line=9", "a::b", "%", "\r", "]"]
)


@given(TEXTS, TEXTS)
@settings(max_examples=100, deadline=None)
def test_no_text_becomes_a_command(text: str, other: str) -> None:
    told = {"prompt": (Message(role="user", content=text),), "chosen": other}
    case = make_case(text, "lost", must=True, **told)
    gate = make_gate((case,), verdict="FAIL", sentences=(text, other), next_command=other)
    specs = {"base_spec": f"- {text}", "head_spec": f"- {other}", "spec_path": f"s/{text}"}
    suite = make_suite(f"x{other}", (case,), gate=gate, folder=f"suites/{text}", **specs)
    for level, facts, message in commands(render_github(make_run(suite), notes_of(suite))):
        assert level == "error" and set(facts) <= {"file", "line", "title"}
        assert message


# --- SARIF ---------------------------------------------------------------------------------------


def test_sarif_has_all_notes_at_the_same_places(tmp_path: Path) -> None:
    run = make_run(failing(), unproven(), hostile_suite())
    write_run(run, tmp_path / "run.json")
    log = json.loads(render_stored("sarif", tmp_path / "run.json"))
    assert log["version"] == "2.1.0" and len(log["runs"]) == 1
    results = log["runs"][0]["results"]
    kinds = [rule["id"] for rule in log["runs"][0]["tool"]["driver"]["rules"]]
    notes = find_notes(run, find_pairs(run, tmp_path))
    assert len(results) == len(notes) > 20
    for result, note in zip(results, notes, strict=True):
        place = result["locations"][0]["physicalLocation"]
        assert result["ruleId"] == note.kind == kinds[result["ruleIndex"]]
        assert result["level"] == ("note" if note.level == "notice" else note.level)
        assert place["region"]["startLine"] == max(note.line, 1)
        assert re.fullmatch(r"[\w.~/%-]+", place["artifactLocation"]["uri"])
        assert "](" not in result["message"]["text"]
    marks = {tuple(result["partialFingerprints"].values()) for result in results}
    assert len(marks) == len(results)


# --- badge ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("suites", "message"),
    [
        ([make_suite(), failing()], "FAIL 68 %"),
        ([make_suite()], "PASS 62 %"),
        ([unproven()], "UNPROVEN 85 %"),
        ([unverifiable()], "UNVERIFIABLE"),
    ],
)
def test_the_badge_says_verdict_and_share(suites: list[SuiteRun], message: str) -> None:
    run = make_run(*suites)
    assert badge_message(run) == message
    root = ElementTree.fromstring(render_badge(run))
    space = "{http://www.w3.org/2000/svg}"
    assert [text.text for text in root.iter(f"{space}text")] == ["specs", message]
    title = root.find(f"{space}title")
    assert title is not None and title.text == root.attrib["aria-label"]
    shields = json.loads(render_shields(run))
    assert shields["schemaVersion"] == 1 and shields["message"] == message
    assert f'fill="#{shields["color"]}"' in render_badge(run)


def contrast_with_white(colour: str) -> float:
    """WCAG 2.1, 1.4.3."""
    channels = [int(colour[i : i + 2], 16) / 255 for i in (0, 2, 4)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    shares = zip((0.2126, 0.7152, 0.0722), linear, strict=True)
    return 1.05 / (sum(weight * channel for weight, channel in shares) + 0.05)


def test_a_badge_asks_for_nothing_and_is_legible() -> None:
    for suite in (make_suite(), failing(), unproven(), unverifiable()):
        text = render_badge(make_run(suite))
        assert not re.search(r"href|url\(|<script|<style|<image|@import", text)
        for colour in re.findall(r'fill="#([0-9a-f]{6})"', text):
            channels = [int(colour[i : i + 2], 16) / 255 for i in (0, 2, 4)]
            r, g, b = (
                c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels
            )
            assert 1.05 / (0.2126 * r + 0.7152 * g + 0.0722 * b + 0.05) >= 4.5  # WCAG 2.1, 1.4.3
    assert ">no suite<" in render_badge(Run(version="0.1.0", suites=()))


# --- the command ---------------------------------------------------------------------------------


def type_in(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    program = Path(sys.executable).with_name("specharness")
    return subprocess.run(
        [program, "report", *words],
        cwd=folder,
        env=os.environ | {"COLUMNS": "100"},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def test_the_formats_offered_are_the_formats_there_are() -> None:
    assert cli.FORMATS == FORMATS


def test_without_a_format_it_prints_and_writes_the_page(tmp_path: Path) -> None:
    write_run(make_run(failing()), tmp_path / "reports" / "run.json")
    done = type_in(tmp_path)
    assert done.returncode == 0 and done.stdout.endswith("report: reports/index.html\n")
    assert "FAIL  safety" in done.stdout
    assert (tmp_path / "reports" / "index.html").stat().st_size > 10_000


@pytest.mark.parametrize("layout", [f for f in FORMATS if f != "html"])
def test_a_format_is_printed_or_written(tmp_path: Path, layout: str) -> None:
    write_run(make_run(failing(), hostile_suite()), tmp_path / "reports" / "run.json")
    shown = type_in(tmp_path, "--format", layout)
    assert shown.returncode == 0 and not shown.stderr
    assert shown.stdout == render_stored(layout, tmp_path / "reports" / "run.json") + "\n"
    done = type_in(tmp_path, "--format", layout, "--out", "there/view")
    assert done.stdout == "wrote there/view\n"
    assert (tmp_path / "there" / "view").read_text(encoding="utf-8") == shown.stdout
    assert {p.name for p in tmp_path.rglob("*") if p.is_file()} == {"run.json", "view"}


def test_html_goes_to_a_file(tmp_path: Path) -> None:
    write_run(make_run(), tmp_path / "kept.json")
    done = type_in(tmp_path, "--format", "html", "--from", "kept.json")
    assert done.stdout == "report: reports/index.html\n"
    page = (tmp_path / "reports" / "index.html").read_text(encoding="utf-8")
    assert page == render_stored("html", tmp_path / "kept.json")


def test_the_schema_needs_no_run_and_other_formats_say_what_to_do(tmp_path: Path) -> None:
    assert type_in(tmp_path, "--format", "json-schema").returncode == 0
    done = type_in(tmp_path, "--format", "markdown")
    assert (done.returncode, done.stdout) == (4, "")
    assert done.stderr == "reports/run.json: no run is stored here; run `pytest suites` first\n"
    assert type_in(tmp_path, "--format", "pdf").returncode == 4
