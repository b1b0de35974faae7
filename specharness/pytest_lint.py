"""The pytest case that every suite has without a test being written: `lint[suite]`."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from specharness.errors import SpecharnessError
from specharness.suitefile import Suite

TOLD = "spec_lint"  # the property of a report that holds the warnings
_MOST = 3  # lines of one level


class LintItem(pytest.Item):
    """Looks over a suite's pairs and spec: errors fail it, warnings go into the summary.

    No model is started. What a suite's `[lint]` table ignores is not told here either.
    """

    def __init__(self, *, suite: Suite, **rest: Any) -> None:
        super().__init__(**rest)
        self._suite = suite

    def runtest(self) -> None:
        """Fail with the errors, if there are any."""
        from specharness.lint.checking import lint_suites  # noqa: PLC0415 - when it runs

        try:
            linted = lint_suites([self._suite])
        except SpecharnessError as error:
            pytest.fail(str(error), pytrace=False)
        lines: dict[str, list[str]] = {"error": [], "warning": [], "note": []}
        for finding in linted.findings:
            lines[finding.level].append(str(replace(finding, path=self._from_root(finding.path))))
        self.user_properties += [(f"{TOLD}_{level}s", len(lines[level])) for level in lines]
        if lines["warning"]:
            self.user_properties.append((TOLD, "\n".join(self._shortened(lines["warning"]))))
        if lines["error"]:
            pytest.fail("\n".join(self._shortened(lines["error"])), pytrace=False)

    def _from_root(self, path: Path) -> Path:
        """A path as pytest itself would tell it."""
        root = self.config.rootpath
        return path.relative_to(root) if path.is_relative_to(root) else path

    def _shortened(self, lines: Sequence[str]) -> list[str]:
        if len(lines) <= _MOST:
            return list(lines)
        command = f"specharness lint {self._suite.name} --all"
        return [*lines[:_MOST], f"(+{len(lines) - _MOST} more: `{command}`)"]

    def reportinfo(self) -> tuple[Path, None, str]:
        """Where pytest says that the case is."""
        return self._suite.folder, None, self.name


def warnings_in(reporter: pytest.TerminalReporter) -> list[str]:
    """The warnings of all lint cases that ran, also on other workers."""
    reports = [r for kind in ("passed", "failed") for r in reporter.stats.get(kind, ())]
    return [v for r in reports for name, v in getattr(r, "user_properties", ()) if name == TOLD]
