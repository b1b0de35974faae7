"""What git kept of a suite's ledger: the commit that brought each line, and where its spec was."""

import os
import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path

from specharness import git
from specharness.baseline import find_earlier
from specharness.errors import UsageError
from specharness.ledger.chain import LEDGER
from specharness.suitefile import Suite

# git, whatever the user's settings make of its output; with merges, which can bring lines too
_ADDED = ("-c", "log.follow=false", "-c", "log.diffMerges=separate", "log", "--reverse",
          "--topo-order", "-m", "-p", "-U0", "--format=%x00%H", "--text", "--no-color",
          "--no-ext-diff", "--no-textconv", "--no-show-signature")  # fmt: skip
_DIGEST = re.compile(r'"digest":"([0-9a-f]{64})"')
_HASH = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")


def ask(root: Path, *arguments: str) -> str:
    """What git prints in the repository `root`; "" where it fails."""
    program = shutil.which("git")
    if program is None:
        return ""
    env = {**os.environ, "LC_ALL": "C", "GIT_OPTIONAL_LOCKS": "0", "GIT_TERMINAL_PROMPT": "0"}
    done = subprocess.run(  # noqa: S603 - no shell, and nothing a user wrote is an argument
        [program, "-C", str(root), "--literal-pathspecs", *arguments],
        env=env, capture_output=True, check=False,
    )  # fmt: skip
    return os.fsdecode(done.stdout).strip() if done.returncode == 0 else ""


def is_in(root: Path, commit: str, later: str) -> bool:
    """Whether a commit is `later` or one of those that led to it."""
    return not ask(root, "rev-list", "-n1", commit, f"^{later}")


class Past:
    """What git has of a suite, in the history of HEAD; nothing where there is no repository."""

    def __init__(self, suite: Suite) -> None:
        self.suite = suite
        self.root = git.project_root(suite.folder)
        self._specs: dict[str, str] = {}

    @property
    def is_shallow(self) -> bool:
        """Whether this clone has only a part of the history."""
        return bool(self.root) and self._ask("rev-parse", "--is-shallow-repository") == "true"

    def has(self, commit: str) -> bool:
        """Whether git has the commit of a full hash."""
        named = ("rev-parse", "--verify", "--quiet", f"{commit}^{{commit}}")
        return bool(_HASH.fullmatch(commit)) and bool(self._ask(*named))

    @cached_property
    def brought(self) -> Mapping[str, str]:
        """The commit that brought each line of the ledger there ever was, by the line's digest."""
        found: dict[str, str] = {}
        commit = ""
        for line in self._ask(*_ADDED, "--", *self._inside(LEDGER)).split("\n"):
            if line.startswith("\0"):
                commit = line[1:]
            elif line.startswith("+") and (digest := _DIGEST.search(line)):
                found.setdefault(digest[1], commit)
        return found

    def with_spec(self, digest: str, places: Sequence[Path]) -> Iterator[str]:
        """Commits that touched the suite or `places` and had this spec then, newest first."""
        inside = self._inside("", *places)
        listed = self._ask("log", "--format=%H", "--no-show-signature", "--", *inside)
        for commit in listed.split():
            if commit not in self._specs:
                self._specs[commit] = self._spec_at(commit)
            if self._specs[commit] == digest:
                yield commit

    def _spec_at(self, commit: str) -> str:
        assert self.root is not None
        try:
            found = find_earlier(self.suite, self.root, commit)
        except UsageError:  # nobody could have run it then
            return ""
        return found.spec.digest if found else ""

    def _ask(self, *arguments: str) -> str:
        return ask(self.root, *arguments) if self.root else ""

    def _inside(self, *paths: str | Path) -> list[str]:
        """Paths (from the suite's folder) as git knows them; where links lead today."""
        top = (self.root or Path()).resolve()
        real = [(self.suite.folder.resolve() / path).resolve() for path in paths]
        return [path.relative_to(top).as_posix() for path in real if path.is_relative_to(top)]
