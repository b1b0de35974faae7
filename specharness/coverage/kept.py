"""A coverage record kept beside a suite: which pairs exercise which rule, as measured before.

`specharness coverage SUITE --out suites/SUITE/coverage.json` writes it. A run slices its pairs by
rule with it, and never measures one.
"""

import json
from collections.abc import Collection, Mapping
from pathlib import Path

from specharness.coverage.record import FORMAT, Coverage
from specharness.errors import UsageError
from specharness.runfile import build_record
from specharness.suitefile import Suite

KEPT = "coverage.json"


def read_coverage(path: Path) -> Coverage:
    """The record in a file that `coverage_text` wrote; UsageError where it holds none."""
    remedy = "write it again with `specharness coverage SUITE --out FILE`, or delete it"
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        if data["format"] != FORMAT:
            raise UsageError(path, f"format {data['format']}, not {FORMAT}", remedy)
        found = build_record(Coverage, data)
        assert isinstance(found, Coverage)
        found.exercised()  # as many changes as pairs, and all of them numbers
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise UsageError(path, "no coverage record", remedy) from None
    return found


def exercised_rules(suite: Suite, specs: Collection[str]) -> Mapping[str, Collection[str]]:
    """The pairs that exercise each rule, by the record kept for one of the `specs` (digests).

    Nothing where there is no record, or one of another spec. UsageError for one that is broken.
    """
    path = suite.folder / KEPT
    if not path.is_file():
        return {}
    found = read_coverage(path)
    return found.exercised() if found.measured.spec in specs else {}
