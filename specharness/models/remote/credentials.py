"""Keys: read from the environment, and kept out of everything that is written or shown."""

import os
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from specharness.errors import UsageError
from specharness.settings_remote import RemoteSettings

_NAMES = re.compile(r"KEY|TOKEN|SECRET|PASSW|CREDENTIAL|AUTH", re.IGNORECASE)
# what providers' errors repeat of a key, and what is written before one
_LOOKS = re.compile(r"\b(?:sk|pk|rk|gsk|xai|hf|r8)[-_][\w*.-]{6,}|(?i:\bbearer\s+)\S{6,}")
_SHORTEST = 8
HIDDEN = "[key]"


@dataclass(frozen=True, slots=True, kw_only=True)
class Credentials:
    """What a call is authorised with; never printed (`repr` shows nothing of it)."""

    key: str | None = field(default=None, repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    secret: tuple[str, ...] = field(default=(), repr=False)

    def scrub(self, text: str) -> str:
        """The text without keys: those of the environment, and what looks like one."""
        for value in self.secret:
            text = text.replace(value, HIDDEN)
        return _LOOKS.sub(HIDDEN, text)

    def leaks(self, text: str) -> bool:
        """Whether a key of the environment stands in a text."""
        return any(value in text for value in self.secret)


def read_credentials(
    settings: RemoteSettings, where: str | Path, environment: Mapping[str, str] = os.environ
) -> Credentials:
    """The key and headers that `[remote]` names; UsageError where a variable is not set."""
    named = {"api_key": settings.api_key} if settings.api_key else {}
    headers = {f"headers.{name}": variable for name, variable in settings.headers.items()}
    values = {}
    for place, variable in {**named, **headers}.items():
        if not environment.get(variable):
            what = f"the environment variable that 'remote.{place}' names is not set"
            raise UsageError(where, what, "export it (in CI: as a secret)")
        values[place] = environment[variable].strip()
    return Credentials(
        key=values.get("api_key"),
        headers={name: values[f"headers.{name}"] for name in settings.headers},
        secret=_secrets(environment, values.values()),
    )


def _secrets(environment: Mapping[str, str], named: Iterable[str]) -> tuple[str, ...]:
    """Whatever must not be shown, longest first, so that no part of a key stays behind."""
    usual = (value for name, value in environment.items() if _NAMES.search(name))
    found = {value.strip() for value in (*usual, *named)}
    # "Bearer <key>" as a header's value: the key alone is secret too
    found |= {value.rpartition(" ")[2] for value in found}
    return tuple(sorted((v for v in found if len(v) >= _SHORTEST), key=len, reverse=True))
