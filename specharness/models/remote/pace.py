"""How many calls may be under way: less when the server says so, slowly more while it does not.

Additive increase, multiplicative decrease, as TCP does it: one call more for every `limit` answers,
half as many after a refusal (once for all refusals of calls that began before the last cut).
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

# Seconds between the beginnings of two calls. What begins in one instant is answered in one, and
# read one by one with nothing under way meanwhile: a third fewer answers a second (measured).
_APART = 0.0025


class Pace:
    """The calls under way in one event loop, at most `most` and at least one.

    `limit` is the bound that holds now. It begins at `most`: a bound that the user named.
    """

    def __init__(self, most: int) -> None:
        self.most = most
        self.limit = float(most)
        self.active = 0
        self._opens = 0.0  # no call begins before
        self._cut = 0.0
        self._next = 0.0
        self._waiting: list[asyncio.Future[None]] = []

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[float]:
        """Wait until a call may begin; gives the time (of the loop's clock) at which it did."""
        loop = asyncio.get_running_loop()
        if (early := self._next - loop.time()) > 0:
            self._next += _APART
            await asyncio.sleep(early)
        else:
            self._next = loop.time() + _APART
        while self.active >= int(self.limit) or loop.time() < self._opens:
            if loop.time() < self._opens:
                await asyncio.sleep(self._opens - loop.time())
                continue
            place = loop.create_future()
            self._waiting.append(place)
            await place
        self.active += 1
        try:
            yield loop.time()
        finally:
            self.active -= 1
            self._wake()

    def answered(self) -> None:
        """A call was answered."""
        self.limit = min(float(self.most), self.limit + 1 / self.limit)
        self._wake()

    def refused(self, began: float, now: float, wait: float | None) -> None:
        """A call that began at `began` was refused; nothing more begins for `wait` seconds."""
        if began >= self._cut:
            self.limit, self._cut = max(1.0, self.limit / 2), now
        if wait:
            self._opens = max(self._opens, now + wait)

    def _wake(self) -> None:
        free = int(self.limit) - self.active
        while self._waiting and free > 0:
            place = self._waiting.pop(0)
            if not place.done():
                place.set_result(None)
                free -= 1
