"""Findings for other programs: our own JSON, and SARIF 2.1.0 for forges and editors."""

import json
import os
from pathlib import Path
from typing import Any

from specharness import sarif
from specharness.lint.checking import Linted
from specharness.lint.codes import LEVELS, Code, all_codes
from specharness.lint.finding import Finding
from specharness.visible import one_line


def render_json(linted: Linted) -> str:
    """The findings as JSON, its keys in a fixed order; paths are as they are told in the text."""
    data = {
        "format": 1,
        "suites": [{"name": name, "pairs": number} for name, number in linted.suites],
        "counts": {level: linted.count(level) for level in LEVELS},
        "unchecked": list(linted.unchecked),
        "findings": [_row(finding) for finding in linted.findings],
    }
    return json.dumps(data, ensure_ascii=False, indent=1)


def _row(finding: Finding) -> dict[str, Any]:
    return {
        "code": finding.code,
        "level": finding.level,
        "suite": finding.suite,
        "path": one_line(finding.path.as_posix()),
        "line": finding.line,
        "pair": finding.pair,
        "message": finding.message,
        "remedy": finding.remedy,
    }


def render_sarif(linted: Linted) -> str:
    """The findings as SARIF 2.1.0: one run, all codes as its rules, paths below the project."""
    rules = [_rule(code) for code in all_codes().values()]
    return sarif.render_sarif(rules, (_result(f, linted.root) for f in linted.findings))


def _rule(code: Code) -> sarif.SarifRule:
    return sarif.SarifRule(
        id=code.code, title=code.title, why=code.why, remedy=code.remedy, level=code.level
    )


def _result(finding: Finding, root: Path) -> sarif.SarifResult:
    below = Path(os.path.relpath(finding.path.resolve(), root.resolve()))
    return sarif.SarifResult(
        rule=finding.code,
        level=finding.level,
        message=f"{finding.message}; {finding.remedy}",
        path=below.as_posix(),
        line=finding.line,
        about=(finding.suite, finding.pair or finding.message),
    )
