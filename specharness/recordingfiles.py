"""Recordings looked after: checked against what a run asks for, pruned, compared."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from specharness.dryrun import rehearse
from specharness.errors import UsageError
from specharness.keys import Result
from specharness.model import Identity, Logprobs
from specharness.recordings import Recordings, read_recordings, write_recordings
from specharness.run import Options
from specharness.suitefile import Suite


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """One model's recordings of a suite, against a run of the suite as it is now.

    `missing` results would be asked for and are not there, `unused` are there and not asked for;
    `stopped` says why the run could not be followed to its end ("": it could).
    """

    path: Path
    model: str
    count: int
    missing: int
    unused: frozenset[str]
    stopped: str = ""

    @property
    def is_whole(self) -> bool:
        """Whether a replay has all it needs."""
        return not self.missing and not self.stopped

    @property
    def told(self) -> str:
        """In words, one line."""
        found = f"{self.path}: {self.count:,} results of {self.model}"
        if self.stopped:
            return f"{found}; a run of the suite breaks off: {self.stopped}"
        lacks = f"{self.missing:,} that a run asks for are missing" if self.missing else ""
        spare = f"{len(self.unused):,} are not used" if self.unused else ""
        return f"{found}; {', '.join(filter(None, (lacks, spare))) or 'all of them are used'}"


def check_suite(suite: Suite) -> list[Checked]:
    """Read a suite's recordings, every line, and follow a run of the suite through them.

    Nothing is asked of a model. UsageError for a file that is damaged; where there is no file,
    all that a run asks for is missing.
    """
    rehearsal = rehearse(suite, Options(mode="replay"), stored=False)
    checked = []
    for seat, double in rehearsal.seats:
        recorded = seat.model.recordings
        results = recorded.results if recorded else {}
        checked.append(
            Checked(
                path=seat.path,
                model=recorded.identity.name if recorded else seat.name,
                count=len(results),
                missing=double.asked if double else 0,
                unused=frozenset(set(results) - set(seat.model.used)),
                stopped=rehearsal.stopped,
            )
        )
    return checked


def prune_file(found: Checked) -> int:
    """Drop the results that no run asks for; how many they were.

    UsageError where the recordings are not whole: what is missing decides what else is asked.
    """
    if not found.is_whole:
        what = found.stopped or f"{found.missing:,} results are missing"
        raise UsageError(found.path, what, "record them first, with --spec-mode=record")
    if found.unused:
        there = read_recordings(found.path)
        kept = {key: r for key, r in there.results.items() if key not in found.unused}
        write_recordings(found.path, there.identity, kept, prune=True)
    return len(found.unused)


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """What became of recordings: keys of both, of one, and the results that are not the same.

    `largest` is the largest change of a summed log-probability, in nats.
    """

    old: Identity
    new: Identity
    same: int
    changed: tuple[str, ...]
    added: int
    removed: int
    largest: float

    @property
    def is_none(self) -> bool:
        """Whether both say the same."""
        return self.old == self.new and not (self.changed or self.added or self.removed)

    def lines(self) -> Iterator[str]:
        """In words, a line each; the first changed keys by name."""
        if self.old != self.new:
            for member in ("name", "revision", "engine", "template"):
                before, after = getattr(self.old, member), getattr(self.new, member)
                if before != after:
                    yield f"another {member}: {before} -> {after}; no result of one is of the other"
        yield (
            f"{self.same:,} the same, {len(self.changed):,} changed, {self.added:,} added, "
            f"{self.removed:,} removed"
        )
        if self.changed:
            yield f"largest change of a log-probability: {self.largest:.4f} nats"
        yield from (f"changed: {key}" for key in self.changed[:10])
        if len(self.changed) > 10:
            yield f"... and {len(self.changed) - 10:,} more"


def compare_recordings(old: Recordings, new: Recordings) -> Difference:
    """What is different from `old` to `new`."""
    both = sorted(old.results.keys() & new.results.keys())
    changed = tuple(key for key in both if old.results[key] != new.results[key])
    return Difference(
        old=old.identity,
        new=new.identity,
        same=len(both) - len(changed),
        changed=changed,
        added=len(new.results.keys() - old.results.keys()),
        removed=len(old.results.keys() - new.results.keys()),
        largest=max((_apart(old.results, new.results, key) for key in changed), default=0.0),
    )


def _apart(old: Mapping[str, Result], new: Mapping[str, Result], key: str) -> float:
    one, other = old[key], new[key]
    if not isinstance(one, Logprobs) or not isinstance(other, Logprobs):
        return 0.0
    return abs(one.total - other.total)
