"""Files that somebody changed, for as long as a test looks."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from hypothesis import strategies as st


@contextmanager
def one_byte_changed(path: Path, data: st.DataObject) -> Iterator[None]:
    """The file with one byte that hypothesis picks made another; afterwards as it was."""
    before = path.read_bytes()
    changed = bytearray(before)
    place = data.draw(st.integers(0, len(changed) - 1))
    changed[place] = data.draw(st.integers(0, 255).filter(lambda byte: byte != before[place]))
    path.write_bytes(changed)
    try:
        yield
    finally:
        path.write_bytes(before)
