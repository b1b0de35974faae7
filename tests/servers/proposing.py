"""An OpenAI-compatible server with a model that proposes rules, and often forgets the form.

    python -m tests.servers.proposing --malformed 0.3

It knows the six rules of `tests.test_compile_llm`. A share of its first answers is malformed in one
of several ways, and one in ten of those to a request for repair. `GET /stats` as of `hosted`.
"""

import argparse
import asyncio
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from specharness.model import Completion, Request
from specharness.records import Message
from tests.servers.hosted import Hosted, digest
from tests.servers.web import Asked, serve
from tests.test_compile_llm import Honest

SPOILT = (
    "Sure! Here is what I think.",
    "",
    '{"rules": ["Use lists."',
    "```json\n[]\n```",
    "1: MAYBE\n2: A",
    "- Use lists.\nAnd that is why.",
    "1: A\n1: B",
    "<think>Let me see",
)
AGAIN = 0.1  # of the repairs are malformed too


@dataclass(kw_only=True)
class Proposing(Hosted):
    """Answers as `Honest` does, malformed at times."""

    malformed: float = 0.3

    def complete(self, asked: Asked) -> dict[str, Any]:
        whole = super().complete(asked)
        whole["choices"][0]["message"] = {"role": "assistant", "content": self.say(asked.body)}
        return whole

    def say(self, body: Any) -> str:
        turns = [(turn["role"], turn["content"]) for turn in body["messages"]]
        draw = int(sha256(digest(turns).encode()).hexdigest()[:12], 16) / 16**12
        share = self.malformed if len(turns) == 1 else AGAIN
        if draw < share:
            return SPOILT[int(draw / share * len(SPOILT))]
        asked = Request(messages=tuple(Message(role=r, content=text) for r, text in turns))
        answer = Honest().answer(asked)
        return answer.text if isinstance(answer, Completion) else ""


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--malformed", type=float, default=0.3)
    parser.add_argument("--faults", type=float, default=0.0)
    options = parser.parse_args()
    server = Proposing(malformed=options.malformed, faults=options.faults or 1e-12)
    asyncio.run(serve(server.answer))
