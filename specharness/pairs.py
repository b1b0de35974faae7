"""Pairs files: JSON Lines, one preference judgement per line."""

from collections.abc import Iterable
from pathlib import Path

from specharness.errors import UsageError
from specharness.pairline import content_id, dump_pair, read_pair
from specharness.pairturns import Unreadable
from specharness.records import Pair

__all__ = ["dump_pair", "load_pairs", "parse_pairs"]

_SHAPE = "write one JSON object with prompt, chosen and rejected on each line"
_LISTED = 5  # further bad lines that an error names


def load_pairs(path: Path) -> tuple[Pair, ...]:
    """Read a pairs file; see `parse_pairs`. UsageError also when it is missing or holds no pair."""
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        raise UsageError(path, "no such file", _SHAPE) from None
    except OSError as error:
        raise UsageError(path, f"cannot be read ({error.strerror})", "name a file") from None
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        raise UsageError(path, "this is UTF-16", "save it as UTF-8")
    pairs = parse_pairs(data.split(b"\n"), path)
    if not pairs:
        raise UsageError(path, "no pairs", _SHAPE)
    return pairs


def parse_pairs(lines: Iterable[str | bytes], where: str | Path) -> tuple[Pair, ...]:
    r"""Read the lines of a pairs file (text, or UTF-8 as a file has it); blank lines are skipped.

    A line is an object with `prompt`, `chosen` and `rejected`, and if wanted `id`, `group`, `tags`,
    `must`, `weight`, `source`, `agreement` (0..1) and `position` ("first" or "second": where the
    chosen one stood); `license` and keys that begin with `_` are the user's own.
    Prompts may be strings or lists of messages, and responses lists of messages that end with the
    assistant's. An id is derived from what the pair says, a group from its prompt. All lines are
    looked at: UsageError names the first that is wrong or a duplicate, and lists further ones.

    >>> line = '{"prompt": "Hi", "chosen": "Hello.", "rejected": "What?"}'
    >>> [(pair.id, pair.group) for pair in parse_pairs([line], "pairs.jsonl")]
    [('37e487e94e', 'p-a17118ea40')]
    """
    pairs: list[Pair] = []
    bad: dict[int, Unreadable] = {}
    for number, line in enumerate(lines, 1):
        try:
            text = _text(line, first=number == 1)
            if text:
                pairs.append(read_pair(text, number))
        except Unreadable as error:
            bad[number] = error
    bad |= _duplicates(pairs)
    if bad:
        raise _told(bad, where)
    return tuple(pairs)


def _text(line: str | bytes, *, first: bool) -> str:
    if isinstance(line, bytes):
        try:
            line = line.decode("utf-8")
        except UnicodeDecodeError as error:
            what = f"not UTF-8 at byte {error.start} of the line"
            raise Unreadable(what, "save the file as UTF-8") from None
    return (line.removeprefix("\ufeff") if first else line).strip(" \t\r\n")


def _duplicates(pairs: Iterable[Pair]) -> dict[int, Unreadable]:
    """Lines whose id, or whose content unless both have ids of their own, stands further up."""
    bad: dict[int, Unreadable] = {}
    by_id: dict[str, Pair] = {}
    by_content: dict[str, Pair] = {}
    for pair in pairs:
        content = content_id(pair.prompt, pair.chosen, pair.rejected)
        same = by_content.setdefault(content, pair)
        if same is not pair and content in (same.id, pair.id):
            what = f"the same pair as in line {same.line}"
            bad[pair.line] = Unreadable(what, "remove one, or give each an id of its own")
        elif (other := by_id.setdefault(pair.id, pair)) is not pair:
            what = f"the id {pair.id!r} stands in line {other.line} already"
            bad[pair.line] = Unreadable(what, "give one of them another id")
    return bad


def _told(bad: dict[int, Unreadable], where: str | Path) -> UsageError:
    first, *others = sorted(bad)
    remedy = bad[first].remedy
    if others:
        listed = ", ".join(map(str, others[:_LISTED])) + (", ..." if others[_LISTED:] else "")
        remedy += f" (+{len(others)} more: line{'s' if others[1:] else ''} {listed})"
    return UsageError(f"{where}:{first}", bad[first].what, remedy)
