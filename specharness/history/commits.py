"""The commits that touched a suite's spec, oldest first, each with the spec as it was then."""

import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from specharness import git
from specharness.baseline import find_earlier
from specharness.errors import UsageError
from specharness.records import Spec
from specharness.suitefile import SETTINGS, Suite

_FIELDS = "%H%x00%cs%x00%h %s"
_SUBJECT = 68


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """A spec at a commit; `commit` is "" for the files as they are now, not committed.

    `label` is the short hash and what the commit says, `date` the day it was committed. Without a
    `spec` there is a `problem`: why it cannot be read.
    """

    commit: str
    label: str
    date: str = ""
    spec: Spec | None = None
    problem: str = ""


def list_versions(suite: Suite, bad: str = "HEAD", good: str | None = None) -> tuple[Version, ...]:
    """What the model saw of the spec, version by version, up to the commit `bad`.

    From the commit `good` (which comes first), else from the beginning. Only the line of first
    parents counts: a merge is one step. Commits that changed nothing a model sees are left out; a
    folder under an earlier name is not followed. UsageError for no repository, unknown commits, and
    a `good` that is no ancestor of `bad`.
    """
    root = git.project_root(suite.folder)
    if root is None:
        raise UsageError(suite.folder, "no git repository", "history is what git has kept")
    end = _commit(root, bad)
    if end is None:
        raise UsageError(root, "git has no commit yet", "commit the suite first")
    span, first = end, []
    if good is not None:
        start = _commit(root, good) or ""
        if _ask(root, "merge-base", start, end) != start:
            raise UsageError(good, f"no ancestor of {bad}", "name the older commit first")
        span, first = f"{start}..{end}", [_described(root, start)]
    listed = _ask(root, "log", "--first-parent", "--reverse", "--no-show-signature",
                  f"--format={_FIELDS}", span, "--", *_paths(suite, root))  # fmt: skip
    found = [*first, *(line.split("\0") for line in listed.splitlines())]
    return _distinct([_version(suite, root, *fields) for fields in found])


def with_working(suite: Suite, versions: tuple[Version, ...]) -> tuple[Version, ...]:
    """The versions, and the spec as its files have it now where no commit has."""
    now = Version(commit="", label="not committed", spec=suite.spec)
    return tuple(_distinct([*versions, now]))


def _version(suite: Suite, root: Path, commit: str, date: str, label: str) -> Version:
    label = label if len(label) <= _SUBJECT else label[: _SUBJECT - 1] + "…"
    try:
        found = find_earlier(suite, root, commit)
    except UsageError as error:
        return Version(commit=commit, label=label, date=date, problem=error.what)
    if found is None or not found.spec.shown:
        return Version(commit=commit, label=label, date=date, problem="there was no spec")
    return Version(commit=commit, label=label, date=date, spec=found.spec)


def _distinct(versions: list[Version]) -> tuple[Version, ...]:
    """Without those that show a model what the one before did."""
    kept: list[Version] = []
    shown: str | None = None
    for version in versions:
        if version.spec is None or version.spec.shown != shown:
            kept.append(version)
        shown = version.spec.shown if version.spec else shown
    return tuple(kept)


def _paths(suite: Suite, root: Path) -> list[str]:
    """The files that the spec can have come from, from the top of the repository."""
    top = root.resolve()
    files = [suite.folder / SETTINGS, suite.folder / suite.settings.spec, suite.folder / "spec.md"]
    here = {Path(os.path.normpath(file.absolute())) for file in files}
    found = {*here, *(file.resolve() for file in files)}
    below = [f.relative_to(base) for f in found for base in (top,) if f.is_relative_to(base)]
    return sorted(path.as_posix() for path in below)


def _described(root: Path, commit: str) -> list[str]:
    line = _ask(root, "log", "-1", "--no-show-signature", f"--format={_FIELDS}", commit)
    return line.split("\0")


def _commit(root: Path, ref: str) -> str | None:
    """The full hash; None without any commit. UsageError for a reference git does not know."""
    try:
        return git.merge_base(root, ref)
    except UsageError as error:
        raise UsageError(ref, error.what, error.remedy) from None


def _ask(root: Path, *arguments: str) -> str:
    """What git prints; "" where it fails."""
    program = shutil.which("git")
    if program is None:
        return ""
    env = {**os.environ, "LC_ALL": "C", "GIT_OPTIONAL_LOCKS": "0", "GIT_TERMINAL_PROMPT": "0"}
    done = subprocess.run(  # noqa: S603 - no shell; references are full hashes by now
        [program, "-C", str(root), "--literal-pathspecs", *arguments],
        env=env, capture_output=True, check=False,
    )  # fmt: skip
    return done.stdout.decode(errors="replace").strip("\n") if done.returncode == 0 else ""
