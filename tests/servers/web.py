"""A small HTTP/1.1 server on loopback: keep-alive, JSON in, and replies that may go wrong."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One request as it came."""

    path: str
    headers: Mapping[str, str]
    body: Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What is sent back; `body` is JSON unless it is bytes.

    `cut` sends only that many bytes and closes (the length promised is the whole one), `drip` is
    the pause in seconds between bytes, `hang_up` closes without a byte.
    """

    body: Any
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    cut: int | None = None
    drip: float = 0.0
    hang_up: bool = False


Answer = Callable[[Asked], Awaitable[Reply]]


async def serve(answer: Answer, port: int = 0) -> None:
    """Answer on loopback until the process ends; the port is printed first."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while await _exchange(answer, reader, writer):
                pass
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(talk, "127.0.0.1", port, backlog=512)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


async def _exchange(
    answer: Answer, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> bool:
    """One request and its reply; whether the connection stays open."""
    head = await reader.readuntil(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    fields = (line.partition(":") for line in lines if line)
    headers = {name.strip().lower(): value.strip() for name, _, value in fields}
    data = await reader.readexactly(int(headers.get("content-length", 0)))
    asked = Asked(path=first.split(" ")[1], headers=headers, body=json.loads(data or b"null"))
    reply = await answer(asked)
    return False if reply.hang_up else await _send(reply, writer)


async def _send(reply: Reply, writer: asyncio.StreamWriter) -> bool:
    body = reply.body if isinstance(reply.body, bytes) else json.dumps(reply.body).encode()
    told = {"Content-Type": "application/json", "Content-Length": str(len(body)), **reply.headers}
    lines = [f"HTTP/1.1 {reply.status} {HTTPStatus(reply.status).phrase}"]
    lines += [f"{name}: {value}" for name, value in told.items()]
    head = "\r\n".join([*lines, "", ""]).encode("latin-1")
    if not reply.drip:
        writer.write(head + body[: reply.cut])
    else:
        writer.write(head)
        for place in range(len(body)):
            writer.write(body[place : place + 1])
            await writer.drain()
            await asyncio.sleep(reply.drip)
    await writer.drain()
    return reply.cut is None
