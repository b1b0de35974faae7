"""The lines of a pairs file as bytes, and what stands around their objects."""

from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from specharness.errors import UsageError

BOM = b"\xef\xbb\xbf"
BLANKS = b" \t\r"


def read_lines(path: Path) -> list[bytes]:
    """The lines of a file, without their line feeds; UsageError when there are none to read."""
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        remedy = "write one JSON object with prompt, chosen and rejected on each line"
        raise UsageError(path, "no such file", remedy) from None
    except OSError as error:
        raise UsageError(path, f"cannot be read ({error.strerror})", "name a file") from None
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        raise UsageError(path, "this is UTF-16", "save it as UTF-8")
    return data.split(b"\n")


def tidy_line(line: bytes, *, first: bool) -> bytes:
    """A line without byte order mark and without blanks around its object; all else stays."""
    return (line.removeprefix(BOM) if first else line).strip(BLANKS)


def untidy_lines(lines: list[bytes]) -> dict[str, tuple[int, ...]]:
    """The numbers of lines with something around their objects, by what it is."""
    found: dict[str, list[int]] = defaultdict(list)
    for number, line in enumerate(lines, 1):
        for what in _around(line, first=number == 1):
            found[what].append(number)
    return {what: tuple(numbers) for what, numbers in found.items()}


def _around(line: bytes, *, first: bool) -> Iterator[str]:
    if first and line.startswith(BOM):
        yield "byte order mark"
        line = line.removeprefix(BOM)
    if line.endswith(b"\r"):
        yield "carriage return (CRLF)"
        line = line.removesuffix(b"\r")
    if line != line.strip(BLANKS):
        yield "blanks around the object"
