"""An OpenAI-compatible server's door: the client that litellm is given for such servers.

It has the few members that litellm uses of `openai.AsyncOpenAI`. The real one costs two thirds of
a call's processor time (6 of 10 ms, litellm 2, measured), and hides what a repeat depends on:
whether an answer had begun. It repeats nothing by itself, and keeps connections open until `close`.
"""

import asyncio
import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

from specharness.models.remote.faults import Fault, read_fault, refused

_TEXT = "/completions"
_NOTHING = dict.fromkeys(("tokens", "token_logprobs", "text_offset", "top_logprobs"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Parcel:
    """An answer as litellm takes it: headers, and a body it asks for twice over."""

    body: dict[str, Any]
    headers: dict[str, str] = field(default_factory=dict)

    def parse(self) -> "Parcel":
        """Itself: it was read already."""
        return self

    def model_dump(self) -> dict[str, Any]:
        """The answer's JSON."""
        return self.body


class Postman:
    """Posts to `base`/chat/completions and `base`/completions; raises Fault, and nothing else.

    At most `most` calls are on their way at once, each for `timeout` seconds; others wait for their
    turn, and their time does not run. So one answer can be read while the next is waited for.
    """

    def __init__(self, base: str, key: str, most: int, timeout: float) -> None:
        self.api_key = key
        self._base_url = SimpleNamespace(_uri_reference=base)  # litellm logs it
        self._base, self._timeout = base.rstrip("/"), timeout
        self._places = asyncio.Semaphore(most)
        self._session: Any = None
        self._proxy = find_proxy(base)
        self.chat = SimpleNamespace(completions=self._door("/chat/completions"))
        self.completions = self._door(_TEXT)

    async def close(self) -> None:
        """Close the connections."""
        if self._session is not None:
            await self._session.close()

    def _door(self, path: str) -> SimpleNamespace:
        return SimpleNamespace(with_raw_response=SimpleNamespace(create=partial(self._post, path)))

    async def _post(
        self,
        path: str,
        *,
        extra_headers: dict[str, str] | None = None,
        extra_body: dict[str, Any] | None = None,
        timeout: object = None,  # litellm's own
        **body: Any,
    ) -> Parcel:
        sent = {"Authorization": f"Bearer {self.api_key}", **(extra_headers or {})}
        try:
            async with (
                self._places,
                asyncio.timeout(self._timeout),
                self._open().post(
                    self._base + path,
                    json={**body, **(extra_body or {})},
                    headers=sent,
                    allow_redirects=False,  # a key goes to the address that was named
                    proxy=self._proxy,
                ) as reply,
            ):
                data, headers = await reply.read(), dict(reply.headers)
                status = int(reply.status)
        except Exception as error:  # aiohttp's many kinds
            raise read_fault(error) from None
        found = _read(status, data, headers)
        return Parcel(body=_usual(found) if path == _TEXT else found, headers=headers)

    def _open(self) -> Any:
        if self._session is None:
            import aiohttp  # noqa: PLC0415 - with litellm

            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=0),  # `_places` is the limit
                timeout=aiohttp.ClientTimeout(total=None),
                # not trust_env: before each call it would look in two other threads for a proxy and
                # for a login in .netrc, and refuse to send that beside a key
            )
        return self._session


def find_proxy(address: str) -> str | None:
    """The proxy that the environment names for an address; None where there is none for it."""
    parts = urlsplit(address)
    if not parts.hostname or proxy_bypass(parts.hostname):
        return None
    return getproxies().get(parts.scheme)


def _read(status: int, data: bytes, headers: dict[str, str]) -> dict[str, Any]:
    """The JSON of an answer; Fault for a refusal and for what is no answer."""
    try:
        # llama.cpp writes tokens that are parts of a character as the bytes they are
        found = json.loads(data.decode("utf-8", "replace"))
    except ValueError:
        found = None
    if status >= 300:
        raise refused(status, _complaint(found, data), headers, datetime.now(UTC))
    if not isinstance(found, dict):
        raise Fault("lost", "an answer that is not the JSON it should be")
    return found


def _usual(body: dict[str, Any]) -> dict[str, Any]:
    """A text completion in the form that litellm wants: with all fields of log-probabilities.

    Those in chat's form are left out; llama.cpp gives them, of tokens it wrote itself.
    """
    for choice in body.get("choices") or ():
        told = choice.get("logprobs") if isinstance(choice, dict) else None
        if isinstance(told, dict):
            choice["logprobs"] = _NOTHING | told if "tokens" in told else None
    return body


def _complaint(found: object, data: bytes) -> str:
    """The server's own words."""
    told = found.get("error", found) if isinstance(found, dict) else None
    if isinstance(told, dict):
        code = told.get("code") or told.get("type") or ""
        shown = told.get("message") or told.get("detail") or told
        told = f"{shown} [{code}]" if code == "insufficient_quota" else shown
    text = str(told) if told else data.decode("utf-8", "replace")
    return " ".join(text.split())[:300]
