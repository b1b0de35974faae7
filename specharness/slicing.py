"""The parts of a suite that a run looks at on their own: common tags, rules, lengths."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from specharness.baseline import Baseline
from specharness.coverage.kept import exercised_rules
from specharness.gate.slices import slice_cases
from specharness.runfile import Case, Slice
from specharness.suitefile import Suite

MOST_TAGS = 200  # whose pairs are looked at on their own: the most frequent ones


def slice_suite(suite: Suite, cases: Sequence[Case], base: Baseline) -> tuple[Slice, ...]:
    """How parts of the suite fared; () where the spec is the same, as nothing can have changed.

    A tag of one pair is no part of a suite. Rules are those of a kept coverage record of head or of
    the base: a rule that an edit took out was exercised by pairs then.
    """
    if base.spec.shown == suite.spec.shown:
        return ()
    counts = Counter(tag for case in cases for tag in set(case.tags))
    common = sorted((-n, tag) for tag, n in counts.items() if n > 1)
    kept = {tag for _, tag in common[:MOST_TAGS]}
    tagged = [replace(case, tags=tuple(t for t in case.tags if t in kept)) for case in cases]
    rules = exercised_rules(suite, {suite.spec.digest, base.spec.digest})
    return slice_cases(tagged, rules=rules, settings=suite.settings.gate)
