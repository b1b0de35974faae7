"""A model behind an API, as the `Model` protocol has it."""

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from math import ceil
from pathlib import Path
from random import Random
from typing import Any, cast

from tqdm import tqdm

from specharness.budget import Cost, Purse, add_up
from specharness.model import Completion, Identity, Logprobs, Request, Sampling, Unmeasured
from specharness.models.progress import tell
from specharness.models.remote.asking import Asker
from specharness.models.remote.credentials import read_credentials
from specharness.models.remote.fanout import fan_out
from specharness.models.remote.jobs import Answer, Job, completion_job, verdict_job, weight_job
from specharness.models.remote.naming import PREFIX, remote_identity
from specharness.models.remote.pace import Pace
from specharness.models.remote.probing import Route, find_route
from specharness.models.remote.prompting import Prompting, open_prompting
from specharness.models.remote.verdicts import is_verdict
from specharness.models.remote.wire import Wire, quiet
from specharness.prices import find_price
from specharness.settings_remote import BudgetSettings, LogprobRoute, RemoteSettings

_SPARE = 0.25  # of the calls on their way: these are being written or read, not waited for


@dataclass(frozen=True, slots=True, kw_only=True)
class _Done:
    places: tuple[int, ...]
    answers: Sequence[Answer]


class _Shift:
    """Works off jobs within one event loop."""

    def __init__(self, asker: Asker) -> None:
        self.asker = asker

    async def work(self, job: Job) -> _Done:
        """The answers to a job's requests."""
        return _Done(places=job.places, answers=await self.attempt(job, trying=False))

    async def attempt(self, job: Job, *, trying: bool) -> list[Answer]:
        """The same, without the places; see `Asker.ask`."""
        reply = await self.asker.ask(job.call, trying=trying)
        if isinstance(reply, Unmeasured):
            return [reply] * len(job.places)
        return list(job.read(reply))

    def is_calling(self, task: "asyncio.Task[Any]") -> bool:
        """Whether a task waits for an answer."""
        return task in self.asker.calling

    async def close(self) -> None:
        """Close the connections."""
        await self.asker.wire.close()


class _Probe(_Shift):
    """Finds out what the server gives: one item, the way that is wanted."""

    def __init__(self, asker: Asker, prompting: Prompting | None) -> None:
        super().__init__(asker)
        self._prompting = prompting

    async def work(self, wanted: LogprobRoute) -> Route:  # type: ignore[override]
        """The way found."""
        # text completions may be unknown to a server; without chat nothing can be asked of it
        trying = partial(self.attempt, trying=True)
        return await find_route(
            wanted, self._prompting, trying, partial(self.attempt, trying=False)
        )


class RemoteModel:
    """A `Model` behind an API. Every result is handed over as it comes, and so stored at once.

    UsageError or ModelError, before any call, for settings, keys or prices that are missing. A call
    that no repeat can mend (a refused key, an unknown model, a spent budget) raises ModelError once
    what is under way is through.
    """

    kept_together = 1

    def __init__(
        self, name: str, settings: RemoteSettings, budget: BudgetSettings, where: str | Path
    ) -> None:
        self.identity: Identity = remote_identity(name, settings, where)
        self.settings = settings
        self._name = name
        self._credentials = read_credentials(settings, where)
        self._prompting = open_prompting(settings, where)
        self.purse = Purse(name, budget, find_price(name.removeprefix(PREFIX), budget))
        self._wire = Wire(name, settings, self._credentials)
        self._route: Route | None = None
        self._told = False

    @property
    def tokens_run(self) -> int:
        """Tokens read and written so far."""
        return self.purse.spent.tokens

    def logprobs(self, requests: Sequence[Request]) -> list[Logprobs | Unmeasured]:
        """Weigh each response, where the server gives what is needed for it."""
        found = dict(self.iter_logprobs(requests))
        return [found[i] for i in range(len(requests))]

    def generate(
        self, requests: Sequence[Request], sampling: Sampling
    ) -> list[Completion | Unmeasured]:
        """Answer each request by chat completions."""
        found = dict(self.iter_generate(requests, sampling))
        return [found[i] for i in range(len(requests))]

    def iter_logprobs(
        self, requests: Sequence[Request]
    ) -> Iterator[tuple[int, Logprobs | Unmeasured]]:
        """Yield (index, result) as results come."""
        if self._route is None:
            self._route = self._probe()
        jobs: list[Job] = []
        for places in _groups(requests, self._route):
            planned = self._weigh(places, requests, self._route)
            if isinstance(planned, Unmeasured):
                yield from ((place, planned) for place in places)
            else:
                jobs.append(planned)
        yield from cast("Iterator[tuple[int, Logprobs | Unmeasured]]", self._run(jobs))

    def iter_generate(
        self, requests: Sequence[Request], sampling: Sampling
    ) -> Iterator[tuple[int, Completion | Unmeasured]]:
        """Yield (index, result) as results come."""

        takes = self._wire.takes
        jobs = [completion_job(i, r, sampling, takes) for i, r in enumerate(requests)]
        yield from cast("Iterator[tuple[int, Completion | Unmeasured]]", self._run(jobs))

    def _weigh(
        self, places: tuple[int, ...], requests: Sequence[Request], route: Route
    ) -> Job | Unmeasured:
        first = requests[places[0]]
        if route.text and self._prompting is not None:
            given = self._prompting.write(first)
            if isinstance(given, Unmeasured):
                return given
            return weight_job(places[0], given, route.text)
        if route.rivals and is_verdict(first.response):
            return verdict_job(places, [requests[i] for i in places], route.rivals)
        return Unmeasured(reason=route.reason)

    def _run(self, jobs: Sequence[Job]) -> Iterator[tuple[int, Answer]]:
        if not jobs:
            return
        self._tell(add_up([job.call.cost for job in jobs]))
        width = min(self.settings.concurrency, len(jobs))
        found = fan_out(self._name, width, lambda: _Shift(self._asker()), jobs)
        bar = tqdm(found, total=len(jobs), unit="call", desc=self._name, disable=None)
        with quiet():
            for done in bar:
                yield from zip(done.places, done.answers, strict=True)

    def _probe(self) -> Route:
        wanted = self.settings.logprobs
        with quiet():
            probe = partial(_Probe, self._asker(), self._prompting)
            (route,) = fan_out(self._name, 1, probe, [wanted])
        return route

    def _asker(self) -> Asker:
        return Asker(
            name=self._name,
            wire=self._wire,
            pace=self._pace(),
            purse=self.purse,
            deadline=self.settings.deadline,
            rng=Random(),  # noqa: S311 - jitter
        )

    def _pace(self) -> Pace:
        """How many calls are begun at once.

        Where our own client bounds those on their way, a few more are written or read meanwhile.
        """
        most = self.settings.concurrency
        return Pace(most + ceil(most * _SPARE) if self._wire.is_ours else most)

    def _tell(self, cost: Cost) -> None:
        """Say what is about to be asked: before the first call, and where a limit is near."""
        near = self.purse.suffices(cost)
        if not self._told or near:
            more = f"; the budget of {near} may end it before" if near else ""
            tell(f"{self._name}: about {cost.told(self.purse.price)} at most{more}")
        self._told = True


def _groups(requests: Sequence[Request], route: Route) -> list[tuple[int, ...]]:
    """The requests by place; those that one call answers together."""
    groups: dict[object, list[int]] = {}
    for i, request in enumerate(requests):
        shared = route.rivals and not route.text and is_verdict(request.response)
        groups.setdefault((request.messages, request.index) if shared else i, []).append(i)
    return [tuple(places) for places in groups.values()]
