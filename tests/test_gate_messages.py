"""More of what the gate says, in full: what spares a loss, what judges, what is hidden or worn.

`test_report_formats_messages` has the everyday ones. To see what changed: the text that a test
shows goes into data/gate_messages.txt, where a person reads it first.
"""

import json
import re
import subprocess
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from specharness.gate.exposure import suite_exposure
from specharness.gate.holdout import explain_exposure
from specharness.gate.lookfile import LOOKED, Looks, Seen, looks_text
from specharness.gate.until import run_until_decided
from specharness.ledger.chain import judged_digest
from specharness.run import Options, held_out, run_suite
from specharness.runfile import SuiteRun
from specharness.suitefile import Suite, load_suite
from tests import judgeprojects, zebras
from tests.judges import Shown
from tests.obedient import IDENTITY, Obedient
from tests.projects import commit_all, make_project, write_spec
from tests.test_report_formats_messages import Refusing, message, wrong_on
from tests.test_sparing import LOST, Touchy, gated, quarantined

MESSAGES = Path(__file__).parent / "data" / "gate_messages.txt"
BEST = "Prefer the very best."
BENIGN = "Prefer the best. Truly."


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SPECHARNESS_CACHE", str(tmp_path / "cache"))
    for name in ("GITHUB_BASE_REF", "CI_MERGE_REQUEST_TARGET_BRANCH_NAME"):
        monkeypatch.delenv(name, raising=False)
    root = tmp_path / "project"
    root.mkdir()
    monkeypatch.chdir(root)
    return root


def pairs_of(root: Path) -> Path:
    return root / "suites" / "tone" / "pairs.jsonl"


def edited(root: Path, spec: str, change: Callable[[Path], None], pairs: int = 80) -> SuiteRun:
    """A committed project whose spec was edited along with something else."""
    make_project(root, pairs=pairs)
    commit_all(root)
    change(root)
    write_spec(root, spec)
    return obeyed(root)


def obeyed(root: Path, **options: object) -> SuiteRun:
    suite = load_suite(root / "suites" / "tone")
    found = Options(**{"mode": "live"} | options)  # type: ignore[arg-type]
    return run_suite(suite, found, model=Obedient(identity=IDENTITY))


# What spares an edit a FAIL


def in_quarantine(root: Path) -> SuiteRun:
    quarantined(root)
    commit_all(root)
    return gated(root, Touchy(BEST, LOST, layouts=True), 20)


def back_from_quarantine(root: Path) -> SuiteRun:
    quarantined(root, until="2029-12-31")
    commit_all(root)
    return gated(root, Touchy(BEST, LOST, layouts=True), 20, today=date(2030, 1, 1))


def lost_in_one_layout(root: Path) -> SuiteRun:
    make_project(root, pairs=70)
    commit_all(root)
    return gated(root, Touchy(BEST, [0], layouts=False), 70)


# What judges it changed, too


def wider(root: Path) -> None:
    (root / "suites/tone/suite.toml").write_text("[gate]\nmargin = 0.2\n")


def turned(root: Path) -> None:
    rows = [json.loads(line) for line in pairs_of(root).read_text().splitlines()]
    for row in rows[4:6]:
        row["chosen"], row["rejected"] = row["rejected"], row["chosen"]
    pairs_of(root).write_text("".join(json.dumps(row) + "\n" for row in rows))


def reworded(root: Path) -> None:
    path = pairs_of(root)
    path.write_text(path.read_text().replace("Bad answer 7.", "Bad answer, the 7th."))


def added(root: Path) -> None:
    rows = [{"id": f"n-{i}", "prompt": f"New {i}?", "chosen": "Good.", "rejected": "Bad."}
            for i in range(3)]  # fmt: skip
    with pairs_of(root).open("a") as file:
        file.write("".join(json.dumps(row) + "\n" for row in rows))


def grouped(root: Path) -> SuiteRun:
    make_project(root, pairs=80)
    rows = [json.loads(line) for line in pairs_of(root).read_text().splitlines()]
    rows = [row | {"group": f"g{i // 4}"} for i, row in enumerate(rows)]
    pairs_of(root).write_text("".join(json.dumps(row) + "\n" for row in rows))
    commit_all(root)
    write_spec(root, BENIGN)
    return obeyed(root)


# The anchor


def git(root: Path, *arguments: str) -> None:
    who = ("-c", "user.name=test", "-c", "user.email=test@example.invalid")
    subprocess.run(["git", *who, *arguments], cwd=root, check=True)


def since_the_anchor(root: Path, then: str, now: str, budget: float, **options: object) -> SuiteRun:
    """A release, an edit that is merged, and another."""
    make_project(root, pairs=200)
    (root / "suites/tone/suite.toml").write_text(f"[gate]\nbudget = {budget}\n")
    commit_all(root)
    git(root, "tag", "v1.0")
    write_spec(root, then)
    git(root, "commit", "-qam", "Merged")
    write_spec(root, now)
    return obeyed(root, **options)


def added_up(root: Path) -> SuiteRun:
    return since_the_anchor(root, wrong_on(*range(1, 8)), wrong_on(*range(1, 11)), 0.03)


def within_the_budget(root: Path) -> SuiteRun:
    return since_the_anchor(root, wrong_on(1, 2), wrong_on(1, 2, 3), 0.09)


def anchor_not_recorded(root: Path) -> SuiteRun:
    since_the_anchor(root, BENIGN, BENIGN + " Yes.", 0.03, mode="record", anchor="none")
    return obeyed(root, mode="replay")


# Who judges


def judged(root: Path, head: str, **about: object) -> SuiteRun:
    suite = judgeprojects.make_project(root, '[score]\nscorer = "judge"\n')
    judge = judgeprojects.judge_of()
    if about.pop("admitted", True):
        judgeprojects.admit(root, judge)
        commit_all(root)
    return judgeprojects.run(judgeprojects.edit(suite, head), model=judge)


def judge_of_the_family(root: Path) -> SuiteRun:
    settings = '[score]\nscorer = "judge"\n[judge]\nproposer = "toyjudge-large"\n'
    suite = judgeprojects.make_project(root, settings)
    judgeprojects.admit(root, judgeprojects.judge_of())
    commit_all(root)
    return judgeprojects.run(
        judgeprojects.edit(suite, "Be the worst."), model=judgeprojects.judge_of()
    )


def judge_that_errs(root: Path) -> SuiteRun:
    """A tenth of its verdicts is wrong, and under the edited spec an eighth more is turned."""

    def taste(shown: Shown) -> float:
        number = int(re.findall(r"\d+", shown.prompt)[0])
        wrong = number % 10 == 7 or ("hasty" in shown.spec and number % 8 == 1)
        return 1 - judgeprojects.by_spec(shown) if wrong else judgeprojects.by_spec(shown)

    suite = judgeprojects.make_project(root, '[score]\nscorer = "judge"\n')
    judgeprojects.admit(root, judgeprojects.judge_of(taste))
    commit_all(root)
    edit = judgeprojects.edit(suite, "Be the best, and hasty.")
    return judgeprojects.run(edit, model=judgeprojects.judge_of(taste))


def judge_that_drifted(root: Path) -> SuiteRun:
    suite = judgeprojects.make_project(root, '[score]\nscorer = "judge"\n')
    judgeprojects.admit(root, judgeprojects.judge_of())
    commit_all(root)

    def other(shown: Shown) -> float:
        return 1 - judgeprojects.by_spec(shown)

    edit = judgeprojects.edit(suite, "Be the very best.")
    return judgeprojects.run(edit, model=judgeprojects.judge_of(other))


def replies(root: Path) -> SuiteRun:
    suite = judgeprojects.make_project(root, '[score]\nscorer = "generate"\n')
    judge = judgeprojects.judge_of(judgeprojects.likes_good)
    judgeprojects.admit(root, judge)
    commit_all(root)
    edit = judgeprojects.edit(suite, "Be the worst.")
    return judgeprojects.run(edit, model=judgeprojects.Writer(), judge=judge)


# Hidden pairs


def hidden(
    root: Path, lost: str, patch: pytest.MonkeyPatch, gate: str = 'hidden = "hidden"\n'
) -> SuiteRun:
    patch.setenv(zebras.LOST, lost)
    zebras.make_project(root, horses=62, zebras=20, gate=gate)
    commit_all(root)
    (root / "suites/tone/spec.md").write_text(zebras.HEAD)
    suite = load_suite(root / "suites" / "tone")
    return replace(run_suite(suite, Options(mode="live"), model=zebras.make()), blame=())


NINE = " ".join(f"z{n}" for n in range(9))


def hidden_add_up(root: Path, patch: pytest.MonkeyPatch) -> SuiteRun:
    """What hidden pairs lost was merged; the next edit loses nothing."""
    patch.setenv(zebras.LOST, NINE)
    zebras.make_project(root, horses=62, zebras=20, gate='hidden = "hidden"\nbudget = 0.03\n')
    commit_all(root)
    git(root, "tag", "v1.0")
    file = root / "suites" / "tone" / "spec.md"
    file.write_text(zebras.HEAD)
    git(root, "commit", "-qam", "Merged")
    file.write_text(f"{zebras.HEAD}- Be neat.\n")
    return run_suite(load_suite(file.parent), Options(mode="live"), model=zebras.make())


# Looks


def until(root: Path, spec: str, *, planned: bool = False) -> SuiteRun:
    make_project(root, pairs=400)
    commit_all(root)
    write_spec(root, spec)
    suite = load_suite(root / "suites" / "tone")
    return run_until_decided(
        suite, Options(mode="live"), Obedient(identity=IDENTITY), planned=planned
    )


def worn(root: Path, looks: int, refused: int, *, is_hidden: bool, pairs: int = 200) -> str:
    make_project(root, pairs=pairs)
    suite: Suite = load_suite(root / "suites" / "tone")
    name = judged_digest(held_out(suite))
    seen = [
        Seen(pairs=name, spec=f"{n}", verdict="FAIL" if n < refused else "PASS")
        for n in range(looks)
    ]
    (suite.folder / LOOKED).write_text(looks_text(Looks(seen=tuple(seen))))
    return "\n".join(explain_exposure(suite_exposure(suite, hidden=is_hidden), hidden=is_hidden))


Scene = Callable[[Path, pytest.MonkeyPatch], SuiteRun | str]
SCENES: dict[str, Scene] = {
    "pairs in quarantine": lambda root, _: in_quarantine(root),
    "pairs back from quarantine": lambda root, _: back_from_quarantine(root),
    "a must lost in one layout only": lambda root, _: lost_in_one_layout(root),
    "the margin widened with the edit": lambda root, _: edited(root, BENIGN, wider),
    "a loss, and the margin widened": lambda root, _: edited(root, wrong_on(*range(1, 10)), wider),
    "labels turned round with the edit": lambda root, _: edited(root, BENIGN, turned),
    "a pair reworded with the edit": lambda root, _: edited(root, BENIGN, reworded),
    "pairs added with the edit": lambda root, _: edited(root, BENIGN, added),
    "pairs changed and the spec not": lambda root, _: edited(root, "Prefer the best.", reworded),
    "pairs in groups": lambda root, _: grouped(root),
    "losses that add up": lambda root, _: added_up(root),
    "losses within the budget": lambda root, _: within_the_budget(root),
    "an anchor that is not recorded": lambda root, _: anchor_not_recorded(root),
    "a judge that was not admitted": lambda root, _: judged(root, "Be kind.", admitted=False),
    "a judge of the proposer's family": lambda root, _: judge_of_the_family(root),
    "a judge that drifted": lambda root, _: judge_that_drifted(root),
    "a judge that sees a loss": lambda root, _: judged(root, "Be the worst."),
    "a judge that sees none": lambda root, _: judged(root, "Be the very best."),
    "a judge that is sometimes wrong": lambda root, _: judge_that_errs(root),
    "replies that got worse": lambda root, _: replies(root),
    "hidden pairs, and none is lost": lambda root, patch: hidden(root, "", patch),
    "only hidden pairs lose": lambda root, patch: hidden(root, NINE, patch),
    "hidden pairs leave it open": lambda root, patch: hidden(root, "z1 z2", patch),
    "losses of hidden pairs that add up": hidden_add_up,
    "all pairs are hidden": lambda root, patch: hidden(root, NINE, patch, 'hidden = "*"\n'),
    "decided before all pairs were measured": lambda root, _: until(root, BENIGN),
    "a loss seen before all were measured": lambda root, _: until(root, wrong_on(*range(1, 400))),
    "planned looks": lambda root, _: until(root, BENIGN, planned=True),
    "a hold-out that lasts": lambda root, _: worn(root, 3, 0, is_hidden=True),
    "a hold-out that is worn": lambda root, _: worn(root, 12, 1, is_hidden=False),
    "a hold-out that is too small": lambda root, _: worn(root, 0, 0, is_hidden=True, pairs=40),
}  # fmt: skip


def told(title: str, root: Path, patch: pytest.MonkeyPatch) -> str:
    found = SCENES[title](root, patch)
    return found if isinstance(found, str) else message(found)


def expected() -> dict[str, str]:
    parts = MESSAGES.read_text(encoding="utf-8").split("== ")[1:]
    return {title: text.strip() for title, _, text in (part.partition("\n") for part in parts)}


@pytest.mark.parametrize("title", SCENES)
def test_the_gate_says(title: str, here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert told(title, here, monkeypatch) == expected()[title]


def test_no_message_is_left_over_and_each_verdict_is_there() -> None:
    assert list(expected()) == list(SCENES)
    verdicts = {text.partition(":")[0] for text in expected().values()}
    assert verdicts >= {"PASS", "FAIL", "UNPROVEN", "UNVERIFIABLE"}


def test_steps_are_free_of_statistics() -> None:
    for text in expected().values():
        steps = [line for line in text.splitlines() if line.startswith("What to do: ")]
        assert not any(re.search(r"(?i)interval|p-value|power|alpha|hypothes", s) for s in steps)


def test_an_unmeasured_hidden_pair_is_counted_and_not_named(
    here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(zebras.LOST, "")
    zebras.make_project(here, horses=62, zebras=20)
    commit_all(here)
    (here / "suites/tone/spec.md").write_text(zebras.HEAD)
    refusing = Refusing(identity=IDENTITY, refused="Zebra question 3?")
    run = run_suite(load_suite(here / "suites/tone"), Options(mode="live"), model=refusing)
    text = message(run)
    assert run.gate.errors == 1 and "1 pair could not be measured" in text
    assert "Zebra" not in text and "it refuses" not in repr(run)
    assert "What to do: Run again, or shorten the hidden pairs" in text
