"""Every line of a ledger computed again: from the files here, or from git where they went on.

A verdict follows from the spec, the pairs, the settings, the lock, the recordings and the admission
of the judge, of all of which the line has digests, and from what git has at the base's and the
anchor's commits. So it is computed wherever these are what they were: here, at the commit that
brought the line, or at another. What was not kept cannot be computed, and is told.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from specharness.compilation.places import lock_path
from specharness.errors import SpecharnessError
from specharness.ledger.chain import LEDGER, Entry, file_digest, make_entry
from specharness.ledger.checkout import checked_out, without_folder
from specharness.ledger.commits import Past
from specharness.ledger.differing import first_difference
from specharness.ledger.recorded import made_from, recordings_digest, recordings_path
from specharness.ledger.replaying import Seen, admission_digest, changed_since, judged_by, replay
from specharness.score.trust import NOT_EXAMINED
from specharness.suitefile import Suite

ROUNDING = 1e-6
_AGAIN = "restore what changed from git, or run the suite and accept its verdict"
_RESTORE = "restore the ledger from git"
_FILES = ("the lock", "the recordings")
_ADMISSION = "the admission of the judge"


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """What became of a ledger's lines.

    `problem` tells of the first that does not hold ("": all do); `computed` are the numbers of
    those that were computed again, `left` those of the others, with the reason.
    """

    problem: str = ""
    computed: tuple[int, ...] = ()
    left: tuple[tuple[int, str], ...] = ()

    def told(self) -> Iterator[str]:
        """Which lines were computed again and which not, in words."""
        if self.computed:
            yield f"{_lines(self.computed)} computed again from recordings"
        for why in dict.fromkeys(why for _, why in self.left):
            numbers = [number for number, given in self.left if given == why]
            yield f"{_lines(numbers)} not computed again: {why}"


def _lines(numbers: Sequence[int]) -> str:
    """Numbers of lines in words, with a verb: "lines 1 to 3 and 5 were"."""
    spans: list[list[int]] = []
    for number in numbers:
        if spans and number == spans[-1][-1] + 1:
            spans[-1].append(number)
        else:
            spans.append([number])
    parts = [
        f"{span[0]} to {span[-1]}" if span[2:] else " and ".join(map(str, span)) for span in spans
    ]
    listed = " and ".join(filter(None, (", ".join(parts[:-1]), parts[-1])))
    return f"lines {listed} were" if numbers[1:] else f"line {listed} was"


def check_lines(suite: Suite, entries: Sequence[Entry], last: int = 0) -> Checked:
    """Compute the lines of a ledger (the `last` so many; 0: all) again, oldest first."""
    ledger, computed = _Ledger(suite, entries), []
    first = max(0, len(entries) - last) if last else 0
    left = [(number, f"left out by --last {last}") for number in range(1, first + 1)]
    for entry in entries[first:]:
        found = ledger.check(entry)
        if found.problem:
            return Checked(problem=found.problem)
        if found.why:
            left.append((entry.number, found.why))
        else:
            computed.append(entry.number)
    return Checked(computed=tuple(computed), left=tuple(left))


def _unlike(suite: Suite, now: Mapping[str, str], entry: Entry) -> tuple[str, ...]:
    """What of a suite's files is not what a line accepted, in words; `now` are those that judge.

    How it was measured is asked only where what was measured is the same, and the admission only
    where the recordings, which name the judge, are.
    """
    if changed := changed_since(now, entry):
        return changed
    recorded = recordings_digest(suite, entry.model, entry.judge)
    found = (file_digest(lock_path(suite)), recorded)
    named = zip(_FILES, found, (entry.lock, entry.recordings), strict=True)
    changed = tuple(name for name, one, two in named if one != two)
    if changed or not entry.recordings:
        return changed
    return () if admission_digest(suite, entry) == entry.admission else (_ADMISSION,)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Line:
    """What does not hold of a line, and why it could not be computed again; "" for neither."""

    problem: str = ""
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Tried:
    """What became of a line at a commit: it was `computed`, or what is `wrong` there.

    `others` names the files that are there, but are others than the line says.
    """

    computed: _Line | None = None
    wrong: tuple[str, ...] = ()
    others: tuple[str, ...] = ()


class _Ledger:
    """A suite's ledger, its files as they are here, and what git has of them."""

    def __init__(self, suite: Suite, entries: Sequence[Entry]) -> None:
        self.suite, self.entries, self.past = suite, entries, Past(suite)
        self.now = judged_by(suite)

    def check(self, entry: Entry) -> _Line:
        """Compute a line again, wherever it can be."""
        changed = _unlike(self.suite, self.now, entry)
        is_last = entry.number == len(self.entries)
        if is_last and set(changed) & set(_FILES):
            return _Line(problem=self._not_accepted(entry, changed))
        if not entry.recordings:
            return _Line(why="nothing is recorded")
        if not changed:
            return self._compute(self.suite, entry, _AGAIN if is_last else _RESTORE)
        return self._from_git(entry, changed)

    def _compute(self, suite: Suite, entry: Entry, remedy: str) -> _Line:
        """As `check`, from a suite whose files are what the line accepted."""
        for name, commit in (("base", entry.base), ("anchor", entry.anchor)):
            if commit and not self.past.has(commit):
                return _Line(why=f"its {name} {commit[:10]} is not in this clone")
        earlier = self.entries[: entry.number - 1]  # what ends a quarantine
        seen = Seen(base=entry.base, anchor=entry.anchor, day=entry.day, accepted=len(earlier))
        run = replay(suite, entry.model, seen, judge=entry.judge)
        if run.trust.probe == NOT_EXAMINED.probe:
            return _Line(problem=f"{self._where(entry)}: {run.gate.sentences[0]} {remedy}")
        made = made_from(suite, run)
        again = make_entry(run, made, earlier, entry.reason, anyway=entry.anyway)
        problem = first_difference(asdict(entry), asdict(again), ROUNDING)
        return _Line(problem=f"{self._where(entry)}: {problem}; {remedy}" if problem else "")

    def _from_git(self, entry: Entry, here: tuple[str, ...]) -> _Line:
        """As `check`, of a line that the files here do not fit; they changed, as `here` says."""
        root = self.past.root
        if root is None:
            return _Line(why="there is no git repository to look in")
        own = self.past.brought.get(entry.digest, "")
        tried: dict[str, _Tried] = {}
        for commit in self._commits(entry, own):
            tried[commit] = found = self._try(root, commit, entry)
            if found.computed:
                return found.computed
        if own and tried[own].others and not self._is_superseded(entry):
            return _Line(problem=self._others_then(entry, own, tried[own].others))
        if self.past.is_shallow:
            return _Line(why="this clone has only a part of the history")
        if not own:
            changed = " and ".join(here)
            return _Line(why=f"it is not committed, and since then {changed} changed")
        return _Line(why=_nowhere([each.wrong for each in tried.values()]))

    def _commits(self, entry: Entry, own: str) -> Iterator[str]:
        """Commits that may have had what a line accepted: first the one that brought it."""
        if own:
            yield own
        recorded = recordings_path(self.suite, entry.model).absolute().parent
        files = [recorded, lock_path(self.suite).absolute()]
        yield from (c for c in self.past.with_spec(entry.spec, files) if c != own)

    def _try(self, root: Path, commit: str, entry: Entry) -> "_Tried":
        try:
            with checked_out(root, commit, self.suite.folder) as then:
                wrong = _unlike(then, judged_by(then), entry)
                if wrong:
                    return _Tried(wrong=wrong, others=_others(then, entry, wrong))
                return _Tried(computed=self._compute_then(then, entry))
        except SpecharnessError:  # there was no suite, or none that can be read today
            return _Tried(wrong=("the spec",))

    def _compute_then(self, then: Suite, entry: Entry) -> _Line:
        try:
            found = self._compute(then, entry, _RESTORE)
        except SpecharnessError as error:
            found = _Line(problem=f"{self._where(entry)}: {error}")
        return replace(found, problem=without_folder(found.problem, then))

    def _is_superseded(self, entry: Entry) -> bool:
        """Whether a later line accepted the same spec: what was wrong with this one is mended."""
        return any(later.spec == entry.spec for later in self.entries[entry.number :])

    def _others_then(self, entry: Entry, commit: str, others: tuple[str, ...]) -> str:
        what = f"its commit {commit[:10]} has {' and '.join(others)} than what was accepted"
        remedy = "commit what was, or run the suite with that spec and accept its verdict"
        return f"{self._where(entry)}: {what}; {remedy}"

    def _not_accepted(self, entry: Entry, changed: tuple[str, ...]) -> str:
        """The first of the files here that is not what the last line accepted."""
        name = changed[0]
        lock = name == "the lock"
        file = lock_path(self.suite) if lock else recordings_path(self.suite, entry.model)
        named = entry.lock if lock else entry.recordings
        what = "is not there" if named and not file.exists() else "is not what was accepted"
        suite = self.suite.name
        again = f"`specharness run {suite}` and `specharness accept {suite} --reason ...`"
        return f"{file}: {what} ({self._where(entry)}); restore it from git, or {again}"

    def _where(self, entry: Entry) -> str:
        return f"{self.suite.folder / LEDGER}:{entry.number}"


def _others(then: Suite, entry: Entry, wrong: tuple[str, ...]) -> tuple[str, ...]:
    files = (lock_path(then), recordings_path(then, entry.model))
    told = zip(_FILES, files, ("another lock", "other recordings"), strict=True)
    return tuple(words for name, file, words in told if name in wrong and file.exists())


def _nowhere(wrongs: Sequence[tuple[str, ...]]) -> str:
    """That no commit has what a line accepted: what is not there, where most of it is."""
    measured = {*_FILES, _ADMISSION}
    lacks = max(wrongs, key=lambda wrong: set(wrong) <= measured)
    return f"no commit has {' and '.join(lacks)} as accepted"
