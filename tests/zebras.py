"""A suite some of whose pairs are hidden, and a model that loses the pairs it is told to.

Hidden pairs are about zebras, so that whatever tells of one can be searched for.
"""

import json
import os
import re
from collections.abc import Sequence
from pathlib import Path

from specharness.model import Completion, Identity, Logprobs, Request, Sampling, Unmeasured
from specharness.suitefile import Suite, load_suite
from tests.obedient import Obedient
from tests.projects import TESTS

BASE = "- Prefer the best. {#best}\n- Be kind. {#kind}\n"
HEAD = "- Prefer the best. {#best}\n- Be quick. {#quick}\n"
MODEL = "python:tests.zebras:make"
LOST = "ZEBRAS_LOST"  # the environment variable that says which pairs are lost under "quick"
IGNORED = "cache\nreports\n__pycache__\n"


class Zebras(Obedient):
    """Prefers good answers under "best", except those to lost pairs under "quick" too.

    By how much differs from pair to pair, so that a number tells which it is about.
    """

    def logprobs(self, requests: Sequence[Request]) -> list[Logprobs | Unmeasured]:
        return [self._answer(request) for request in requests]

    def _answer(self, request: Request) -> Logprobs | Unmeasured:
        about = re.fullmatch(r"(Zebra|Horse) question (\d+)\?", request.messages[-1].content)
        if about is None:
            return self.weigh(request)
        spec = request.messages[0].content if request.messages[0].role == "system" else ""
        number, is_zebra = int(about[2]), about[1] == "Zebra"
        lost = "quick" in spec and f"{about[1][0].lower()}{number}" in os.environ[LOST].split()
        good = request.response.startswith("Good")
        liked = "best" in spec and good != lost
        worth = 0.7 + 0.0137 * number + 0.0031 * is_zebra
        count = len(request.response.split())
        return Logprobs(tokens=tuple(-2.5 - 0.01 * i + liked * worth for i in range(count)))

    def generate(
        self, requests: Sequence[Request], sampling: Sampling
    ) -> list[Completion | Unmeasured]:
        return [Unmeasured(reason="it only weighs") for _ in requests]


def make() -> Zebras:
    return Zebras(identity=Identity(name="zebras", revision="1", engine="toy", template="none"))


def rows(horses: int, zebras: int, must: str = "") -> list[dict[str, object]]:
    """So many pairs that are shown, and so many with the tag "hidden" (and one of their own)."""
    kinds = [("Horse", n) for n in range(horses)] + [("Zebra", n) for n in range(zebras)]
    return [_row(kind, n, must) for kind, n in kinds]


def _row(kind: str, n: int, must: str) -> dict[str, object]:
    name = f"{kind.lower()}-{n:02}"
    return {
        "id": name,
        "prompt": f"{kind} question {n}?",
        "chosen": f"Good {kind.lower()} answer {n}.",
        "rejected": f"Bad {kind.lower()} answer {n}.",
        "must": name == must,
        "tags": ["hidden", "striped"] if kind == "Zebra" else ["even" if n % 2 else "odd"],
    }


def make_project(
    root: Path,
    horses: int = 40,
    zebras: int = 18,
    gate: str = 'hidden = "hidden"\n',
    must: str = "",
) -> Suite:
    """The suite `tone` in the folder `root`, for the model of this module."""
    folder = root / "suites" / "tone"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "suite.toml").write_text(f'model = "{MODEL}"\n[gate]\n{gate}')
    (folder / "spec.md").write_text(BASE)
    text = "".join(json.dumps(row) + "\n" for row in rows(horses, zebras, must))
    (folder / "pairs.jsonl").write_text(text)
    (root / ".gitignore").write_text(IGNORED)
    (root / "pytest.ini").write_text("[pytest]\ntestpaths = suites\n")
    (root / "suites" / "test_suites.py").write_text(TESTS)
    return load_suite(folder)
