"""Calls to a server through litellm: the only place that imports it.

litellm's own retries, cache, budget, logging of calls and price lookups over the network are off;
`.env` files are not read. For OpenAI-compatible servers it is given a client of ours (`postman`).
"""

import asyncio
import logging
import os
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, Literal

from specharness.budget import Cost
from specharness.errors import ModelError
from specharness.models.remote.credentials import Credentials
from specharness.models.remote.faults import Fault, read_fault
from specharness.models.remote.naming import PREFIX
from specharness.models.remote.postman import Postman
from specharness.models.remote.replies import Reply, read_chat, read_text
from specharness.settings_remote import RemoteSettings

_LOUD = r"litellm|openai|pydantic|httpx|httpcore|aiohttp"
_OPENAI = "https://api.openai.com/v1"
_INSTALL = "`pip install 'specharness[remote]'`"


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One call: chat or text completions, what it says, and what it costs at most."""

    kind: Literal["chat", "text"]
    body: dict[str, Any]
    cost: Cost


def import_litellm(name: str) -> Any:
    """The module, set up as said above; ModelError where the extra is not installed."""
    os.environ["LITELLM_LOCAL_MODEL_COST_MAP"] = "True"  # else the import fetches a list of prices
    os.environ.setdefault("LITELLM_MODE", "PRODUCTION")  # else the import reads .env
    try:
        with quiet():
            import litellm  # noqa: PLC0415 - takes seconds
    except ImportError as error:
        raise ModelError(name, f"needs {error.name}", _INSTALL) from None
    litellm.suppress_debug_info = True
    litellm.num_retries = 0
    litellm.cache = None
    litellm.callbacks, litellm.success_callback, litellm.failure_callback = [], [], []
    for logger in ("LiteLLM", "openai", "httpx", "httpcore"):
        # whatever LITELLM_LOG says: calls and their headers are not logged
        logging.getLogger(logger).setLevel(logging.CRITICAL)
    return litellm


@contextmanager
def quiet() -> Iterator[None]:
    """No warnings of litellm and what it stands on: under `-W error` each would lose a call."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", module=_LOUD)
        yield


def _internal_mark() -> ContextVar[bool] | None:
    """What marks a task's calls as none to be logged; None in a litellm that has no such mark.

    Else litellm queues each call with its messages for callbacks that nobody has set: a sixth of
    its time for a call (measured), in the loop that waits for answers.
    """
    try:
        from litellm._internal_context import is_internal_call  # noqa: PLC0415 - with litellm
    except ImportError:
        return None
    return is_internal_call


class Wire:
    """One model's server. Connections open with the first call; `close` them in the same loop."""

    def __init__(self, name: str, settings: RemoteSettings, credentials: Credentials) -> None:
        self._litellm = import_litellm(name)
        self._settings, self._credentials = settings, credentials
        try:
            # provider, key and address as litellm knows them for this name
            self.model, self.provider, key, base = self._litellm.get_llm_provider(
                model=name.removeprefix(PREFIX), api_base=settings.api_base or None
            )
        except Exception as error:  # its own kinds; all mean: no such provider
            raise ModelError(name, read_fault(error).reason, "mend 'model' in suite.toml") from None
        self.takes = set(self._litellm.get_supported_openai_params(self.model, self.provider) or ())
        # a suite that names an address gets no key but the one it names: it may be a stranger's
        self._key = credentials.key or ("none" if settings.api_base else key)
        self._base = base
        self._client: Postman | None = None
        self._internal = _internal_mark()

    async def ask(self, call: Call) -> Reply:
        """The answer to one call; raises Fault, with no key in what it says."""
        if self._internal is not None:
            self._internal.set(True)
        try:
            # our own client keeps the time from when a call is sent
            async with asyncio.timeout(None if self.is_ours else self._settings.timeout):
                if call.kind == "chat":
                    reply = read_chat(await self._chat(call.body))
                else:
                    reply = read_text(await self._text(call.body))
        except Fault:
            raise
        except Exception as error:
            fault = read_fault(error)
            reason = self._credentials.scrub(fault.reason)
            raise Fault(fault.kind, reason, status=fault.status, wait=fault.wait) from None
        if reply.text and self._credentials.leaks(reply.text):
            raise Fault("lost", "the answer holds a key of the environment")
        self._check_model(reply)
        return reply

    @property
    def is_ours(self) -> bool:
        """Whether calls go through our own client, which bounds how many are on their way."""
        return str(self.provider) == "openai"

    async def close(self) -> None:
        """Close the connections."""
        client, self._client = self._client, None
        if client is not None:
            await client.close()
        with suppress(Exception):
            await self._litellm.close_litellm_async_clients()
        for _ in range(3):
            await asyncio.sleep(0)  # a transport is closed in the loop's next rounds

    async def _chat(self, body: dict[str, Any]) -> Any:
        return await self._litellm.acompletion(
            model=f"{self.provider}/{self.model}",
            api_base=self._base,
            client=self._own() if self.is_ours else None,
            **self._always(),
            **body,
        )

    async def _text(self, body: dict[str, Any]) -> Any:
        # one route for all: litellm turns other names into chat, and refuses tokens as a prompt
        return await self._litellm.atext_completion(
            model=f"text-completion-openai/{self.model}",
            api_base=self._base,
            client=self._own(),
            **self._always(),
            **body,
        )

    def _always(self) -> dict[str, Any]:
        return {
            "api_key": self._key,
            "extra_headers": dict(self._credentials.headers) or None,
            "num_retries": 0,
            "max_retries": 0,
            "timeout": self._settings.timeout,
            "caching": False,
            "no-log": True,
            # else litellm looks for the price of every answer, 1 ms each; the purse knows it
            "input_cost_per_token": 0.0,
            "output_cost_per_token": 0.0,
        }

    def _own(self) -> Postman:
        if self._client is None:
            key = self._key or os.environ.get("OPENAI_API_KEY")
            if not key:
                remedy = "export OPENAI_API_KEY, or name another variable as 'remote.api_key'"
                raise ModelError(self.model, "no key in the environment", remedy)
            told = self._settings
            address = self._base or _OPENAI
            self._client = Postman(address, key, told.concurrency, told.timeout)
        return self._client

    def _check_model(self, reply: Reply) -> None:
        """Fault where another model answered than the one asked (dated names begin with it)."""
        wanted = self._settings.answers_as or self.model
        asked, told = wanted.casefold(), reply.model.casefold()
        if wanted == "*" or not told or asked in told or told in asked:
            return
        what = f"the answer is of another model, {reply.model[:80]!r}"
        raise Fault("lost", f"{what}; name it as 'remote.answers_as' where that is right")
