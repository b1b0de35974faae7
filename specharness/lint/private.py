"""Likely secrets and personal data, masked (SH305 ... SH309). The table is `private.toml`."""

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from specharness.lint.hidden import Seen

_VARIETY = 8  # different characters at the end of a real key: "xxxx" and "0000" have fewer
_END = 16
_MAIL = re.compile(
    r"(?<![A-Za-z0-9/])([A-Za-z0-9][A-Za-z0-9._%+-]{0,63})@"
    r"((?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,62})\.){1,8}[A-Za-z]{2,24})(?![A-Za-z0-9-])"
)
_PHONE = re.compile(r"(?<![\w+])\+[1-9]\d{0,2}(?:[ .()/-]{0,2}\d){6,12}(?![\d\w])", re.ASCII)
_FICTION = re.compile(r"\A1\d{3}55501\d\d\Z")  # +1 area 555-01xx
# what stands before is looked at after the first character: so the search skips to digits, letters
_LONG_NUMBER = re.compile(r"\d(?<![\w.-]\d)(?:[ -]?\d){12,18}(?![\w-])", re.ASCII)
# Beginnings and lengths of Visa, Mastercard, American Express, Discover, JCB and Diners Club.
_CARD = re.compile(
    r"4(?:\d{12}|\d{15}|\d{18})|5[1-5]\d{14}|2(?:22[1-9]|2[3-9]\d|[3-6]\d\d|7[01]\d|720)\d{12}"
    r"|3[47]\d{13}|6(?:011|5\d\d)\d{12}|35\d{14}|3(?:0[0-5]|[68]\d)\d{11}"
)
_IBAN = re.compile(
    r"[A-Z](?<!\w[A-Z])[A-Z]\d\d(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?(?!\w)", re.ASCII
)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Secret:
    """A kind of secret; `hints` are texts of which a match has one."""

    name: str
    hints: tuple[str, ...]
    pattern: re.Pattern[str]


@cache
def _table() -> dict[str, Any]:
    return tomllib.loads((files("specharness.lint") / "private.toml").read_text(encoding="utf-8"))


@cache
def _secrets() -> tuple[_Secret, ...]:
    return tuple(
        _Secret(name=row["name"], hints=tuple(row["hints"]), pattern=re.compile(row["pattern"]))
        for row in _table()["secret"]
    )


def find_secrets(text: str) -> Iterator[Seen]:
    """Keys, tokens and passwords by their documented shapes; shown are the first 4 characters.

    >>> list(find_secrets("key: " + "AKIA" + "Q3EGRT5LK2MNBV7X"))
    [('SH305', "AWS access key 'AKIA…' (20 characters)")]
    """
    for secret in _secrets():
        for hint in secret.hints:
            if hint in text:
                yield from _matches(secret, text)
                break


def find_personal(text: str) -> Iterator[Seen]:
    """E-mail addresses, phone numbers, card and account numbers; most of each is left out.

    >>> list(find_personal("Write to jane.doe@mail.example.org or jane.doe@mail.tld."))
    [('SH306', "'j…@m…tld'")]
    """
    for find in (_mails, _phones, _cards, _accounts):
        yield from find(text)


def _matches(secret: _Secret, text: str) -> Iterator[Seen]:
    for match in secret.pattern.finditer(text):
        found = match.group()
        if not _is_placeholder(found):
            yield "SH305", f"{secret.name} '{found[:4]}…' ({len(found)} characters)"


def _is_placeholder(text: str) -> bool:
    return "example" in text.lower() or len(set(text[-_END:])) < _VARIETY


def _mails(text: str) -> Iterator[Seen]:
    if "@" not in text:
        return
    reserved = _table()["reserved"]
    for name, domain in _MAIL.findall(text):
        ends = domain.lower().split(".")
        known = ".".join(ends[-2:]) in reserved["domains"] or ends[-1] in reserved["top_level"]
        if not known and name.lower() not in reserved["mailboxes"]:
            yield "SH306", f"'{name[0]}…@{domain[0]}…{ends[-1]}'"


def _phones(text: str) -> Iterator[Seen]:
    if "+" not in text:
        return
    for match in _PHONE.finditer(text):
        digits = _digits(match.group())
        if 8 <= len(digits) <= 15 and not _FICTION.match(digits) and len(set(digits)) > 3:
            yield "SH307", f"'{match.group()[:3]}…'"


def _cards(text: str) -> Iterator[Seen]:
    for match in _LONG_NUMBER.finditer(text):
        digits = _digits(match.group())
        if (
            _CARD.fullmatch(digits)
            and _luhn(digits)
            and digits not in _table()["reserved"]["cards"]
        ):
            yield "SH308", f"'…{digits[-4:]}'"


def _accounts(text: str) -> Iterator[Seen]:
    for match in _IBAN.finditer(text):
        number = match.group().replace(" ", "")
        turned = "".join(str(int(c, 36)) for c in number[4:] + number[:4])
        if int(turned) % 97 == 1:  # ISO 13616
            yield "SH309", f"'{number[:4]}…'"


def _digits(text: str) -> str:
    return "".join(character for character in text if character.isdigit())


def _luhn(digits: str) -> bool:
    """Whether the last digit is the check digit of the others (ISO/IEC 7812-1, annex B)."""
    doubled = [int(d) * (1 + place % 2) for place, d in enumerate(reversed(digits))]
    return sum(n - 9 * (n > 9) for n in doubled) % 10 == 0
