"""Many calls under way in a thread of their own; results are handed over as they come.

On Ctrl-C no call is begun any more, those under way get some seconds to be answered (they are paid
for), everything answered is handed over, and only then KeyboardInterrupt is raised. A second Ctrl-C
does not wait.
"""

import asyncio
import signal
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from queue import SimpleQueue
from threading import Event, Thread, current_thread, main_thread
from types import FrameType
from typing import Any, Protocol, TypeVar

from specharness.models.progress import tell

Item_contra = TypeVar("Item_contra", contravariant=True)
Result_co = TypeVar("Result_co", covariant=True)
GRACE = 10.0  # seconds that calls under way have after Ctrl-C
_END = object()
_LOOK = 0.05  # seconds between two looks at whether to stop


class Shift(Protocol[Item_contra, Result_co]):
    """Who does the work, made and closed within the event loop it happens in."""

    async def work(self, item: Item_contra) -> Result_co:
        """The result for one item; what it raises ends the whole."""
        ...

    def is_calling(self, task: "asyncio.Task[Any]") -> bool:
        """Whether a task waits for an answer that may be paid for."""
        ...

    async def close(self) -> None:
        """Called last."""
        ...


def fan_out(
    name: str,
    width: int,
    begin: Callable[[], Shift[Item_contra, Result_co]],
    items: Iterable[Item_contra],
) -> Iterator[Result_co]:
    """Yield the results of `begin().work` on every item, as they come, `width` at a time.

    What `work` raises is raised here once the calls under way are through and handed over.
    """
    crew = _Crew(width, begin, items)
    with _interruptible(name, crew) as interrupted:
        thread = Thread(target=crew.run, name="specharness-remote", daemon=True)
        thread.start()
        try:
            while (result := crew.results.get()) is not _END:
                yield result
        finally:
            crew.leave()
            thread.join(GRACE)
    if interrupted.is_set():
        raise KeyboardInterrupt
    if crew.trouble:
        raise crew.trouble[0]


class _Crew:
    """The thread's side. `stop` begins no more work, `hurry` bounds the time of what is begun."""

    def __init__(self, width: int, begin: Callable[[], Any], items: Iterable[Any]) -> None:
        self.results: SimpleQueue[Any] = SimpleQueue()
        self.trouble: list[BaseException] = []
        self.stop, self.hurry, self._left = Event(), Event(), Event()
        self._width, self._begin, self._feed = width, begin, iter(items)

    def leave(self) -> None:
        """Nobody wants any more results."""
        self._left.set()
        self.stop.set()

    def run(self) -> None:
        """All of it."""
        try:
            asyncio.run(self._drive())
        except BaseException as error:  # raised again where the results are read
            self.trouble.append(error)
        finally:
            self.results.put(_END)

    async def _drive(self) -> None:
        shift = self._begin()
        try:
            tasks = [asyncio.create_task(self._worker(shift)) for _ in range(self._width)]
            watch = asyncio.create_task(self._watch(tasks, shift))
            await asyncio.gather(*tasks, return_exceptions=True)
            watch.cancel()
        finally:
            await shift.close()

    async def _worker(self, shift: Shift[Any, Any]) -> None:
        try:
            for item in self._feed:
                self.results.put(await shift.work(item))
                if self.stop.is_set():
                    return
        except Exception as error:  # told once, after all results
            self.trouble.append(error)
            self.stop.set()

    async def _watch(self, tasks: "list[asyncio.Task[None]]", shift: Shift[Any, Any]) -> None:
        """After a stop: end whoever only waits for a turn, and in a hurry the others too."""
        while not self.stop.is_set():
            await asyncio.sleep(_LOOK)
        end = asyncio.get_running_loop().time() + GRACE
        while True:
            late = self.hurry.is_set() and asyncio.get_running_loop().time() > end
            for task in tasks:
                if late or self._left.is_set() or not shift.is_calling(task):
                    task.cancel()
            await asyncio.sleep(_LOOK)


@contextmanager
def _interruptible(name: str, crew: _Crew) -> Iterator[Event]:
    """Take Ctrl-C as the wish to stop; in other threads than the main one it never arrives."""
    interrupted = Event()
    if current_thread() is not main_thread():
        yield interrupted
        return

    def stop(number: int, frame: FrameType | None) -> None:
        if interrupted.is_set():
            raise KeyboardInterrupt
        interrupted.set()
        crew.hurry.set()
        crew.stop.set()
        tell(f"{name}: stopping once the answers under way are there (Ctrl-C: at once)")

    before = signal.signal(signal.SIGINT, stop)
    try:
        yield interrupted
    finally:
        signal.signal(signal.SIGINT, before)
