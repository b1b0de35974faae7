"""From a `model` setting to a model: folders, GGUF files, and what is told when there is none."""

from pathlib import Path

import pytest

from specharness.errors import ModelError
from specharness.model import Logprobs, Request
from specharness.models.opening import find_candidate, open_model
from specharness.records import Message
from specharness.settings import EngineSettings
from tests.networks import make_llama, make_tokenizer
from tests.test_models_convert import build, write_gguf

HI = Request(messages=(Message(role="user", content="Hi"),), response="Hello")


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SPECHARNESS_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")


def weigh(name: str) -> Logprobs:
    (result,) = open_model(name).logprobs([HI])
    assert isinstance(result, Logprobs)
    return result


def test_a_folder_of_safetensors(tmp_path: Path) -> None:
    tokenizer = make_tokenizer()
    make_llama(len(tokenizer)).save_pretrained(tmp_path / "net")
    tokenizer.save_pretrained(tmp_path / "net")
    assert len(weigh(str(tmp_path / "net")).tokens) == len("Hello") + 1
    before = find_candidate(str(tmp_path / "net"), EngineSettings(), "x").identity
    config = tmp_path / "net" / "config.json"
    config.write_text(config.read_text() + "\n")
    assert find_candidate(str(tmp_path / "net"), EngineSettings(), "x").identity != before


def test_a_gguf_file_is_converted_once(tmp_path: Path) -> None:
    gguf = write_gguf(tmp_path / "net.gguf", "llama", build("llama", tied=True))
    first = weigh(str(gguf))
    (folder,) = (tmp_path / "cache" / "models").glob("gguf-*")
    stamp = (folder / "model.safetensors").stat().st_mtime_ns
    assert weigh(str(gguf)) == first
    assert (folder / "model.safetensors").stat().st_mtime_ns == stamp


def test_a_folder_of_pickles_is_refused(tmp_path: Path) -> None:
    folder = tmp_path / "net"
    tokenizer = make_tokenizer()
    make_llama(len(tokenizer)).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    (folder / "model.safetensors").rename(folder / "pytorch_model.bin")
    with pytest.raises(ModelError, match="net: cannot be loaded"):
        weigh(str(folder))


@pytest.mark.parametrize("name", ["nonsense", "./nowhere", "a/b/c"])
def test_no_such_model_is_one_line(name: str) -> None:
    with pytest.raises(ModelError, match=r"suite\.toml: no model .*qwen2"):
        find_candidate(name, EngineSettings(), "suite.toml")


def test_a_hub_that_is_offline_is_told() -> None:
    with pytest.raises(ModelError, match="owner/name cannot be fetched"):
        find_candidate("owner/name", EngineSettings(), "suite.toml")
