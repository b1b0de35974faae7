"""One request asked until it is answered, is lost, or its time is up: the only retry policy.

Pauses double from half a second to half a minute, each drawn at random from zero to that (full
jitter: Brooker, "Exponential backoff and jitter", AWS 2015), or are what the server asks for.
"""

import asyncio
from dataclasses import dataclass, field
from random import Random
from typing import Any

from specharness.budget import NOTHING, Cost, Purse
from specharness.errors import ModelError
from specharness.model import Unmeasured
from specharness.models.remote.faults import Fault
from specharness.models.remote.pace import Pace
from specharness.models.remote.replies import Reply
from specharness.models.remote.wire import Call, Wire

_FIRST, _LONGEST = 0.5, 30.0  # seconds
_GIVE_UP = 4  # connections refused in a row before anything was answered: there is no server


@dataclass(slots=True, kw_only=True, eq=False)
class Asker:
    """Asks calls over a wire, within a pace and a purse.

    `answered` counts replies, `calling` are the tasks with a call under way.
    """

    name: str
    wire: Wire
    pace: Pace
    purse: Purse
    deadline: float
    rng: Random
    answered: int = field(default=0, init=False)
    calling: "set[asyncio.Task[Any] | None]" = field(default_factory=set, init=False)
    _unreached: int = field(default=0, init=False)

    async def ask(self, call: Call, *, trying: bool = False) -> Reply | Unmeasured:
        """The reply, or why there is none; ModelError where no other call would have one.

        Where only `trying`, a path that the server does not know is an answer too.
        """
        clock = asyncio.get_running_loop().time
        until, tries = clock() + self.deadline, 0
        while True:
            tries += 1
            try:
                return await self._once(call)
            except Fault as fault:
                if fault.kind == "fatal" and not (trying and fault.status == 404):
                    raise self._fatal(fault) from None
                if fault.kind in ("lost", "fatal"):
                    return Unmeasured(reason=fault.reason)
                self._note(fault)
                pause = self._pause(fault, tries)
                if clock() + pause > until:
                    return Unmeasured(reason=_too_long(fault, tries))
            await asyncio.sleep(pause)

    async def _once(self, call: Call) -> Reply:
        async with self.pace.turn() as began:
            held = self.purse.hold(call.cost)
            spent = held  # also where the call is cut off: the server may have done its work
            self.calling.add(task := asyncio.current_task())
            try:
                reply = await self.wire.ask(call)
                spent = Cost(read=reply.read or held.read, wrote=reply.wrote)
            except Fault as fault:
                if fault.kind != "lost" or fault.status is not None:
                    spent = NOTHING
                if fault.is_slowing:
                    self.pace.refused(began, asyncio.get_running_loop().time(), fault.wait)
                raise
            finally:
                self.calling.discard(task)
                self.purse.book(held, spent)
            self.purse.learn(call.cost.read, reply.read)
            self.pace.answered()
            self.answered += 1
            return reply

    def _note(self, fault: Fault) -> None:
        """ModelError once it is plain that there is no server."""
        self._unreached = self._unreached + 1 if fault.is_unreachable else 0
        if not self.answered and self._unreached >= _GIVE_UP:
            raise self._fatal(fault)

    def _pause(self, fault: Fault, tries: int) -> float:
        backoff = min(_LONGEST, _FIRST * 2 ** min(tries - 1, 10)) * self.rng.random()
        # after a wait that the server named, calls do not all begin in the same instant
        return backoff if fault.wait is None else fault.wait + self.rng.random() * _FIRST

    def _fatal(self, fault: Fault) -> ModelError:
        remedy = "mend 'model', [remote] or the environment, and run again"
        return ModelError(self.name, f"the server {fault.reason}" if fault.status else fault.reason,
                          remedy)  # fmt: skip


def _too_long(fault: Fault, tries: int) -> str:
    told = f", which asks to wait {fault.wait:.0f} s" if fault.wait else ""
    return f"no answer within the deadline, after {tries} calls ({fault.reason}{told})"
