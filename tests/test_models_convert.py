"""Conversion: a model written as GGUF comes back with the same weights and the same answers."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from specharness.errors import ModelError
from specharness.models.convert import convert_gguf

HEADS, PAIRS, WIDTH, WORDS = 4, 2, 32, 263
TEMPLATE = "{% for m in messages %}<|im_start|>{{ m.content }}<|im_end|>{% endfor %}"
NAMES = {
    "input_layernorm": "attn_norm",
    "self_attn.q_proj": "attn_q",
    "self_attn.k_proj": "attn_k",
    "self_attn.v_proj": "attn_v",
    "self_attn.o_proj": "attn_output",
    "post_attention_layernorm": "ffn_norm",
    "mlp.gate_proj": "ffn_gate",
    "mlp.up_proj": "ffn_up",
    "mlp.down_proj": "ffn_down",
    "model.embed_tokens": "token_embd",
    "model.norm": "output_norm",
    "lm_head": "output",
}


def build(arch: str, tied: bool) -> Any:
    """A random network of the architecture, as transformers makes it."""
    import torch
    from transformers import AutoConfig, AutoModelForCausalLM

    torch.manual_seed(0)
    config = AutoConfig.for_model(
        arch,
        vocab_size=WORDS,
        hidden_size=WIDTH,
        intermediate_size=48,
        num_hidden_layers=2,
        num_attention_heads=HEADS,
        num_key_value_heads=PAIRS,
        max_position_embeddings=64,
        rms_norm_eps=1e-6,
        rope_parameters={"rope_type": "default", "rope_theta": 5000.0},
        tie_word_embeddings=tied,
    )
    model = AutoModelForCausalLM.from_config(config).eval()
    for name, values in model.named_parameters():
        if name.endswith("bias"):  # transformers begins with zeros: they would prove nothing
            values.data.normal_()
    return model


def rows_of_llama_cpp(values: Any, heads: int) -> Any:
    """llama.cpp's order of rotary rows, written as an index: row 2i of a head was row i."""
    half = values.shape[0] // heads // 2
    order = [h * 2 * half + i + j * half for h in range(heads) for i in range(half) for j in (0, 1)]
    return values[order]


def write_gguf(path: Path, arch: str, model: Any, **changes: Any) -> Path:
    """The network in the words and the order of llama.cpp."""
    from gguf import GGUFWriter

    writer = GGUFWriter(path, arch)
    writer.add_context_length(64)
    writer.add_embedding_length(WIDTH)
    writer.add_block_count(2)
    writer.add_feed_forward_length(48)
    writer.add_head_count(HEADS)
    writer.add_head_count_kv(PAIRS)
    writer.add_rope_freq_base(5000.0)
    writer.add_layer_norm_rms_eps(1e-6)
    add_tokenizer(writer, **changes)
    for name, values in model.state_dict().items():
        stem, kind = name.rsplit(".", 1)
        layer = stem.split(".")[2] if ".layers." in stem else ""
        part = NAMES[stem.split(".", 3)[3] if layer else stem]
        data = values.numpy()
        if part == "output" and model.config.tie_word_embeddings:
            continue
        if arch == "llama" and part in ("attn_q", "attn_k"):
            data = rows_of_llama_cpp(data, HEADS if part == "attn_q" else PAIRS)
        writer.add_tensor(f"blk.{layer}.{part}.{kind}" if layer else f"{part}.{kind}", data)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path


def add_tokenizer(writer: Any, pre: str = "qwen2", template: str = TEMPLATE) -> None:
    """Bytes as words, one merge, three control tokens and fillers."""
    from tokenizers.pre_tokenizers import ByteLevel

    words = [*sorted(ByteLevel.alphabet()), "aa"]
    fillers = [f"[PAD{i}]" for i in range(WORDS - len(words) - 3)]
    control = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"]
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre(pre)
    writer.add_token_list([*words, *control, *fillers])
    writer.add_token_types([1] * len(words) + [3] * 3 + [5] * len(fillers))
    writer.add_token_merges(["a a"])
    writer.add_eos_token_id(len(words) + 2)
    writer.add_pad_token_id(len(words))
    if template:
        writer.add_chat_template(template)


@pytest.mark.parametrize("tied", [True, False])
@pytest.mark.parametrize("arch", ["llama", "qwen2"])
def test_the_same_network_comes_back(tmp_path: Path, arch: str, tied: bool) -> None:
    import torch
    from transformers import AutoModelForCausalLM

    before = build(arch, tied)
    (tmp_path / "out").mkdir()
    convert_gguf(write_gguf(tmp_path / "m.gguf", arch, before), tmp_path / "out")
    after = AutoModelForCausalLM.from_pretrained(tmp_path / "out").eval()
    for name, values in before.state_dict().items():
        assert torch.equal(values, after.state_dict()[name]), name
    ids = torch.arange(40)[None]
    with torch.no_grad():
        assert torch.equal(before(ids).logits, after(ids).logits)
    assert (after.lm_head.weight is after.model.embed_tokens.weight) is tied
    assert after.generation_config.eos_token_id == [259, 257]


def test_quantised_values_come_back_as_stored(tmp_path: Path) -> None:
    from gguf import GGMLQuantizationType, dequantize, quantize
    from gguf.gguf_reader import ReaderTensor
    from safetensors.numpy import load_file

    from specharness.models.weights import write_weights

    kind = GGMLQuantizationType.Q8_0
    data = quantize(np.random.default_rng(0).normal(size=(6, 64)).astype(np.float32), kind)
    tensor = ReaderTensor(
        name="token_embd.weight",
        tensor_type=kind,
        shape=np.array([64, 6]),
        n_elements=384,
        n_bytes=data.nbytes,
        data_offset=0,
        data=data,
        field=None,  # type: ignore[arg-type]
    )
    write_weights([tensor], tmp_path / "model.safetensors", {})
    found = load_file(tmp_path / "model.safetensors")["model.embed_tokens.weight"]
    assert found.shape == (6, 64) and np.array_equal(found, dequantize(data, kind))


@pytest.mark.parametrize("pre", ["qwen2", "smollm"])
def test_control_tokens_are_single_and_fillers_are_text(tmp_path: Path, pre: str) -> None:
    from transformers import AutoTokenizer

    (tmp_path / "out").mkdir()
    arch = "llama" if pre == "smollm" else "qwen2"
    convert_gguf(
        write_gguf(tmp_path / "m.gguf", arch, build(arch, True), pre=pre), tmp_path / "out"
    )
    tokenizer = AutoTokenizer.from_pretrained(tmp_path / "out")
    ids = tokenizer.apply_chat_template(
        [{"role": "user", "content": "aaa [PAD260] é"}], return_dict=False
    )
    assert ids[0] == 258 and ids[-1] == 259 and ids[1] == 256
    assert max(ids[2:-1]) < 256
    assert tokenizer.decode(ids, skip_special_tokens=True) == "aaa [PAD260] é"
    assert (tokenizer.eos_token, tokenizer.pad_token) == ("<|im_end|>", "<|endoftext|>")


def test_what_cannot_be_converted_is_told(tmp_path: Path) -> None:
    model, out = build("qwen2", True), tmp_path / "out"
    out.mkdir()
    odd = write_gguf(tmp_path / "gemma.gguf", "gemma", model)
    with pytest.raises(ModelError, match=r"^gemma.gguf: cannot convert architecture 'gemma'; use"):
        convert_gguf(odd, out)
    strange = write_gguf(tmp_path / "pre.gguf", "qwen2", model, pre="tekken")
    with pytest.raises(ModelError, match=r"^pre.gguf: cannot convert its tokenizer gpt2/tekken"):
        convert_gguf(strange, out)
    base = write_gguf(tmp_path / "base.gguf", "qwen2", model, template="")
    with pytest.raises(ModelError, match=r"^base.gguf: no chat template; use an instruction"):
        convert_gguf(base, out)
    (tmp_path / "junk.gguf").write_bytes(b"PK\3\4" + bytes(100))
    with pytest.raises(ModelError, match=r"^junk.gguf: not a GGUF file"):
        convert_gguf(tmp_path / "junk.gguf", out)
    (tmp_path / "empty.gguf").write_bytes(b"")
    with pytest.raises(ModelError, match=r"^empty.gguf: not a GGUF file"):
        convert_gguf(tmp_path / "empty.gguf", out)
