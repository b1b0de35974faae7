"""What went wrong with a call, and whether it may be asked again.

A call is repeated only where nothing was answered: the server refused it (429, 5xx) or was not
reached. An answer that began and cannot be read may be paid for already, so it is an error of its
request, counted and shown, and not asked again in the same run.
"""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Literal

# again: refused or not reached. lost: this request has no result. fatal: no request would have one.
Kind = Literal["again", "lost", "fatal"]


class Fault(Exception):
    """A call without a result; `wait` is what the server asks for, in seconds."""

    def __init__(
        self, kind: Kind, reason: str, *, status: int | None = None, wait: float | None = None
    ) -> None:
        super().__init__(reason)
        self.kind: Kind = kind
        self.reason = reason
        self.status = status
        self.wait = wait

    @property
    def is_slowing(self) -> bool:
        """Whether the server asks for fewer calls."""
        return self.status in (429, 503, 529)

    @property
    def is_unreachable(self) -> bool:
        """Whether there was no server to talk to."""
        return self.kind == "again" and self.status is None


_FATAL = {401: "refuses the key", 402: "wants to be paid first", 403: "refuses the key"}
_NOT_REACHED = {"ConnectError", "ConnectTimeout", "ClientConnectorError", "ConnectionRefusedError",
                "PoolTimeout", "WriteError"}  # fmt: skip
_UNREADABLE = {"JSONDecodeError", "UnicodeDecodeError", "ValidationError", "KeyError",
               "ContentTypeError", "APIResponseValidationError"}  # fmt: skip
_CUT_OFF = {"ReadError", "RemoteProtocolError", "ClientPayloadError"}
_LOCAL = {"ImportError", "ModuleNotFoundError", "UnsupportedParamsError", "MissingSchema",
          "InvalidURL"}  # fmt: skip


def read_fault(error: BaseException, now: datetime | None = None) -> Fault:
    """What an exception of litellm (or of what it stands on) says about a call."""
    chain = list(_causes(error))
    for link in chain:
        if isinstance(link, Fault):  # of a client of ours, that litellm has wrapped
            return link
    names = {type(link).__name__ for link in chain}
    status = _answered(chain)
    told = _sentence(error)
    if status is not None:
        return _by_status(status, told, _retry_after(chain, now or datetime.now(UTC)))
    if names & _LOCAL or "LLM Provider NOT provided" in told:
        return Fault("fatal", told)
    if "AuthenticationError" in names:
        return Fault("fatal", f"{told} (is the provider's key in the environment?)")
    return _by_connection(chain, names, told)


def _by_connection(chain: list[BaseException], names: set[str], told: str) -> Fault:
    """A call without a reply, or without a whole one."""
    if names & _NOT_REACHED:
        return Fault("again", f"cannot be reached ({told})")
    if _closed_at_once(chain):
        return Fault("again", "the connection was closed before an answer began")
    reason = told
    if any("Timeout" in name for name in names):
        reason = "no answer within the time for one call"
    elif names & _UNREADABLE or "Empty or invalid response" in told:
        reason = "an answer that is not the JSON it should be"
    elif names & _CUT_OFF:
        reason = "the connection was lost in the middle of an answer"
    return Fault("lost", reason)


def refused(status: int, told: str, headers: Mapping[str, str], now: datetime) -> Fault:
    """What a reply that is no answer says; `told` are the server's words."""
    lower = {name.lower(): value for name, value in headers.items()}
    return _by_status(status, told, _wait(lower, now))


def _by_status(status: int, told: str, wait: float | None) -> Fault:
    name = HTTPStatus(status).phrase if status in set(HTTPStatus) else "?"
    shown = f"{status} {name}: {told}"
    if status in _FATAL:
        return Fault("fatal", f"{_FATAL[status]} ({shown})", status=status)
    if status == 404:
        return Fault("fatal", f"knows no such model or path ({shown})", status=status)
    if status == 429 and "insufficient_quota" in told:
        return Fault("fatal", f"has no quota left ({shown})", status=status)
    if status in (408, 409, 425, 429) or status >= 500:
        return Fault("again", shown, status=status, wait=wait)
    return Fault("lost", shown, status=status)


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        yield error
        error = error.__cause__ or error.__context__


def _answered(chain: list[BaseException]) -> int | None:
    """The status of a reply that really came: litellm makes up a 500 where there was none."""
    for link in chain:
        if type(link).__name__ == "HTTPStatusError":
            return int(link.response.status_code)  # type: ignore[attr-defined]
    if any(_headers(link) for link in chain):
        return next((int(s) for link in chain if (s := getattr(link, "status_code", None))), None)
    return None


def _headers(link: BaseException) -> Mapping[str, str]:
    for holder in (link, getattr(link, "response", None)):
        for name in ("litellm_response_headers", "headers"):
            found = getattr(holder, name, None)
            if found:
                return {str(k).lower(): str(v) for k, v in dict(found).items()}
    return {}


def _retry_after(chain: list[BaseException], now: datetime) -> float | None:
    """Seconds to wait, from `Retry-After` (seconds or a date) or `retry-after-ms`."""
    return next((w for link in chain if (w := _wait(_headers(link), now)) is not None), None)


def _wait(headers: Mapping[str, str], now: datetime) -> float | None:
    try:
        if "retry-after-ms" in headers:
            return max(0.0, float(headers["retry-after-ms"]) / 1000)
        if "retry-after" in headers:
            return _seconds(headers["retry-after"], now)
    except (ValueError, TypeError):
        pass
    return None


def _seconds(value: str, now: datetime) -> float:
    if value.strip().replace(".", "", 1).isdigit():
        return float(value)
    return max(0.0, (parsedate_to_datetime(value) - now).total_seconds())


def _closed_at_once(chain: list[BaseException]) -> bool:
    """The server closed an idle or fresh connection: not one byte of an answer came."""
    return any(
        type(link).__name__ == "ServerDisconnectedError"
        or "without sending a response" in str(link)
        for link in chain
    )


def _sentence(error: BaseException) -> str:
    """The provider's own words, on one line, without litellm's names around them."""
    text = " ".join(str(error).split())
    for _ in range(4):
        head, colon, rest = text.partition(": ")
        text = rest if colon and head.replace("litellm.", "").isidentifier() else text
    return text.partition(" - ")[2][:300] if text.startswith("OpenAIException - ") else text[:300]
