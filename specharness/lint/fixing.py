"""What can be mended without a look: equal lines, and what stands around the objects."""

import json
from collections.abc import Iterator
from pathlib import Path

from specharness.lint.lines import read_lines, tidy_line, untidy_lines
from specharness.pairline import read_pair
from specharness.pairturns import Unreadable
from specharness.runfile import write_text
from specharness.settings import ReadSettings
from specharness.suitefile import Suite
from specharness.suitepairs import is_ours


def fix_pairs(suite: Suite) -> tuple[str, ...]:
    """Mend a suite's pairs file, and say what was changed, one line for each change.

    Removed are lines whose object is, key by key, that of an earlier line; taken away are a byte
    order mark, carriage returns and blanks around objects. Texts of pairs are never changed. Data
    in another layout and files that are not UTF-8 stay as they are. The file is replaced at once.
    """
    path = suite.pairs_path
    if suite.settings.read != ReadSettings() or not is_ours(path):
        return ()
    lines = read_lines(path)
    tidy = [tidy_line(line, first=number == 1) for number, line in enumerate(lines, 1)]
    gone = dict(_repeated(tidy))
    text = _decoded([line for number, line in enumerate(tidy, 1) if number not in gone])
    if text is None or text.encode() == b"\n".join(lines):
        return ()
    _replace(path, text)
    around = [_around(what, numbers) for what, numbers in untidy_lines(lines).items()]
    removed = [f"line {n} removed, equal to line {first}" for n, first in gone.items()]
    return tuple(f"{path.as_posix()}: {change}" for change in (*around, *removed))


def _repeated(lines: list[bytes]) -> Iterator[tuple[int, int]]:
    """Lines that are a pair that an earlier line is, in everything, and which line that is."""
    seen: dict[str, int] = {}
    for number, line in enumerate(lines, 1):
        try:
            read_pair(line.decode("utf-8"), number)
        except (Unreadable, UnicodeDecodeError):
            continue
        whole = json.dumps(json.loads(line), sort_keys=True)
        if whole in seen:
            yield number, seen[whole]
        seen.setdefault(whole, number)


def _decoded(lines: list[bytes]) -> str | None:
    try:
        return b"\n".join(lines).decode("utf-8")
    except UnicodeDecodeError:
        return None


def _replace(path: Path, text: str) -> None:
    """Write the file where it really is, with the rights that it has."""
    target = path.resolve()
    mode = target.stat().st_mode
    write_text(target, text)
    target.chmod(mode)


def _around(what: str, numbers: tuple[int, ...]) -> str:
    if len(numbers) == 1:
        return f"{what} removed in line {numbers[0]}"
    return f"{what} removed in {len(numbers)} lines ({_ranges(numbers)})"


def _ranges(numbers: tuple[int, ...]) -> str:
    """Rising numbers as ranges.

    >>> _ranges((1, 2, 3, 7, 9, 10))
    '1-3, 7, 9-10'
    """
    starts = [n for n in numbers if n - 1 not in set(numbers)]
    ends = [n for n in numbers if n + 1 not in set(numbers)]
    pairs = zip(starts, ends, strict=True)
    return ", ".join(f"{start}-{end}" if end > start else str(start) for start, end in pairs)
