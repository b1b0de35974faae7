"""An OpenAI-compatible server whose answers come from digests, and which fails as it is told.

    python -m tests.servers.hosted --faults 0.2 --latency 0.2 --kinds 429,cut

It prints its port. `GET /stats` tells how often each request was answered and so paid for ("paid",
by digest), how many calls and faults of each kind there were, and the most calls at once.
"""

import argparse
import asyncio
import json
from collections import Counter
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

from tests.servers.web import Asked, Reply, serve

MODEL = "toy-1"
REFUSALS = ("429", "429-after", "500", "503", "hangup")  # nothing was done
LOSSES = ("drip", "truncated", "cut", "other-model", "empty")  # the work was done


@dataclass(kw_only=True)
class Hosted:
    faults: float = 0.0
    kinds: tuple[str, ...] = (*REFUSALS, *LOSSES)
    latency: float = 0.0
    most: int = 0  # calls at once before it says 429; 0: any number
    answers_as: str = MODEL
    key: str = ""
    tells_key: bool = False
    paid: Counter[str] = field(default_factory=Counter)
    seen: Counter[str] = field(default_factory=Counter)
    failed: Counter[str] = field(default_factory=Counter)
    active: int = 0
    peak: int = 0

    async def answer(self, asked: Asked) -> Reply:
        if asked.path == "/stats":
            return Reply(body=self.stats())
        self.active += 1
        self.peak = max(self.peak, self.active)
        try:
            return await self.act(asked)
        finally:
            self.active -= 1

    def stats(self) -> dict[str, Any]:
        return {
            "paid": self.paid,
            "calls": self.seen.total(),
            "failed": self.failed,
            "peak": self.peak,
        }

    async def act(self, asked: Asked) -> Reply:
        name = digest(asked.body)
        self.seen[name] += 1
        if self.key and asked.headers.get("authorization") != f"Bearer {self.key}":
            return problem(401, f"Incorrect API key provided: {asked.headers.get('authorization')}")
        if asked.body.get("model") != MODEL:
            return problem(404, f"The model {asked.body.get('model')!r} does not exist")
        if self.most and self.active > self.most:
            self.failed["429"] += 1
            return problem(429, "slow down")
        kind = self.fault(f"{name}{self.seen[name]}")
        if kind:
            self.failed[kind] += 1
        if kind in REFUSALS:
            return refuse(kind)
        await asyncio.sleep(self.latency)
        self.paid[name] += 1
        return spoil(kind, self.complete(asked))

    def fault(self, call: str) -> str:
        draw = int(sha256(call.encode()).hexdigest()[:12], 16) / 16**12
        return self.kinds[int(draw / self.faults * len(self.kinds))] if draw < self.faults else ""

    def complete(self, asked: Asked) -> dict[str, Any]:
        body = asked.body
        if asked.path.endswith("/chat/completions"):
            text = answer_to(body)
            if self.tells_key:
                text = f"{text} {asked.headers.get('authorization')}"
            choice: dict[str, Any] = {"message": {"role": "assistant", "content": text}}
            if body.get("logprobs"):
                choice["logprobs"] = {"content": rivals(body)}
        else:
            tokens = ["I", " say", " hello"]
            told = {
                "tokens": tokens,
                "token_logprobs": [-1.0, -0.5, -2.0],
                "text_offset": [0, 1, 5],
            }
            choice = {"text": "".join(tokens), "logprobs": told}
        return {
            "id": "x",
            "object": "chat.completion",
            "created": 1,
            "model": self.answers_as,
            "choices": [{"index": 0, "finish_reason": "stop", **choice}],
            "usage": {"prompt_tokens": 20, "completion_tokens": 2, "total_tokens": 22},
        }


def digest(body: Any) -> str:
    return sha256(json.dumps(body, sort_keys=True).encode()).hexdigest()[:16]


def answer_to(body: Any) -> str:
    """What the toy answers: a number that depends on the conversation and the seed."""
    return f"Answer {int(digest([body['messages'], body.get('seed')])[:8], 16)}."


def rivals(body: Any) -> list[dict[str, Any]]:
    """The first token's rivals: A where the conversation's digest is even, else B."""
    even = int(digest(body["messages"]), 16) % 2 == 0
    nats = {"A": -0.1, "B": -2.5} if even else {"B": -0.2, "A": -2.0}
    nats |= {"I": -5.0}
    top = [{"token": t, "logprob": n, "bytes": None} for t, n in nats.items()]
    return [{**top[0], "top_logprobs": top[: body.get("top_logprobs", 0)]}]


def problem(status: int, message: str, headers: dict[str, str] | None = None) -> Reply:
    return Reply(
        body={"error": {"message": message, "type": "x", "code": "x"}},
        status=status,
        headers=headers or {},
    )


def refuse(kind: str) -> Reply:
    if kind == "hangup":
        return Reply(body=None, hang_up=True)
    after = {"Retry-After": "0.05"} if kind == "429-after" else {}
    return problem(int(kind[:3]), "not now", after)


def spoil(kind: str, body: dict[str, Any]) -> Reply:
    if kind == "drip":
        return Reply(body=body, drip=0.05)
    if kind == "truncated":
        return Reply(body=json.dumps(body).encode()[:80])
    if kind == "cut":
        return Reply(body=body, cut=80)
    if kind == "other-model":
        return Reply(body={**body, "model": "a-cheaper-one"})
    return Reply(body={**body, "choices": []} if kind == "empty" else body)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--faults", type=float, default=0.0)
    parser.add_argument("--kinds", type=lambda s: tuple(s.split(",")), default=(*REFUSALS, *LOSSES))
    parser.add_argument("--latency", type=float, default=0.0)
    parser.add_argument("--most", type=int, default=0)
    parser.add_argument("--key", default="")
    parser.add_argument("--answers-as", default=MODEL)
    parser.add_argument("--tells-key", action="store_true")
    asyncio.run(serve(Hosted(**vars(parser.parse_args())).answer))


if __name__ == "__main__":
    main()
