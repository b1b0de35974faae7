"""The weights of a GGUF file as one `model.safetensors` under the names `transformers` uses.

Values are stored as float32: float16 would halve the disk, but moves single log-probabilities by
up to 0.02 nats (SmolLM2-135M; 0.005 for Qwen2.5-Coder-0.5B), more than an engine may.
"""

import json
import struct
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from specharness.models.progress import track

OUTER = {"token_embd": "model.embed_tokens", "output_norm": "model.norm", "output": "lm_head"}
INNER = {
    "attn_norm": "input_layernorm",
    "attn_q": "self_attn.q_proj",
    "attn_k": "self_attn.k_proj",
    "attn_v": "self_attn.v_proj",
    "attn_output": "self_attn.o_proj",
    "ffn_norm": "post_attention_layernorm",
    "ffn_gate": "mlp.gate_proj",
    "ffn_up": "mlp.up_proj",
    "ffn_down": "mlp.down_proj",
}

Tensor = NDArray[np.float32]


def write_weights(tensors: list[Any], path: Path, heads: dict[str, int]) -> None:
    """Write `tensors` (of a GGUFReader) to `path`, one in memory at a time.

    `heads` gives the number of heads of matrices whose rows llama.cpp has reordered.
    """
    with path.open("wb") as out:
        out.write(_header(tensors))
        for tensor in track(tensors, len(tensors), "converting"):
            _values(tensor, heads).astype("<f4").tofile(out)


def _header(tensors: list[Any]) -> bytes:
    """What the file begins with: a length, then JSON, padded to 8 bytes (the format's rules)."""
    table: dict[str, Any] = {"__metadata__": {"format": "pt"}}
    end = 0
    for tensor in tensors:
        begin, end = end, end + 4 * int(tensor.n_elements)
        shape = [int(n) for n in reversed(tensor.shape)]  # GGUF counts the fastest axis first
        table[_name(tensor.name)] = {"dtype": "F32", "shape": shape, "data_offsets": [begin, end]}
    text = json.dumps(table, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    return struct.pack("<Q", len(text)) + text


def _values(tensor: Any, heads: dict[str, int]) -> Tensor:
    from gguf import dequantize  # noqa: PLC0415

    values: Tensor = dequantize(tensor.data, tensor.tensor_type)
    part = tensor.name.split(".")[-2]
    return unpermute(values, heads[part]) if part in heads else values


def unpermute(values: Tensor, heads: int) -> Tensor:
    """Undo llama.cpp's order of rotary dimensions: pairs side by side -> two halves per head."""
    # (heads * half * 2, d) -> (heads, half, 2, d) -> (heads, 2, half, d) -> (heads * 2 * half, d)
    split = values.reshape(heads, values.shape[0] // heads // 2, 2, *values.shape[1:])
    return split.swapaxes(1, 2).reshape(values.shape)


def _name(name: str) -> str:
    """The name in `transformers`; KeyError for a tensor these architectures do not have."""
    *layer, part, kind = name.split(".")
    if layer:  # ["blk", "7"]
        return f"model.layers.{layer[1]}.{INNER[part]}.{kind}"
    return f"{OUTER[part]}.{kind}"
