"""A model behind the toy server, in this process or in one that is stopped in the middle."""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from specharness.model import Completion, Request, Sampling, Unmeasured
from specharness.models.recorded import RecordedModel
from specharness.models.remote.remotemodel import RemoteModel
from specharness.records import Message
from specharness.settings_remote import BudgetSettings, RemoteSettings
from specharness.store import Store

NAME = "litellm:openai/toy-1"
FEW = Sampling(max_tokens=8)


def remote(url: str, budget: BudgetSettings | None = None, **settings: Any) -> RemoteModel:
    usual: dict[str, Any] = {"concurrency": 32, "timeout": 20.0, "deadline": 120.0}
    given = RemoteSettings(api_base=url, **usual | settings)
    return RemoteModel(NAME, given, budget or BudgetSettings(), "suite.toml")


def stored(model: RemoteModel, folder: Path) -> RecordedModel:
    store = Store(folder / "store.sqlite")
    return RecordedModel(mode="live", factory=lambda: model, store=store)


def questions(count: int) -> list[Request]:
    return [
        Request(messages=(Message(role="user", content=f"Question {i}?"),)) for i in range(count)
    ]


def errors(answers: Sequence[Completion | Unmeasured]) -> list[str]:
    return [a.reason for a in answers if isinstance(a, Unmeasured)]


if __name__ == "__main__":  # URL FOLDER COUNT: ask, and keep what is answered in the store
    asking = stored(remote(sys.argv[1], concurrency=8), Path(sys.argv[2]))
    print("ready", flush=True)
    try:
        asking.generate(questions(int(sys.argv[3])), FEW)
    except KeyboardInterrupt:
        print("stopped", flush=True)
