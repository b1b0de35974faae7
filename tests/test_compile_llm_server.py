"""The llm proposer against a real OpenAI-compatible server that often forgets the form."""

from pathlib import Path

import pytest

pytest.importorskip("litellm", reason="models behind an API need the extra `remote`")

from specharness.compilation.compiling import stale_because
from specharness.compilation.places import read_suite_lock
from specharness.compilation.words import compiled_lines
from specharness.suitefile import Suite, load_suite
from tests.proposing import LLM, compiled, make_suite
from tests.remotes import remote
from tests.servers import running
from tests.test_compile_llm import LIST
from tests.test_compile_proposers import command


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SPECHARNESS_CACHE", str(tmp_path / "cache"))


def of_twenty(root: Path, extra: str = LLM) -> Suite:
    suite = make_suite(root, extra, split="compile = 20\ngate = 6\n")
    assert suite.settings.split.compile == 20
    return suite


def test_malformed_answers_are_survived_within_four_hundred_calls(tmp_path: Path) -> None:
    with running("proposing", "--malformed", "0.3") as server:
        found = compiled(of_twenty(tmp_path), remote(server.url))
        paid = sum(server.stats()["paid"].values())
    assert found.pairs == 20
    assert [rule.wording.text for rule in found.found.rules] == [LIST]
    assert found.asked is not None
    asked = found.asked.found
    assert asked.repaired > 20
    assert sum(count for _, count in asked.errors) > 0
    assert asked.calls <= asked.budget == 400
    assert paid <= 401  # one more to find out what the server gives
    told = "\n".join(compiled_lines("lists", found))
    assert f"in {asked.calls} of at most 400 calls" in told
    assert "unreadable: " in told


def test_the_command_with_a_server_then_replay_without_it(tmp_path: Path) -> None:
    with running("proposing", "--malformed", "0.2") as server:
        own = f'{LLM}model = "litellm:openai/toy-1"\n[remote]\napi_base = "{server.url}"\n'
        suite = of_twenty(tmp_path, own)
        done = command(tmp_path, "compile", "lists")
        assert done.exit_code == 0, done.stderr
        assert "litellm:openai/toy-1 proposed" in done.stdout
        assert "requests to models now: " in done.stdout
    before = {p.name: p.read_bytes() for p in suite.folder.iterdir()}
    done = command(tmp_path, "compile", "lists", "--frozen")
    assert (done.exit_code, done.stderr) == (0, "")
    again = command(tmp_path, "compile", "lists")
    assert "the lock holds what the model proposed" in again.stdout
    assert {p.name: p.read_bytes() for p in suite.folder.iterdir()} == before
    suite = load_suite(suite.folder)
    assert stale_because(suite) == ()
    assert read_suite_lock(suite).inputs.asks == "litellm:openai/toy-1"
