"""The files of a compiled suite: its spec and the lock beside it."""

from pathlib import Path

from specharness.compile.lockfile import LOCK, Lock, read_lock
from specharness.compile.rendering import RuleLine
from specharness.suitefile import Suite


def lock_path(suite: Suite) -> Path:
    """Where a suite's lock is: beside its spec."""
    return spec_file(suite).with_name(LOCK)


def spec_file(suite: Suite) -> Path:
    """Where a suite's spec is, or would be where there is none yet."""
    return suite.spec_path or suite.folder / suite.settings.spec


def read_suite_lock(suite: Suite) -> Lock:
    """A suite's lock; UsageError when there is none."""
    return read_lock(lock_path(suite))


def existing_text(suite: Suite) -> str:
    """What stands in the suite's spec file; "" where there is none."""
    path = suite.spec_path
    return path.read_text(encoding="utf-8-sig") if path else ""


def owned_lines(suite: Suite) -> tuple[RuleLine, ...]:
    """The lines of the spec that an earlier compilation wrote."""
    path = lock_path(suite)
    return read_lock(path).owned() if path.is_file() else ()
