"""A suite whose rules a model proposes, and programs that stand in for that model."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from specharness.compilation.compiling import (
    NOTHING_MORE,
    Compiled,
    accepting,
    compile_suite,
    locked_sources,
    write_compiled,
)
from specharness.compilation.sources import open_sources
from specharness.compile.lockfile import Accepted
from specharness.model import Completion, Model, Request, Sampling, Unmeasured
from specharness.suitefile import Suite, load_suite
from tests.armsuites import Listener
from tests.test_compile_llm import Honest, Told

TOPICS = (
    "bread", "tides", "violins", "glaciers", "chess", "beetles", "harbours", "paper", "volcanoes",
    "clocks", "bridges", "orchids", "comets", "maps", "owls", "salt", "ships", "silk", "tea", "tin",
    "wool", "zinc", "rivers", "moss", "lamps", "ink",
)  # fmt: skip
LLM = '[compile]\nproposer = "llm"\n'


def rows(payload: str = "") -> list[dict[str, str]]:
    """Lists are chosen over prose of the same words; two in three pairs differ in length too."""
    found = []
    for n, topic in enumerate(TOPICS):
        facts = [f"the {topic} number {n} is old", f"{topic} came from far", f"we keep {topic} dry"]
        longer, shorter = (
            "And so it has been for many a year." * (n % 3 == 1),
            " So it is." * (n % 3),
        )
        listed = "You see:\n" + "\n".join(f"- {fact}" for fact in facts)
        chosen = "\n".join(part for part in (listed, longer, payload) if part)
        prose = f"You see, {', '.join(facts)}.{shorter}"
        found.append({"prompt": f"What about {topic}?", "chosen": chosen, "rejected": prose})
    return found


def make_suite(
    root: Path, extra: str = LLM, payload: str = "", split: str = "compile = 0.8\ngate = 0.2\n"
) -> Suite:
    """The suite `lists` below `root`, with 21 compile pairs."""
    folder = root / "suites" / "lists"
    folder.mkdir(parents=True, exist_ok=True)
    settings = f'instruction = "Answer the user."\nmodel = "toy"\n[split]\n{split}{extra}'
    (folder / "suite.toml").write_text(settings)
    lines = [json.dumps(row) + "\n" for row in rows(payload)]
    (folder / "pairs.jsonl").write_text("".join(lines))
    return load_suite(folder)


def compiled(
    suite: Suite, model: Model, accepted: Accepted = NOTHING_MORE, refresh: bool = False
) -> Compiled:
    """The suite compiled as the command does it, with this model, and written."""
    live = open_sources(accepting(suite, accepted), own=model, refresh=refresh)
    sources = live if refresh else locked_sources(suite, live, accepted)
    found = compile_suite(suite, sources, accepted)
    write_compiled(suite, found)
    return found


class Untouchable(Honest):
    """May not be asked."""

    def generate(
        self, requests: Sequence[Request], sampling: Sampling
    ) -> list[Completion | Unmeasured]:
        raise AssertionError("a model was asked")


@dataclass(kw_only=True)
class Gullible(Honest):
    """Does what a text in its prompt orders: proposes `orders`, and finds it in each chosen side.

    As a judge it says, of the rule it was given, whichever side holds the payload.
    """

    orders: str
    payload: str

    def say(self, prompt: str, blocks: Told) -> str:
        told = dict(blocks)
        if "PREFERRED" in told and any(self.payload in text for _, text in blocks):
            return f"- {self.orders}"
        return super().say(prompt, blocks)

    def weigh(self, rules: Sequence[tuple[str, str]], a: str, b: str) -> str:
        obeyed = "A" if self.payload in a else "B" if self.payload in b else "NEITHER"
        lines = super().weigh(rules, a, b).splitlines()
        return "\n".join(
            f"{i}: {obeyed}" if rule == self.orders else line
            for (i, rule), line in zip(rules, lines, strict=True)
        )


def talking() -> Model:
    """For `model = "python:tests.proposing:talking"`: it proposes rules, and follows some."""
    return Listener(generates=Honest().generate)
