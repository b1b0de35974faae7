"""SARIF 2.1.0 (OASIS): findings in files, for forges and editors."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any, Literal
from urllib.parse import quote

from specharness.records import digest

SarifLevel = Literal["error", "warning", "note"]
_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
_ROOT = "%SRCROOT%"


@dataclass(frozen=True, slots=True, kw_only=True)
class SarifRule:
    """A kind of finding: a title, why it matters and what to do about it."""

    id: str
    title: str
    why: str
    remedy: str
    level: SarifLevel


@dataclass(frozen=True, slots=True, kw_only=True)
class SarifResult:
    """A finding; `rule` is the id of its kind.

    `path` lies below the project (`/` between folders) and `line` is 1-based. `about` names what
    the finding is about, whatever line it stands on: from it, a forge knows the finding again.
    """

    rule: str
    level: SarifLevel
    message: str
    path: str
    line: int
    about: tuple[str, ...]


def render_sarif(rules: Sequence[SarifRule], results: Iterable[SarifResult]) -> str:
    """One run of this package as SARIF; KeyError for a result whose rule is not among `rules`."""
    places = {rule.id: place for place, rule in enumerate(rules)}
    driver = {
        "name": "specharness",
        "version": version("specharness"),
        "rules": [_rule(rule) for rule in rules],
    }
    run = {
        "tool": {"driver": driver},
        "originalUriBaseIds": {_ROOT: {"description": {"text": "The root of the project."}}},
        "columnKind": "unicodeCodePoints",
        "results": [_result(result, places[result.rule]) for result in results],
    }
    whole = {"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}
    return json.dumps(whole, ensure_ascii=False, indent=1)


def _rule(rule: SarifRule) -> dict[str, Any]:
    return {
        "id": rule.id,
        "shortDescription": {"text": f"{rule.title[0].upper()}{rule.title[1:]}."},
        "fullDescription": {"text": rule.why},
        "help": {"text": f"{rule.why}\n\nWhat to do: {rule.remedy}"},
        "defaultConfiguration": {"level": rule.level},
    }


def _result(result: SarifResult, place: int) -> dict[str, Any]:
    uri = quote(result.path.encode("utf-8", "surrogateescape"))
    artifact = {"uri": uri, "uriBaseId": _ROOT}
    physical = {"artifactLocation": artifact, "region": {"startLine": result.line}}
    return {
        "ruleId": result.rule,
        "ruleIndex": place,
        "level": result.level,
        "message": {"text": _literal(result.message)},
        "locations": [{"physicalLocation": physical}],
        "partialFingerprints": {"specharness/v1": digest(result.rule, *result.about)[:32]},
    }


def _literal(message: str) -> str:
    """The message without embedded links: `[text](target)` is one in SARIF (3.11.6)."""
    return message.replace("](", "] (")
