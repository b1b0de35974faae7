"""The whole text a model would have read and written, made here: prompt, response, end of turn.

With the model's own tokenizer file the text is sent as tokens, so that the boundary between prompt
and response is exact, and names of control tokens in somebody's text stay letters. With a declared
template alone it is sent as text, and texts that name the template's markup are refused.
"""

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from specharness.errors import ModelError, UsageError
from specharness.model import Request, Unmeasured
from specharness.models.cache import not_pulled, stored_model
from specharness.models.catalog import find_model
from specharness.models.remote.tokenfile import TokenFile, read_template, render_turns
from specharness.models.template import Template
from specharness.records import Message, digest
from specharness.settings_remote import RemoteSettings

_MARK = "\ue000{}\ue001"  # private-use characters: no data contains it
_CONTROL = re.compile(r"<\|[^<>|]{1,40}\|>|</?s>|<(?:start|end)_of_turn>|\[/?INST\]")
AS_SERVED = "as served"


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """A text to be weighed from `start` on: a place among `ids`, in characters without them.

    `plain` is what the text says without control tokens, as far as it is known.
    """

    start: int
    text: str = ""
    ids: tuple[int, ...] = ()
    plain: str = ""


class Prompting(Protocol):
    """How a conversation becomes one text."""

    def write(self, request: Request) -> Given | Unmeasured:
        """Prompt, response and end of turn."""
        ...


class TokenPrompting:
    """By the model's own tokenizer file."""

    def __init__(self, tokenizer: TokenFile, name: str) -> None:
        self._template = Template(tokenizer, name)

    def write(self, request: Request) -> Given | Unmeasured:
        """As tokens."""
        try:
            run = self._template.encode(request.messages, request.response)
        except ModelError as error:
            return Unmeasured(reason=str(error))
        return Given(start=run.start, ids=run.ids, plain=self._template.decode(list(run.ids)))


class TextPrompting:
    """By a chat template that the user declared; the server cuts the text into tokens."""

    def __init__(self, template: str, where: str | Path) -> None:
        self._source = template
        turns = (Message(role="user", content="Hello"), Message(role="assistant", content=_MARK))
        whole = self._render(turns, False)
        if isinstance(whole, Unmeasured) or _MARK not in whole:
            raise UsageError(
                where, "'remote.template' takes no assistant turn", "mend the template"
            )
        before, _, tail = whole.partition(_MARK)
        self._end = tail.strip()
        if not self._end:
            what = "'remote.template' does not mark the end of an assistant turn"
            raise UsageError(where, what, "write the model's end-of-turn text there")
        pieces = {p.strip() for p in (*before.split("Hello"), tail)}
        self._markup = tuple(sorted(p for p in pieces if len(p) > 2))

    def write(self, request: Request) -> Given | Unmeasured:
        """As text."""
        for text in (*(m.content for m in request.messages), request.response):
            if _CONTROL.search(text) or any(piece in text for piece in self._markup):
                return Unmeasured(reason="a text names the template's own markup")
        prompt = self._render(request.messages, True)
        if isinstance(prompt, Unmeasured):
            return prompt
        return Given(start=len(prompt), text=prompt + request.response + self._end)

    def _render(self, messages: tuple[Message, ...], open_turn: bool) -> str | Unmeasured:
        turns = [{"role": m.role, "content": m.content} for m in messages]
        try:
            return render_turns(self._source, turns, {}, open_turn)
        except Exception as error:  # whatever a template raises
            return Unmeasured(reason=f"the chat template does not take these turns ({error})")


def prompting_digest(settings: RemoteSettings, where: str | Path) -> str:
    """What stands for the chat template in a model's identity: ours by digest, else "as served"."""
    parts: list[str] = []
    if settings.tokenizer:
        folder = _folder(settings, where)
        parts += [_sha(_file(folder / "tokenizer.json")), _sha(read_template(folder).encode())]
    if settings.template:
        parts.append(_sha(_file(_template_path(settings, where))))
    return digest(*parts)[:16] if parts else AS_SERVED


def open_prompting(settings: RemoteSettings, where: str | Path) -> Prompting | None:
    """How prompts are written here; None where neither tokenizer nor template is named."""
    template = ""
    if settings.template:
        template = _file(_template_path(settings, where)).decode("utf-8")
    if settings.tokenizer:
        return TokenPrompting(TokenFile(_folder(settings, where), template), str(where))
    return TextPrompting(template, where) if template else None


def _folder(settings: RemoteSettings, where: str | Path) -> Path:
    entry = find_model(settings.tokenizer)
    if entry is not None:
        folder = stored_model(entry)
        if folder is None:
            raise not_pulled(entry)
        return folder
    return _beside(settings.tokenizer, where)


def _template_path(settings: RemoteSettings, where: str | Path) -> Path:
    return _beside(settings.template, where)


def _beside(name: str, where: str | Path) -> Path:
    """A path as a suite's settings say it: from the folder they stand in."""
    return Path(where).parent / Path(name).expanduser()


def _file(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        remedy = "mend the path in [remote]"
        raise UsageError(path, f"cannot be read ({error.strerror})", remedy) from None


def _sha(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
