"""Log-probabilities of a given text, out of what a server echoed.

Nothing is taken on trust: as many numbers as tokens, our text echoed, a token that begins exactly
where the response does. Anything else is `Unmeasured`, and says what was wrong.
"""

from itertools import accumulate

from specharness.model import Logprobs, Unmeasured
from specharness.models.remote.prompting import Given
from specharness.models.remote.replies import Echo

ECHO = "echo"
PROMPT = "prompt_logprobs"

IGNORES = (
    "the server ignores `{route}` ({found}), so it gives no log-probabilities of given text; take "
    "a server that does, such as vLLM, or a scorer that asks for verdicts"
)


def read_weights(given: Given, echo: Echo, route: str) -> Logprobs | Unmeasured:
    """The response's log-probabilities (nats), end of turn included."""
    nats = _from_prompt(given, echo) if route == PROMPT else _from_echo(given, echo)
    if isinstance(nats, Unmeasured):
        return nats
    if not nats or any(n is None for n in nats):
        return Unmeasured(reason="a token of the response has no log-probability")
    return Logprobs(tokens=tuple(float(n) for n in nats if n is not None))


def _from_prompt(given: Given, echo: Echo) -> list[float | None] | Unmeasured:
    """vLLM's list: one record by token id for every token of the prompt but the first."""
    if not echo.prompt:
        return _ignored(PROMPT, "its answer has none")
    if len(echo.prompt) != len(given.ids):
        return _wrong_length(len(echo.prompt), len(given.ids))
    found = [(r or {}).get(str(i)) for r, i in zip(echo.prompt, given.ids, strict=True)]
    if None in found[1:]:
        return Unmeasured(reason="the echoed tokens are not those sent")
    return found[given.start :]


def _from_echo(given: Given, echo: Echo) -> list[float | None] | Unmeasured:
    if not echo.nats:
        return _ignored(ECHO, "its answer has no log-probabilities")
    if len(echo.nats) != len(echo.tokens):
        return _wrong_length(len(echo.nats), len(echo.tokens))
    return _by_ids(given, echo) if given.ids else _by_text(given, echo)


def _by_ids(given: Given, echo: Echo) -> list[float | None] | Unmeasured:
    count = len(given.ids)
    if len(echo.nats) < count or not _says(echo.text, given.plain):
        return _ignored(ECHO, f"{len(echo.nats)} tokens came back where {count} were sent")
    if len(echo.nats) > count + 1:  # one more: generated, where a server writes at least one
        return _wrong_length(len(echo.nats), count)
    return list(echo.nats[given.start : count])


def _says(text: str, plain: str) -> bool:
    """Whether an echo holds our words in order; servers show or hide control tokens and blanks."""
    place, shown = 0, "".join(text.split())
    for word in plain.split():
        place = shown.find(word, place)
        if place < 0:
            return False
        place += len(word)
    return True


def _by_text(given: Given, echo: Echo) -> list[float | None] | Unmeasured:
    offsets = _offsets(given, echo)
    if offsets is None:
        what = f"{len(echo.tokens)} tokens came back that are not our text"
        return _ignored(ECHO, what)
    end = len(given.text)
    if given.start not in offsets:
        return Unmeasured(reason="a token spans the end of the prompt and the response's beginning")
    return [n for n, o in zip(echo.nats, offsets, strict=True) if given.start <= o < end]


def _offsets(given: Given, echo: Echo) -> list[int] | None:
    """Where each token begins in our text; None where our text is not there."""
    joined = "".join(echo.tokens)
    shift = joined.find(given.text)
    if shift >= 0:  # what stands before it is a token that the server puts first
        starts = accumulate((len(t) for t in echo.tokens[:-1]), initial=0)
        return [place - shift for place in starts]
    # tokens that are parts of a character cannot be joined: the server's own count may hold
    told = len(echo.offsets) == len(echo.tokens) and echo.text.startswith(given.text)
    places = zip(echo.offsets, echo.tokens, strict=True) if told else ()
    whole = [(o, t) for o, t in places if "\ufffd" not in t and not t.startswith("bytes:")]
    if whole and all(echo.text.startswith(t, o) for o, t in whole):
        return list(echo.offsets)
    return None


def _wrong_length(found: int, wanted: int) -> Unmeasured:
    return Unmeasured(reason=f"{found} log-probabilities came back for {wanted} tokens")


def _ignored(route: str, found: str) -> Unmeasured:
    return Unmeasured(reason=IGNORES.format(route=route, found=found))
