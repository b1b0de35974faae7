"""Any changed byte is found, in suites that hide pairs and in those that a judge decides."""

from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from specharness import cli
from specharness.compilation.compiling import compile_suite, write_compiled
from specharness.compilation.places import lock_path
from specharness.ledger.accepting import accept_verdict
from specharness.ledger.chain import LEDGER, read_ledger
from specharness.ledger.commands import verify_command
from specharness.reporting import make_run, write_reports
from specharness.suitefile import Suite, load_suite
from tests import judgeprojects, zebras
from tests.changes import one_byte_changed
from tests.projects import commit_all

RUN = Path("reports/run.json")
SUITE = Path("suites/tone")
SPLIT = "[split]\ncompile = 0.4\ngate = 0.6\n"
JUDGE = '[score]\nscorer = "judge"\n'


def verify() -> tuple[int, str]:
    done = CliRunner().invoke(verify_command, [], standalone_mode=False)
    assert done.exception is None, done.exception
    return done.return_value, done.output


def the_four(suite: Suite) -> tuple[Path, ...]:
    """Ledger, lock, recordings and run.json, all of which hold."""
    (recorded,) = Path("fixtures/recordings/tone").iterdir()
    found = (suite.folder / LEDGER, lock_path(suite), recorded, RUN)
    assert all(path.is_file() for path in found)
    code, told = verify()
    assert code == 0 and told.count("computed again") == 2, told
    assert "each computed again from recordings" in told
    return found


@pytest.fixture
def hiding(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Path, ...]:
    """A suite that hides some of its gate pairs; two verdicts are accepted."""
    _stand_in(tmp_path, monkeypatch)
    monkeypatch.setenv(zebras.LOST, "z1 z2 h3")
    zebras.make_project(Path(), horses=16, zebras=24, gate=f'hidden = "hidden"\n{SPLIT}')
    suite = load_suite(SUITE)
    write_compiled(suite, compile_suite(suite))
    commit_all(Path())
    for number, spec in enumerate((zebras.BASE, zebras.HEAD), 1):
        (SUITE / "spec.md").write_text(spec)
        done = CliRunner().invoke(cli.main, ["run", "--spec-mode", "record"])
        assert done.exit_code < 4, done.output
        accept_verdict(load_suite(SUITE), RUN, f"Reason {number}.", anyway=True)
        _commit_first(number)
    (_, last) = read_ledger(SUITE / LEDGER)
    assert last.n < 16 and last.lost <= 1  # of those that are shown
    return the_four(load_suite(SUITE))


@pytest.fixture
def judged(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Path, ...]:
    """A suite that a judge decides; two verdicts are accepted."""
    _stand_in(tmp_path, monkeypatch)
    suite = judgeprojects.make_project(Path(), f"{JUDGE}{SPLIT}", pairs=24)
    judgeprojects.admit(Path(), judgeprojects.judge_of())
    write_compiled(suite, compile_suite(suite))
    commit_all(Path())
    for number, spec in enumerate(("Be the very best.", "Be the best of all."), 1):
        edited = judgeprojects.edit(load_suite(SUITE), spec)
        found = judgeprojects.run(edited, "record", model=judgeprojects.judge_of())
        write_reports(make_run([found]), RUN.parent)
        accept_verdict(edited, RUN, f"Reason {number}.")
        _commit_first(number)
    return the_four(load_suite(SUITE))


def _commit_first(number: int) -> None:
    """The first verdict is committed, the second is as accepting it left it."""
    if number == 1:
        commit_all(Path())


def _stand_in(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GITHUB_BASE_REF", raising=False)
    monkeypatch.delenv("CI", raising=False)
    monkeypatch.setenv("SPECHARNESS_CACHE", str(root / "cache"))
    (root / "project").mkdir()
    monkeypatch.chdir(root / "project")


SOME = settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@given(data=st.data())
@SOME
def test_any_changed_byte_is_found_where_pairs_are_hidden(
    hiding: tuple[Path, ...], data: st.DataObject
) -> None:
    _find_a_changed_byte(hiding, data)


@given(data=st.data())
@SOME
def test_any_changed_byte_is_found_where_a_judge_decides(
    judged: tuple[Path, ...], data: st.DataObject
) -> None:
    _find_a_changed_byte(judged, data)


def _find_a_changed_byte(files: tuple[Path, ...], data: st.DataObject) -> None:
    path = data.draw(st.sampled_from(files))
    with one_byte_changed(path, data):
        code, told = verify()
    assert code == 1
    assert str(path) in told
