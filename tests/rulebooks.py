"""A suite whose rules are known to matter or not, and a model that reads them.

The model favours what a rule of the spec asks for, by signs in responses: "brief", "kind" and
"code". Two rules may ask for one sign; it counts once. Some pairs are about "brief" and "kind", the
chosen response has the sign; "code" is a sign of rejected ones, so a rule that asks for it hurts.
"""

import json
import os
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from specharness.model import Identity, Logprobs, Request, Unmeasured
from specharness.suitefile import Suite, load_suite
from tests.obedient import Obedient

ASKED = {"Be brief": "brief", "Be short": "short", "Do not waste words": "short",
         "Be kind": "kind", "Write code": "code"}  # fmt: skip
SPEC = """# How to answer

- Be brief. {#brief}
- Be short. {#short}
- Do not waste words. {#words}
- Be tidy. {#tidy}
- Write code. {#code}
"""


IDENTITY = Identity(name="reader", revision="1", engine="toy", template="none")


@dataclass(kw_only=True)
class Reader(Obedient):
    """Obedient where it is examined; elsewhere it favours the signs that the spec's rules ask for.

    `refuse` is a part of prompts that cannot be measured.
    """

    identity: Identity = IDENTITY
    refuse: str = ""
    specs: list[str] = field(default_factory=list)

    def logprobs(self, requests: Sequence[Request]) -> list[Logprobs | Unmeasured]:
        return [self._answer(request) for request in requests]

    def _answer(self, request: Request) -> Logprobs | Unmeasured:
        if self.refuse and self.refuse in request.messages[-1].content:
            return Unmeasured(reason="the toy refuses")
        found = self.weigh(request)
        spec = request.messages[0].content if request.messages[0].role == "system" else ""
        self.specs.append(spec)
        signs = {sign for phrase, sign in ASKED.items() if phrase in spec}
        liked = sum(sign in request.response for sign in signs)
        # how much it moves differs from pair to pair
        worth = 0.5 + 0.02 * (len(request.messages[-1].content) % 7)
        return Logprobs(tokens=tuple(token + worth * liked - 2 for token in found.tokens))


def rows(counts: dict[str, int]) -> list[dict[str, Any]]:
    """So many pairs whose chosen response has the sign ("code": the rejected one)."""
    found = []
    for sign, count in counts.items():
        for n in range(count):
            words = [f"answer {n} in {sign} form", f"answer {n} in any form"]
            chosen, rejected = words if sign != "code" else reversed(words)
            prompt = f"About {sign}, {'please ' * (n % 5)}question {n}?"
            found.append(
                {"id": f"{sign}-{n:02}", "prompt": prompt, "chosen": chosen, "rejected": rejected}
            )
    return found


def make_suite(root: Path, spec: str = SPEC, counts: dict[str, int] | None = None) -> Suite:
    """The suite `tone` below `root`, for the model "reader"."""
    folder = root / "suites" / "tone"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "suite.toml").write_text('model = "reader"\n[gate]\nmargin = 0.08\n')
    (folder / "spec.md").write_text(spec)
    pairs = rows(counts or {"brief": 15, "short": 15, "code": 15})
    (folder / "pairs.jsonl").write_text("".join(json.dumps(pair) + "\n" for pair in pairs))
    return load_suite(folder)


class History:
    """A git repository with the suite, one commit a spec."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.git("init", "-q", "-b", "main")

    def git(self, *words: str) -> str:
        who = ("-c", "user.name=test", "-c", "user.email=test@example.invalid")
        env = {**os.environ, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
        done = subprocess.run(
            ["git", "-C", str(self.root), *who, *words],
            capture_output=True, check=True, text=True, env=env,
        )  # fmt: skip
        return done.stdout.strip()

    def commit(self, message: str, spec: str | None = None) -> str:
        """Commit everything, with another spec where one is given; returns the hash."""
        if spec is not None:
            (self.root / "suites" / "tone" / "spec.md").write_text(spec)
        self.git("add", "-A")
        self.git("commit", "-q", "--allow-empty", "-m", message)
        return self.git("rev-parse", "HEAD")
