"""The parts of asking a server: refusals, the pace, the purse, names, and a replay without any."""

import asyncio
import subprocess
import sys
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

import pytest

from specharness.budget import BudgetSpent, Cost, Purse
from specharness.choice import choose_model
from specharness.errors import UsageError
from specharness.keys import request_key
from specharness.model import Logprobs
from specharness.models.remote.faults import Fault, read_fault, refused
from specharness.models.remote.naming import remote_identity
from specharness.models.remote.pace import Pace
from specharness.prices import Price, find_price
from specharness.recordings import recording_path, write_recordings
from specharness.settings_remote import BudgetSettings, RemoteSettings
from specharness.suitefile import load_suite
from tests.projects import make_project
from tests.toy import ask

T = TypeVar("T")
NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
NAME = "litellm:openai/some-model"


def alone(work: Coroutine[Any, Any, T]) -> T:
    """Run in a thread of its own: this one may have a loop, a browser's of another test."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, work).result()


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"Retry-After": "3"}, 3.0),
        ({"retry-after": "0.5"}, 0.5),
        ({"Retry-After": "Thu, 01 Jan 2026 12:00:20 GMT"}, 20.0),
        ({"Retry-After": "Thu, 01 Jan 2026 11:00:00 GMT"}, 0.0),
        ({"retry-after-ms": "250", "retry-after": "9"}, 0.25),
        ({"Retry-After": "soon"}, None),
        ({}, None),
    ],
)
def test_how_long_a_server_asks_to_wait(headers: dict[str, str], seconds: float | None) -> None:
    assert refused(429, "slow down", headers, NOON).wait == seconds


@pytest.mark.parametrize(
    ("status", "kind"),
    [(400, "lost"), (401, "fatal"), (403, "fatal"), (404, "fatal"), (422, "lost"), (429, "again"),
     (500, "again"), (503, "again"), (529, "again")],
)  # fmt: skip
def test_what_may_be_asked_again(status: int, kind: str) -> None:
    assert refused(status, "words", {}, NOON).kind == kind


def test_an_empty_account_is_not_asked_again() -> None:
    assert refused(429, "no money [insufficient_quota]", {}, NOON).kind == "fatal"


def test_a_fault_is_found_below_what_wraps_it() -> None:
    inner = Fault("again", "slow down", status=429, wait=1.0)
    outer = RuntimeError("litellm.InternalServerError: ...")
    outer.__context__ = inner
    assert read_fault(outer) is inner
    assert read_fault(TimeoutError()).kind == "lost"
    assert read_fault(ConnectionRefusedError("no")).kind == "again"


def test_the_pace_halves_once_a_burst_and_grows_by_one_a_round() -> None:
    async def run() -> None:
        pace, loop = Pace(16), asyncio.get_running_loop()
        now = loop.time()
        pace.refused(now, now + 1, None)
        pace.refused(now, now + 1, None)  # of the same burst
        assert pace.limit == 8
        pace.refused(now + 2, now + 2, None)
        assert pace.limit == 4
        for _ in range(4):
            pace.answered()
        assert 4.8 < pace.limit < 5
        for _ in range(400):
            pace.answered()
        assert pace.limit == 16

    alone(run())


def test_no_more_calls_at_once_than_the_pace_allows() -> None:
    async def run() -> int:
        pace, most = Pace(3), 0

        async def call() -> None:
            nonlocal most
            async with pace.turn():
                most = max(most, pace.active)
                await asyncio.sleep(0.05)

        await asyncio.gather(*(call() for _ in range(20)))
        assert pace.active == 0
        return most

    assert alone(run()) == 3


def test_minutes_are_a_budget_too() -> None:
    times = iter([0.0, 0.0, 30.0, 61.0])
    purse = Purse("m", BudgetSettings(minutes=1.0), None, lambda: next(times))
    for _ in range(2):
        purse.book(purse.hold(Cost(read=5)), Cost(read=5))
    with pytest.raises(BudgetSpent, match=r"budget of 1 minutes is spent \(2 calls, 10 tokens"):
        purse.hold(Cost(read=5))


def test_estimates_grow_with_what_answers_tell() -> None:
    purse = Purse("m", BudgetSettings(tokens=100), Price(read=1.0, wrote=1.0, source="x"))
    assert purse.hold(Cost(read=10)).read == 10
    purse.book(Cost(read=10), Cost(read=30))
    purse.learn(10, 30)
    assert purse.hold(Cost(read=10)).read == 30
    assert purse.suffices(Cost(read=71)) == "100 tokens" and not purse.suffices(Cost(read=70))


def test_prices_come_from_the_installed_list() -> None:
    pytest.importorskip("litellm", reason="the list comes with the extra `remote`")
    found = find_price("openai/gpt-4o-mini", BudgetSettings())
    assert found and 0 < found.read < found.wrote < 1e-4 and found.source == "litellm's list"
    assert find_price("openai/no-such-model", BudgetSettings()) is None


def test_the_endpoint_and_the_template_are_part_of_who_answers(tmp_path: Path) -> None:
    (tmp_path / "chat.jinja").write_text("x")
    settings = [
        RemoteSettings(),
        RemoteSettings(api_base="http://localhost:1/v1"),
        RemoteSettings(api_base="http://localhost:2/v1"),
        RemoteSettings(revision="2026-01-01"),
        RemoteSettings(template="chat.jinja"),
    ]
    found = {remote_identity(NAME, s, tmp_path / "suite.toml").digest for s in settings}
    assert len(found) == len(settings)
    assert "localhost" not in repr(remote_identity(NAME, settings[1], "suite.toml"))


@pytest.mark.parametrize("name", ["litellm:", "litellm:gpt", "litellm:openai/", "litellm:a b/c"])
def test_a_name_without_provider_is_told(name: str) -> None:
    with pytest.raises(UsageError, match='write model = "litellm:PROVIDER/MODEL"'):
        remote_identity(name, RemoteSettings(), "suite.toml")


def test_a_replay_needs_no_key_no_server_and_no_litellm(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SPECHARNESS_CACHE", str(tmp_path / "cache"))
    root = make_project(tmp_path / "project", pairs=1)
    file = root / "suites" / "tone" / "suite.toml"
    file.write_text(f'model = "{NAME}"\n[remote]\napi_key = "NO_SUCH_VARIABLE"\n')
    suite, request = load_suite(file.parent), ask("Hello?", "Hi.")
    identity = remote_identity(NAME, suite.settings.remote, file)
    path = recording_path(root / "fixtures" / "recordings", "tone", NAME)
    assert path.name == "litellm-openai-some-model.jsonl"
    recorded = Logprobs(tokens=(-1.0, -2.0))
    write_recordings(path, identity, {request_key(identity, request): recorded})
    assert choose_model(suite, "replay", root).model.logprobs([request]) == [recorded]
    # recordings made behind another address are another model's
    file.write_text(f'model = "{NAME}"\n[remote]\napi_base = "http://localhost:1/v1"\n')
    with pytest.raises(UsageError, match="recorded with litellm:openai/some-model"):
        choose_model(load_suite(file.parent), "replay", root)


def test_who_does_not_ask_a_server_does_not_import_litellm() -> None:
    script = (
        "import sys; from specharness.models.opening import find_candidate, Means; "
        f"find_candidate({NAME!r}, Means(), 'suite.toml'); "
        "print({'litellm', 'openai', 'aiohttp', 'httpx'} & set(sys.modules))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=False
    )
    assert done.stdout == "set()\n", done.stderr
