"""A server that fails, and a run that is stopped: nothing is lost, nothing is paid for twice."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

pytest.importorskip("litellm", reason="models behind an API need the extra `remote`")

from specharness.errors import ModelError, UsageError
from specharness.model import Completion, Request, Sampling, Unmeasured
from specharness.settings_remote import BudgetSettings
from tests.remotes import FEW, errors, questions, remote, stored
from tests.servers import ROOT, Server, running
from tests.servers.hosted import answer_to

TOLD = {
    "an answer that is not the JSON it should be",
    "no answer within the time for one call",
    "an answer without a choice",
    "the connection was lost in the middle of an answer",
    "the answer is of another model, 'a-cheaper-one'; name it as 'remote.answers_as' where that "
    "is right",
}


def is_right(request: Request, answer: Completion | Unmeasured) -> bool:
    turns = [{"role": m.role, "content": m.content} for m in request.messages]
    return isinstance(answer, Completion) and answer.text == answer_to(
        {"messages": turns, "seed": 0}
    )


def test_a_thousand_calls_with_faults_are_right_or_counted(tmp_path: Path) -> None:
    with running("hosted", "--faults", "0.2") as server:
        asked = questions(1000)
        first = stored(remote(server.url, timeout=3.0), tmp_path)
        answers = first.generate(asked, FEW)
        lost = errors(answers)
        right = [is_right(q, a) for q, a in zip(asked, answers, strict=True)]
        assert (sum(right) + len(lost), first.calls) == (1000, 1000)
        assert set(lost) <= TOLD and 50 < len(lost) < 200
        told = server.stats()
        assert len(told["failed"]) == 10  # every kind of fault
        assert set(told["paid"].values()) == {1}
        late = lost.count("no answer within the time for one call")  # on a busy machine: unasked
        assert 1000 - late <= len(told["paid"]) <= 1000 < told["calls"]
        again = stored(remote(server.url, timeout=3.0), tmp_path)
        assert sum(isinstance(a, Completion) for a in again.generate(asked, FEW)) >= sum(right)
        assert (again.reused, again.calls) == (sum(right), len(lost))
        paid = list(server.stats()["paid"].values())
        assert paid.count(1) == sum(right)  # what was there was not asked again


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGKILL], ids=["Ctrl-C", "kill -9"])
def test_a_run_stopped_in_the_middle_resumes(tmp_path: Path, how: signal.Signals) -> None:
    with running("hosted", "--latency", "0.2") as server:
        count = 60
        command = [sys.executable, "-m", "tests.remotes", server.url, str(tmp_path), str(count)]
        with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as child:
            assert child.stdout is not None and child.stdout.readline() == "ready\n"
            while len(server.stats()["paid"]) < 16:
                time.sleep(0.02)
            os.kill(child.pid, how)
            said = child.stdout.read()
        time.sleep(0.3)  # what was under way when the process was killed is through
        paid = len(server.stats()["paid"])
        assert 16 <= paid < count
        resumed = stored(remote(server.url), tmp_path)
        answers = resumed.generate(questions(count), FEW)
        assert not errors(answers)
        twice = [n for n in server.stats()["paid"].values() if n > 1]
        if how == signal.SIGINT:  # calls under way were waited for
            assert (said, twice, resumed.reused) == ("stopped\n", [], paid)
        else:  # only calls on their way can be lost, 8, and those being written or read, a quarter
            assert len(twice) <= 10 and resumed.reused >= paid - 10


def test_the_pace_follows_a_server_that_takes_few(tmp_path: Path) -> None:
    with running("hosted", "--most", "4", "--latency", "0.02") as server:
        answers = stored(remote(server.url), tmp_path).generate(questions(120), FEW)
        assert not errors(answers)
        told = server.stats()
        assert (len(told["paid"]), set(told["paid"].values())) == (120, {1})
        assert told["calls"] < 120 + 150  # refusals die down


@pytest.mark.parametrize("width", [1, 8])
def test_no_more_calls_are_on_their_way_than_the_user_allows(width: int) -> None:
    with running("hosted", "--latency", "0.02") as server:
        answers = remote(server.url, concurrency=width).generate(questions(60), FEW)
        assert not errors(answers)
        assert server.stats()["peak"] == width


def test_a_call_that_waits_for_its_turn_is_not_late() -> None:
    with running("hosted", "--latency", "0.4") as server:
        answers = remote(server.url, concurrency=1, timeout=0.6).generate(questions(4), FEW)
        assert not errors(answers)


@pytest.fixture(scope="module")
def calm() -> Iterator[Server]:
    with running("hosted") as server:
        yield server


@pytest.mark.parametrize(
    ("limits", "told"),
    [
        ({"calls": 10}, r"budget of 10 calls is spent \(10 calls, \d+ tokens read"),
        ({"tokens": 300}, "budget of 300 tokens is spent"),
        ({"usd": 0.5, "usd_per_million_input": 2000.0}, r"budget of \$0.5 is spent .*, \$0\.\d+\)"),
    ],
    ids=["calls", "tokens", "usd"],
)
def test_a_budget_stops_and_keeps_what_was_paid(
    calm: Server, tmp_path: Path, limits: dict[str, float], told: str
) -> None:
    limited = BudgetSettings(**limits)  # type: ignore[arg-type]
    sampling = Sampling(max_tokens=8, seed=len(told))  # other calls than the test before made
    before = calm.stats()["calls"]
    model = remote(calm.url, limited, concurrency=4)
    with pytest.raises(ModelError, match=told):
        stored(model, tmp_path).generate(questions(40), sampling)
    spent = model.purse.spent
    assert 0 < spent.calls == calm.stats()["calls"] - before < 40
    assert not limited.calls or spent.calls == limited.calls
    assert not limited.tokens or spent.tokens <= limited.tokens
    assert not limited.usd or spent.read * 0.002 <= limited.usd
    more = stored(remote(calm.url), tmp_path)
    assert not errors(more.generate(questions(40), sampling))
    assert (more.reused, more.calls) == (spent.calls, 40 - spent.calls)


def test_dollars_need_a_price(calm: Server) -> None:
    with pytest.raises(UsageError, match="no price of litellm:openai/toy-1 is known"):
        remote(calm.url, BudgetSettings(usd=1.0))


def test_an_unknown_model_and_a_refused_key_end_the_run(calm: Server) -> None:
    from specharness.models.remote.remotemodel import RemoteModel
    from specharness.settings_remote import RemoteSettings

    other = RemoteModel(
        "litellm:openai/toy-2", RemoteSettings(api_base=calm.url), BudgetSettings(), "suite.toml"
    )
    with pytest.raises(ModelError, match=r"knows no such model .*The model 'toy-2' does not exist"):
        other.generate(questions(3), FEW)
    gone = remote("http://127.0.0.1:9/v1")
    with pytest.raises(ModelError, match="cannot be reached"):
        gone.generate(questions(3), FEW)


def test_verdicts_take_one_call_an_order(calm: Server) -> None:
    before = calm.stats()["calls"]
    model = remote(calm.url)
    asked = [Request(messages=q.messages, response=r) for q in questions(10) for r in "AB"]
    answers = model.logprobs(asked)
    assert not [a for a in answers if isinstance(a, Unmeasured)]
    assert calm.stats()["calls"] - before == 10 + 1  # and one of the probe
    (long,) = model.logprobs([Request(messages=asked[0].messages, response="A long answer.")])
    assert isinstance(long, Unmeasured) and "its own first token only" in long.reason
