"""How fast calls go out, and what the adapter costs beside litellm.

    python -m tests.benchmarks.remote [--rounds 60]

Against a server of ours with 200 ms of latency, in another process: answers a second as a share of
concurrency / latency, with the same number of calls made by litellm alone, in the same run, and the
processor time of both (of this process, by call). One event loop has one core at most, so that time
bounds the answers a second ("at most"), whatever the server; what lies below it is due to whoever
shares the cores, and the load of the machine is printed too. Each width makes so many rounds of
calls that beginning and end (where fewer are under way) weigh little.
"""

import argparse
import asyncio
import os
import time
from collections.abc import Callable

from specharness.model import Request, Sampling
from specharness.models.remote.remotemodel import RemoteModel
from specharness.models.remote.wire import import_litellm, quiet
from tests.remotes import FEW, questions, remote
from tests.servers import running

LATENCY = 0.2


def measure(work: Callable[[], object], count: int) -> tuple[float, float]:
    """Calls a second, and milliseconds of processor time a call."""
    began, used = time.perf_counter(), time.process_time()
    work()
    took, used = time.perf_counter() - began, time.process_time() - used
    return count / took, 1000 * used / count


def alone(url: str, requests: list[Request], sampling: Sampling, width: int) -> None:
    """The same calls by litellm and a bound on how many there are at once; nothing else."""
    litellm = import_litellm("litellm")
    import httpx
    import openai

    async def run() -> None:
        limits = httpx.Limits(max_connections=width, max_keepalive_connections=width)
        client = openai.AsyncOpenAI(
            api_key="none",
            base_url=url,
            max_retries=0,
            http_client=httpx.AsyncClient(limits=limits, timeout=60),
        )
        bound = asyncio.Semaphore(width)

        async def one(request: Request) -> None:
            async with bound:
                await litellm.acompletion(
                    model="openai/toy-1",
                    messages=[{"role": m.role, "content": m.content} for m in request.messages],
                    api_base=url,
                    client=client,
                    max_tokens=sampling.max_tokens,
                    temperature=sampling.temperature,
                    seed=sampling.seed,
                    num_retries=0,
                    max_retries=0,
                    timeout=60,
                    **{"no-log": True},
                )

        await asyncio.gather(*(one(request) for request in requests))
        await client.close()

    with quiet():
        asyncio.run(run())


def ours(model: RemoteModel, requests: list[Request], sampling: Sampling) -> None:
    assert len(model.generate(requests, sampling)) == len(requests)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=60, help="calls of each width, over width")
    parser.add_argument("--widths", type=int, nargs="*", default=[1, 4, 16, 32, 64])
    chosen = parser.parse_args()
    with running("hosted", "--latency", str(LATENCY)) as server:
        alone(server.url, questions(32), FEW, 32)  # both are warm from here on
        print(
            f"{'calls at once':>13} {'who':>8} {'a second':>9} {'of ideal':>9} {'ms CPU':>7} "
            f"{'at most':>8}  load"
        )
        for width in chosen.widths:
            count = chosen.rounds * width
            requests = questions(count)
            model = remote(server.url, concurrency=width, timeout=60.0)
            for who, work in (
                ("litellm", lambda: alone(server.url, requests, FEW, width)),  # noqa: B023
                ("ours", lambda: ours(model, requests, FEW)),  # noqa: B023
            ):
                rate, cpu = measure(work, count)
                share, load = rate * LATENCY / width, os.getloadavg()[0]
                print(
                    f"{width:13} {who:>8} {rate:9.1f} {share:9.0%} {cpu:7.2f} "
                    f"{1000 / cpu:8.0f}  {load:.1f}"
                )


if __name__ == "__main__":
    main()
