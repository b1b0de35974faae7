"""Suites that judges decide: a folder with git, an admission, toy models that judge and write."""

import json
import os
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from specharness.model import Completion, Identity, Request, Sampling, Unmeasured
from specharness.run import Options, run_suite
from specharness.runfile import SuiteRun
from specharness.score.judge.admission import Admission, admit_judge
from specharness.score.judge.admissionfile import write_admission
from specharness.score.judge.manner import Manner
from specharness.suitefile import Suite, load_suite
from tests.judges import Shown, Taste, ToyJudge, honest, make_pairs
from tests.projects import commit_all

SCORER = '[score]\nscorer = "{}"\n'


def by_spec(shown: Shown) -> float:
    """Honest, but under a spec that says "worst" the other way round."""
    return 1 - honest(shown) if "worst" in shown.spec else honest(shown)


def likes_good(shown: Shown) -> float:
    """Prefers the text that says "Good", wherever it says so."""
    good = ["Good" in text for text in (shown.a, shown.b)]
    return 0.5 if good[0] == good[1] else 0.9 if good[0] else 0.1


@dataclass(kw_only=True)
class Writer:
    """Answers "Good" under a spec without "worst", "Poor" else; counts what it is asked."""

    identity: Identity = field(
        default_factory=lambda: Identity(name="writer", revision="1", engine="toy", template="none")
    )
    says: Callable[[str, str], str] | None = None
    asked: int = 0
    samples: list[Sampling] = field(default_factory=list)

    def logprobs(self, requests: Sequence[Request]) -> list[Unmeasured]:
        return [Unmeasured(reason="it only writes") for _ in requests]

    def generate(
        self, requests: Sequence[Request], sampling: Sampling
    ) -> list[Completion | Unmeasured]:
        self.asked += len(requests)
        self.samples.append(sampling)
        return [self._write(request) for request in requests]

    def _write(self, request: Request) -> Completion | Unmeasured:
        spec = request.messages[0].content if request.messages[0].role == "system" else ""
        asked = request.messages[-1].content
        text = self.says(spec, asked) if self.says else _plainly(spec, asked)
        return Completion(text=text, count=len(text.split()))


def _plainly(spec: str, asked: str) -> str:
    number = re.findall(r"\d+", asked)[0]
    return f"{'Poor' if 'worst' in spec else 'Good'} reply to {number}."


def make_project(root: Path, settings: str, pairs: int = 80, spec: str = "Be the best.") -> Suite:
    """A committed suite `tone` below `root` whose pairs are "Good" against "Bad"."""
    folder = root / "suites" / "tone"
    folder.mkdir(parents=True, exist_ok=True)
    rows = [
        {"id": f"p{i}", "prompt": f"Question {i}?", "chosen": f"Good answer {i}.",
         "rejected": f"Bad answer {i}."}
        for i in range(pairs)
    ]  # fmt: skip
    (folder / "pairs.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    (folder / "suite.toml").write_text(settings)
    (folder / "spec.md").write_text(f"{spec}\n")
    (root / ".gitignore").write_text("cache\nreports\n")
    commit_all(root)
    return load_suite(folder)


def edit(suite: Suite, text: str) -> Suite:
    """The suite with another spec, not committed."""
    (suite.folder / "spec.md").write_text(f"{text}\n")
    return load_suite(suite.folder)


def admit(root: Path, judge: ToyJudge, **choices: object) -> Admission:
    """Try a judge on a hundred labelled pairs, and put its admission where a suite looks for it."""
    manner = choices.pop("manner", Manner())
    assert isinstance(manner, Manner)
    found = admit_judge(judge, make_pairs(100), manner=manner, **choices)  # type: ignore[arg-type]
    write_admission(found, root / "judges" / f"{judge.identity.name}.json")
    return found


def judge_of(taste: Taste = by_spec, **changes: object) -> ToyJudge:
    return ToyJudge(taste=taste, **changes)  # type: ignore[arg-type]


def run(suite: Suite, mode: str = "live", **models: object) -> SuiteRun:
    """A run against the commit, its store below the project."""
    os.environ["SPECHARNESS_CACHE"] = str(suite.folder.parent.parent / "cache")
    return run_suite(suite, Options(mode=mode), **models)  # type: ignore[arg-type]
