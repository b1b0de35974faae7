"""The table an import ends with."""

from specharness.importers.judgement import NOTES, REASONS
from specharness.importers.tally import Tally

Line = tuple[str, int | str, str, str]


def summary_table(tally: Tally) -> str:
    """What was read, kept, dropped (by reason) and noted, with the first places of each."""
    from tabulate import tabulate  # noqa: PLC0415 - only for those who see it

    known = ", ".join(f"{name} ({count})" for name, count in tally.layouts.most_common())
    lines: list[Line] = [("read", tally.read, "comparisons", known)]
    lines.append(("kept", tally.kept, "pairs", ""))
    lines += [
        ("dropped", count, f"{reason}: {REASONS[reason]}", _places(tally, reason, count))
        for reason, count in tally.dropped.most_common()
    ]
    lines += [
        ("noted", count, f"{note}: {NOTES[note]}", _places(tally, note, count))
        for note, count in tally.noted.most_common()
    ]
    table = tabulate(lines, tablefmt="plain", disable_numparse=True, colalign=("left", "right"))
    return str(table)


def _places(tally: Tally, name: str, count: int) -> str:
    """Where the first few are: the file's name once, then only the numbers.

    >>> tally = Tally(places={"tie": ["a/f.json#2", "a/f.json#7", "a/g.json#1"]})
    >>> _places(tally, "tie", 4)
    'f.json#2, #7, g.json#1, ...'
    """
    shown, last = [], ""
    for place in tally.places[name]:
        file, mark, number = _split(place)
        shown.append((file.rpartition("/")[2] if file != last else "") + mark + number)
        last = file
    return ", ".join(shown) + (", ..." if count > len(shown) else "")


def _split(place: str) -> tuple[str, str, str]:
    """A place as its file, the mark and the number ("" both where there is none)."""
    for mark in (":", "#"):
        file, _, number = place.rpartition(mark)
        if number.isdecimal():
            return file, mark, number
    return place, "", ""


def one_line(tally: Tally) -> str:
    """The same in one line, for reports.

    >>> tally = Tally(kept=2)
    >>> tally.dropped.update({"tie": 1})
    >>> one_line(tally)
    '3 comparisons read, 2 kept; dropped: 1 tie'
    """
    said = f"{tally.read} comparisons read, {tally.kept} kept"
    dropped = ", ".join(f"{count} {reason}" for reason, count in tally.dropped.most_common())
    return f"{said}; dropped: {dropped}" if dropped else said
