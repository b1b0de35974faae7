"""Log-probabilities of given text from a server: the local engine's own, or a plain refusal."""

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("litellm", reason="models behind an API need the extra `remote`")

from specharness.model import Logprobs, Request, Unmeasured
from specharness.models.opening import open_model
from specharness.models.remote.prompting import Given, TextPrompting, TokenPrompting
from specharness.models.remote.remotemodel import RemoteModel
from specharness.models.remote.replies import Echo
from specharness.models.remote.tokenfile import TokenFile
from specharness.models.remote.verdicts import read_verdicts
from specharness.models.remote.weighing import read_weights
from specharness.models.template import Template
from specharness.records import Message, Pair
from specharness.score.logprob import Reading, logprob_preferences, score_pairs
from specharness.settings_remote import BudgetSettings, RemoteSettings
from tests.networks import CHATML, NO_SYSTEM, make_llama, make_tokenizer
from tests.servers import Server, running

TEXTS = ["Hello", "Größe 漢字 🙂", "a<|im_end|>b", "", " two  blanks\n", "</s><|im_start|>system"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    torch = pytest.importorskip("torch")
    tokenizer, folder = make_tokenizer(), tmp_path_factory.mktemp("net")
    network = make_llama(len(tokenizer))
    torch.manual_seed(4)  # one that rates the probe's sentence above its words in disorder
    for weights in network.parameters():
        if weights.dim() > 1:
            weights.data = torch.randn_like(weights) * 0.08
    network.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


@pytest.fixture(scope="module")
def server(folder: Path) -> Iterator[Server]:
    with running("echoing", str(folder)) as server:
        yield server


def remote(server: Server, way: str, folder: Path, **more: Any) -> RemoteModel:
    base = server.url.removesuffix("/v1") + f"/{way}/v1"
    given: dict[str, Any] = {"tokenizer": str(folder), "timeout": 60.0, **more}
    settings = RemoteSettings(api_base=base, **given)
    return RemoteModel("litellm:openai/net", settings, BudgetSettings(), "suite.toml")


def ask(response: str, prompt: str = "Say something.", spec: str = "Be kind.") -> Request:
    turns = (Message(role="system", content=spec), Message(role="user", content=prompt))
    return Request(messages=turns, response=response)


REQUESTS = [ask(text) for text in TEXTS] + [ask("Hello", prompt=text) for text in TEXTS]
PAIRS = [
    Pair(
        id=f"p{i}",
        prompt=(Message(role="user", content=f"Question {i}?"),),
        chosen=f"Certainly: {i} 🙂.",
        rejected=f"No, {i * 7}.",
        group=f"g{i}",
    )
    for i in range(12)
]


@pytest.mark.parametrize("template", [CHATML, NO_SYSTEM], ids=["chatml", "no system"])
def test_the_tokenizer_file_gives_the_local_engines_tokens(tmp_path: Path, template: str) -> None:
    tokenizer = make_tokenizer(template)
    tokenizer.save_pretrained(tmp_path)
    ours, local = TokenPrompting(TokenFile(tmp_path), "x"), Template(tokenizer, "x")
    for request in REQUESTS:
        run, found = local.encode(request.messages, request.response), ours.write(request)
        assert isinstance(found, Given)
        assert (found.ids, found.start) == (run.ids, run.start)


@pytest.mark.parametrize("way", ["honest", "echo"])
def test_numbers_are_the_local_engines(server: Server, folder: Path, way: str) -> None:
    model, local = remote(server, way, folder), open_model(str(folder))
    found, wanted = model.logprobs(REQUESTS), local.logprobs(REQUESTS)
    for one, other in zip(found, wanted, strict=True):
        assert isinstance(one, Logprobs) and isinstance(other, Logprobs)
        assert one.tokens == pytest.approx(other.tokens, abs=1e-3)
    assert model.tokens_run > 0


def test_preferences_are_the_local_engines(server: Server, folder: Path) -> None:
    local, reading = open_model(str(folder)), Reading(temperature=0.2)
    wanted = logprob_preferences(local, "Be brief.", PAIRS, reading)
    found = logprob_preferences(remote(server, "honest", folder), "Be brief.", PAIRS, reading)
    assert found.tolist() == pytest.approx(wanted.tolist(), abs=1e-3)
    assert len({round(p, 2) for p in found.tolist()}) > 3
    scores = score_pairs(
        remote(server, "echo", folder), PAIRS, head="Be brief.", base="", reading=reading
    )
    assert not [s.error for s in scores.pairs if s.error]


def test_a_declared_template_gives_the_same(server: Server, folder: Path, tmp_path: Path) -> None:
    (tmp_path / "chat.jinja").write_text(CHATML)
    model = remote(server, "echo", folder, tokenizer="", template=str(tmp_path / "chat.jinja"))
    plain = [ask("Hello."), ask("a b  c\n"), ask("")]
    wanted = open_model(str(folder)).logprobs(plain)
    for one, other in zip(model.logprobs(plain), wanted, strict=True):
        assert isinstance(one, Logprobs) and isinstance(other, Logprobs)
        assert one.tokens == pytest.approx(other.tokens, abs=1e-3)
    hostile, split = model.logprobs([ask("a<|im_end|>b"), ask("Größe 🙂")])
    assert hostile == Unmeasured(reason="a text names the template's own markup")
    assert isinstance(split, Unmeasured)  # the server's offsets count half characters


@pytest.mark.parametrize(
    ("way", "reason"),
    [
        ("ignore", r"the server ignores `echo` \(3 tokens came back where \d+ were sent\), so it "
                   "gives no log-probabilities of given text; take a server that does"),
        ("refuse", "400 Bad Request: .*echo is not supported"),
        ("short", r"\d+ log-probabilities came back for \d+ tokens|ignores"),
        ("constant", "the same log-probability for every token"),
        ("infinite", "token .* has log-probability -2"),
        ("other", "ignores `echo`"),
    ],
)  # fmt: skip
def test_a_server_that_is_not_proven_is_refused(
    server: Server, folder: Path, way: str, reason: str
) -> None:
    model = remote(server, way, folder, logprobs="text")
    first, second = model.logprobs([ask("Hello"), ask("World")])
    assert isinstance(first, Unmeasured) and first == second
    assert re.search(reason, first.reason), first.reason
    assert model.purse.spent.calls <= 4  # the probe alone


def test_no_tokenizer_and_no_template_is_told(server: Server, folder: Path) -> None:
    (found,) = remote(server, "honest", folder, tokenizer="", logprobs="text").logprobs([ask("")])
    assert isinstance(found, Unmeasured)
    assert "name the model's 'tokenizer' in [remote]" in found.reason


GIVEN = Given(start=4, text="abc defg<e>")


def test_the_boundary_is_where_a_token_begins() -> None:
    sound = Echo(text=GIVEN.text, tokens=("abc ", "de", "fg", "<e>"), nats=(None, -1.0, -2.0, -3.0))
    assert read_weights(GIVEN, sound, "echo") == Logprobs(tokens=(-1.0, -2.0, -3.0))
    begun = replace(sound, tokens=("<s>", *sound.tokens), nats=(None, -0.5, -1.0, -2.0, -3.0))
    assert read_weights(GIVEN, begun, "echo") == Logprobs(tokens=(-1.0, -2.0, -3.0))
    written = replace(sound, tokens=(*sound.tokens, " x"), nats=(*sound.nats, -9.0))
    assert read_weights(GIVEN, written, "echo") == Logprobs(tokens=(-1.0, -2.0, -3.0))
    across = replace(sound, tokens=("abc", " de", "fg", "<e>"))
    assert isinstance(found := read_weights(GIVEN, across, "echo"), Unmeasured)
    assert found.reason.startswith("a token spans")
    parts = replace(sound, tokens=("abc ", "\ufffd", "fg", "<e>"), offsets=(0, 4, 6, 8))
    assert read_weights(GIVEN, parts, "echo") == Logprobs(tokens=(-1.0, -2.0, -3.0))
    drifted = replace(parts, offsets=(0, 4, 5, 7))
    for wrong in (replace(sound, nats=sound.nats[1:]), replace(parts, offsets=()), drifted):
        assert isinstance(read_weights(GIVEN, wrong, "echo"), Unmeasured)


def test_a_template_that_ends_no_turn_is_refused() -> None:
    with pytest.raises(Exception, match="does not mark the end of an assistant turn"):
        TextPrompting("{% for m in messages %}{{ m.content }}{% endfor %}", "suite.toml")


def test_verdicts_are_read_off_the_rivals() -> None:
    top = [("A", -0.25), ("B", -1.5), ("I", -9.0)]
    assert read_verdicts(["A", "B"], top) == [Logprobs(tokens=(n,)) for n in (-0.25, -1.5)]
    a, b = read_verdicts(["A", "B"], [("A", -0.001), ("The", -7.5)])
    assert isinstance(a, Logprobs) and isinstance(b, Logprobs)
    assert (a.tokens[0], b.tokens[0]) == (-0.001, pytest.approx(-7.7, abs=0.1))
    assert read_verdicts(["B"], [("A", -0.001), ("The", -7.5)]) == [b]
    for top in ([("The", -0.1), ("I", -3.0)], []):
        assert all(isinstance(r, Unmeasured) for r in read_verdicts(["A", "B"], top))
