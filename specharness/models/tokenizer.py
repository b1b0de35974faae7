"""The tokenizer of a GGUF file as `tokenizer.json`, `tokenizer_config.json` and a chat template.

Written by hand from the file's vocabulary and merges, so that control tokens stay single ids and
text is cut exactly as the model was trained with.
"""

import json
from pathlib import Path
from typing import Any

from specharness.errors import ModelError

NORMAL, CONTROL, USER, UNUSED = 1, 3, 4, 5  # llama.cpp's token types
QWEN2 = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*"
    r"|\s*[\r\n]+|\s+(?!\S)|\s+"
)


def write_tokenizer(meta: dict[str, Any], folder: Path, where: str) -> None:
    """Write the tokenizer that the GGUF metadata `meta` describes; ModelError for another kind."""
    kind = (meta.get("tokenizer.ggml.model"), meta.get("tokenizer.ggml.pre"))
    if kind not in {("gpt2", "smollm"), ("gpt2", "qwen2")}:
        what = f"cannot convert its tokenizer {kind[0]}/{kind[1]}"
        raise ModelError(where, what, "use a safetensors model")
    template = meta.get("tokenizer.chat_template")
    if not template:
        raise ModelError(where, "no chat template", "use an instruction-tuned model")
    _build(meta, str(kind[1])).save(str(folder / "tokenizer.json"))
    (folder / "chat_template.jinja").write_text(template, encoding="utf-8", newline="")
    text = json.dumps(_settings(meta), ensure_ascii=False, indent=2, sort_keys=True)
    (folder / "tokenizer_config.json").write_text(text + "\n", encoding="utf-8")


def _build(meta: dict[str, Any], pre: str) -> Any:
    from tokenizers import AddedToken, Regex, Tokenizer, decoders, normalizers  # noqa: PLC0415
    from tokenizers.models import BPE  # noqa: PLC0415
    from tokenizers.pre_tokenizers import ByteLevel, Digits, Sequence, Split  # noqa: PLC0415

    tokens, types = meta["tokenizer.ggml.tokens"], meta["tokenizer.ggml.token_type"]
    # [PAD...] fillers only round the embedding up: as words of the vocabulary they would be text
    vocab = {t: i for i, (t, kind) in enumerate(zip(tokens, types, strict=True)) if kind != UNUSED}
    merges = [tuple(pair.split(" ")) for pair in meta["tokenizer.ggml.merges"]]
    tokenizer = Tokenizer(BPE(vocab=vocab, merges=merges))
    if pre == "qwen2":
        tokenizer.normalizer = normalizers.NFC()
        cut: Any = [Split(Regex(QWEN2), "isolated"), ByteLevel(False, use_regex=False)]
    else:
        cut = [Digits(individual_digits=True), ByteLevel(False, use_regex=True)]
    tokenizer.pre_tokenizer = Sequence(cut)
    tokenizer.decoder = decoders.ByteLevel()
    added = [(t, kind) for t, kind in zip(tokens, types, strict=True) if kind in (CONTROL, USER)]
    for text, kind in added:
        token = AddedToken(text, special=kind == CONTROL, normalized=False)
        tokenizer.add_special_tokens([token]) if kind == CONTROL else tokenizer.add_tokens([token])
    return tokenizer


def _settings(meta: dict[str, Any]) -> dict[str, Any]:
    tokens, arch = meta["tokenizer.ggml.tokens"], meta["general.architecture"]
    names = {"bos_token": "bos", "eos_token": "eos", "pad_token": "padding", "unk_token": "unknown"}
    ids = {name: meta.get(f"tokenizer.ggml.{key}_token_id") for name, key in names.items()}
    return {
        "tokenizer_class": "PreTrainedTokenizerFast",
        "clean_up_tokenization_spaces": False,
        "model_max_length": meta[f"{arch}.context_length"],
        **{name: tokens[i] for name, i in ids.items() if i is not None},
    }
