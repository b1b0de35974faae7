"""A network made by hand that judges by a rule, as a GGUF file: one layer of a Qwen2, no training.

Of two responses it prefers the one with a `~` to the one with a `#`, whichever is shown first, and
under a spec with a `^` the other one. Where neither is there it says A, p = 0.55, in both orders.

How: one head of attention looks from the end of the prompt for `~` and `#`, and finds the nearer of
the two (its rotary angle grows with the distance), so it reads which of them stands in response B.
Another finds `^`, and the feed-forward layer turns the first one's sign where it is there.
"""

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from tests.test_models_convert import WORDS, add_tokenizer

WIDTH, HEADS, SIZE = 32, 4, 8  # the size of a head
BASE = 1e5  # of the rotary angles: that of a head's last pair stays below a quarter turn
SHARP = 53.0  # of queries and keys: scores near 700, and 0 for all other tokens
CONST, GOOD, BAD, TURN, ORDER, TURNED = range(6)  # channels
Array = npt.NDArray[np.float32]


def write_judge(path: Path, context: int = 4096) -> Path:
    """Write the network to `path`."""
    from gguf import GGUFWriter

    writer: Any = GGUFWriter(path, "qwen2")
    writer.add_context_length(context)
    writer.add_embedding_length(WIDTH)
    writer.add_block_count(1)
    writer.add_feed_forward_length(WIDTH)
    writer.add_head_count(HEADS)
    writer.add_head_count_kv(HEADS)
    writer.add_rope_freq_base(BASE)
    writer.add_layer_norm_rms_eps(1e-6)
    add_tokenizer(writer)
    for name, values in _tensors().items():
        writer.add_tensor(name, values)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path


def _tensors() -> dict[str, Array]:
    layer = {**_attention(), **_turning()}
    found = {f"blk.0.{name}": values for name, values in layer.items()}
    # normed, a token with one mark has 4 in its channel and in CONST: a quarter of it is 1
    norms = {f"blk.0.{name}.weight": _quarter() for name in ("attn_norm", "ffn_norm")}
    return found | norms | _ends() | {"output_norm.weight": _quarter()}


def _attention() -> dict[str, Array]:
    q, k, v, out = (_square() for _ in range(4))
    last, half = SIZE // 2 - 1, SIZE // 2  # the slowest pair of a head: `last` and `last + half`
    for head, marks in enumerate(((GOOD, BAD), (TURN,))):
        row = head * SIZE
        q[row + last, CONST] = SHARP
        for mark in marks:
            k[row + last, mark] = SHARP * np.sqrt(0.5)  # an eighth of a turn ahead, so that scores
            k[row + last + half, mark] = -SHARP * np.sqrt(0.5)  # fall with the distance at once
    v[0, GOOD], v[0, BAD], out[ORDER, 0] = 1, -1, 1
    v[SIZE, TURN], out[TURNED, SIZE] = 1, 1
    parts = {"attn_q": q, "attn_k": k, "attn_v": v}
    found = {f"{name}.weight": values for name, values in parts.items()}
    found |= {f"{name}.bias": np.zeros(WIDTH, np.float32) for name in parts}
    return found | {"attn_output.weight": out}


def _turning() -> dict[str, Array]:
    """ORDER - 2 ORDER where TURNED is 1: silu(8.2) * 0.82 * 0.3 = 2."""
    gate, up, down = (_square() for _ in range(3))
    gate[0, TURNED], up[0, ORDER], down[ORDER, 0] = 10, 1, -0.3
    return {"ffn_gate.weight": gate, "ffn_up.weight": up, "ffn_down.weight": down}


def _ends() -> dict[str, Array]:
    from tokenizers.pre_tokenizers import ByteLevel

    words = sorted(ByteLevel.alphabet())
    embed, head = np.zeros((2, WORDS, WIDTH), np.float32)
    embed[:, CONST] = 1
    for mark, letter in ((GOOD, "~"), (BAD, "#"), (TURN, "^")):
        embed[words.index(letter), mark] = 1
    for letter, sign in (("A", -1), ("B", 1)):
        head[words.index(letter), [CONST, ORDER]] = 12, 1.5 * sign
    head[words.index("A"), CONST] += 0.2  # the favourite place of one that sees no difference
    return {"token_embd.weight": embed, "output.weight": head}


def _square() -> Array:
    return np.zeros((WIDTH, WIDTH), np.float32)


def _quarter() -> Array:
    return np.full(WIDTH, 0.25, np.float32)
