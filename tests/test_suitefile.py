from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from specharness.errors import UsageError
from specharness.settings import GateSettings, SuiteSettings
from specharness.suitefile import find_suites, load_suite, project_root


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "project" / "suites" / "tone"
    made.mkdir(parents=True)
    (made / "spec.md").write_text("- Be kind.\n")
    (made / "pairs.jsonl").write_text("not read here\n")
    return made


def problem(folder: Path, toml: str | bytes) -> str:
    (folder / "suite.toml").write_bytes(toml if isinstance(toml, bytes) else toml.encode())
    with pytest.raises(UsageError) as caught:
        load_suite(folder)
    told = str(caught.value).removeprefix(str(folder / "suite.toml"))
    assert "\n" not in told
    return told


def test_a_folder_without_settings(folder):
    suite = load_suite(folder)
    assert suite.name == "tone"
    assert suite.settings == SuiteSettings()
    assert suite.spec.shown == "- Be kind."
    assert suite.spec_path == folder / "spec.md"
    assert suite.pairs_path == folder / "pairs.jsonl"


def test_settings_are_read(folder):
    toml = folder / "suite.toml"
    toml.write_bytes(
        b'\xef\xbb\xbfinstruction = "Kind."\r\n[gate]\r\nmargin = 0.1\r\nunproven = "fail"\n'
    )
    suite = load_suite(toml)
    assert suite == load_suite(folder)
    assert suite.settings.gate == GateSettings(margin=0.1, unproven="fail")
    assert suite.spec.shown == "- Be kind."
    toml.write_text("[split]\ngate = 1\n")
    assert isinstance(load_suite(folder).settings.split.gate, float)


def test_the_instruction_is_the_spec_where_there_is_no_file(folder):
    (folder / "spec.md").unlink()
    (folder / "suite.toml").write_text('instruction = "Be kind."\n')
    suite = load_suite(folder)
    assert (suite.spec.shown, suite.spec_path) == ("Be kind.", None)
    assert "no such file; " in problem(folder, 'instruction = "x"\nspec = "sepc.md"')
    assert "no such file, and no instruction; write the spec there" in problem(folder, "")


def test_no_suite(tmp_path, folder):
    for path in (tmp_path / "none", tmp_path):
        with pytest.raises(UsageError, match="no suite here; put a"):
            load_suite(path)


@pytest.mark.parametrize(
    ("toml", "told"),
    [
        ("[gate]\nmargn = 1", ": unknown key 'gate.margn'; did you mean 'margin'? the keys here"),
        ("zzz = 1", ": unknown key 'zzz'; the keys here are instruction, description, spec, "),
        ('"a\\nb" = 1', ": unknown key 'a\\nb'; "),
        ("gate = 1", ": 'gate' is a whole number, not a table; begin a table with [gate]"),
        ("[model]", ": 'model' is a table, not a string; write a string"),
        ("spec = []", ": 'spec' is a list, not a string; "),
        ("model = 1979-05-27", ": 'model' is a date or time, not a string; "),
        ("[gate]\nmargin = true", ": 'gate.margin' is true or false, not a number; "),
        ("[gate]\nmargin = '5'", ": 'gate.margin' is a string, not a number; "),
        ("[gate]\nseed = 1.5", ": 'gate.seed' is a number, not a whole number; "),
        ("[gate]\nunproven = 'x'", ": 'gate.unproven' is 'x'; choose one of \"neutral\", \"fail\""),
        ("placement = 1", ": 'placement' is a whole number; choose one of \"auto\", "),
        ("[gate]\nmargin = 5", ": 'gate.margin' is 5.0; it has to be above 0 and below 1"),
        ("[gate]\nmargin = nan", ": 'gate.margin' is nan; it has to be above 0 and below 1"),
        ("[gate]\nalpha_fail = 0.5", ": 'gate.alpha_fail' is 0.5; it has to be above 0 and below"),
        ("[split]\ncompile = -1", ": 'split.compile' is -1.0; it has to be a finite number of"),
        ("[split]\ngate = 0", ": 'split.gate' is 0.0; it has to be a finite number above 0"),
        ("[split]\ngate = 1" + "0" * 400, ": 'split.gate' is inf; "),
        ("[score]\ntemperature = inf", ": 'score.temperature' is inf; "),
        ("[engine]\nthreads = -1", ": 'engine.threads' is -1; it has to be at least 0"),
        ("[split]\nseed = -1", ": 'split.seed' is -1; "),
        ("spec = ' '", ": 'spec' is ' '; it has to be a text that is not empty"),
        ("a = 1\nb = = 2", ":2: Invalid value; mend the TOML"),
        ("a = 1\na = 2\n", ":2: Cannot overwrite a value; mend the TOML"),
        (b"a = '\xff'", ": not UTF-8 at byte 5; "),
        ("a = " + "9" * 5000, ": a number too long or lists too deep; "),
        ("a = " + "[" * 5000, ": a number too long or lists too deep; "),
        ("pairs = '/etc/passwd'", ": 'pairs' leads out of the project ('/etc/passwd'); keep the "),
        ("spec = '../../../x'", ": 'spec' leads out of the project ('../../../x'); keep the "),
        ('pairs = "a\\u0000b"', ": 'pairs' names no path; "),
    ],
)
def test_wrong_settings_are_told_in_one_line(folder, toml, told):
    (folder.parent.parent / ".git").mkdir()
    assert problem(folder, toml).startswith(told)


def test_links_are_followed(folder, tmp_path):
    outside = tmp_path / "outside.md"
    outside.write_text("- secret")
    (folder / "link.md").symlink_to(outside)
    assert "'spec' leads out of the project" in problem(folder, 'spec = "link.md"')
    (folder / "loop.md").symlink_to("loop.md")
    assert problem(folder, 'spec = "loop.md"')
    (folder.parent.parent / "shared.md").write_text("- shared")
    (folder / "suite.toml").write_text('spec = "../../shared.md"')
    assert load_suite(folder).spec.shown == "- shared"


def test_project_root(folder):
    project = folder.parent.parent
    assert project_root(folder) == project
    (folder.parent / "pyproject.toml").touch()
    assert project_root(folder) == folder.parent
    (project / ".git").touch()
    assert project_root(folder) == project


def test_find_suites(folder):
    root = folder.parent
    for name in ("b", "a", "empty"):
        (root / name).mkdir()
    (root / "a" / "suite.toml").touch()
    (root / "b" / "spec.md").touch()
    (root / "file").touch()
    assert find_suites(root) == [root / "a", folder]
    assert find_suites(root / "none") == []


@given(
    st.binary(max_size=60) | st.text(max_size=60).map(lambda text: text.encode("utf-8", "replace"))
)
def test_any_settings_file_is_read_or_a_usage_error(tmp_path_factory, data):
    folder = tmp_path_factory.mktemp("suite")
    (folder / "suite.toml").write_bytes(data)
    with pytest.raises(UsageError):
        load_suite(folder)
