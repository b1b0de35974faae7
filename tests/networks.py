"""Small random-weights models and a tokenizer built here: engine tests need no download."""

from collections.abc import Callable
from typing import Any

import pytest

torch = pytest.importorskip("torch", reason="the local engine needs the extra `local`")

from tokenizers import Tokenizer, models, pre_tokenizers  # noqa: E402
from tokenizers import decoders as token_decoders  # noqa: E402
from transformers import (  # noqa: E402
    BloomConfig,
    BloomForCausalLM,
    Gemma3ForCausalLM,
    Gemma3TextConfig,
    GPT2Config,
    GPT2LMHeadModel,
    LlamaConfig,
    LlamaForCausalLM,
    PreTrainedTokenizerFast,
    Qwen2Config,
    Qwen2ForCausalLM,
)

SHAPE: dict[str, Any] = {
    "hidden_size": 32,
    "intermediate_size": 64,
    "num_hidden_layers": 3,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "max_position_embeddings": 4096,
    "pad_token_id": 0,
    "bos_token_id": 1,
    "eos_token_id": 2,
}
CHATML = (
    "{% for m in messages %}<|im_start|>{{ m['role'] }}\n{{ m['content'] }}<|im_end|>\n"
    "{% endfor %}{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
NO_SYSTEM = (
    "{% for m in messages %}{% if m['role'] == 'system' %}"
    "{{ raise_exception('System role not supported') }}{% endif %}"
    "<|im_start|>{{ m['role'] }}\n{{ m['content'] | trim }}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)


def make_llama(vocabulary: int = 97, **changes: Any) -> Any:
    torch.manual_seed(0)
    return LlamaForCausalLM(LlamaConfig(vocab_size=vocabulary, **SHAPE | changes)).eval()


def make_qwen(vocabulary: int = 97) -> Any:
    torch.manual_seed(0)
    return Qwen2ForCausalLM(Qwen2Config(vocab_size=vocabulary, **SHAPE)).eval()


def make_gpt2(vocabulary: int = 97) -> Any:
    torch.manual_seed(0)
    config = GPT2Config(
        vocab_size=vocabulary, n_embd=32, n_layer=2, n_head=4, n_positions=4096,
        bos_token_id=1, eos_token_id=2,
    )  # fmt: skip
    return GPT2LMHeadModel(config).eval()


def make_gemma(vocabulary: int = 97) -> Any:
    """A model with sliding-window layers."""
    torch.manual_seed(0)
    config = Gemma3TextConfig(
        vocab_size=vocabulary, head_dim=8, sliding_window=48, **SHAPE | {"num_hidden_layers": 7}
    )
    return Gemma3ForCausalLM(config).eval()


def make_bloom(vocabulary: int = 97) -> Any:
    """A model whose positions are not told by position ids: it cannot share."""
    torch.manual_seed(0)
    config = BloomConfig(
        vocab_size=vocabulary, hidden_size=32, n_layer=2, n_head=4, bos_token_id=1, eos_token_id=2
    )
    return BloomForCausalLM(config).eval()


NETWORKS: dict[str, Callable[[], Any]] = {
    "llama": make_llama,
    "qwen": make_qwen,
    "gpt2": make_gpt2,
    "gemma": make_gemma,
    "bloom": make_bloom,
}


def make_tokenizer(template: str | None = CHATML) -> Any:
    """One token per byte, and ChatML's control tokens."""
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    vocabulary = {c: i for i, c in enumerate(["<pad>", "<unk>", *alphabet])}
    core = Tokenizer(models.BPE(vocab=vocabulary, merges=[], unk_token="<unk>"))
    core.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
    core.decoder = token_decoders.ByteLevel()
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=core, pad_token="<pad>", unk_token="<unk>", eos_token="<|im_end|>",
        additional_special_tokens=["<|im_start|>"],
    )  # fmt: skip
    tokenizer.chat_template = template
    return tokenizer
