"""What lint prints: text, JSON, SARIF, explanations, and its exit codes as a user types it."""

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from specharness.errors import UsageError
from specharness.lint.checking import CHECKS, LEAKS, Linted, lint_suites
from specharness.lint.codes import LEVELS, Selection, all_codes, explain, find_code, read_prefixes
from specharness.lint.machine import render_json, render_sarif
from specharness.lint.plain import render_plain
from specharness.settingsfile import read_settings
from specharness.suitefile import load_suite
from tests.lintsets import ROOMY, clean_rows, lint, make_suite, told

FAULTY = Path(__file__).parent / "data" / "lint" / "faulty"


@pytest.fixture
def faulty(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Linted:
    """The suite of tests/data/lint, with paths that are the same on every machine."""
    monkeypatch.chdir(FAULTY.parent)
    monkeypatch.setenv("SPECHARNESS_CACHE", str(tmp_path))
    return lint_suites([load_suite(Path("faulty"))])


def test_the_text_of_a_faulty_suite(faulty: Linted) -> None:
    assert render_plain(faulty, whole=True) + "\n" == (FAULTY.parent / "faulty.txt").read_text()


def test_text_is_shortened_unless_all_of_it_is_asked_for(tmp_path: Path) -> None:
    rows = clean_rows(60)
    found = lint(tmp_path / "tone", [*rows, *(row | {"id": f"again-{row['id']}"} for row in rows)])
    short, whole = render_plain(found), render_plain(found, whole=True)
    assert short.count(": SH102 ") == 5 and whole.count(": SH102 ") == 60
    assert "\n(+55 more; --all shows them)\n" in short and "more;" not in whole
    assert short.endswith(
        "120 pairs of tone: 60 errors, 1 note\n`specharness explain SH102` says more about a code"
    )


def test_nothing_found_is_said_in_one_line(tmp_path: Path) -> None:
    rows = [row | {"tags": ["brief"]} for row in clean_rows(12)]
    model = tmp_path / "model"
    model.mkdir()
    (model / "config.json").write_text('{"max_position_embeddings": 8000}')
    (model / "tokenizer.json").write_text("{}")
    toml = f'model = "{model.as_posix()}"\n{ROOMY}'
    found = lint(tmp_path / "tone", rows, toml, "- Be brief. {#brief}\n")
    assert render_plain(found) == "12 pairs of tone: nothing found"


def test_colours_only_where_they_are_wanted(faulty: Linted) -> None:
    assert "\x1b" not in render_plain(faulty)
    assert "\x1b[31merror\x1b[0m SH101 unreadable line\n" in render_plain(faulty, colour=True)


def test_json_has_every_finding_with_fixed_keys(faulty: Linted) -> None:
    data = json.loads(render_json(faulty))
    assert list(data) == ["format", "suites", "counts", "unchecked", "findings"]
    assert data["suites"] == [{"name": "faulty", "pairs": faulty.suites[0][1]}]
    assert sum(data["counts"].values()) == len(data["findings"]) == len(faulty.findings)
    keys = ["code", "level", "suite", "path", "line", "pair", "message", "remedy"]
    assert all(list(row) == keys for row in data["findings"])
    assert {row["path"] for row in data["findings"]} == {"faulty/pairs.jsonl", "faulty/spec.md"}


def test_sarif_is_what_a_forge_expects(faulty: Linted) -> None:
    """The parts of SARIF 2.1.0 that section 3 demands, and those that annotate a line of a file."""
    log = json.loads(render_sarif(faulty))
    assert log["version"] == "2.1.0" and log["$schema"].endswith("sarif-2.1.0.json")
    (run,) = log["runs"]
    driver = run["tool"]["driver"]
    assert driver["name"] == "specharness" and re.fullmatch(r"\d+\.\d+.*", driver["version"])
    rules = driver["rules"]
    assert [rule["id"] for rule in rules] == list(all_codes())
    for rule in rules:
        assert rule["defaultConfiguration"]["level"] in LEVELS
        texts = [rule[key]["text"] for key in ("shortDescription", "fullDescription", "help")]
        assert all(texts) and texts[0].endswith(".")
    assert len(run["results"]) == len(faulty.findings)
    for result, finding in zip(run["results"], faulty.findings, strict=True):
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"] == finding.code
        assert result["level"] == rules[result["ruleIndex"]]["defaultConfiguration"]["level"]
        assert result["message"]["text"].startswith(finding.message)
        check_place(result["locations"], finding.line, run)
        assert re.fullmatch("[0-9a-f]{32}", result["partialFingerprints"]["specharness/v1"])


def check_place(locations: list[dict[str, Any]], line: int, run: dict[str, Any]) -> None:
    (location,) = locations
    place = location["physicalLocation"]
    assert place["region"] == {"startLine": line}
    artifact = place["artifactLocation"]
    assert artifact["uriBaseId"] in run["originalUriBaseIds"]
    assert re.fullmatch(r"tests/data/lint/faulty/(pairs\.jsonl|spec\.md)", artifact["uri"])


def test_sarif_paths_are_encoded_below_the_project(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text("")
    suite = make_suite(tmp_path / "odd dir" / "tön#1", [*clean_rows(12), "{"])
    (result,) = (
        r for r in json.loads(render_sarif(lint_suites([suite])))["runs"][0]["results"]
        if r["ruleId"] == "SH101"
    )  # fmt: skip
    uri = result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
    assert uri == "odd%20dir/t%C3%B6n%231/pairs.jsonl"


def test_a_fingerprint_outlives_a_move_of_the_line(tmp_path: Path) -> None:
    rows = clean_rows(12)
    rows[3]["chosen"] += "\u200b"

    def marks(rows: list[dict[str, Any]], name: str) -> list[str]:
        log = json.loads(render_sarif(lint(tmp_path / name / "tone", rows)))
        return [r["partialFingerprints"]["specharness/v1"] for r in log["runs"][0]["results"]]

    assert marks(rows, "a") == marks(rows[::-1], "b")
    assert len(set(marks(rows, "a"))) == 2


# Codes


def test_every_code_is_explained_and_belongs_to_a_check() -> None:
    claimed = {code for codes, _ in CHECKS for code in codes.split()} | set(LEAKS.split())
    assert claimed == set(all_codes())
    for code in all_codes().values():
        assert re.fullmatch(r"SH[1-5]\d\d", code.code) and code.level in LEVELS
        assert code.title == code.title.strip(".") and len(code.title) < 60
        assert len(code.why) > 80 and code.remedy.endswith(".")


def test_an_explanation_is_wrapped_and_whole() -> None:
    text = explain(find_code("sh305"))
    assert text.startswith("SH305 likely secret (error)\n\n")
    assert "What to do: revoke the secret first" in text
    assert max(map(len, text.splitlines())) <= 88


@pytest.mark.parametrize(
    ("select", "ignore", "held"),
    [
        ((), (), "SH101 SH305 SH501"),
        (("SH1",), (), "SH101"),
        (("SH3", "SH5"), ("SH30",), "SH501"),
        ((), ("SH",), ""),
        (("SH305",), (), "SH305"),
    ],
)
def test_selecting_and_ignoring_by_beginnings(
    select: tuple[str, ...], ignore: tuple[str, ...], held: str
) -> None:
    chosen = Selection(select=select, ignore=ignore)
    assert [c for c in ("SH101", "SH305", "SH501") if chosen.holds(c)] == held.split()


@pytest.mark.parametrize("word", ["X", "SH9", "SH1011", "E501", "SH10²", "*"])
def test_a_code_that_does_not_exist_is_a_mistake(word: str) -> None:
    with pytest.raises(UsageError, match="no code begins with"):
        read_prefixes([word], "--select")


def test_a_suite_says_which_codes_it_wants(tmp_path: Path) -> None:
    rows = [*clean_rows(12), "{"]
    rows[0]["chosen"] += "\u200b"
    ignoring = ROOMY + '[lint]\nignore = ["SH1"]\n'
    assert told(lint(tmp_path / "a", rows, ignoring)) == [("SH303", 1)]
    selecting = ROOMY + '[lint]\nselect = ["SH1", "SH4"]\nignore = ["SH4"]\n'
    suite = make_suite(tmp_path / "b", rows, selecting)
    assert told(lint_suites([suite])) == [("SH101", 13)]
    everything = lint_suites([suite], Selection(select=("SH",)))
    assert told(everything) == [("SH303", 1), ("SH101", 13)]
    with pytest.raises(UsageError, match=r"suite\.toml: no code begins with 'SH8'"):
        lint(tmp_path / "c", rows, '[lint]\nselect = ["SH8"]\n')


@pytest.mark.parametrize("value", ['"SH1"', "[1]", "{}"])
def test_codes_in_the_settings_are_a_list_of_strings(tmp_path: Path, value: str) -> None:
    path = tmp_path / "suite.toml"
    path.write_text(f"[lint]\nselect = {value}\n")
    with pytest.raises(UsageError, match=r"'lint\.select' is .*, not a list of strings"):
        read_settings(path)


# The command


def type_in(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    program = Path(sys.executable).with_name("specharness")
    done = subprocess.run(
        [program, *words], capture_output=True, text=True, check=False, cwd=folder
    )
    assert "Traceback" not in done.stderr
    return done


def make_project(root: Path, *odd: Any, toml: str = ROOMY) -> Path:
    make_suite(root / "suites" / "tone", [*clean_rows(12), *odd], toml)
    return root


WARNED = {"prompt": "Hi", "chosen": "Hello\u200b there.", "rejected": "Go away."}


@pytest.mark.parametrize(
    ("odd", "words", "code"),
    [
        ((), (), 0),
        ((WARNED,), (), 0),
        ((WARNED,), ("--strict",), 1),
        (("{",), (), 1),
        (("{",), ("--ignore", "SH1"), 0),
        (("{",), ("--select", "SH3,SH4"), 0),
        (("{", WARNED), ("tone", "--ignore=SH101", "--ignore=SH2", "--strict"), 1),
        ((), ("--select", "SH7"), 4),
        ((), ("nowhere",), 4),
        ((), ("--format", "yaml"), 4),
    ],
)
def test_exit_codes(tmp_path: Path, odd: Any, words: tuple[str, ...], code: int) -> None:
    done = type_in(make_project(tmp_path, *odd), "lint", *words)
    assert done.returncode == code, done.stdout + done.stderr


def test_lint_prints_relative_paths_and_writes_files(tmp_path: Path) -> None:
    root = make_project(tmp_path, "{")
    done = type_in(root, "lint")
    assert "\nsuites/tone/pairs.jsonl:13: SH101 not valid JSON (" in done.stdout
    done = type_in(root, "lint", "tone", "--format", "sarif", "--out", "out/lint.sarif")
    assert (done.returncode, done.stdout) == (1, "wrote out/lint.sarif\n")
    log = json.loads((root / "out" / "lint.sarif").read_text())
    assert log["runs"][0]["results"][0]["ruleId"] == "SH101"
    done = type_in(root, "lint", "--format=json", "--select=SH1")
    assert [row["line"] for row in json.loads(done.stdout)["findings"]] == [13]


def test_a_project_without_suites_and_explanations(tmp_path: Path) -> None:
    done = type_in(tmp_path, "lint")
    assert done.returncode == 4
    assert done.stderr == "suites: no suites here; `specharness init` makes one\n"
    listed = type_in(tmp_path, "explain").stdout.splitlines()
    assert len(listed) == len(all_codes()) and listed[0] == "SH101  error    unreadable line"
    assert type_in(tmp_path, "explain", "sh501").stdout.startswith("SH501 rule that no pair")
    done = type_in(tmp_path, "explain", "SH999")
    assert (done.returncode, done.stderr) == (
        4, "SH999: no such code; `specharness explain` lists them\n"
    )  # fmt: skip


def test_lint_loads_no_model_library(tmp_path: Path) -> None:
    root = make_project(tmp_path)
    script = (
        "import sys; from pathlib import Path\n"
        "from specharness.lint.checking import lint_suites\n"
        "from specharness.suitefile import load_suite\n"
        "lint_suites([load_suite(Path('suites/tone'))])\n"
        "print(sorted({'torch', 'transformers', 'huggingface_hub'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd=root
    )
    assert done.stdout == "[]\n"
