"""Who a model behind an API is, as far as its settings say: no call is made for it."""

import re
from pathlib import Path
from urllib.parse import urlsplit

from specharness.errors import UsageError
from specharness.model import Identity
from specharness.models.remote.prompting import AS_SERVED, prompting_digest
from specharness.records import digest
from specharness.settings_remote import RemoteSettings

PREFIX = "litellm:"
_NAME = re.compile(r"[\w.-]+(/[\w.:@-]+)+")
_ENVIRONMENT = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


def is_remote(name: str) -> bool:
    """Whether a `model` setting names a model behind an API.

    >>> is_remote("litellm:openai/gpt-4o-mini"), is_remote("openai/gpt-4o-mini")
    (True, False)
    """
    return name.startswith(PREFIX)


def remote_identity(name: str, settings: RemoteSettings, where: str | Path) -> Identity:
    """Who answers: model, endpoint and chat template; UsageError for settings that cannot be.

    The endpoint stands in it as a digest: recordings and reports name no hosts.
    """
    check_remote(name, settings, where)
    endpoint = f" at {digest(settings.api_base.rstrip('/'))[:12]}" if settings.api_base else ""
    return Identity(
        name=name,
        # not in the engine, which may differ between recordings and who answers beside them
        revision=f"{settings.revision or AS_SERVED}{endpoint}",
        engine="litellm",
        template=prompting_digest(settings, where),
    )


def check_remote(name: str, settings: RemoteSettings, where: str | Path) -> None:
    """UsageError for a name, an address or a variable's name that cannot be one."""
    if not _NAME.fullmatch(name.removeprefix(PREFIX)):
        remedy = 'write model = "litellm:PROVIDER/MODEL", for example "litellm:openai/gpt-4o-mini"'
        raise UsageError(where, f"no model {name!r}", remedy)
    if settings.api_base:
        _check_address(settings.api_base, where)
    for key, variable in {"api_key": settings.api_key, **_headers(settings)}.items():
        check_variable(variable, where, f"'remote.{key}'")


def check_variable(variable: str, where: str | Path, what: str) -> None:
    """UsageError where a text is not empty and no name of an environment variable."""
    if variable and not _ENVIRONMENT.fullmatch(variable):
        # never shown: who writes a key here has to hear of it without seeing it in a log
        told = f"{what} is not the name of an environment variable"
        raise UsageError(where, told, "keys stand in the environment, their names here")


def _headers(settings: RemoteSettings) -> dict[str, str]:
    return {f"headers.{name}": variable for name, variable in settings.headers.items()}


def _check_address(address: str, where: str | Path) -> None:
    parts = urlsplit(address)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        what = "'remote.api_base' is no address"
        raise UsageError(where, what, 'write it as "http://localhost:8000/v1"')
    if parts.username or parts.password or parts.query:
        what = "'remote.api_base' carries a password or a query"
        raise UsageError(where, what, "name keys by environment variable, in [remote] headers")
