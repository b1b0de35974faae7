"""Judgements that cannot all be right (SH105, SH106)."""

from collections import defaultdict, deque
from collections.abc import Iterator
from itertools import pairwise

from specharness.lint.duplicates import Content, content
from specharness.lint.finding import Finding
from specharness.lint.subject import Subject, place, places
from specharness.records import Pair

_TRIED = 50  # judgements of a knot that are tried as part of a circle
_TOLD = 20  # circles told of one knot

Edges = dict[int, dict[int, int]]  # winner -> loser -> which pair says so


def check_contradictions(subject: Subject) -> Iterator[Finding]:
    """Pairs that an earlier line has with the labels the other way round."""
    seen: dict[Content, Pair] = {}
    for pair in subject.pairs:
        opposite = seen.get((pair.prompt, pair.rejected, pair.chosen))
        if opposite is not None and content(pair) not in seen:
            told = f"contradicts {place(opposite)}: the same texts, the opposite label"
            yield subject.at_pair("SH105", pair, told, "keep the one that is right, or neither")
        seen.setdefault(content(pair), pair)


def check_cycles(subject: Subject) -> Iterator[Finding]:
    """Three or more responses to one prompt that are preferred in a circle."""
    for knot in _knots(_graph(subject.pairs)):
        for circle in _circles(knot):
            *others, last = (subject.pairs[index] for index in sorted(circle))
            told = f"closes a circle of {len(circle)} preferences with {places(others)}"
            yield subject.at_pair("SH106", last, told, "take out the one that is wrong")


def _graph(pairs: tuple[Pair, ...]) -> Edges:
    """Responses to prompts as numbers, with an edge from each chosen to its rejected one."""
    numbers: dict[tuple[object, str], int] = {}
    edges: Edges = defaultdict(dict)
    for index, pair in enumerate(pairs):
        winner = numbers.setdefault((pair.prompt, pair.chosen), len(numbers))
        loser = numbers.setdefault((pair.prompt, pair.rejected), len(numbers))
        edges[winner].setdefault(loser, index)
    return edges


def _knots(edges: Edges) -> Iterator[Edges]:
    """The strongly connected parts of three and more responses: only they can have a circle."""
    both = {loser for losers in edges.values() for loser in losers} & edges.keys()
    if len(both) < 3:
        return
    from scipy.sparse import coo_array  # noqa: PLC0415 - most sets have no chains at all
    from scipy.sparse.csgraph import connected_components  # noqa: PLC0415

    arcs = [(w, lo) for w in both for lo in edges[w] if lo in both]
    size = max(both) + 1
    rows, columns = [w for w, _ in arcs], [lo for _, lo in arcs]
    matrix = coo_array(([1] * len(arcs), (rows, columns)), shape=(size, size)).tocsr()
    _, labels = connected_components(matrix, directed=True, connection="strong")
    parts: dict[int, list[int]] = defaultdict(list)
    for node in sorted(both):
        parts[labels[node]].append(node)
    for nodes in map(set, parts.values()):
        if len(nodes) > 2:
            yield {n: {lo: i for lo, i in edges[n].items() if lo in nodes} for n in nodes}


def _circles(edges: Edges) -> Iterator[list[int]]:
    """Circles of three and more judgements, until none is left once the last of each is gone."""
    for _ in range(_TOLD):
        circle = _circle(edges)
        if not circle:
            return
        yield circle
        last = max(circle)
        edges = {w: {lo: i for lo, i in los.items() if i != last} for w, los in edges.items()}


def _circle(edges: Edges) -> list[int]:
    """The judgements of a circle, the shortest one through an early judgement; [] if none is."""
    arcs = [(w, lo) for w, losers in edges.items() for lo in losers]
    for winner, loser in sorted(arcs, key=lambda arc: edges[arc[0]][arc[1]])[:_TRIED]:
        nodes = _path(edges, loser, winner)
        if nodes:
            return [edges[winner][loser], *(edges[a][b] for a, b in pairwise(nodes))]
    return []


def _path(edges: Edges, start: int, end: int) -> list[int]:
    """The responses on the shortest way from `start` to `end` that is not the direct one."""
    came = {start: start}
    waiting = deque([start])
    while waiting and end not in came:
        node = waiting.popleft()
        for after in edges.get(node, {}):
            if after not in came and (node, after) != (start, end):
                came[after] = node
                waiting.append(after)
    if end not in came:
        return []
    steps = [end]
    while steps[-1] != start:
        steps.append(came[steps[-1]])
    return steps[::-1]
