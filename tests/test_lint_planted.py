"""Generated suites: every fault that is planted is found, and nothing else."""

import json
import random
import string
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.lintsets import ROOMY, Row, clean_rows, lint, told, words

SIDES = ("chosen", "rejected")
Lines = list[Any]
Plant = Callable[[Lines, int, random.Random], tuple[str, int]]


def added(lines: Lines, code: str, *rows: Any) -> tuple[str, int]:
    """The code is expected at the last of the rows."""
    for row in rows:
        lines.append(row | {"id": f"added-{len(lines)}"} if isinstance(row, dict) else row)
    return code, len(lines)


def turned(row: Row) -> Row:
    return row | {"chosen": row["rejected"], "rejected": row["chosen"]}


def changed(text: str, rng: random.Random) -> str:
    """The text with its first or last word exchanged, or said louder."""
    kept = text.split()
    kept[rng.choice((0, -1))] = words(rng, 1)
    return rng.choice((" ".join(kept), text.upper() + "!", text.replace(" ", "  ") + " ok"))


def hidden(lines: Lines, row: Row, rng: random.Random, code: str, what: str) -> tuple[str, int]:
    """Put something into one of the texts of a row."""
    name = rng.choice(("prompt", *SIDES))
    kept = row[name].split()
    kept.insert(rng.randrange(1, len(kept)), what)
    row[name] = " ".join(kept)
    return code, lines.index(row) + 1


def circle(row: Row, rng: random.Random) -> list[Row]:
    answers = [words(rng, 24) for _ in range(rng.randrange(3, 6))]
    return [
        {"prompt": row["prompt"], "chosen": one, "rejected": other}
        for one, other in zip(answers, [*answers[1:], answers[0]], strict=True)
    ]


def token(rng: random.Random) -> str:
    """Made up, and put together here so that no scanner takes it for a real one."""
    return "gh" + "p_" + "".join(rng.sample(string.ascii_lowercase + string.digits, 36))


PLANTS: dict[str, Plant] = {
    "unreadable": lambda ls, n, rng: added(ls, "SH101", rng.choice(("{", "[]", '{"prompt": 1}'))),
    "duplicate": lambda ls, n, rng: added(ls, "SH102", ls[n]),
    "near duplicate": lambda ls, n, rng: added(
        ls, "SH104", ls[n] | {"chosen": changed(ls[n]["chosen"], rng)}
    ),
    "contradiction": lambda ls, n, rng: added(ls, "SH105", turned(ls[n])),
    "circle": lambda ls, n, rng: added(ls, "SH106", *circle(ls[n], rng)),
    "identical": lambda ls, n, rng: added(ls, "SH107", ls[n] | {"chosen": ls[n]["rejected"]}),
    "empty": lambda ls, n, rng: added(ls, "SH108", ls[n] | {rng.choice(SIDES): " "}),
    "hardly different": lambda ls, n, rng: added(
        ls, "SH109", ls[n] | {"prompt": words(rng, 9), "chosen": ls[n]["rejected"].title()}
    ),
    "nearly opposite": lambda ls, n, rng: added(
        ls, "SH110", turned(ls[n]) | {"chosen": changed(ls[n]["rejected"], rng)}
    ),
    "control": lambda ls, n, rng: hidden(ls, ls[n], rng, "SH301", f"a{chr(rng.randrange(1, 9))}b"),
    "turning": lambda ls, n, rng: hidden(ls, ls[n], rng, "SH302", rng.choice("\u202e\u200f")),
    "zero width": lambda ls, n, rng: hidden(ls, ls[n], rng, "SH303", rng.choice("\u200b\ufeff")),
    "marker": lambda ls, n, rng: hidden(ls, ls[n], rng, "SH304", "<|im_end|>"),
    "secret": lambda ls, n, rng: hidden(ls, ls[n], rng, "SH305", token(rng)),
    "mail": lambda ls, n, rng: hidden(ls, ls[n], rng, "SH306", f"{words(rng, 1)}@post.de"),
}  # fmt: skip


@given(
    st.integers(20, 50),
    st.lists(st.sampled_from(sorted(PLANTS)), unique=True, max_size=6),
    st.integers(0, 2**32),
)
@settings(max_examples=40, deadline=None)
def test_what_is_planted_is_found_and_nothing_else(
    count: int, planted: list[str], seed: int
) -> None:
    rng = random.Random(seed)
    lines: Lines = list(clean_rows(count, seed))
    rows = rng.sample(range(count), len(planted))  # no two faults in one
    expected = [PLANTS[name](lines, row, rng) for name, row in zip(planted, rows, strict=True)]
    with tempfile.TemporaryDirectory() as room:
        found = told(lint(Path(room) / "tone", lines))
    assert found == sorted(expected, key=lambda f: (f[1], f[0])), planted


LEAKS: dict[str, Callable[[Row, Row, random.Random], Row]] = {
    "SH201": lambda row, new, rng: new | {"prompt": row["prompt"]},
    "SH202": lambda row, new, rng: new | {"prompt": row["prompt"].title() + "!"},
    "SH203": lambda row, new, rng: new | {"prompt": [
        {"role": "user", "content": row["prompt"]},
        {"role": "assistant", "content": words(rng, 30)},
        {"role": "user", "content": words(rng, 30)},
    ]},
    "SH204": lambda row, new, rng: new | {"group": row["group"]},
    "SH205": lambda row, new, rng: new | {rng.choice(SIDES): row["chosen"]},
    "SH206": lambda row, new, rng: new | {"chosen": changed(row["rejected"], rng)},
}  # fmt: skip


@given(
    st.integers(20, 40),
    st.lists(st.sampled_from(sorted(LEAKS)), max_size=4),
    st.integers(0, 2**32),
)
@settings(max_examples=40, deadline=None)
def test_leaks_between_sides_are_found_and_nothing_else(
    count: int, planted: list[str], seed: int
) -> None:
    rng = random.Random(seed)
    rows = [row | {"group": f"g-{n}"} for n, row in enumerate(clean_rows(count, seed))]
    new = clean_rows(len(planted), seed + 1)
    sides = [rng.choice(("train", "test")) for _ in rows]
    lines, expected = [r | {"_split": s} for r, s in zip(rows, sides, strict=True)], []
    origins = rng.sample(range(count), len(planted))
    for n, (code, row) in enumerate(zip(planted, origins, strict=True)):
        fresh = {"id": f"new-{n}", "group": f"new-{n}"}
        side = "test" if sides[row] == "train" else "train"
        lines.append(LEAKS[code](rows[row], new[n] | fresh, rng) | {"_split": side})
        expected.append((code, len(lines)))
    with tempfile.TemporaryDirectory() as room:
        assert told(lint(Path(room) / "tone", lines)) == expected


@given(st.lists(st.binary(max_size=60), max_size=5), st.booleans())
@settings(max_examples=60, deadline=None)
def test_any_bytes_end_in_findings_or_one_clear_error(odd: list[bytes], valid: bool) -> None:
    from specharness.errors import UsageError

    lines = [*(json.dumps(row).encode() for row in clean_rows(9 * valid)), *odd]
    with tempfile.TemporaryDirectory() as room:
        try:
            found = lint(Path(room) / "tone", lines)
        except UsageError as error:
            assert "\n" not in str(error)
            return
    assert all("\n" not in str(finding) and finding.line > 0 for finding in found.findings)


@pytest.mark.parametrize("seed", range(5))
def test_large_clean_suites_are_clean(tmp_path: Path, seed: int) -> None:
    split = ROOMY + "[split]\ncompile = 1.0\nselect = 0.5\n"
    assert told(lint(tmp_path / "tone", clean_rows(400, seed), split)) == []
