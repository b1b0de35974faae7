"""What git knows about the base: which commit to compare with, and a file as it was there.

Only reads: neither the index nor the working tree is touched, nothing is fetched on purpose. Where
there is no git, no repository or no commit, there is no base (None), which later means the empty
spec; where there should be one and it cannot be found, that is an error.
"""

import os
import posixpath
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from specharness.errors import UsageError

# The target branch of a pull request, as CI services name it.
TARGET_BRANCHES = (
    "GITHUB_BASE_REF",
    "CI_MERGE_REQUEST_TARGET_BRANCH_NAME",
    "BITBUCKET_PR_DESTINATION_BRANCH",
    "SYSTEM_PULLREQUEST_TARGETBRANCH",
    "CHANGE_TARGET",
)
_MAIN = ("origin/HEAD", "origin/main", "origin/master", "main", "master")
_DEEPER = "fetch the whole history (GitHub: `fetch-depth: 0`; elsewhere: `git fetch --unshallow`)"
_LIST = ("--literal-pathspecs", "ls-tree", "-z", "--full-tree")
_NAME_IT = "name the commit to compare with: --spec-base=REF"


def project_root(folder: Path) -> Path | None:
    """The top of the working tree that `folder` lies in; None without git or a repository."""
    done = _git(folder, "rev-parse", "--show-toplevel")
    if done is None:
        return None
    if done.returncode == 0:
        return Path(os.fsdecode(done.stdout.removesuffix(b"\n")))
    message = done.stderr.decode(errors="replace").strip().partition("\n")[0]
    if "dubious ownership" in message:
        trust = f"git config --global --add safe.directory '{folder.resolve()}'"
        raise UsageError(folder, "git does not trust this folder's owner", f"run `{trust}`")
    return None


def merge_base(
    root: Path, ref: str | None = None, env: Mapping[str, str] = os.environ
) -> str | None:
    """The commit (full hash) to compare with; None without a repository, commit or main branch.

    `ref` names it exactly. Without one it is the merge-base of HEAD with the main branch: the
    pull request's target where a CI variable in `env` names it, else origin/HEAD, origin/main,
    origin/master, main or master. On the main branch itself that is HEAD: what is compared are the
    edits not yet committed (or, before a push, not yet pushed).
    """
    if _commit(root, "HEAD") is None:
        return None
    if ref is not None:
        return _named(root, ref)
    main = _main(root, env)
    if main is None:
        return None
    base = _line(root, "merge-base", "HEAD", _named(root, main))
    if base is None:
        remedy = _DEEPER if _is_shallow(root) else _NAME_IT
        raise UsageError(root, f"HEAD and {main} have no common commit in this clone", remedy)
    return base


def file_at(root: Path, ref: str, path: str | Path) -> str | None:
    """The text of `path` (absolute, or relative to `root`) at commit `ref`; None if not there.

    Line ends are `\\n`, as when a file is read. UsageError for an unknown ref or text that is not
    UTF-8.
    """
    place = _place(root, _named(root, ref), path)
    if place is None or place.kind != "blob":
        return None
    done = _git(root, "cat-file", "blob", place.object)
    if done is None or done.returncode != 0:
        raise UsageError(f"{ref}:{place.path}", "git cannot read it", _DEEPER)
    try:
        return done.stdout.decode("utf-8").replace("\r\n", "\n").replace("\r", "\n")
    except UnicodeDecodeError:
        raise UsageError(f"{ref}:{place.path}", "not UTF-8 text", _NAME_IT) from None


def export(root: Path, ref: str, path: str | Path, into: Path) -> Path | None:
    """Put the file or folder `path`, as it was at commit `ref`, into the folder `into`.

    Returns where it then lies, under its old name; None where that commit has no such path.
    """
    commit = _named(root, ref)
    place = _place(root, commit, path)
    if place is None:
        return None
    target = into / PurePosixPath(place.path).name
    found = _line(root, *_LIST, "-r", commit, f"./{place.path}") or ""
    for entry in found.split("\0"):
        about, _, name = entry.partition("\t")
        below = PurePosixPath(name.removeprefix(place.path).lstrip("/"))
        done = _git(root, "cat-file", "blob", about.rpartition(" ")[2])
        # links inside a folder are left out, and so are names no honest commit has
        if about.startswith("100") and done and done.returncode == 0 and ".." not in below.parts:
            (target / below).parent.mkdir(parents=True, exist_ok=True)
            (target / below).write_bytes(done.stdout)
    return target if target.exists() else None


def is_unchanged(root: Path, ref: str, path: str | Path) -> bool:
    """Whether the file or folder `path` of commit `ref` is the same in the working tree.

    Git compares what it would store, so line ends and large-file filters make no difference.
    """
    place = _place(root, _named(root, ref), path)
    if place is None or place.linked:
        return False
    quiet = ("--literal-pathspecs", "diff", "--quiet", "--no-ext-diff", "--no-textconv")
    done = _git(root, *quiet, _named(root, ref), "--", f"./{place.path}")
    return done is not None and done.returncode == 0


def describe(root: Path, ref: str) -> str:
    """A short label for a commit: its abbreviated hash and the first 60 characters it says."""
    line = _line(root, "log", "-1", "--no-show-signature", "--format=%h %s", _named(root, ref))
    label = line or ref
    return label if len(label) <= 68 else label[:67] + "…"


@dataclass(frozen=True, slots=True)
class _Place:
    """A file or folder in a commit: its path there, once links are followed."""

    path: str
    kind: str  # blob or tree
    object: str
    linked: bool


def _place(root: Path, commit: str, path: str | Path) -> _Place | None:
    """Where `path` is in a commit: as it is written, else where links lead today.

    The commit's own links come first: what a link pointed at then may not be what it does now.
    """
    whole = root / path
    top = root.resolve()
    # realpath, unlike resolve, takes a loop of links for a path that is not there
    straight, parent, led = (os.path.normpath(whole), *map(os.path.realpath, (whole.parent, whole)))
    for name in dict.fromkeys((Path(straight), Path(parent) / whole.name, Path(led))):
        if not name.is_relative_to(top):
            continue
        inside = name.relative_to(top).as_posix()
        if (found := _follow(root, commit, inside)) is not None:
            return found
    return None


def _follow(root: Path, commit: str, inside: str) -> _Place | None:
    for step in range(8):
        entry = _line(root, *_LIST, commit, f"./{inside}") or ""
        mode, kind, name = [*entry.partition("\t")[0].split(" "), "", ""][:3]
        if mode != "120000":
            known = kind in ("blob", "tree")
            return _Place(inside, kind, name, linked=step > 0) if known else None
        target = _line(root, "cat-file", "blob", name) or "/"
        if target.startswith("/"):
            break
        inside = posixpath.normpath(posixpath.join(posixpath.dirname(inside), target))
    return None


def _main(root: Path, env: Mapping[str, str]) -> str | None:
    target = next((env[name] for name in TARGET_BRANCHES if env.get(name)), "")
    if target:
        target = target.removeprefix("refs/heads/")
        known = [ref for ref in (f"origin/{target}", target) if _commit(root, ref)]
        if not known:
            what = f"the target branch {target} is not in this clone"
            raise UsageError(root, what, _DEEPER)
        return known[0]
    return next((name for name in _MAIN if _commit(root, name)), None)


def _named(root: Path, ref: str) -> str:
    commit = _commit(root, ref)
    if commit is None:
        remedy = _DEEPER if _is_shallow(root) else "name a commit, branch or tag that is there"
        raise UsageError("--spec-base", f"git knows no commit {ref!r}", remedy)
    return commit


def _commit(root: Path, ref: str) -> str | None:
    """The hash of a commit; None where there is none. Options, negations and ranges are no refs."""
    if ref.startswith(("-", "^")) or "\0" in ref:
        return None
    return _line(root, "rev-parse", "--verify", "--quiet", f"{ref}^{{commit}}")


def _is_shallow(root: Path) -> bool:
    return _line(root, "rev-parse", "--is-shallow-repository") == "true"


def _line(root: Path, *arguments: str) -> str | None:
    """What git prints, without its end; None where it prints nothing or fails."""
    done = _git(root, *arguments)
    if done is None or done.returncode != 0:
        return None
    return os.fsdecode(done.stdout).rstrip("\n\0") or None


def _git(root: Path, *arguments: str) -> "subprocess.CompletedProcess[bytes] | None":
    program = shutil.which("git")
    if program is None:
        return None
    env = {**os.environ, "LC_ALL": "C", "GIT_OPTIONAL_LOCKS": "0", "GIT_TERMINAL_PROMPT": "0"}
    return subprocess.run(  # noqa: S603 - no shell, refs and paths cannot be options
        [program, "-C", str(root), *arguments], env=env, capture_output=True, check=False
    )
