"""A vLLM-shaped server: true log-probabilities of a prompt, from the local engine.

    python -m tests.servers.echoing FOLDER

The first part of the path says how it behaves: `/honest/v1` as vLLM does (`prompt_logprobs`, and
`echo`), `/echo/v1` knows `echo` only, `/ignore/v1` answers with tokens of its own in any case,
`/refuse/v1` says 400, `/short/v1` loses a number, `/constant/v1` tells one number for all tokens,
`/infinite/v1` one that is no log-probability, `/other/v1` echoes another text.
"""

import asyncio
import sys
from math import exp
from pathlib import Path
from typing import Any

from specharness.model import Identity
from specharness.models.local import LocalModel, load_local
from specharness.models.tree import TokenRun
from specharness.settings import EngineSettings
from tests.servers.hosted import problem
from tests.servers.web import Asked, Reply, serve

WHO = Identity(name="net", revision="1", engine="local-float32", template="x")


class Echoing:
    def __init__(self, folder: Path) -> None:
        self.model: LocalModel = load_local(folder, WHO, EngineSettings(threads=1))
        self.tokenizer: Any = self.model.template._tokenizer

    async def answer(self, asked: Asked) -> Reply:
        _, way, *_ = asked.path.split("/")
        body = asked.body
        if asked.path.endswith("/chat/completions"):
            return problem(404, "no chat here")
        if way == "refuse" and (body.get("echo") or "prompt_logprobs" in body):
            return problem(400, "echo is not supported")
        prompt = body["prompt"]
        ids = prompt if isinstance(prompt, list) else self.tokenizer.encode(prompt)
        choice: dict[str, Any] = {"index": 0, "finish_reason": "length", "text": "..."}
        if way == "ignore":
            own = {"tokens": [".", ".", "."], "token_logprobs": [-1.0, -0.5, -2.0]}
            choice["logprobs"] = {**own, "text_offset": [0, 1, 2]}
        else:
            choice |= self.told(way, body, ids)
        return Reply(body={
            "id": "x", "object": "text_completion", "created": 1, "model": "net",
            "choices": [choice], "usage": {"prompt_tokens": len(ids), "completion_tokens": 1},
        })  # fmt: skip

    def told(self, way: str, body: Any, ids: list[int]) -> dict[str, Any]:
        nats = spoil(way, self.weigh(ids))
        if way == "other":
            ids = [*ids[:5], *reversed(ids[5:])]
        names = [self.tokenizer.decode([i]) for i in ids][: len(nats)]
        if "prompt_logprobs" in body:
            if way == "echo":
                return {}
            entries = [
                {str(i): {"logprob": n, "rank": 1, "decoded_token": t}}
                for i, n, t in zip(ids, nats, names, strict=False)
            ]
            return {"prompt_logprobs": [None, *entries[1:]]}
        if not body.get("echo"):
            return {}
        offsets = [len("".join(names[:k])) for k in range(len(names))]
        numbers = [None, *nats[1:]]
        told = {"tokens": names, "token_logprobs": numbers, "text_offset": offsets}
        return {"text": self.tokenizer.decode(ids), "logprobs": told}

    def weigh(self, ids: list[int]) -> list[float]:
        run = TokenRun(ids=tuple(ids), start=1)
        ((_, nats),) = self.model.engine.weigh([run], lambda count: None)
        return [0.0, *nats]


def spoil(way: str, nats: list[float]) -> list[float]:
    if way == "short":
        return nats[:-1]
    if way == "constant":
        return [-1.25] * len(nats)
    if way == "infinite":
        return [*nats[:-1], -1e9 * exp(3)]
    return nats


if __name__ == "__main__":
    asyncio.run(serve(Echoing(Path(sys.argv[1])).answer))
