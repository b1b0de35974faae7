"""A real OpenAI-compatible server with a local model: llama.cpp's, from the package xllamacpp."""

from collections.abc import Iterator
from pathlib import Path

import pytest

pytest.importorskip("litellm", reason="models behind an API need the extra `remote`")
pytest.importorskip("xllamacpp", reason="the server of `pip install xllamacpp`")
pytest.importorskip("torch", reason="the local engine needs the extra `local`")

from specharness.model import Completion, Logprobs, Request, Sampling, Unmeasured
from specharness.models.opening import open_model
from specharness.models.remote.remotemodel import RemoteModel
from specharness.records import Message
from specharness.score.judge.manner import Manner
from specharness.score.judge.scorer import judge_pairs
from specharness.settings_remote import BudgetSettings, RemoteSettings
from tests.judges import make_pairs
from tests.servers import Server, running
from tests.test_models_convert import build, write_gguf

LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"


@pytest.fixture(scope="module")
def gguf(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A random network that likes to answer A or B, and reads four thousand tokens."""
    import torch
    from gguf import GGUFReader
    from tokenizers.pre_tokenizers import ByteLevel

    network = build("qwen2", False)
    words = sorted(ByteLevel.alphabet())
    with torch.no_grad():
        network.model.embed_tokens.weight[:, 0] = 2.0  # the same for every token
        network.lm_head.weight[:, 0] = 0.0
        network.lm_head.weight[[words.index(letter) for letter in "AB"], 0] = 2.0
        network.lm_head.weight[:, 1:] *= 30
    path = write_gguf(tmp_path_factory.mktemp("gguf") / "net.gguf", "qwen2", network)
    GGUFReader(path, "r+").get_field("qwen2.context_length").parts[-1][0] = 4096
    return path


@pytest.fixture(scope="module")
def server(gguf: Path) -> Iterator[Server]:
    with running("llamacpp", str(gguf)) as server:
        yield server


def remote(server: Server, **settings: str) -> RemoteModel:
    given = RemoteSettings(api_base=server.url, answers_as="*", timeout=60.0, **settings)  # type: ignore[arg-type]
    return RemoteModel("litellm:openai/net", given, BudgetSettings(), "suite.toml")


def test_verdicts_are_the_local_engines(
    server: Server, gguf: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SPECHARNESS_CACHE", str(tmp_path))
    turn = (Message(role="user", content="A or B?"),)
    asked = [Request(messages=turn, response=letter) for letter in LETTERS]
    model, local = remote(server), open_model(str(gguf))
    exact = 0
    for one, other in zip(model.logprobs(asked), local.logprobs(asked), strict=True):
        assert isinstance(one, Logprobs) and isinstance(other, Logprobs)
        near = abs(one.tokens[0] - other.tokens[0]) < 0.01
        exact += near
        assert near or other.tokens[0] < one.tokens[0] + 0.01  # at most what the rivals leave
    assert exact >= 3
    assert model.purse.spent.calls == 2  # the probe, and one call for all letters


def test_it_writes(server: Server) -> None:
    asked = [Request(messages=(Message(role="user", content=f"Say {i}"),)) for i in range(3)]
    answers = remote(server).generate(asked, Sampling(max_tokens=4))
    assert all(isinstance(a, Completion) and 1 <= a.count <= 4 for a in answers)


def test_it_weighs_no_given_text_and_is_not_believed(server: Server, tmp_path: Path) -> None:
    template = "{% for m in messages %}<|im_start|>{{ m.role }}\n{{ m.content }}<|im_end|>\n"
    template += "{% endfor %}{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
    (tmp_path / "chat.jinja").write_text(template)
    model = remote(server, template=str(tmp_path / "chat.jinja"), logprobs="text")
    turn = (Message(role="user", content="Hi"),)
    (found,) = model.logprobs([Request(messages=turn, response="Hello there")])
    assert isinstance(found, Unmeasured)
    assert "the server ignores `echo`" in found.reason


def test_the_judge_gets_the_local_engines_verdicts(
    server: Server, gguf: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SPECHARNESS_CACHE", str(tmp_path))
    manner, pairs = Manner(by="logprob"), make_pairs(6)
    model = remote(server)
    found, wanted = (
        judge_pairs(each, pairs, ["Be kind."], manner)["Be kind."]
        for each in (model, open_model(str(gguf)))
    )
    assert not [j.error for j in found.judgements if j.error]
    for one, other in zip(found.judgements, wanted.judgements, strict=True):
        assert (one.first, one.second) == (
            pytest.approx(other.first, abs=0.01),
            pytest.approx(other.second, abs=0.01),
        )
        assert one.verdict == other.verdict
    assert model.purse.spent.calls == 1 + 2 * len(pairs)  # one an order
    assert len({round(j.first or 0, 3) for j in found.judgements}) > 1
