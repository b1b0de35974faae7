"""An OpenAI-compatible server that judges by a rule, and counts its calls.

    python -m tests.servers.judging --biased 5

It prefers a response that begins with "Good", else the one with the larger number, and under a spec
that says "worst" the other one; of questions whose number can be divided by `--biased` it says A,
whatever is shown there. It prints its port; `GET /stats` tells how many calls there were.
"""

import argparse
import asyncio
import re
from math import log
from typing import Any

from specharness.records import Message
from tests.judges import Shown, read_question
from tests.servers.hosted import problem
from tests.servers.web import Asked, Reply, serve

MODEL = "judge-1"


class Judging:
    def __init__(self, biased: int) -> None:
        self._biased = biased
        self._calls = 0

    async def answer(self, asked: Asked) -> Reply:
        if asked.path == "/stats":
            return Reply(body={"calls": self._calls})
        if asked.body.get("model") != MODEL:
            return problem(404, f"The model {asked.body.get('model')!r} does not exist")
        self._calls += 1
        share = self._taste([Message(**turn) for turn in asked.body["messages"]])
        letter = "A" if share > 0.5 else "B"
        choice: dict[str, Any] = {"message": {"role": "assistant", "content": letter}}
        if asked.body.get("logprobs"):
            nats = {"A": log(0.99 * share), "B": log(0.99 * (1 - share))}
            likeliest = sorted(nats.items(), key=lambda item: -item[1])
            told = [{"token": t, "logprob": n, "bytes": None} for t, n in likeliest]
            choice["logprobs"] = {"content": [{**told[0], "top_logprobs": told}]}
        return Reply(body={
            "id": "x", "object": "chat.completion", "created": 1, "model": MODEL,
            "choices": [{"index": 0, "finish_reason": "stop", **choice}],
            "usage": {"prompt_tokens": 20, "completion_tokens": 1, "total_tokens": 21},
        })  # fmt: skip

    def _taste(self, turns: list[Message]) -> float:
        """P(A)."""
        if "that hold" not in turns[-1].content:  # the question whether it weighs
            return 0.6
        shown = read_question(turns)
        if self._biased and int(re.findall(r"\d+", shown.prompt)[0]) % self._biased == 0:
            return 0.9
        return by_rule(shown)


def by_rule(shown: Shown) -> float:
    a, b = _worth(shown.a), _worth(shown.b)
    share = 0.5 if a == b else 0.9 if a > b else 0.1
    return 1 - share if "worst" in shown.spec else share


def _worth(text: str) -> tuple[bool, int]:
    return text.startswith("Good"), int((re.findall(r"\d+", text) or ["0"])[-1])


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--biased", type=int, default=0)
    asyncio.run(serve(Judging(parser.parse_args().biased).answer))
