"""How long steps tell where they are: a bar on a terminal, a line per step elsewhere."""

import sys
from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

Say = Callable[[str], None]
T = TypeVar("T")


def tell(line: str) -> None:
    """Write one line to stderr, above a bar that may be there."""
    from tqdm import tqdm  # noqa: PLC0415

    tqdm.write(line, file=sys.stderr)


def track(items: Iterable[T], total: int, label: str) -> Iterator[T]:
    """The items, with a bar while they are worked on when stderr is a terminal."""
    from tqdm import tqdm  # noqa: PLC0415

    bar = tqdm(
        items,
        total=total,
        desc=label,
        file=sys.stderr,
        leave=False,
        disable=not on_terminal(),
    )
    yield from bar


def on_terminal() -> bool:
    """Whether somebody watches stderr."""
    return sys.stderr.isatty()
