"""Pairs built by hand, for the tests of `specharness show`."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np

from specharness.pairline import dump_pair, prompt_group
from specharness.records import Message, Pair
from specharness.show.facts import Facts, Origin
from specharness.show.looking import look
from specharness.show.subject import Subject
from specharness.split import Split

Prompt = tuple[Message, ...]
VERBS = ["rename", "delete", "copy", "move", "fetch", "merge", "squash", "revert", "tag", "stash"]


def make_pair(id: str = "a", prompt: str | Prompt = "Say it.", **changes: Any) -> Pair:
    """A pair with these turns, or one of a user; its group is derived from them, as in a file."""
    turns = (Message(role="user", content=prompt),) if isinstance(prompt, str) else prompt
    values: dict[str, Any] = {"chosen": "Yes, it is so.", "rejected": "No.", "prompt": turns}
    values |= changes
    return Pair(**{"id": id, "group": prompt_group(values["prompt"])} | values)


def make_pairs(n: int = 30, **changes: Any) -> list[Pair]:
    """Pairs whose chosen response is plain and whose rejected one says the same as a list."""
    return [
        make_pair(
            f"p-{i:04}",
            f"How do I {VERBS[i % 10]} branch number {i} of the {i * 7919} repositories?",
            chosen=f"Open a shell there and then look at line {i} of it.",
            rejected=f"- Open a shell there\n- Then look at\n- the line {i} itself",
            **changes,
        )
        for i in range(n)
    ]


def make_subject(pairs: Iterable[Pair], split: Split | None = None, **changes: Any) -> Subject:
    """The pairs as what is looked at."""
    values = {"name": "tone", "description": "", "file": "tone/pairs.jsonl", "origin": Origin()}
    return Subject(pairs=tuple(pairs), split=split, **values | changes)  # type: ignore[arg-type]


def make_facts(pairs: Iterable[Pair], split: Split | None = None, **changes: Any) -> Facts:
    """What a look at the pairs finds."""
    return look(make_subject(pairs, split, **changes), np.random.default_rng(0))


def write_suite(root: Path, pairs: Iterable[Pair], settings: str = "") -> Path:
    """A suite `tone` below `root`/suites with these pairs; the folder."""
    folder = root / "suites" / "tone"
    folder.mkdir(parents=True)
    (root / "pyproject.toml").write_text("")
    (folder / "spec.md").write_text("Be plain.\n")
    (folder / "suite.toml").write_text(settings)
    lines = "".join(dump_pair(pair) + "\n" for pair in pairs)
    (folder / "pairs.jsonl").write_text(lines, encoding="utf-8")
    return folder


def write_sidecar(file: Path, **record: Any) -> None:
    """What an import writes beside a pairs file."""
    file.with_name(f"{file.stem}.source.json").write_text(json.dumps(record), encoding="utf-8")
