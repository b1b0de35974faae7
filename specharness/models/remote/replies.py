"""What a server answered, as far as it matters here, read from litellm's objects."""

from dataclasses import dataclass
from typing import Any

from specharness.models.remote.faults import Fault


@dataclass(frozen=True, slots=True, kw_only=True)
class Echo:
    """Log-probabilities a text completion came with, entry by entry, as the server gave them."""

    text: str
    tokens: tuple[str, ...] = ()
    nats: tuple[float | None, ...] = ()
    offsets: tuple[int, ...] = ()
    prompt: tuple[dict[str, float] | None, ...] = ()  # vLLM's: by token id


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """One answer; `read` and `wrote` are tokens (0: not told), `top` the first token's rivals."""

    text: str | None
    model: str
    finish: str = ""
    read: int = 0
    wrote: int = 0
    top: tuple[tuple[str, float], ...] = ()
    echo: Echo | None = None


def read_chat(response: Any) -> Reply:
    """An answer of chat completions; Fault where it is none."""
    choice = _choice(response)
    content = getattr(getattr(choice, "logprobs", None), "content", None) or ()
    rivals = getattr(content[0], "top_logprobs", None) or () if content else ()
    return Reply(
        text=getattr(getattr(choice, "message", None), "content", None),
        finish=str(choice.finish_reason or ""),
        top=tuple((str(t.token), float(t.logprob)) for t in rivals),
        **_common(response),
    )


def read_text(response: Any) -> Reply:
    """An answer of text completions; Fault where it is none."""
    choice = _choice(response)
    told = getattr(choice, "logprobs", None)
    entries = getattr(choice, "prompt_logprobs", None) or getattr(response, "prompt_logprobs", None)
    text = str(choice.text or "")
    try:
        echo = Echo(
            text=text,
            tokens=tuple(str(t) for t in getattr(told, "tokens", None) or ()),
            nats=tuple(getattr(told, "token_logprobs", None) or ()),
            offsets=tuple(getattr(told, "text_offset", None) or ()),
            prompt=tuple(_by_id(entry) for entry in entries or ()),
        )
    except (TypeError, ValueError, AttributeError, KeyError):
        raise Fault("lost", "log-probabilities of an unknown form") from None
    return Reply(text=text, finish=str(choice.finish_reason or ""), echo=echo, **_common(response))


def _choice(response: Any) -> Any:
    choices = getattr(response, "choices", None)
    if not choices:
        raise Fault("lost", "an answer without a choice")
    return choices[0]


def _by_id(entry: Any) -> dict[str, float] | None:
    if entry is None:
        return None
    return {
        str(key): float(value["logprob"] if isinstance(value, dict) else value)
        for key, value in entry.items()
    }


def _common(response: Any) -> dict[str, Any]:
    usage = getattr(response, "usage", None)
    return {
        "model": str(getattr(response, "model", None) or ""),
        "read": int(getattr(usage, "prompt_tokens", 0) or 0),
        "wrote": int(getattr(usage, "completion_tokens", 0) or 0),
    }
