"""A small project with one suite and a model that does what a planted spec says."""

import json
import subprocess
from pathlib import Path

CONFTEST = '''
import json
from pathlib import Path
import pytest
from specharness.model import Identity, Logprobs, Unmeasured
from specharness.score.sensitivity import planted_pairs

REFUSE = ''
REACTS = True
LOG = Path(__file__).with_name("asked.log")
FOLLOWS = {(p["rule"], p["follows"]) for p in planted_pairs()}
FOLLOWS |= {(p["opposite"], p["violates"]) for p in planted_pairs()}


class Obedient:
    """Favours 'Good' answers under "best", others under "worst", and follows planted rules."""

    identity = Identity(name="obedient", revision="1", engine="toy", template="none")

    def logprobs(self, requests):
        with LOG.open("a") as log:
            for request in requests:
                log.write(repr(request) + "\\n")
        return [self.weigh(r) for r in requests]

    def weigh(self, request):
        if REFUSE and REFUSE in request.messages[-1].content:
            return Unmeasured(reason="the toy refuses")
        spec = request.messages[0].content if request.messages[0].role == "system" else ""
        good = request.response.startswith("Good")
        liked = (good and "best" in spec) or (not good and "worst" in spec)
        liked = REACTS and (liked or (spec, request.response) in FOLLOWS)
        liked = liked or request.response.endswith("is Paris.")
        words = request.response.split()
        return Logprobs(tokens=tuple(-0.5 - 0.01 * i - (not liked) for i in range(len(words) + 1)))


@pytest.fixture
def model():
    return Obedient()
'''
TESTS = """
def test_preference(preference):
    preference.check()

def test_gate(gate):
    gate.check()
"""


def make_project(root: Path, pairs: int) -> Path:
    """A suite `tone` with `pairs` pairs below `root`; the first pair must hold."""
    suite = root / "suites" / "tone"
    suite.mkdir(parents=True, exist_ok=True)
    (root / "pytest.ini").write_text("[pytest]\ntestpaths = suites\n")
    (root / "conftest.py").write_text(CONFTEST)
    (root / ".gitignore").write_text("cache\nreports\nasked.log\n__pycache__\n")
    (root / "suites" / "test_suites.py").write_text(TESTS)
    lines = [
        {"id": f"p-{i:02}", "prompt": f"Question {i}?", "chosen": f"Good answer {i}.",
         "rejected": f"Bad answer {i}.", "must": i == 0}
        for i in range(pairs)
    ]  # fmt: skip
    (suite / "pairs.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    write_spec(root, "Prefer the best.")
    return root


def write_spec(root: Path, text: str) -> None:
    (root / "suites" / "tone" / "spec.md").write_text(f"{text}\n")


def git(*words: str) -> str:
    """What git says here, as a user with a name."""
    who = ("-c", "user.name=test", "-c", "user.email=test@example.invalid")
    done = subprocess.run(["git", *who, *words], check=True, capture_output=True, text=True)
    return done.stdout.strip()


def commit_all(root: Path) -> None:
    """Make `root` a repository whose main branch holds everything there is."""
    who = ["-c", "user.name=test", "-c", "user.email=test@example.invalid"]
    for command in (["init", "-q", "-b", "main"], ["add", "-A"], [*who, "commit", "-qm", "Base"]):
        subprocess.run(["git", *command], cwd=root, check=True)
