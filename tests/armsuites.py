"""A suite with pairs to fit on and pairs that judge, and a model whose preferences are known."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from specharness.model import Completion, Logprobs, Request, Sampling, Unmeasured
from specharness.records import Pair
from specharness.split import Split, split_pairs
from specharness.suitefile import Suite, load_suite
from specharness.suitepairs import read_suite_pairs
from tests.obedient import Obedient

TOPICS = (
    "bread", "tides", "violins", "glaciers", "chess", "beetles", "harbours", "paper", "volcanoes",
    "clocks", "bridges", "orchids", "comets", "maps", "owls", "salt", "ships", "silk", "tea", "tin",
    "wool", "zinc", "rivers", "moss", "lamps", "ink",
)  # fmt: skip
SHORT = "Answer in at most one sentence."  # what the pairs' rule is compiled to
LONG = "Answer in at least 3 sentences."  # and its opposite
SPEC = "Prefer the best."


@dataclass(kw_only=True)
class Listener(Obedient):
    """Obedient; under compiled rules it also favours one line (or, turned round, several).

    `refuse` says which requests cannot be measured; `tokens_run` counts words, as engines count
    tokens. `asked` holds all requests.
    """

    refuse: Callable[[Request], bool] = lambda request: False
    tokens_run: int = field(default=0, init=False)
    generates: Callable[[Sequence[Request], Sampling], list[Completion | Unmeasured]] | None = None

    def logprobs(self, requests: Sequence[Request]) -> list[Logprobs | Unmeasured]:
        return [self._answer(request) for request in requests]

    def _answer(self, request: Request) -> Logprobs | Unmeasured:
        if self.refuse(request):
            return Unmeasured(reason="the toy refuses")
        self.tokens_run += len(" ".join(m.content for m in request.messages).split())
        found = self.weigh(request)
        spec = request.messages[0].content if request.messages[0].role == "system" else ""
        is_short = "\n" not in request.response
        liked = (SHORT in spec and is_short) or (LONG in spec and not is_short)
        return Logprobs(tokens=tuple(token + 0.5 * liked for token in found.tokens))

    def generate(
        self, requests: Sequence[Request], sampling: Sampling
    ) -> list[Completion | Unmeasured]:
        if self.generates is None:
            return super().generate(requests, sampling)
        return self.generates(requests, sampling)


def row(topic: str, n: int, **changes: Any) -> dict[str, Any]:
    """A pair: plain prose is chosen over a list of the same."""
    facts = [f"the {topic} number {n} is old", f"{topic} came from far", f"we keep {topic} dry"]
    listed = "\n".join(f"- {fact}" for fact in facts)
    pair = {"id": topic, "prompt": f"What about {topic}?", "chosen": f"Good: {', '.join(facts)}.",
            "rejected": listed}  # fmt: skip
    return pair | changes


def rows() -> list[dict[str, Any]]:
    return [row(topic, n) for n, topic in enumerate(TOPICS)]


def make_suite(
    root: Path,
    pairs: Sequence[dict[str, Any]] = (),
    spec: str | None = SPEC,
    instruction: str = "Answer with the worst.",
    split: str = "compile = 0.6\ngate = 0.4\n",
) -> Suite:
    """The suite `arms` below `root`, written anew."""
    folder = root / "suites" / "arms"
    folder.mkdir(parents=True, exist_ok=True)
    told = f"instruction = {json.dumps(instruction)}\n" if instruction else ""
    (folder / "suite.toml").write_text(f'model = "obedient"\n{told}[split]\n{split}')
    if spec is not None:
        (folder / "spec.md").write_text(spec)
    write_pairs(folder / "pairs.jsonl", pairs or rows())
    return load_suite(folder)


def write_pairs(path: Path, pairs: Sequence[dict[str, Any]]) -> Path:
    path.write_text("".join(json.dumps(pair) + "\n" for pair in pairs))
    return path


def split_of(suite: Suite) -> Split:
    pairs: tuple[Pair, ...] = read_suite_pairs(suite.pairs_path, suite.settings.read).pairs
    return split_pairs(pairs, suite.settings.split)
