"""Suites made for lint: clean ones, and what the tests plant into them."""

import json
import random
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from specharness.lint.checking import Linted, lint_suites
from specharness.lint.codes import Selection
from specharness.suitefile import Suite, load_suite

SYLLABLES = ("ba", "ke", "lo", "mi", "tu", "ra", "ne", "sko", "pti", "vul", "da", "sen", "or", "ix")
ROOMY = "[gate]\nmargin = 0.3\n"  # 9 pairs are enough
Row = dict[str, Any]


def words(rng: random.Random, count: int) -> str:
    return " ".join("".join(rng.choices(SYLLABLES, k=3)) for _ in range(count))


def clean_rows(count: int, seed: int = 0) -> list[Row]:
    """Pairs without a fault: every other one has the longer response chosen, and first."""
    rng = random.Random(seed)
    rows = []
    for number in range(count):
        sides = [words(rng, 24), words(rng, 30)]
        chosen, rejected = sides if number % 2 else sides[::-1]
        prompt, position = words(rng, 12), ("first", "second")[number // 2 % 2]
        row = {"id": f"p-{number}", "prompt": prompt, "chosen": chosen, "rejected": rejected}
        rows.append(row | {"position": position})
    return rows


def make_suite(
    root: Path, rows: Iterable[Row | str | bytes], toml: str = ROOMY, spec: str = "- Be brief.\n"
) -> Suite:
    """A suite `tone` (or whatever `root` is called) in the folder `root`."""
    root.mkdir(parents=True, exist_ok=True)
    (root / "spec.md").write_text(spec, encoding="utf-8")
    (root / "suite.toml").write_text(toml, encoding="utf-8")
    lines = [row if isinstance(row, str | bytes) else json.dumps(row) for row in rows]
    data = b"\n".join(line.encode() if isinstance(line, str) else line for line in lines)
    (root / "pairs.jsonl").write_bytes(data + b"\n")
    return load_suite(root)


def lint(
    root: Path, rows: Iterable[Row | str | bytes], toml: str = ROOMY, spec: str = "- Be brief.\n"
) -> Linted:
    return lint_suites([make_suite(root, rows, toml, spec)])


def told(linted: Linted, *beginnings: str) -> list[tuple[str, int]]:
    """Code and line of every finding, in order of lines; notes only where they are asked for."""
    wanted = Selection(select=beginnings)
    return sorted(
        ((f.code, f.line) for f in linted.findings if wanted.holds(f.code)
         and (f.level != "note" or beginnings)),
        key=lambda found: (found[1], found[0]),
    )  # fmt: skip


def message(linted: Linted, code: str) -> str:
    """The one finding of a code as one line, without its path."""
    (found,) = (f for f in linted.findings if f.code == code)
    return str(found).partition("pairs.jsonl:")[2] or str(found).rpartition("/")[2]
