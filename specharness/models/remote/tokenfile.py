"""A model's own tokenizer file and chat template, read without transformers or torch.

It has the members that `models.template.Template` asks of a tokenizer, so that a prompt written
for a server has the very tokens it would have in the local engine.
"""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from specharness.errors import ModelError

_NAMES = ("bos_token", "eos_token", "pad_token", "unk_token")


def render_turns(
    template: str, turns: Sequence[Mapping[str, str]], names: Mapping[str, str], open_turn: bool
) -> str:
    """A chat template (jinja, sandboxed) filled in; whatever it raises is passed on.

    It is given no date: a prompt that changes with the day has no recordings.
    """
    from jinja2.sandbox import ImmutableSandboxedEnvironment  # noqa: PLC0415 - needed by few

    environment = ImmutableSandboxedEnvironment(
        trim_blocks=True, lstrip_blocks=True, extensions=["jinja2.ext.loopcontrols"]
    )
    environment.filters["tojson"] = _to_json
    environment.globals["raise_exception"] = _refuse
    filled = environment.from_string(template)
    return filled.render(messages=list(turns), add_generation_prompt=open_turn, **names)


class TokenFile:
    """The tokenizer in a folder with tokenizer.json; ModelError where it has none.

    `template` replaces the folder's own chat template.
    """

    def __init__(self, folder: Path, template: str = "") -> None:
        from tokenizers import Tokenizer  # noqa: PLC0415 - comes with litellm

        try:
            self._core: Any = Tokenizer.from_file(str(folder / "tokenizer.json"))
        except Exception as error:  # the library raises plain Exceptions
            reason = " ".join(str(error).split())[:200]
            remedy = "name a folder that has tokenizer.json and a chat template"
            raise ModelError(folder, f"no tokenizer ({reason})", remedy) from None
        self._core.no_truncation()
        self._core.no_padding()
        config = _config(folder)
        self.chat_template = template or read_template(folder)
        self.names = {n: t for n in _NAMES if (t := _name(config.get(n)))}
        self.added_tokens_decoder = self._core.get_added_tokens_decoder()
        special = {t.content for t in self.added_tokens_decoder.values() if t.special}
        self.all_special_tokens = sorted(special | set(self.names.values()))
        self.all_special_ids = [
            i for t in self.all_special_tokens if (i := self._id(t)) is not None
        ]
        self.eos_token_id = self._id(self.names.get("eos_token", ""))

    def apply_chat_template(
        self, turns: list[dict[str, str]], *, tokenize: bool, add_generation_prompt: bool
    ) -> str:
        """The turns as text."""
        return render_turns(self.chat_template, turns, self.names, add_generation_prompt)

    def encode(self, text: str, *, add_special_tokens: bool) -> list[int]:
        """The text's token ids."""
        return list(self._core.encode(text, add_special_tokens=add_special_tokens).ids)

    def decode(self, ids: list[int], *, skip_special_tokens: bool) -> str:
        """The text of token ids."""
        return str(self._core.decode(ids, skip_special_tokens=skip_special_tokens))

    def _id(self, token: str) -> int | None:
        found = self._core.token_to_id(token)
        return None if found is None else int(found)


def read_template(folder: Path) -> str:
    """The chat template kept in a model folder, "" where there is none."""
    jinja = folder / "chat_template.jinja"
    if jinja.is_file():
        return jinja.read_text(encoding="utf-8")
    found = _config(folder).get("chat_template") or ""
    if isinstance(found, list):  # several, by name
        found = next((t["template"] for t in found if t.get("name") == "default"), "")
    return str(found)


def _config(folder: Path) -> dict[str, Any]:
    path = folder / "tokenizer_config.json"
    data = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    return data if isinstance(data, dict) else {}


def _name(token: Any) -> str:
    """A control token's text: older files hold a record."""
    return str(token.get("content", "")) if isinstance(token, dict) else str(token or "")


def _to_json(value: object, **more: Any) -> str:
    return json.dumps(value, ensure_ascii=False, indent=more.get("indent"))


def _refuse(message: str) -> str:
    raise ValueError(message)
