"""Open Assistant: message trees, and the same messages one a line; ranked siblings are compared."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from specharness.importers.fields import Prompt, has, message
from specharness.importers.judgement import Dropped, Finding, Layout, Options, Row, Unusable
from specharness.importers.rankings import Candidate, Question, compared, number

Node = Mapping[str, Any]
Placed = tuple[Node, str]  # a message and where it stands
Replies = Callable[[Node], Sequence[Placed]]


def _fits_tree(row: Row) -> bool:
    return has(row.data, "message_tree_id", "prompt") and has(row.data["prompt"], "text", "role")


def _fits_message(row: Row) -> bool:
    return has(row.data, "message_id", "parent_id", "text", "role", "rank")


def _tree(row: Row, options: Options) -> Iterator[Finding]:
    def replies(node: Node) -> Sequence[Placed]:
        inner = node.get("replies")
        listed = inner if isinstance(inner, list) else []
        return [(reply, row.where) for reply in listed if has(reply, "text", "role")]

    tree = str(row.data["message_tree_id"])
    yield from _walk((row.data["prompt"], row.where), replies, tree)


def _messages(rows: Iterable[Row], options: Options) -> Iterator[Finding]:
    """All messages, held until the file ends; trees are put together by `parent_id`.

    What hangs on no tree, since its parents are not all there, has no prompt and is dropped.
    """
    below: dict[str, list[Placed]] = {}
    roots: list[Placed] = []
    for row in rows:
        parent = row.data["parent_id"]
        home = below.setdefault(str(parent), []) if parent else roots
        home.append((row.data, row.where))
    met: set[str] = set()

    def replies(node: Node) -> Sequence[Placed]:
        met.add(str(node["message_id"]))
        return below.get(str(node["message_id"]), [])

    for root in roots:
        yield from _walk(root, replies, str(root[0].get("message_tree_id") or ""))
    for parent, placed in below.items():
        if parent not in met:
            for _, where in placed:
                yield Dropped(reason="missing field", where=where, detail="no such parent_id")


def _walk(root: Placed, replies: Replies, tree: str) -> Iterator[Finding]:
    """All siblings of a tree; "no partner" for a tree that has no reply."""
    empty = True
    for node, path, gone in _prompts(root, replies):
        for finding in _siblings(path, replies(node), tree, gone=gone):
            empty = False
            yield finding
    if empty:
        yield Dropped(reason="no partner", where=root[1], detail="no replies")


def _prompts(root: Placed, replies: Replies) -> Iterator[tuple[Node, Prompt, bool]]:
    """Every message that asks, the path to it, and whether something on it was deleted.

    A stack, since trees may be deeper than Python's calls go. Below a message nobody can read
    (an unknown role) everything is gone. Each message comes once, also where ids go in circles.
    """
    seen: set[int] = set()
    waiting: list[tuple[Node, Prompt, bool]] = [(root[0], (), False)]
    while waiting:
        node, path, gone = waiting.pop()
        if id(node) in seen:
            continue
        seen.add(id(node))
        try:
            here = (*path, message(node, "a message"))
        except Unusable:
            here, gone = path, True
        gone = gone or _deleted(node)
        if _asks(node):
            yield node, here, gone
        waiting += [(child, here, gone) for child, _ in reversed(replies(node))]


def _asks(node: Node) -> bool:
    return bool(node["role"] != "assistant")


def _deleted(node: Node) -> bool:
    return str(node.get("deleted")).lower() == "true"


def _siblings(
    prompt: Prompt, inner: Sequence[Placed], tree: str, *, gone: bool
) -> Iterator[Finding]:
    candidates: list[Candidate] = []
    for node, where in inner:
        try:
            candidates.append(_candidate(node, where, alone=len(inner) == 1, gone=gone))
        except Unusable as error:
            yield Dropped(reason=error.reason, where=where, detail=error.detail)
    lang = [str(node["lang"]) for node, _ in inner[:1] if node.get("lang")]
    yield from compared(Question(prompt=prompt, group=tree, tags=tuple(lang)), candidates)


def _candidate(node: Node, where: str, *, alone: bool, gone: bool) -> Candidate:
    """One reply with its rank (0 is best), which an only reply does not need."""
    if gone or _deleted(node):
        raise Unusable("withdrawn", "deleted, or an answer to a deleted message")
    said = message(node, "a reply").content
    merit = -number(0 if alone else node.get("rank"), "rank")
    return Candidate(text=said, merit=(merit,), where=where)


LAYOUTS: tuple[Layout, ...] = (
    Layout(
        name="oasst-tree",
        title="one message tree a row, replies ranked among siblings (Open Assistant)",
        fits=_fits_tree,
        convert=_tree,
    ),
    Layout(
        name="oasst-messages",
        title="one message a row with parent_id and rank (Open Assistant, flat)",
        fits=_fits_message,
        join=_messages,
    ),
)
