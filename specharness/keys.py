"""What a stored result is filed under, which results may be stored, and their bytes."""

import json
from math import isfinite
from struct import pack, unpack

from specharness.model import (
    Completion,
    Cuts,
    Identity,
    Logprobs,
    Request,
    Sampling,
    Unmeasured,
)
from specharness.nats import read_counts, write_counts
from specharness.records import digest

Result = Logprobs | Completion | Cuts

KEY_DIGITS = 32
_FORMAT = 1  # part of every key: raise it when the same request begins to mean something else


def request_key(identity: Identity, request: Request, sampling: Sampling | None = None) -> str:
    """The first 32 hex digits of the sha256 of everything that can change the answer.

    `sampling` is None where the response is weighed (`Model.logprobs`). Two requests have one key
    exactly when model, messages, prefill, response, index and sampling are the same.
    """
    who = [identity.name, identity.revision, identity.engine, identity.template]
    turns = [[message.role, message.content] for message in request.messages]
    how: list[object] | None = None
    if sampling is not None:
        how = [sampling.max_tokens, float(sampling.temperature), sampling.seed, sampling.index]
        how += [{"stop": sampling.stop}] if sampling.stop else []
    # what is asked once, from the turn's beginning, keeps the key it had
    again: list[object] = [request.index] if request.index else []
    if request.prefill:
        again.append({"prefill": request.prefill, "tags": request.tags})
    parts = [who, turns, request.response, how, *again]
    return digest("specharness result", _FORMAT, *parts)[:KEY_DIGITS]


def cuts_key(identity: Identity, text: str) -> str:
    """The same for how the model's tokens cut a response, whatever it answers."""
    who = [identity.name, identity.revision, identity.engine, identity.template]
    return digest("specharness cuts", _FORMAT, who, text)[:KEY_DIGITS]


def settle(result: Result | Unmeasured) -> Result | Unmeasured:
    """The result as the store will give it back: log-probabilities (nats) as float32 has them.

    What rounding pushed above 0 becomes 0. Numbers that cannot be log-probabilities (not finite,
    clearly above 0) make it `Unmeasured`, so that they are neither stored nor scored.

    >>> settle(Logprobs(tokens=(-0.5, float("-inf"))))
    Unmeasured(reason='token 2 of 2 has log-probability -inf')
    """
    if not isinstance(result, Logprobs):
        return result
    for place, nats in enumerate(result.tokens, 1):
        if not isfinite(nats) or not -1e6 <= nats <= 1e-3:
            count = len(result.tokens)
            return Unmeasured(reason=f"token {place} of {count} has log-probability {nats}")
    # `or`: minus zero becomes zero, so that the same number has the same bytes
    return _unpack_nats(_pack_nats(tuple(min(nats, 0.0) or 0.0 for nats in result.tokens)))


def pack_result(result: Result) -> bytes:
    """`L` and log-probabilities as little-endian float32, `C` and a completion as JSON, or `T` and
    the sizes of tokens (see `nats`).
    """
    if isinstance(result, Logprobs):
        return b"L" + _pack_nats(result.tokens)
    if isinstance(result, Cuts):
        return b"T" + write_counts(result.sizes).encode()
    read = [result.read] if result.read else []
    return b"C" + json.dumps([result.text, result.count, *read]).encode()


def unpack_result(payload: bytes) -> Result:
    """The result `pack_result` packed; the same numbers where it was settled."""
    if payload[:1] == b"L":
        return _unpack_nats(payload[1:])
    if payload[:1] == b"T":
        return Cuts(sizes=tuple(read_counts(payload[1:].decode())))
    text, count, *read = json.loads(payload[1:])
    return Completion(text=text, count=count, read=read[0] if read else 0)


def _pack_nats(nats: tuple[float, ...]) -> bytes:
    return pack(f"<{len(nats)}f", *nats)


def _unpack_nats(data: bytes) -> Logprobs:
    return Logprobs(tokens=unpack(f"<{len(data) // 4}f", data))
