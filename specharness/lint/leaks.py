"""What stands on two sides that must not know of each other (SH201 ... SH206)."""

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from itertools import chain

from specharness.lint.alike import alike_responses, alike_texts
from specharness.lint.finding import Finding
from specharness.lint.sides import Placed, Side, placings
from specharness.lint.subject import Subject
from specharness.records import Message, Pair

_WORDS = 20  # shorter responses may be stock answers
_REMEDY = "keep both on one side (one group), or take one out"

Leak = tuple[Subject, Finding]  # and the suite it is told of
Found = tuple[tuple[Placed, ...], Leak]  # the pairs it is about, first the one it is told of
Keys = Callable[[Pair], Sequence[Hashable]]
Texts = Callable[[Pair], Sequence[str]]


def check_leaks(subjects: Sequence[Subject]) -> Iterator[Leak]:
    """Prompts, conversations, groups and responses on two sides, of one suite or of several."""
    for placed in placings(subjects):
        own = not placed[0].side.hand and len({one.side.suite for one in placed}) == 1
        prompts = chain(
            _shared("SH201", "the same prompt is in", placed, _prompts),
            _conversations(placed),
            # a suite's own split has compared its prompts already, and kept what is alike together
            () if own else _near_prompts(placed),
            _groups(placed),
        )
        responses = chain(
            _shared("SH205", "a response is also in", placed, _responses),
            _near_responses(placed, subjects),
        )
        yield from _once(prompts)
        yield from _once(responses)


def _once(found: Iterable[Found]) -> Iterator[Leak]:
    """The first finding of each pair: a prompt that leaks is not told as a conversation too."""
    told: set[int] = set()
    for about, leak in found:
        if id(about[0]) not in told:
            told.update(map(id, about))
            yield leak


def _leak(code: str, what: str, one: Placed, other: Placed) -> Leak:
    told = one.subject.at_pair(code, one.pair, f"{what} {other.told(one)}", _REMEDY)
    return one.subject, told


class _Firsts:
    """The first pair of each side that has a key."""

    def __init__(self) -> None:
        self._found: dict[Hashable, dict[Side, Placed]] = defaultdict(dict)

    def add(self, key: Hashable, placed: Placed) -> None:
        self._found[key].setdefault(placed.side, placed)

    def apart(self, key: Hashable, placed: Placed) -> Placed | None:
        """A pair with that key on a side that is apart from this one's."""
        found = self._found.get(key, {})
        return next((p for side, p in found.items() if side.is_apart(placed.side)), None)


def _shared(code: str, what: str, placed: Sequence[Placed], keys: Keys) -> Iterator[Found]:
    """Pairs one of whose keys an earlier pair on another side has."""
    firsts = _Firsts()
    for one in placed:
        its = keys(one.pair)
        found = [other for key in its if (other := firsts.apart(key, one))]
        if found:
            yield (one,), _leak(code, what, one, found[0])
        for key in its:
            firsts.add(key, one)


def _conversations(placed: Sequence[Placed]) -> Iterator[Found]:
    """Pairs on different sides of which one goes on from the other, or that share an answer."""
    wholes, answered = _Firsts(), _Firsts()
    conversations = [_turns(one.pair) for one in placed]
    for turns, one in zip(conversations, placed, strict=True):
        wholes.add(turns, one)
    for turns, one in zip(conversations, placed, strict=True):
        starts = [turns[:end] for end in range(1, len(turns))]
        known = [other for start in starts if (other := wholes.apart(start, one))]
        exchanges = [start for start in starts if start[-1].role == "assistant"]
        known += [other for start in exchanges if (other := answered.apart(start, one))]
        if known:  # the other may come later, if it is the shorter one: it is not told again
            yield (one, known[0]), _leak("SH203", "its conversation begins like", one, known[0])
        for start in exchanges:
            answered.add(start, one)


def _groups(placed: Sequence[Placed]) -> Iterator[Found]:
    """Groups that a mark by hand divides; names of groups mean nothing between suites."""
    by_hand = [one for one in placed if one.side.hand]
    yield from _shared("SH204", "its group is also in", by_hand, lambda pair: [pair.group])


def _near_prompts(placed: Sequence[Placed]) -> Iterator[Found]:
    clusters = alike_texts(list({text: None for one in placed for text in _asked(one.pair)}))
    yield from _near("SH202", "nearly the same prompt is in", placed, _asked, clusters)


def _near_responses(placed: Sequence[Placed], subjects: Sequence[Subject]) -> Iterator[Found]:
    clusters = alike_responses(pair for subject in subjects for pair in subject.pairs)
    yield from _near("SH206", "nearly the same response is in", placed, _responses, clusters)


def _near(
    code: str,
    what: str,
    placed: Sequence[Placed],
    texts: Texts,
    clusters: Iterable[tuple[str, ...]],
) -> Iterator[Found]:
    """Pairs one of whose texts nearly is that of an earlier pair on another side."""
    owners: dict[str, list[int]] = defaultdict(list)
    for place, one in enumerate(placed):
        for text in texts(one.pair):
            owners[text].append(place)
    for cluster in clusters:
        firsts = _Firsts()
        for place in sorted(place for text in cluster for place in owners.get(text, ())):
            one, other = placed[place], firsts.apart(None, placed[place])
            if other is not None:
                yield (one,), _leak(code, what, one, other)
            firsts.add(None, one)


def _turns(pair: Pair) -> tuple[Message, ...]:
    """The turns without system texts, which whole suites share."""
    return tuple(turn for turn in pair.prompt if turn.role not in ("system", "developer"))


def _prompts(pair: Pair) -> Sequence[Hashable]:
    return [_turns(pair)]


def _asked(pair: Pair) -> Sequence[str]:
    return ["\n".join(turn.content for turn in _turns(pair))]


def _responses(pair: Pair) -> Sequence[str]:
    return [text for text in (pair.chosen, pair.rejected) if len(text.split()) >= _WORDS]
