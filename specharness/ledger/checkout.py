"""A suite as it was at a commit, in a folder of its own, with the history behind it.

The folder is a repository that borrows all objects of the user's and has of its files those that a
verdict is made from. Nothing is written where the user's repository is, and no hook runs.
"""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from specharness.compile.lockfile import LOCK
from specharness.errors import UsageError
from specharness.ledger.commits import ask
from specharness.settings import SuiteSettings
from specharness.settingsfile import read_settings
from specharness.suitefile import SETTINGS, Suite, load_suite, project_root

# what a hook's environment says of its own repository is not to be believed in another
_KEPT = ("GIT_CONFIG_GLOBAL", "GIT_CONFIG_SYSTEM", "GIT_CONFIG_NOSYSTEM", "GIT_EXEC_PATH")
_CONFIG = """
[core]
\thooksPath = /dev/null
\tfsmonitor = false
\tautocrlf = false
[gc]
\tauto = 0
[maintenance]
\tauto = false
"""
_LINKS = 8


@contextmanager
def checked_out(root: Path, commit: str, folder: Path) -> Iterator[Suite]:
    """The suite of `folder` as it was at a commit of the repository `root`, until the block ends.

    UsageError where there was none, or none that can be read today.
    """
    inside = folder.resolve().relative_to(root.resolve())
    with TemporaryDirectory(prefix="specharness-") as there:
        top = Path(there).resolve() / root.resolve().name  # a suite at the top is named after it
        tree = _Tree(root=root, top=top, commit=commit)
        tree.begin()
        tree.fetch(inside)
        try:
            suite = _load(tree, top / inside)
        except UsageError as error:
            where = error.where.removeprefix(f"{top}/")
            raise UsageError(where, error.what, error.remedy) from None
        yield suite


def without_folder(text: str, suite: Suite) -> str:
    """A text about a suite that is checked out, without the folder that it is in for a while."""
    return text.replace(f"{project_root(suite.folder)}/", "")


def _load(tree: "_Tree", folder: Path) -> Suite:
    tree.follow(folder / SETTINGS)
    file = folder / SETTINGS
    settings = read_settings(file)[0] if file.is_file() else SuiteSettings()
    spec = folder / settings.spec
    named = [spec, spec.with_name(LOCK), folder / settings.pairs]
    if settings.judge.admission:
        named.append(folder / settings.judge.admission)
    remotes = (settings.remote, settings.remote.judge)
    named += [folder / remote.template for remote in remotes if remote and remote.template]
    for path in named:
        tree.follow(path)
    tree.fetch(Path("judges"))
    tree.fetch(Path("fixtures/recordings") / folder.resolve().name)
    return load_suite(folder)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Tree:
    """A repository at `top` that borrows the objects of `root` and stands at a commit of it."""

    root: Path
    top: Path
    commit: str

    def begin(self) -> None:
        """Make it, without files; UsageError where git cannot."""
        self.top.mkdir()
        kind = ask(self.root, "rev-parse", "--show-object-format")
        other = (f"--object-format={kind}",) if kind not in ("", "sha1") else ()
        made = self._git("-c", "init.defaultBranch=main", "init", "-q", "--template=", *other)
        home = self.top / ".git"
        if made:
            (home / "objects/info").mkdir(parents=True, exist_ok=True)
            (home / "objects/info/alternates").write_text(f"{self._of_root('objects')}\n")
            with (home / "config").open("a") as config:
                config.write(_CONFIG)
            if (shallow := self._of_root("shallow")).is_file():
                shutil.copy(shallow, home / "shallow")
        if not made or not self._git("update-ref", "HEAD", self.commit):
            what = f"git cannot show {self.commit[:10]} in a folder of its own"
            raise UsageError(self.root, what, "see that git works, and has room")

    def fetch(self, inside: Path) -> bool:
        """Put a file or folder of the commit there; whether it has one."""
        return self._git("checkout", "-q", self.commit, "--", inside.as_posix())

    def follow(self, path: Path) -> None:
        """Put there what a path below `top` leads to, links and all; nothing beyond it."""
        for _ in range(_LINKS):
            if path.exists():
                return
            led = Path(os.path.realpath(path))  # as far as links are there already
            if not led.is_relative_to(self.top) or not self.fetch(led.relative_to(self.top)):
                return

    def _of_root(self, name: str) -> Path:
        return (self.root / ask(self.root, "rev-parse", "--git-path", name)).resolve()

    def _git(self, *arguments: str) -> bool:
        program = shutil.which("git")
        if program is None:
            return False
        env = {k: v for k, v in os.environ.items() if not k.startswith("GIT_") or k in _KEPT}
        done = subprocess.run(  # noqa: S603 - no shell, options before what a file is called
            [program, "-C", str(self.top), "--literal-pathspecs", *arguments],
            env={**env, "LC_ALL": "C", "GIT_TERMINAL_PROMPT": "0"}, capture_output=True,
            check=False,
        )  # fmt: skip
        return done.returncode == 0
