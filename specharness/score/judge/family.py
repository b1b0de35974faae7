"""Which models are kin: a judge should not be of the family that wrote the spec."""

import re

_ADAPTERS = ("litellm", "python", "deepeval")
# Names that a family's members go by instead of its own.
_KIN = {
    "chatgpt": "gpt", "o": "gpt", "davinci": "gpt", "codellama": "llama", "vicuna": "llama",
    "alpaca": "llama", "tulu": "llama", "mixtral": "mistral", "codestral": "mistral",
    "ministral": "mistral", "magistral": "mistral", "devstral": "mistral", "pixtral": "mistral",
    "zephyr": "mistral", "qwq": "qwen", "codegemma": "gemma", "shieldgemma": "gemma",
    "codeqwen": "qwen", "meta": "llama",
}  # fmt: skip


def family(model: str) -> str:
    """The first word of a model's name, in lower case: "qwen" for "qwen2.5-coder-0.5b".

    Adapters, owners and folders before the name do not count, and names that are known to be kin
    ("mixtral", "codestral") have one family. It is a name, not a pedigree: a model that was tuned
    or distilled from another and named afresh looks like a family of its own. "" for no name.

    >>> family("litellm:openai/gpt-4o-mini"), family("mistralai/Mixtral-8x7B@main")
    ('gpt', 'mistral')
    """
    name = model.partition("@")[0].rstrip("/\\")
    adapter, _, rest = name.partition(":")
    last = re.split(r"[/\\]", rest if adapter in _ADAPTERS else name)[-1]
    word = re.search(r"[a-z]+", last.casefold())
    found = word[0] if word else ""
    return _KIN.get(found, found)
