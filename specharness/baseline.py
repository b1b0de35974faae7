"""The spec to compare with: what the file said at the merge-base, or the empty spec."""

import tomllib
from dataclasses import dataclass
from pathlib import Path

from specharness import git
from specharness.errors import UsageError
from specharness.records import Spec
from specharness.specfile import parse_spec
from specharness.suitefile import SETTINGS, Suite

EMPTY = Spec(text="", shown="")


@dataclass(frozen=True, slots=True, kw_only=True)
class Baseline:
    """A base spec and where it comes from, in words that complete "compared with ..."."""

    spec: Spec
    label: str


def find_baseline(suite: Suite, ref: str | None) -> Baseline:
    """The suite's spec at `ref` ("empty": no spec), or at the merge-base with the main branch.

    The empty spec where there is no git, no main branch, or no spec at that commit.
    """
    if ref == "empty":
        return Baseline(spec=EMPTY, label="the empty spec (--spec-base=empty)")
    root = git.project_root(suite.folder)
    commit = git.merge_base(root, ref) if root is not None else None
    if root is None or commit is None:
        return Baseline(spec=EMPTY, label="the empty spec (git has no earlier one)")
    label = git.describe(root, commit)
    text = _text_at(suite, root, commit)
    if text is None:
        return Baseline(spec=EMPTY, label=f"the empty spec (there was none at {label})")
    return Baseline(spec=parse_spec(text, f"{label}:{suite.name}"), label=label)


def _text_at(suite: Suite, root: Path, commit: str) -> str | None:
    if suite.spec_path is not None:
        return git.file_at(root, commit, suite.spec_path.resolve())
    settings = git.file_at(root, commit, (suite.folder / SETTINGS).resolve())
    if settings is None:
        return None
    try:
        found = tomllib.loads(settings).get("instruction")
    except tomllib.TOMLDecodeError as error:
        raise UsageError(
            f"{commit[:10]}:{SETTINGS}", f"not TOML ({error})", "name another --spec-base"
        ) from None
    return found if isinstance(found, str) else None
