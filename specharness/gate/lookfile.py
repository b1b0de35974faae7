"""The looks at a suite's gate pairs: who saw which pairs, and the file that counts it.

A look counts for the pairs that it showed: taking some out or adding others makes none fresh. The
file (`looks.jsonl`) has a line a look, and one for each set of pairs that was looked at, with short
digests of their texts. Sorted, so that two branches merge line by line.
"""

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from specharness.errors import UsageError
from specharness.records import Pair, digest

LOOKED = "looks.jsonl"
_DIGITS = 10  # of a pair's digest: with 10,000 pairs, two of them share one 1 time in 20,000
Marks = frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Seen:
    """One look: digests of the pairs and of the spec they judged, and what was said."""

    pairs: str
    spec: str
    verdict: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Looks:
    """The looks that are known: which there were, and which pairs each set of pairs has.

    `marks` are the pairs' digests by the digest of their set; a set may be missing there.
    """

    seen: tuple[Seen, ...] = ()
    marks: Mapping[str, Marks] = field(default_factory=dict)


def mark(pair: Pair) -> str:
    """A short digest of what a look at a pair shows: its texts. Another name is no other pair."""
    turns = [[message.role, message.content] for message in pair.prompt]
    return digest(turns, pair.chosen, pair.rejected)[:_DIGITS]


def most_looked(looks: Looks, pairs: Sequence[str]) -> list[tuple[int, int, int]]:
    """Looks, refusals and how many of these pairs (by their `mark`) have them; most looks first.

    One spec counts once. A look at a set that `looks` does not name counts for no pair.
    """
    sets: Counter[Marks] = Counter(
        frozenset(name for name, marks in looks.marks.items() if pair in marks) for pair in pairs
    )
    found: Counter[tuple[int, int]] = Counter()
    for names, held in sets.items():
        found[count_looks(looks.seen, names)] += held
    return [(*counts, held) for counts, held in sorted(found.items(), reverse=True)]


def count_looks(seen: Iterable[Seen], sets: Iterable[str]) -> tuple[int, int]:
    """Looks at the sets of pairs with these digests, and how many were no PASS."""
    wanted = set(sets)
    verdicts = {(s.spec, s.verdict) for s in seen if s.pairs in wanted}
    return len(verdicts), sum(verdict != "PASS" for _, verdict in verdicts)


def count_unknown(looks: Looks) -> int:
    """How many looks were at sets of pairs that nothing names."""
    return count_looks(looks.seen, {s.pairs for s in looks.seen} - set(looks.marks))[0]


def read_looks(path: Path) -> Looks:
    """The looks that a suite's file counts; none where there is no file.

    UsageError for a wrong line.
    """
    seen: list[Seen] = []
    marks: dict[str, Marks] = {}
    lines = path.read_text(encoding="utf-8").splitlines() if path.is_file() else []
    for number, line in enumerate(lines, 1):
        try:
            data: dict[str, Any] = json.loads(line)
            texts = data.pop("texts", None)
            if texts is None:
                seen.append(Seen(**{key: str(value) for key, value in data.items()}))
            else:
                marks[data["pairs"]] = _cut(texts)
        except (ValueError, TypeError, AttributeError, KeyError, RecursionError):
            raise UsageError(f"{path}:{number}", "no look", "restore the file from git") from None
    return Looks(seen=tuple(seen), marks=marks)


def looks_text(looks: Looks) -> str:
    """The text of a looks file: sorted, each look and each set of pairs once."""
    rows = [{"pairs": s.pairs, "spec": s.spec, "verdict": s.verdict} for s in set(looks.seen)]
    rows += [{"pairs": name, "texts": "".join(sorted(m))} for name, m in looks.marks.items()]
    return "".join(sorted(f"{json.dumps(row, sort_keys=True)}\n" for row in rows))


def _cut(texts: str) -> Marks:
    """Digests that stand one after the other; ValueError for what is none."""
    if not texts or len(texts) % _DIGITS or set(texts) - set("0123456789abcdef"):
        raise ValueError(texts)
    return frozenset(texts[at : at + _DIGITS] for at in range(0, len(texts), _DIGITS))
