"""Each message of the gate in full, as a person reads it: what happened, and what to do next."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from specharness.model import Logprobs, Request, Unmeasured
from specharness.report.advice import advise
from specharness.report.markdown import render_markdown
from specharness.report.words import ruling
from specharness.run import Options, run_suite
from specharness.runfile import SuiteRun
from specharness.settings import Mode
from specharness.suitefile import load_suite
from tests.obedient import IDENTITY, Obedient
from tests.projects import commit_all, make_project, write_spec
from tests.runs import failing, make_gate, make_run, make_suite, unproven

BENIGN = "Prefer the best. Truly."


MESSAGES = Path(__file__).parent / "data" / "report_formats" / "messages.txt"


class Deaf(Obedient):
    """Answers the probe as it should and does not react to any spec."""

    def weigh(self, request: Request) -> Logprobs:
        return super().weigh(replace(request, messages=request.messages[-1:]))


@dataclass(kw_only=True)
class Refusing(Obedient):
    """Cannot weigh what was asked in some prompts."""

    refused: str = "Question 3?"

    def logprobs(self, requests: Sequence[Request]) -> list[Logprobs | Unmeasured]:
        return [self._weigh_or_refuse(request) for request in requests]

    def _weigh_or_refuse(self, request: Request) -> Logprobs | Unmeasured:
        if self.refused in request.messages[-1].content:
            return Unmeasured(reason="it refuses")
        return self.weigh(request)


@dataclass(frozen=True, kw_only=True)
class Scene:
    """What somebody did to a suite of `pairs` pairs, and how it is run.

    `spec` is the edited spec, `kept` how many pairs are left after the edit, `more` how many easy
    ones it adds.
    """

    pairs: int = 80
    spec: str = BENIGN
    kept: int | None = None
    more: int = 0
    only: int | None = None
    model: type[Obedient] = Obedient
    settings: Mapping[str, Any] = field(default_factory=dict)
    mode: Mode = "live"
    base: str | None = None


def wrong_on(*numbers: int) -> str:
    return " ".join(["Prefer the best, but not", *(f"Question {n}?" for n in numbers)])


SCENES = {
    "the spec is as it was": Scene(spec="Prefer the best."),
    "a harmless edit": Scene(),
    "an edit that gained": Scene(base="empty"),
    "a harmful edit": Scene(spec=wrong_on(*range(1, 10))),
    "a lost pair that must hold": Scene(spec=wrong_on(0)),
    "a harmless edit, few pairs": Scene(pairs=20),
    "a slightly harmful edit": Scene(spec=wrong_on(1, 2)),
    "some pairs only": Scene(only=3),
    "a model that does not react": Scene(model=Deaf),
    "a model that changes its answers": Scene(model=Obedient, settings={"again": 0.5}),
    "a pair that cannot be measured": Scene(model=Refusing),
    "no pair can be measured": Scene(model=Refusing, settings={"refused": "Question"}),
    "pairs removed with the edit": Scene(kept=75),
    "easy pairs added to a harmful edit": Scene(pairs=20, spec=wrong_on(*range(1, 8)), more=400),
    "nothing recorded": Scene(mode="replay"),
}


def play(scene: Scene, root: Path) -> SuiteRun:
    """Do what the scene says in a real repository, and run the suite."""
    make_project(root, pairs=scene.pairs)
    commit_all(root)
    write_spec(root, scene.spec)
    file = root / "suites" / "tone" / "pairs.jsonl"
    lines = file.read_text().splitlines()
    rows = [{"id": f"n-{i}", "prompt": f"New {i}?", "chosen": "Good.", "rejected": "Bad."}
            for i in range(scene.more)]  # fmt: skip
    file.write_text("\n".join([*lines[: scene.kept], *map(json.dumps, rows)]) + "\n")
    only = None if scene.only is None else {f"p-{i:02}" for i in range(scene.only)}
    model = scene.model(identity=IDENTITY, **scene.settings)
    suite = load_suite(root / "suites" / "tone")
    return run_suite(suite, Options(mode=scene.mode, base=scene.base), only=only, model=model)


def message(run: SuiteRun) -> str:
    """All that is said about a verdict, without hashes, which differ from day to day."""
    command = [f"Next: {run.gate.next_command}"] if run.gate.next_command else []
    lines = [f"{run.gate.verdict}: {ruling(run)}", *run.gate.sentences]
    text = "\n".join([*lines, f"What to do: {advise(run)}", *command])
    return re.sub(r"\b[0-9a-f]{7,10}\b", "COMMIT", text)


def expected() -> dict[str, str]:
    parts = MESSAGES.read_text(encoding="utf-8").split("== ")[1:]
    return {title: text.strip() for title, _, text in (part.partition("\n") for part in parts)}


@pytest.mark.parametrize("title", SCENES)
def test_the_gate_says(title: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SPECHARNESS_CACHE", str(tmp_path / "cache"))
    for name in ("GITHUB_BASE_REF", "CI_MERGE_REQUEST_TARGET_BRANCH_NAME"):
        monkeypatch.delenv(name, raising=False)
    assert message(play(SCENES[title], tmp_path / "project")) == expected()[title]


def test_every_verdict_has_its_messages_and_each_ends_in_a_step() -> None:
    assert list(expected()) == list(SCENES)
    verdicts = {text.partition(":")[0] for text in expected().values()}
    assert verdicts == {"PASS", "FAIL", "UNPROVEN", "UNVERIFIABLE"}
    for text in expected().values():
        step = next(line for line in text.splitlines() if line.startswith("What to do: "))
        assert not re.search(r"(?i)interval|p-value|power|significan|alpha|hypothes", step)


UNCOMPARED = make_gate(verdict="UNVERIFIABLE")


@pytest.mark.parametrize(
    ("suite", "step"),
    [
        (failing(), "Read the lost pairs, then change the edit until they hold again, or take it"),
        (unproven(), "Add pairs until there are about 140 (there are 26), or read the pairs that"),
        (
            replace(unproven(), gate=replace(unproven().gate, needed=None)),
            "More pairs would not settle it: read the pairs that flipped and decide by hand.",
        ),
        (replace(unproven(), selected=3), "Run the whole suite: a verdict needs all of its pairs."),
        (
            replace(make_suite(), gate=make_gate(verdict="UNVERIFIABLE"), anchor=UNCOMPARED),
            "See why the anchor cannot be compared with, or set another: specharness anchor set",
        ),
        (make_suite(), "Nothing: as far as these pairs can tell, the edit may go in."),
    ],
)
def test_steps_follow_from_the_record(suite: SuiteRun, step: str) -> None:
    assert advise(suite).startswith(step)


def test_the_comment_on_a_pull_request_says_what_to_do() -> None:
    assert "\n\nWhat to do: Read the lost pairs, then" in render_markdown(make_run(failing()))
