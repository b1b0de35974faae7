"""GGUF to a folder that `transformers` loads: `model.safetensors`, configuration, tokenizer.

A quantised file is turned back into plain numbers once, so that no later run pays for it. Nothing
in the file is run.
"""

import json
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from specharness.errors import ModelError
from specharness.models.tokenizer import write_tokenizer
from specharness.models.weights import write_weights

FORMAT = 1  # raise it when the same GGUF gives other files: older folders are converted again

CLASSES = {"llama": "LlamaForCausalLM", "qwen2": "Qwen2ForCausalLM"}


def convert_gguf(gguf: Path, folder: Path) -> None:
    """Write the model of the file `gguf` into the existing, empty `folder`.

    Raises ModelError when the file is no GGUF, is of another architecture than Llama or Qwen2, or
    when the packages of `specharness[local]` are not installed.
    """
    check_extra()
    from gguf import GGUFReader  # noqa: PLC0415

    try:
        reader = GGUFReader(gguf)
    except (ValueError, IndexError) as error:
        raise ModelError(gguf.name, f"not a GGUF file ({error})", "get the file again") from None
    meta = {name: field.contents() for name, field in reader.fields.items()}
    config = _config(meta, {t.name for t in reader.tensors}, gguf.name)
    write_weights(reader.tensors, folder / "model.safetensors", _reordered(config))
    _write(folder / "config.json", config)
    _write(folder / "generation_config.json", _generation(config, meta["tokenizer.ggml.tokens"]))
    write_tokenizer(meta, folder, gguf.name)


def check_extra() -> None:
    """ModelError with the command to run, unless the packages of the `local` extra are there."""
    for name in ("torch", "transformers", "gguf"):
        if find_spec(name) is None:
            remedy = "run: pip install 'specharness[local]'"
            raise ModelError("local models", f"no package '{name}'", remedy)


def _config(meta: dict[str, Any], names: set[str], where: str) -> dict[str, Any]:
    """The GGUF's own numbers in the words of `config.json`."""
    arch = meta.get("general.architecture", "none")
    if arch not in CLASSES or "rope_freqs.weight" in names or f"{arch}.rope.scaling.type" in meta:
        raise ModelError(where, f"cannot convert architecture '{arch}'", "use a safetensors model")
    width, heads = meta[f"{arch}.embedding_length"], meta[f"{arch}.attention.head_count"]
    # the file has float32(1e-6) = 9.99999997e-07: say the decimal number that was meant
    eps = float(f"{meta[f'{arch}.attention.layer_norm_rms_epsilon']:.6g}")
    return {
        "architectures": [CLASSES[arch]],
        "model_type": arch,
        "vocab_size": len(meta["tokenizer.ggml.tokens"]),
        "hidden_size": width,
        "intermediate_size": meta[f"{arch}.feed_forward_length"],
        "num_hidden_layers": meta[f"{arch}.block_count"],
        "num_attention_heads": heads,
        "num_key_value_heads": meta.get(f"{arch}.attention.head_count_kv", heads),
        "head_dim": width // heads,
        "hidden_act": "silu",
        "max_position_embeddings": meta[f"{arch}.context_length"],
        "rms_norm_eps": eps,
        "rope_theta": meta.get(f"{arch}.rope.freq_base", 10000.0),
        "tie_word_embeddings": "output.weight" not in names,
        "bos_token_id": meta.get("tokenizer.ggml.bos_token_id"),
        "eos_token_id": meta["tokenizer.ggml.eos_token_id"],
        "pad_token_id": meta.get("tokenizer.ggml.padding_token_id"),
        "dtype": "float32",
    }


def _generation(config: dict[str, Any], tokens: list[str]) -> dict[str, Any]:
    ids = {key: config[key] for key in ("bos_token_id", "pad_token_id") if config[key] is not None}
    ends = {config["eos_token_id"], *(i for i, t in enumerate(tokens) if t == "<|endoftext|>")}
    return {**ids, "eos_token_id": sorted(ends, reverse=True)}


def _reordered(config: dict[str, Any]) -> dict[str, int]:
    """Heads of the matrices that llama.cpp keeps in another order of rows (Llama only)."""
    if config["model_type"] != "llama":
        return {}
    return {"attn_q": config["num_attention_heads"], "attn_k": config["num_key_value_heads"]}


def _write(path: Path, data: dict[str, Any]) -> None:
    path.write_text(json.dumps(data, indent=2, sort_keys=True) + "\n", encoding="utf-8")
