"""accept and verify on a real project: what does not hold is found and named."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from specharness.compilation.compiling import compile_suite, write_compiled
from specharness.compilation.places import lock_path
from specharness.ledger.chain import read_ledger
from specharness.ledger.commands import accept_command, verify_command
from specharness.reporting import make_run, write_reports
from specharness.run import Options, run_suite
from specharness.runfile import SuiteRun, read_run, run_text
from specharness.suitefile import Suite, load_suite
from tests.changes import one_byte_changed
from tests.obedient import Obedient
from tests.projects import commit_all, make_project, write_spec

HARMFUL = "Prefer the best, but not Question 1? Question 2? Question 3? Question 4? Question 5?"
REASON = ("--reason", "It reads better.")


def suite() -> Suite:
    return load_suite(Path("suites/tone"))


def run(mode: str = "record") -> SuiteRun:
    """Run the suite in the current folder as a user does, and leave its reports."""
    found = run_suite(suite(), Options(mode=mode), model=Obedient())  # type: ignore[arg-type]
    write_reports(make_run([found]), Path("reports"))
    return found


def accept(*words: str) -> Result:
    return CliRunner().invoke(accept_command, ["tone", *words], standalone_mode=False)


def verify(*words: str) -> tuple[int, str]:
    done = CliRunner().invoke(verify_command, list(words), standalone_mode=False)
    assert done.exception is None, done.exception
    return done.return_value, done.output


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A committed project with a benign edit of its spec."""
    monkeypatch.setenv("SPECHARNESS_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("GITHUB_BASE_REF", raising=False)
    root = make_project(tmp_path / "project", pairs=62)
    (root / "conftest.py").unlink()
    commit_all(root)
    write_spec(root, "Prefer the best. Truly.")
    monkeypatch.chdir(root)
    return root


LEDGER = Path("suites/tone/ledger.jsonl")
RUN = Path("reports/run.json")
RECORDED = Path("fixtures/recordings/tone/obedient.jsonl")


def test_an_accepted_verdict_holds(here: Path) -> None:
    run()
    done = accept(*REASON)
    assert "tone: accepted PASS as line 1\nnext: git add suites/tone/ledger.jsonl" in done.output
    (entry,) = read_ledger(LEDGER)
    assert (entry.verdict, entry.n, entry.anyway, entry.model) == ("PASS", 62, False, "obedient")
    assert len(entry.base) == 40 and entry.recordings and not entry.lock
    code, told = verify()
    assert code == 0
    assert "tone: holds (1 accepted, the last PASS, computed again from recordings)" in told
    assert "reports/run.json, tone: holds (computed again, the same)" in told


def test_the_same_verdict_is_the_same_line_anywhere(here: Path, tmp_path: Path) -> None:
    run()
    accept(*REASON)
    first = LEDGER.read_bytes()
    LEDGER.unlink()
    run("replay")
    accept(*REASON)
    assert LEDGER.read_bytes() == first


def test_a_loss_is_accepted_only_knowingly(here: Path) -> None:
    write_spec(here, HARMFUL)
    assert run().gate.verdict == "FAIL"
    assert "is FAIL; mend the spec, or accept the loss knowingly with --anyway" in str(
        accept(*REASON).exception
    )
    assert "a loss accepted knowingly" in accept(*REASON, "--anyway").output
    assert read_ledger(LEDGER)[0].anyway
    assert verify()[0] == 0


def edit_spec(root: Path) -> None:
    write_spec(root, "Prefer the best, always.")


def edit_pairs(root: Path) -> None:
    path = root / "suites" / "tone" / "pairs.jsonl"
    path.write_text(path.read_text().replace("Bad answer 7.", "A bad answer."))


def remove_run(root: Path) -> None:
    RUN.unlink()


def forge_run(root: Path) -> None:
    RUN.write_text(RUN.read_text().replace('"PASS"', '"UNPROVEN"'))


def run_few(root: Path) -> None:
    few = run_suite(suite(), Options(mode="replay"), only={"p-01"}, model=Obedient())
    write_reports(make_run([few]), Path("reports"))


def forge_recordings(root: Path) -> None:
    lines = RECORDED.read_text().splitlines()
    one = json.loads(lines[-1])
    other = next(json.loads(x) for x in lines[1:] if json.loads(x)["sum"] != one["sum"])
    lines[-1] = json.dumps({**other, "key": one["key"]}, separators=(",", ":"))
    RECORDED.write_text("\n".join(lines) + "\n")


REFUSED: dict[str, tuple[Callable[[Path], None], str]] = {
    "another spec": (edit_spec, "the spec changed since this run"),
    "other pairs": (edit_pairs, "the pairs changed since this run"),
    "no run": (remove_run, "no run is stored here"),
    "a forged run": (forge_run, "was changed after it was written"),
    "some pairs": (run_few, "only 1 of 62 pairs were run"),
}


@pytest.mark.parametrize(("change", "told"), REFUSED.values(), ids=REFUSED)
def test_what_is_not_the_last_whole_run_is_refused(
    here: Path, change: Callable[[Path], None], told: str
) -> None:
    run()
    change(here)
    assert told in str(accept(*REASON).exception)
    assert not LEDGER.exists()


def test_the_unverifiable_the_unexplained_and_the_repeated_are_refused(here: Path) -> None:
    assert run("replay").gate.verdict == "UNVERIFIABLE"
    assert "cannot be accepted" in str(accept(*REASON).exception)
    run()
    assert "no reason" in str(accept("--reason", " \n").exception)
    accept(*REASON)
    assert "accepts this very verdict" in str(accept(*REASON).exception)


def test_what_changed_after_acceptance_is_named(here: Path) -> None:
    run()
    accept(*REASON)
    whole = RECORDED.read_text()
    forge_recordings(here)
    code, told = verify("tone")
    assert code == 1
    assert f"{RECORDED}: is not what was accepted ({LEDGER}:1); restore it from git" in told
    RECORDED.unlink()
    assert f"{RECORDED}: is not there" in verify()[1]
    RECORDED.write_text(whole)
    Path("suites/tone/spec.lock.json").write_text("{}")
    assert "spec.lock.json: not a lock" in verify()[1]


def test_a_changed_suite_is_told_and_not_compared(here: Path) -> None:
    run()
    accept(*REASON)
    RUN.unlink()
    edit_spec(here)
    edit_pairs(here)
    code, told = verify()
    assert code == 0
    assert told.startswith("tone: not computed again (1 accepted, the last PASS; line 1 was not ")
    assert "it is not committed, and since then the spec and the pairs changed" in told


def test_a_forgery_with_right_digests_is_found_by_computing_again(here: Path) -> None:
    run()
    accept(*REASON)
    stored = read_run(RUN)
    found = stored.suites[0]
    text = run_text(stored).replace('"lost": 0', '"lost": 1')
    data = json.loads(text)
    assert data["suites"][0]["gate"]["lost"] == 1
    RUN.write_text(text)
    forged = read_run(RUN)
    RUN.write_text(run_text(forged))
    code, told = verify()
    assert code == 1
    assert "suite tone: gate.lost is 1, but 0 when computed again" in told
    assert found.gate.lost == 0


@given(data=st.data())
@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_any_changed_byte_is_found(whole: Path, data: st.DataObject) -> None:
    """Ledger, lock, recordings, run.json: hypothesis picks the file and the byte."""
    path = data.draw(st.sampled_from((LEDGER, LOCK, RECORDED, RUN)))
    with one_byte_changed(path, data):
        code, told = verify()
    assert code == 1
    assert str(path) in told


LOCK = Path("suites/tone/spec.lock.json")


@pytest.fixture
def whole(here: Path) -> Path:
    """Few pairs, a lock, two accepted lines, recordings and a run: all of it holds."""
    path = here / "suites/tone/pairs.jsonl"
    path.write_text("".join(path.read_text().splitlines(keepends=True)[:24]))
    (here / "suites/tone/suite.toml").write_text("[split]\ncompile = 0.5\ngate = 0.5\n")
    write_compiled(suite(), compile_suite(suite()))
    commit_all(here)
    write_spec(here, "Prefer the best, every time.")
    run()
    accept(*REASON)
    commit_all(here)
    write_spec(here, "Prefer the best of all.")
    run()
    accept("--reason", "Another word.")
    assert lock_path(suite()) == LOCK
    code, told = verify()
    assert code == 0 and "2 accepted, the last UNPROVEN, each computed again" in told, told
    return here
