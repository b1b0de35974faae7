"""Verdicts are computed again as of their day and their ledger, however much later that is."""

from datetime import date
from pathlib import Path

import pytest
from click.testing import CliRunner

from specharness.errors import UsageError
from specharness.ledger.accepting import accept_verdict
from specharness.ledger.chain import LEDGER, Entry, ledger_text, read_ledger
from specharness.ledger.commands import verify_command
from specharness.ledger.verifying import run_difference
from specharness.reporting import make_run, write_reports
from specharness.runfile import SuiteRun, read_run, run_text
from specharness.suitefile import Suite, load_suite
from tests.projects import commit_all
from tests.test_sparing import LOST, Touchy, gated, quarantined

EDITED = "Prefer the very best."
MAY, LATER = date(2029, 5, 1), date(2030, 1, 1)
UNTIL = "2029-12-31"
RUNS = Path("reports/run.json")


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SPECHARNESS_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("GITHUB_BASE_REF", raising=False)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def project(root: Path, **ends: object) -> None:
    """A committed suite six of whose pairs are in quarantine."""
    quarantined(root, **ends)  # type: ignore[arg-type]
    commit_all(root)


def run(root: Path, **options: object) -> SuiteRun:
    """The edit that loses those six, run and recorded."""
    model = Touchy(EDITED, LOST, layouts=True)
    found = gated(root, model, 20, mode="record", **options)
    write_reports(make_run([found]), RUNS.parent)
    return found


def tone(root: Path) -> Suite:
    return load_suite(root / "suites" / "tone")


def verify() -> tuple[int, str]:
    done = CliRunner().invoke(verify_command, [], standalone_mode=False)
    assert done.exception is None, done.exception
    return done.return_value, done.output


@pytest.mark.parametrize(
    ("today", "verdict", "told"),
    [(MAY, "UNPROVEN", "in quarantine"), (LATER, "FAIL", "Back from quarantine")],
)
def test_a_run_and_its_line_hold_on_any_later_day(
    here: Path, today: date, verdict: str, told: str
) -> None:
    project(here, until=UNTIL, looks=0)
    found = run(here, today=today)
    assert (found.gate.verdict, found.day) == (verdict, today.isoformat())
    assert any(told in sentence for sentence in found.gate.sentences)
    assert run_difference(tone(here), found) == ""
    entry = accept_verdict(tone(here), RUNS, "As it was then.", anyway=True)
    assert (entry.verdict, entry.day) == (verdict, today.isoformat())
    code, printed = verify()
    assert code == 0 and "computed again from recordings" in printed


def test_a_day_that_decides_nothing_is_not_written_down(here: Path) -> None:
    project(here)
    found = run(here, today=MAY)
    assert (found.day, found.accepted) == ("", 0)
    assert "day" not in ledger_text([accept_verdict(tone(here), RUNS, "A reason.")])


def test_a_line_with_another_day_is_found(here: Path) -> None:
    project(here, until=UNTIL, looks=0)
    run(here, today=MAY)
    entry = accept_verdict(tone(here), RUNS, "As it was then.")
    values = {name: getattr(entry, name) for name in Entry.__dataclass_fields__}
    forged = Entry(**values | {"day": LATER.isoformat()})  # and its digest with it
    (here / "suites/tone" / LEDGER).write_text(ledger_text([forged]))
    code, told = verify()
    assert code == 1 and 'verdict is "UNPROVEN", but "FAIL" when computed again' in told


def test_lines_accepted_since_then_change_no_run(here: Path) -> None:
    project(here, looks=1)
    found = run(here, today=MAY)
    assert (found.gate.verdict, found.accepted) == ("UNPROVEN", 0)
    accept_verdict(tone(here), RUNS, "The only one that it holds for.")
    assert len(read_ledger(here / "suites/tone" / LEDGER)) == 1
    assert run_difference(tone(here), found) == ""
    assert verify()[0] == 0
    with pytest.raises(UsageError, match="accepted since this run, which can end a quarantine"):
        accept_verdict(tone(here), RUNS, "Once more.")
    again = run(here, today=MAY)
    assert (again.gate.verdict, again.accepted) == ("FAIL", 1)


def test_a_day_that_is_none_is_told(here: Path) -> None:
    project(here, until=UNTIL, looks=0)
    found = run(here, today=MAY)
    text = RUNS.read_text().replace(MAY.isoformat(), "some day")
    RUNS.write_text(text)
    RUNS.write_text(run_text(read_run(RUNS)))
    assert found.day and "'some day' is none" in verify()[1]
