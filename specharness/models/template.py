"""Conversations as token ids under a model's own chat template, exact where the response begins.

The prompt is what the model has read when it starts to answer; the response is the tokens it would
have had to emit: its text, encoded on its own, and the end-of-turn token. Text of messages never
becomes a control token, whatever it says.
"""

import hashlib
import json
import re
from collections.abc import Sequence
from itertools import accumulate, pairwise
from pathlib import Path
from typing import Any

from specharness.errors import ModelError
from specharness.models.tree import TokenRun
from specharness.records import Message

# Stands for a text while a template is rendered; private-use characters, so no data contains it.
_MARK = "\ue000{}\ue001"


def template_digest(folder: Path) -> str:
    """16 hex digits over the chat template kept in a model folder, read without transformers.

    A folder without a template gives the digest of the empty text.
    """
    jinja = folder / "chat_template.jinja"
    if jinja.is_file():
        text = jinja.read_text(encoding="utf-8")
    else:
        config = folder / "tokenizer_config.json"
        data = json.loads(config.read_text(encoding="utf-8")) if config.is_file() else {}
        text = json.dumps(data.get("chat_template") or "")
    return hashlib.sha256(text.encode()).hexdigest()[:16]


class Template:
    """Renders conversations with a tokenizer's chat template.

    Raises ModelError when the tokenizer has none, or none that takes a user and an assistant turn.
    """

    def __init__(self, tokenizer: Any, name: str) -> None:
        self._tokenizer = tokenizer
        if not getattr(tokenizer, "chat_template", None):
            raise ModelError(
                name, "has no chat template", "use an instruction-tuned model, or add a template"
            )
        self._special = tuple(
            t for t in {*tokenizer.all_special_tokens, *_added(tokenizer)} if t.strip()
        )
        probe = (Message(role="user", content="Hello"),)
        self.has_system = self._accepts((Message(role="system", content="Be kind."), *probe))
        rendered = self._render(
            (*probe, Message(role="assistant", content=_MARK.format("a"))), False
        )
        tail = rendered.partition(_MARK.format("a"))[2]
        self.end: tuple[int, ...] = self._end_of_turn(tail)

    def encode(
        self,
        messages: tuple[Message, ...],
        response: str,
        prefill: str = "",
        tags: tuple[str, ...] = (),
    ) -> TokenRun:
        """The prompt's tokens, then the response's with end-of-turn; `start` lies between them.

        What the turn begins with (`prefill`) belongs to the prompt: it is read, not weighed.
        """
        prompt = self.prompt(messages)
        begun = (*prompt, *self.begin(prompt, prefill, tags))
        return TokenRun(ids=(*begun, *self._text(response), *self.end), start=len(begun))

    def begin(
        self, prompt: tuple[int, ...], prefill: str, tags: tuple[str, ...]
    ) -> tuple[int, ...]:
        """The tokens of `prefill`, encoded on its own, after the prompt's.

        Tags that the model has as tokens of their own are these tokens. One that the template's
        prompt ends with already, as templates of reasoning models may, is not said twice.
        """
        tail = self.spell(list(prompt[-16:])).rstrip()
        for tag in tags:
            if prefill.startswith(tag) and tail.endswith(tag):
                prefill = prefill[len(tag) :].lstrip("\n")
        known = [tag for tag in tags if tag in self._special]
        if not known:
            return self._text(prefill) if prefill else ()
        ids: list[int] = []
        for piece in re.split(f"({'|'.join(map(re.escape, known))})", prefill):
            ids += self._markup(piece) if piece in known else self._text(piece) if piece else ()
        return tuple(ids)

    def prompt(self, messages: tuple[Message, ...]) -> tuple[int, ...]:
        """What the model has read when it begins to answer."""
        turns = self._fold(messages)
        hostile = any(s in m.content for m in turns for s in self._special)
        text = self._render(turns, True)
        return self._piecewise(turns) if hostile else self._markup(text)

    def decode(self, ids: list[int]) -> str:
        """Text of generated tokens, without control tokens."""
        return str(self._tokenizer.decode(ids, skip_special_tokens=True))

    def spell(self, ids: list[int]) -> str:
        """The same, with control tokens by name."""
        return str(self._tokenizer.decode(ids, skip_special_tokens=False))

    def decode_after(self, before: Sequence[int], ids: list[int]) -> str:
        """The same, for tokens that go on with others: blanks between the two are kept."""
        head = self.decode(list(before))
        whole = self.decode([*before, *ids])
        return whole[len(head) :] if whole.startswith(head) else self.decode(ids)

    def _fold(self, messages: tuple[Message, ...]) -> tuple[Message, ...]:
        """Give the system text to the first user turn where the template knows no system role."""
        if self.has_system or not messages or messages[0].role != "system":
            return messages
        system, *rest = messages
        if not rest or rest[0].role != "user":
            return (Message(role="user", content=system.content), *rest)
        joined = f"{system.content}\n\n{rest[0].content}"
        return (Message(role="user", content=joined), *rest[1:])

    def _accepts(self, messages: tuple[Message, ...]) -> bool:
        try:
            return messages[0].content in self._render(messages, True)
        except ModelError:
            return False

    def _render(self, messages: tuple[Message, ...], open_turn: bool) -> str:
        turns = [{"role": m.role, "content": m.content} for m in messages]
        try:
            return str(
                self._tokenizer.apply_chat_template(
                    turns, tokenize=False, add_generation_prompt=open_turn
                )
            )
        except Exception as error:  # whatever a model's own jinja template raises
            raise ModelError(
                "chat template", f"does not take these turns ({error})", "check the pair's roles"
            ) from None

    def _end_of_turn(self, tail: str) -> tuple[int, ...]:
        """The tokens up to and with the first control token after an assistant's text."""
        ids = self._markup(tail)
        special = set(self._tokenizer.all_special_ids)
        special |= {i for i, t in self._tokenizer.added_tokens_decoder.items() if t.special}
        for place, token in enumerate(ids):
            if token in special:
                return tuple(ids[: place + 1])
        if self._tokenizer.eos_token_id is None:
            raise ModelError("chat template", "ends no assistant turn", "use another model")
        return (int(self._tokenizer.eos_token_id),)

    def _markup(self, text: str) -> tuple[int, ...]:
        return tuple(self._tokenizer.encode(text, add_special_tokens=False))

    def _text(self, text: str) -> tuple[int, ...]:
        """Tokens of plain text: a control token's name inside it is letters, not control."""
        if not any(s in text for s in self._special):
            return self._markup(text)
        ids: list[int] = []
        for piece in _break(text, self._special):
            ids += self._markup(piece)
        return tuple(ids)

    def cuts(self, text: str) -> tuple[int, ...] | None:
        """How many characters of a response each of its tokens adds, end of turn left out.

        None where the tokenizer does not tell.
        """
        if not getattr(self._tokenizer, "is_fast", False):
            return None
        ends, begin = [0], 0
        for piece in _break(text, self._special):
            told = self._tokenizer(piece, add_special_tokens=False, return_offsets_mapping=True)
            # a token begins where the one before ends: offsets may leave out the blanks
            ends += [begin + end for _, end in told["offset_mapping"]]
            begin += len(piece)
        reached = [*accumulate(ends[:-1], max), len(text)] if ends[1:] else [0]
        return tuple(after - before for before, after in pairwise(reached))

    def _piecewise(self, turns: tuple[Message, ...]) -> tuple[int, ...]:
        """The prompt with markup and texts encoded apart, for texts that name control tokens."""
        marks = [_MARK.format(i) for i in range(len(turns))]
        marked = tuple(
            Message(role=m.role, content=mark) for m, mark in zip(turns, marks, strict=True)
        )
        ids: list[int] = []
        rest = self._render(marked, True)
        for message, mark in zip(turns, marks, strict=True):
            before, _, rest = rest.partition(mark)
            ids += [*self._markup(before), *self._text(message.content)]
        return (*ids, *self._markup(rest))


def _added(tokenizer: Any) -> list[str]:
    return [t.content for t in tokenizer.added_tokens_decoder.values()]


def _break(text: str, names: tuple[str, ...]) -> list[str]:
    """Cut `text` inside every name that occurs in it, so that no piece contains one.

    >>> _break("a<x>b", ("<x>",))
    ['a<', 'x>b']
    """
    pieces, begin = [], 0
    for place in range(1, len(text)):
        if any(text.startswith(n, place - 1) for n in names if len(n) > 1):
            pieces.append(text[begin:place])
            begin = place
    return [*pieces, text[begin:]]
