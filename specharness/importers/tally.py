"""Judgements settled into pairs, with every comparison accounted for."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import Literal

from specharness.importers.judgement import Better, Dropped, Finding, Judgement, Unusable
from specharness.importers.marks import Marks
from specharness.pairline import content_digest, prompt_group
from specharness.records import Message, Pair, digest

Prompt = tuple[Message, ...]
Side = Literal["first", "second"]

_HALF = re.compile("[\ud800-\udfff]")
_SHOWN = 3  # places named for each reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """A pair, how many judgements it rests on, and what deserves a look (keys of NOTES)."""

    pair: Pair
    where: str
    votes: int = 1
    notes: tuple[str, ...] = ()


@dataclass(slots=True, kw_only=True)
class Tally:
    """What became of every comparison: `read` is always `kept` plus the sum of `dropped`.

    A comparison is two responses to one prompt, with all the votes on it; a record that has none
    counts as one. `places` names the first few of each reason and note.
    """

    kept: int = 0
    dropped: Counter[str] = field(default_factory=Counter)
    noted: Counter[str] = field(default_factory=Counter)
    places: dict[str, list[str]] = field(default_factory=dict)
    layouts: Counter[str] = field(default_factory=Counter)

    @property
    def read(self) -> int:
        """All comparisons."""
        return self.kept + self.dropped.total()

    def count(self, outcome: Kept | Dropped) -> None:
        """Add one comparison."""
        if isinstance(outcome, Dropped):
            self.dropped[outcome.reason] += 1
            self._place(outcome.reason, outcome.where)
            return
        self.kept += 1
        for note in outcome.notes:
            self.noted[note] += 1
            self._place(note, outcome.where)

    def _place(self, name: str, where: str) -> None:
        places = self.places.setdefault(name, [])
        if len(places) < _SHOWN:
            places.append(where)


class Settling:
    """Judgements become pairs in the order they come; votes are held until all are in."""

    def __init__(self, annotator: str = "", prompt: str = "") -> None:
        self._annotator = annotator
        self._prompt = (Message(role="user", content=prompt),) if prompt.strip() else ()
        self._held: dict[tuple[Prompt, frozenset[str], str], list[Judgement]] = {}
        self._seen = Marks()
        self._ids = Marks()

    def add(self, finding: Finding, *, votes: bool) -> Iterator[Kept | Dropped]:
        """Settle one finding, or hold it where it is one vote among several."""
        if isinstance(finding, Dropped):
            yield finding
            return
        if self._prompt and not any(turn.content.strip() for turn in finding.prompt):
            finding = replace(finding, prompt=self._prompt)
        if votes:
            texts = frozenset((finding.first, finding.second))
            key = (finding.prompt, texts, finding.ballot)
            self._held.setdefault(key, []).append(finding)
        else:
            yield self._settle([finding])

    def rest(self) -> Iterator[Kept | Dropped]:
        """The comparisons that were voted on, in the order of their first vote."""
        for judgements in self._held.values():
            yield self._settle(judgements)
        self._held.clear()

    def _settle(self, judgements: list[Judgement]) -> Kept | Dropped:
        first = judgements[0]
        try:
            heard = self._heard(judgements)
            counted = _count(heard)  # first: two empty sides that are a tie are a tie
            _check(first)
            return self._kept(heard, counted)
        except Unusable as error:
            return Dropped(reason=error.reason, where=first.where, detail=error.detail)

    def _heard(self, judgements: list[Judgement]) -> list[Judgement]:
        """The judgements of the annotator who is asked for, or all."""
        wanted = self._annotator
        heard = [j for j in judgements if not wanted or j.annotator in ("", wanted)]
        if not heard:
            raise Unusable("other annotator", judgements[0].annotator)
        return heard

    def _kept(self, votes: list[Judgement], counted: tuple[Side, int, int]) -> Kept:
        first = votes[0]
        better, won, lost = counted
        texts = (first.first, first.second)
        chosen, rejected = texts if better == "first" else texts[::-1]
        content = content_digest(first.prompt, chosen, rejected)
        pair = Pair(
            id=self._id(first.id, content),
            prompt=first.prompt,
            chosen=chosen,
            rejected=rejected,
            group=first.group or prompt_group(first.prompt),
            tags=first.tags,
            weight=first.weight * (won - lost) / len(votes),
            source=first.source,
            agreement=won / len(votes),
            position=better if first.shown else "",
            line=_line(first.where),
        )
        notes = tuple(dict.fromkeys(note for vote in votes for note in vote.notes))
        return Kept(pair=pair, where=first.where, votes=len(votes), notes=notes)

    def _id(self, given: str, content: str) -> str:
        """The data's own id the first time it occurs, else one from the digest of the content.

        What was seen is kept as numbers of 64 bits, since there may be millions.
        """
        if not _first_time(content, self._seen):
            raise Unusable("duplicate")
        name = given.strip()
        if name and name.isprintable() and _first_time(digest(name), self._ids):
            return name
        # ten digits are what `load_pairs` derives; more where millions of pairs make two alike
        return content[:10] if _first_time(digest(content[:10]), self._ids) else content[:16]


def _first_time(name: str, seen: Marks) -> bool:
    return seen.add(int(name[:16], 16))


def _check(judgement: Judgement) -> None:
    """Whether two responses can be compared at all; Unusable says why not."""
    sides = (judgement.first, judgement.second)
    if any(_HALF.search(t) for t in (*sides, *(turn.content for turn in judgement.prompt))):
        raise Unusable("half a character")
    if not judgement.prompt or judgement.prompt[-1].role != "user":
        raise Unusable("wrong turn", "the prompt does not end with the user")
    if any(not turn.content.strip() for turn in judgement.prompt):
        raise Unusable("empty prompt")
    if not all(side.strip() for side in sides):
        raise Unusable("empty side")
    if sides[0] == sides[1]:
        raise Unusable("identical sides")


def _count(votes: list[Judgement]) -> tuple[Side, int, int]:
    """Who wins, by how many votes against how many; a tie is a vote for neither.

    The outcome with strictly most votes holds: Unusable("tie") where that is "neither",
    Unusable("split vote") where no outcome has most.
    """
    text = votes[0].first
    counts: Counter[Better] = Counter(_seen_from(vote, text) for vote in votes)
    (better, won), *others = counts.most_common()
    if others and others[0][1] == won:
        raise Unusable("split vote", ", ".join(f"{n} {side}" for side, n in counts.items()))
    if better == "neither":
        raise Unusable("tie")
    return better, won, counts["second" if better == "first" else "first"]


def _seen_from(vote: Judgement, first: str) -> Better:
    """A vote in the order of the first vote: annotators may have seen the two turned round."""
    if vote.first == first or vote.better == "neither":
        return vote.better
    return "second" if vote.better == "first" else "first"


def _line(where: str) -> int:
    number = where.rpartition(":")[2]
    return int(number) if number.isdecimal() else 0


def settle(
    findings: Iterable[tuple[Finding, bool]], annotator: str = "", prompt: str = ""
) -> Iterator[Kept | Dropped]:
    """Every finding (and whether it is a vote) settled, one outcome per comparison.

    `annotator` names whose votes count ("" all), `prompt` stands in where the data has none.
    """
    settling = Settling(annotator, prompt)
    for finding, votes in findings:
        yield from settling.add(finding, votes=votes)
    yield from settling.rest()
