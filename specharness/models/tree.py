"""A batch of token sequences as a prefix tree, and the steps that run each of its tokens once.

The sequences of a batch share prefixes (spec -> prompt -> chosen / rejected). `build_tree` folds
them into nodes; `plan_steps` packs nodes into forward passes of at most `budget` tokens. A step
continues a key/value cache that holds the path above it, so no token is ever run twice, and
whatever is packed side by side is kept apart by the attention mask (`visible`). Pure Python and
numpy: no model in here.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby

import numpy as np
import numpy.typing as npt


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenRun:
    """Token ids, of which those from `start` (>= 1) on are the response to be weighed."""

    ids: tuple[int, ...]
    start: int


@dataclass(slots=True, kw_only=True, eq=False)
class Node:
    """A run of tokens between two branchings; `depth` is the position of its first token."""

    tokens: tuple[int, ...]
    depth: int
    parent: "Node | None"
    children: list["Node"] = field(default_factory=list)
    wanted: int = 0  # positions from here on are part of somebody's response
    size: int = 0  # tokens in the whole subtree

    @property
    def end(self) -> int:
        """The position after the last token."""
        return self.depth + len(self.tokens)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tree:
    """`roots`, and for each sequence (by index) the node in which it ends."""

    roots: tuple[Node, ...]
    ends: tuple[Node, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """Tokens `begin:end` of a node, counted from the node's own first token."""

    node: Node
    begin: int
    end: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One forward pass: `pieces` side by side after the first `past` cached positions."""

    past: int
    pieces: tuple[Piece, ...]

    @property
    def tokens(self) -> list[int]:
        """The token ids in packed order."""
        return [t for p in self.pieces for t in p.node.tokens[p.begin : p.end]]

    @property
    def positions(self) -> list[int]:
        """Each token's position in its own sequence."""
        return [p.node.depth + i for p in self.pieces for i in range(p.begin, p.end)]


def build_tree(sequences: Sequence[TokenRun]) -> Tree:
    """Fold sequences into a prefix tree; equal sequences end in the same node."""
    order = sorted(range(len(sequences)), key=lambda i: sequences[i].ids)
    ends: dict[int, Node] = {}
    roots: list[Node] = []
    todo: list[tuple[list[int], int, Node | None]] = [
        (list(group), 0, None) for _, group in groupby(order, key=lambda i: sequences[i].ids[0])
    ]
    nodes: list[Node] = []
    while todo:
        group, depth, parent = todo.pop()
        first, last = sequences[group[0]].ids, sequences[group[-1]].ids
        stop = _common(first, last, depth)
        wanted = min(sequences[i].start for i in group)
        node = Node(tokens=first[depth:stop], depth=depth, parent=parent, wanted=wanted)
        nodes.append(node)
        (roots if parent is None else parent.children).append(node)
        longer = [i for i in group if len(sequences[i].ids) > stop]
        ends.update((i, node) for i in group if len(sequences[i].ids) == stop)
        todo.extend(
            (list(g), stop, node) for _, g in groupby(longer, key=lambda i: sequences[i].ids[stop])
        )
    for node in reversed(nodes):  # children were made after their parents
        node.children.reverse()
        node.size = len(node.tokens) + sum(child.size for child in node.children)
    return Tree(roots=tuple(reversed(roots)), ends=tuple(ends[i] for i in range(len(sequences))))


def _common(a: tuple[int, ...], b: tuple[int, ...], start: int) -> int:
    """The length of the common prefix, known to be at least `start`."""
    n = min(len(a), len(b))
    if a[start:n] == b[start:n]:
        return n
    return next(i for i in range(start, n) if a[i] != b[i])


def plan_steps(roots: Sequence[Node], budget: int) -> Iterator[Step]:
    """Steps of at most `budget` tokens in an order in which the cache always holds the path above.

    Subtrees that fit are packed side by side; a larger one is run node by node, a long node in
    pieces. Before a step the cache has to be cut to `step.past`.
    """
    todo: list[list[Node]] = [list(reversed(roots))]  # a stack of sibling lists, next one last
    while todo:
        siblings = todo[-1]
        if not siblings:
            todo.pop()
            continue
        packed: list[Node] = []
        room = budget
        while siblings and siblings[-1].size <= room:
            room -= siblings[-1].size
            packed.append(siblings.pop())
        if packed:
            yield Step(past=packed[0].depth, pieces=tuple(_pieces(packed)))
            continue
        node = siblings.pop()
        for begin in range(0, len(node.tokens), budget):
            end = min(begin + budget, len(node.tokens))
            yield Step(past=node.depth + begin, pieces=(Piece(node=node, begin=begin, end=end),))
        todo.append(list(reversed(node.children)))


def _pieces(nodes: Sequence[Node]) -> Iterator[Piece]:
    """All nodes of the subtrees, whole, parents before children."""
    todo = list(reversed(nodes))
    while todo:
        node = todo.pop()
        yield Piece(node=node, begin=0, end=len(node.tokens))
        todo.extend(reversed(node.children))


def visible(step: Step) -> npt.NDArray[np.bool_]:
    """Which position each token of a step may attend to, (N,) x (past + N,): its path, itself."""
    total = sum(p.end - p.begin for p in step.pieces)
    mask = np.zeros((total, step.past + total), dtype=np.bool_)
    mask[:, : step.past] = True
    offsets: dict[int, int] = {}
    row = 0
    for piece in step.pieces:
        length = piece.end - piece.begin
        column = step.past + row
        above = piece.node.parent
        if above is not None and id(above) in offsets:
            # what the parent's last token may see, the parent included, all of this piece may see
            last = offsets[id(above)] + len(above.tokens) - 1
            mask[row : row + length] = mask[last]
        mask[row : row + length, column : column + length] = np.tri(length, dtype=np.bool_)
        offsets[id(piece.node)] = row
        row += length
    return mask


def targets(step: Step) -> list[tuple[int, Node, int]]:
    """(row, node, index): the packed row `row` predicts token `index` of `node`, and it is wanted.

    The last token of a node predicts the first one of each child, in whichever step that runs.
    """
    found: list[tuple[int, Node, int]] = []
    row = 0
    for piece in step.pieces:
        node = piece.node
        inner = range(max(piece.begin + 1, node.wanted - node.depth), piece.end + 1)
        found += [(row + i - 1 - piece.begin, node, i) for i in inner if 0 < i < len(node.tokens)]
        row += piece.end - piece.begin
        if piece.end == len(node.tokens):
            found += [(row - 1, c, 0) for c in node.children if c.depth >= c.wanted]
    return found
