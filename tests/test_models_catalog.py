"""The catalog's data, the `models` commands, and the smallest model pulled for real."""

import hashlib
import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from specharness.cli import main
from specharness.models.cache import check_model
from specharness.models.catalog import CatalogEntry, find_model, model_names
from specharness.models.template import template_digest
from specharness.settings import DEFAULT_MODEL

ENTRIES = [e for name in model_names() if (e := find_model(name))]


def test_every_name_finds_its_entry() -> None:
    assert [e.name for e in ENTRIES] == list(model_names())
    assert find_model("nothing") is None and find_model(DEFAULT_MODEL)


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda e: e.name)
def test_every_byte_is_pinned(entry: CatalogEntry) -> None:
    digests = [entry.sha256, *(w.sha256 for w in entry.wheels)]
    assert all(re.fullmatch("[0-9a-f]{64}", d) for d in digests)
    assert len(set(digests)) == len(digests) == len({w.member for w in entry.wheels}) + 1
    assert entry.hub and entry.wheels and 0 < entry.size < entry.converted
    assert entry.note and "\n" not in entry.note


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda e: e.name)
def test_pieces_are_in_order(entry: CatalogEntry) -> None:
    numbers = [int(n) for w in entry.wheels for n in re.findall(r"part(\d+)$", w.name)]
    assert numbers == list(range(1, len(numbers) + 1))
    assert [int(n) for w in entry.wheels for n in re.findall(r"/part(\d+)", w.member)] == numbers


def test_commands_tell_what_is_not_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SPECHARNESS_CACHE", str(tmp_path))
    run = CliRunner().invoke
    listed = run(main, ["models", "list"])
    assert listed.exit_code == 0 and all(name in listed.output for name in model_names())
    for command in ("path", "check"):
        result = run(main, ["models", command, "smollm2-135m"])
        assert result.exit_code == 3
        assert result.output == (
            "smollm2-135m: not pulled yet; run `specharness models pull smollm2-135m`\n"
        )
    assert run(main, ["models", "path", "gpt"]).output.startswith("gpt: no embedded model; ")
    assert list(tmp_path.iterdir()) == []


def test_the_smallest_model_is_here_and_whole(smollm: Path) -> None:
    entry = find_model("smollm2-135m")
    assert entry and check_model(entry) == 6
    assert template_digest(smollm) == entry.template
    result = CliRunner().invoke(main, ["models", "path", entry.name])
    assert result.output == f"{smollm}\n"


def test_the_smallest_model_answers(smollm: Path) -> None:
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(smollm)
    model = AutoModelForCausalLM.from_pretrained(smollm)
    turns = [{"role": "user", "content": "What is the capital of France?"}]
    prompt = tokenizer.apply_chat_template(
        turns, add_generation_prompt=True, return_tensors="pt", return_dict=True
    )
    with torch.no_grad():
        ids = model.generate(**prompt, max_new_tokens=12, do_sample=False)[0]
    answer = tokenizer.decode(ids[prompt["input_ids"].shape[1] :])
    assert answer == "The capital of France is Paris.<|im_end|>"
    assert model.dtype == torch.float32 and model.config.rope_parameters["rope_theta"] == 100000.0


TEXTS = ["def f(x):\n\treturn x ** 2  # é 😀\n\n\n", "中文 العربية 12345 it's", " a \r\n  b "]


@pytest.mark.parametrize("text", TEXTS)
def test_text_survives_the_smallest_tokenizer(smollm: Path, text: str) -> None:
    from transformers import AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(smollm)
    assert tokenizer.decode(tokenizer.encode(text)) == text
    wrapped = tokenizer.encode(f"<|im_start|>{text}<|im_end|>")
    assert (wrapped[0], wrapped[-1]) == (1, 2) and wrapped[1:-1] == tokenizer.encode(text)


def test_weights_are_the_same_bytes_on_every_machine(smollm: Path) -> None:
    with (smollm / "model.safetensors").open("rb") as data:
        found = hashlib.file_digest(data, "sha256").hexdigest()
    assert found == "a672150fb4f99d7c8f4168cecdd464069c0ef3a37d8113f22ddb9d48031d03cd"
