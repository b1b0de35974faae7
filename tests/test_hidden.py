"""A hidden hold-out: it counts in the verdict, and nothing that a person looks at tells of it."""

import re
import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from specharness import cli
from specharness.errors import UsageError
from specharness.gate.findings import Quarantined
from specharness.gate.hidden import check_hidden, explain_hidden, shown
from specharness.gate.quarantine import QUARANTINE, quarantine_text
from specharness.ledger.chain import judged_digest, read_ledger, settings_digest
from specharness.ledger.verifying import run_difference
from specharness.report.formats import FORMATS, render_stored
from specharness.run import Options, held_out, run_suite, shown_pairs
from specharness.runfile import SuiteRun, read_run
from specharness.settings import GateSettings, SuiteSettings
from specharness.suitefile import Suite, load_suite
from tests.projects import commit_all
from tests.runs import make_case
from tests.test_report_packing import unpack
from tests.zebras import HEAD, LOST, make, make_project

pytest_plugins = ["pytester"]
Enter = Callable[..., Suite]
TWO = "h3 h8"  # of those that are shown
NINE, OTHERS = ("z1 z2 z3 z4 z5 z6 z7 z8 z9", "z0 z9 z10 z11 z12 z13 z14 z15 z16")


@pytest.fixture(autouse=True)
def quiet(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("CI", "GITHUB_BASE_REF", "PYTEST_ADDOPTS"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def enter(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Enter:
    """Stand in a committed project whose spec was edited, with a model that loses these pairs."""

    def stand(name: str, lost: str, quarantine: str = "", **about: object) -> Suite:
        root = tmp_path / name / "project"
        make_project(root, **about)  # type: ignore[arg-type]
        if quarantine:
            (root / "suites/tone" / QUARANTINE).write_text(quarantine)
        commit_all(root)
        git(root, "checkout", "-q", "-b", "edit")
        (root / "suites/tone/spec.md").write_text(HEAD)
        git(root, "commit", "-qam", "Be quick")
        monkeypatch.chdir(root)
        monkeypatch.setenv("SPECHARNESS_CACHE", str(tmp_path / name / "cache"))
        monkeypatch.setenv(LOST, lost)
        return load_suite(Path("suites/tone"))

    return stand


def git(root: Path, *arguments: str) -> None:
    who = ("-c", "user.name=test", "-c", "user.email=test@example.invalid")
    subprocess.run(["git", *who, *arguments], cwd=root, check=True)


def type_(*words: str) -> Result:
    """What a user sees who types `specharness` and these words."""
    done = CliRunner().invoke(cli.main, list(words))
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    return done


def texts_of(run: SuiteRun, kind: str) -> set[str]:
    """Everything that a run which hides nothing knows of such pairs, as it would be written."""
    told = set[str]()
    for case in (case for case in run.cases if case.id.startswith(kind)):
        told |= {case.id, case.prompt[0].content, case.chosen, case.rejected}
        for arm in (case.head, case.base):
            assert arm is not None and arm.terms is not None
            numbers = [arm.margin, arm.preference, arm.absolute, arm.terms.chosen]
            told |= {repr(number) for number in numbers if number}
            told |= {f"{arm.margin:+.4f}", f"{arm.margin:+.3f}"}
    return {text for text in told if len(text) > 5}


COMMANDS = (
    "run tone --spec-mode record", "gate tone", "accept tone --reason Known. --anyway", "verify",
    "blame tone --json", "coverage tone --json", "coverage tone --out suites/tone/coverage.json",
    "bisect main..edit --suite tone", "bisect main..edit --suite tone --pair zebra-03",
    "history --suite tone --html reports/history.html", "mutate tone --json --operators drop",
    "holdout tone", "compare tone --arms empty,handwritten --json --out reports/compare.json",
    "run tone",
)  # fmt: skip


def everything(suite: Suite) -> dict[str, str]:
    """All that the commands print and write about a suite, and all views of its run."""
    found = {words: type_(*words.split()).output for words in COMMANDS}
    stored = Path("reports/run.json")
    found |= {layout: render_stored(layout, stored, 100, True) for layout in FORMATS}
    for path in (*Path("reports").iterdir(), *suite.folder.iterdir()):
        if path.name not in ("pairs.jsonl", "suite.toml"):
            found[path.as_posix()] = path.read_text()
    packed = re.findall(r">([A-Za-z0-9+/=]{200,})<", found["reports/index.html"])
    assert packed
    return found | {f"packed {i}": unpack(text) for i, text in enumerate(packed)}


def test_nothing_tells_what_became_of_a_hidden_pair(enter: Enter) -> None:
    open_ = run_suite(enter("open", f"{TWO} {NINE}", gate=""), Options(mode="live"))
    zebras = texts_of(open_, "zebra") - texts_of(open_, "horse")
    assert open_.gate.lost == 11 and len(zebras) > 100
    told = everything(enter("a", f"{TWO} {NINE}"))
    assert "FAIL" in told["gate tone"] and "horse-03" in told["markdown"]
    assert any("horse-03" in text for name, text in told.items() if name.startswith("packed"))
    assert "computed again from recordings" in told["verify"]
    pair = told.pop("bisect main..edit --suite tone --pair zebra-03")
    assert "the pair 'zebra-03' is hidden" in pair
    leaks = [(name, text) for name, whole in told.items() for text in zebras if text in whole]
    assert not leaks
    # and where others are lost instead, every byte is the same
    other = everything(enter("b", f"{TWO} {OTHERS}"))
    assert {name for name in told if _timeless(told[name]) != _timeless(other[name])} == set()


def _timeless(text: str) -> str:
    """Without what differs from run to run: times, commits, and the digests over them."""
    text = re.sub(r'"seconds": ?[0-9.e-]+', "SECONDS", text)
    text = re.sub(r"[0-9.]+ s\b", "SECONDS", text)
    return re.sub(r"\b[0-9a-f]{7,64}\b", "DIGEST", text)


def test_a_repeat_of_layouts_leaves_them_out_and_quarantines_none(enter: Enter) -> None:
    enter("p", "", horses=12, zebras=10)
    told = type_("aa", "tone", "--quarantine").output
    assert "12 pairs, measured 5 times" in told and "zebra" not in told


def test_a_quarantine_of_theirs_is_not_told(enter: Enter) -> None:
    held = [
        Quarantined(id=id, reason="it turned", flips=2, runs=4, spec="", looks=10)
        for id in ("horse-03", "zebra-03")
    ]
    suite = enter("p", f"{TWO} {NINE}", quarantine=quarantine_text(held))
    run = run_suite(suite, Options(mode="live"))
    assert [one.id for one in run.quarantined] == ["horse-03"]
    told = [one for one in run.gate.sentences if "quarantine" in one]
    assert len(told) == 1 and "1 pair is in quarantine (horse-03)" in told[0]
    assert "zebra-" not in repr(run)


def test_looks_at_hidden_pairs_are_counted_as_such(enter: Enter) -> None:
    enter("some", "", horses=20, zebras=12)
    some = type_("holdout", "tone").output
    assert "shown pair by pair" in some and "Pairs tagged 'hidden' are hidden" in some
    enter("all", "", horses=20, zebras=12, gate='hidden = "*"\n')
    assert "shown pair by pair" not in type_("holdout", "tone").output


def test_they_have_no_test_case_and_cannot_be_selected(
    enter: Enter, pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    enter("p", f"{TWO} {NINE}", horses=20, zebras=12)
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parent.parent))
    arguments = ("-p", "no:cacheprovider", "-rA", "-v", "--junitxml=reports/junit.xml")
    whole = pytester.runpytest_subprocess(*arguments, "suites")
    told = whole.stdout.str() + Path("reports/junit.xml").read_text()
    assert "test_preference[tone-horse-03]" in told and "zebra" not in told.lower().replace(
        "tests.zebras:make", ""
    )
    assert whole.parseoutcomes()["failed"] == 1  # the gate
    none = pytester.runpytest_subprocess("--collect-only", "-q", "-k", "zebra", "suites")
    none.stdout.fnmatch_lines(["no tests collected*"])


def test_they_are_measured_with_all_others_or_not_at_all(enter: Enter) -> None:
    suite = enter("p", NINE, horses=4, zebras=12)
    model = make()
    some = run_suite(suite, Options(mode="live"), only={"horse-01", "zebra-03"}, model=model)
    assert [case.id for case in some.cases] == ["horse-01"]
    assert (some.selected, some.gate.hidden, some.gate.verdict) == (1, 0, "UNPROVEN")
    assert not [r for r in model.asked if "Zebra" in r.messages[-1].content]
    everyone = {pair.id for pair in shown_pairs(suite)}
    whole = run_suite(suite, Options(mode="live"), only=everyone, model=model)
    assert (whole.selected, whole.gate.hidden, whole.gate.n) == (16, 12, 4)
    assert len(held_out(suite)) == 16


def test_all_pairs_may_be_hidden(enter: Enter) -> None:
    suite = enter("p", NINE, horses=20, zebras=12, gate='hidden = "*"\n')
    run = run_suite(suite, Options(mode="live"))
    assert (run.cases, run.temperature, run.slices, run.blame) == ((), 0.0, (), ())
    assert (run.gate.n, run.gate.hidden, run.gate.difference) == (0, 32, None)
    assert run.gate.verdict == "FAIL"
    assert type_("run", "tone").exit_code == 1
    for layout in FORMATS:
        assert render_stored(layout, Path("reports/run.json"), 100)
    for words in ("coverage tone", "aa tone", "compare tone", "blame tone"):
        done = type_(*words.split())
        assert (done.exit_code, "all gate pairs are hidden" in done.output) == (4, True), words


def test_a_must_that_is_hidden_fails_the_suite_and_is_not_named(enter: Enter) -> None:
    suite = enter("p", "z3", horses=60, zebras=12, must="zebra-03")
    run = run_suite(suite, Options(mode="live"))
    assert (run.gate.verdict, run.gate.lost, run.confirmations) == ("FAIL", 0, ())
    assert "zebra" not in repr(replace(run, model="", model_note="")).lower()
    assert run.gate.sentences[-1].startswith("The pairs that are shown do not account for it")


def test_measuring_until_decided_would_tell_of_a_few_at_a_time(enter: Enter) -> None:
    enter("p", "", horses=20, zebras=12)
    done = type_("run", "tone", "--until-decided")
    assert done.exit_code == 4 and "run the suite without --until-decided" in done.output


@pytest.mark.parametrize(
    ("hidden", "zebras", "told"),
    [
        ("secret", 12, "names the tag 'secret', and no gate pair has it"),
        ("hidden", 9, "hides 9 pairs, and the verdict would tell of each; hide 10 or more"),
    ],
)
def test_what_hides_nothing_is_refused(enter: Enter, hidden: str, zebras: int, told: str) -> None:
    enter("p", "", horses=20, zebras=zebras, gate=f'hidden = "{hidden}"\n')
    done = type_("run", "tone")
    assert done.exit_code == 4 and told in done.output


def test_recordings_and_tags_that_changed_are_found(enter: Enter) -> None:
    suite = enter("p", NINE, horses=60, zebras=12)
    type_("run", "tone", "--spec-mode", "record")
    (stored,) = read_run(Path("reports/run.json")).suites
    assert run_difference(suite, stored) == "" and stored.recorded
    (recorded,) = Path("fixtures/recordings/tone").iterdir()
    whole = recorded.read_text()
    lines = whole.splitlines(keepends=True)
    # the last lines are some pair's: whichever it is, nothing else of it stands in run.json
    for line in (len(lines) - 1, len(lines) // 2):
        changed = lines[line].replace('"sum":-', '"sum":-1')
        assert changed != lines[line]
        recorded.write_text("".join([*lines[:line], changed, *lines[line + 1 :]]))
        assert type_("verify").exit_code == 1
    recorded.write_text(whole)
    assert type_("accept", "tone", "--reason", "Known.", "--anyway").exit_code == 0
    (entry,) = read_ledger(suite.folder / "ledger.jsonl")
    assert (entry.n, entry.lost, entry.verdict) == (60, 0, "FAIL")
    assert entry.pairs == judged_digest(held_out(suite), suite.settings.gate)
    pairs = suite.folder / "pairs.jsonl"
    pairs.write_text(pairs.read_text().replace('"hidden"', '"open"', 1))
    assert "since then the pairs changed" in type_("verify").output


def test_only_pairs_with_the_tag_are_hidden() -> None:
    settings = GateSettings(hidden="hidden")
    cases = [make_case(f"p-{i}", tags=("hidden", "x") if i < 12 else ("x",)) for i in range(20)]
    assert [case.id for case in shown(cases, settings)] == [f"p-{i}" for i in range(12, 20)]
    assert shown(cases, GateSettings(hidden="*")) == ()
    assert shown(cases, GateSettings()) == tuple(cases)
    check_hidden(cases, settings, Path("suite.toml"))
    with pytest.raises(UsageError, match="hides 5 pairs"):
        check_hidden(cases[7:], settings, Path("suite.toml"))


def test_what_is_hidden_is_in_the_digest_and_the_default_is_not() -> None:
    cases = [make_case(f"p-{i}", tags=("hidden",) if i < 12 else ()) for i in range(20)]
    assert judged_digest(cases, GateSettings()) == judged_digest(cases)
    assert judged_digest(cases, GateSettings(hidden="hidden")) != judged_digest(cases)
    plain = SuiteSettings()
    assert settings_digest(replace(plain, gate=GateSettings(hidden="x"))) != settings_digest(plain)


def test_the_words() -> None:
    assert explain_hidden(12, 0, "FAIL", [], explained=False) == [
        "All 12 pairs are hidden: of them the verdict alone is told, so that they stay a fair test."
    ]
    assert explain_hidden(12, 1, "FAIL", ["Told."], explained=True) == [
        "The verdict counts 12 hidden pairs, too. Of these nothing else is told, so that they stay "
        "a fair test; all figures are those of the pair that is shown.",
        "Told.",
    ]
    assert explain_hidden(12, 30, "FAIL", [], explained=False)[-1] == (
        "The pairs that are shown do not account for it: ask what the edit does to others."
    )
