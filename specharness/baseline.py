"""What to compare with: the suite as it was at the merge-base, or the empty spec."""

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from specharness import git
from specharness.errors import UsageError
from specharness.gate.drift import Drift, compare_pairs, compare_settings
from specharness.gate.findings import Quarantined
from specharness.gate.quarantine import QUARANTINE, parse_quarantine
from specharness.records import Pair, Spec, digest
from specharness.settings import SuiteSettings
from specharness.settingsfile import read_settings
from specharness.specfile import parse_spec
from specharness.split import split_pairs
from specharness.suitefile import SETTINGS, Suite
from specharness.suitepairs import read_suite_pairs

EMPTY = Spec(text="", shown="")


@dataclass(frozen=True, slots=True, kw_only=True)
class Baseline:
    """A base spec, where it comes from, and what judges it that changed since.

    `label` completes "compared with ...", `commit` is its full hash ("" where it is none).
    `quarantine` is the suite's at that commit: an edit cannot put the pairs into it that it loses.
    """

    spec: Spec
    label: str
    drift: Drift = field(default_factory=Drift)
    commit: str = ""
    quarantine: tuple[Quarantined, ...] = ()

    def described(self) -> dict[str, Any]:
        """What a suite's run says of it."""
        return {
            "base_label": self.label,
            "base_commit": self.commit,
            "base_spec": self.spec.shown,
            "base_rules": self.spec.rules,
        }


def find_baseline(suite: Suite, ref: str | None, pairs: Sequence[Pair]) -> Baseline:
    """The suite's spec at `ref` ("empty": no spec), or at the merge-base with the main branch.

    The empty spec where there is no git, no main branch, or no spec at that commit. `pairs` are
    the ones held out today, to be compared with those of the base.
    """
    if ref == "empty":
        return Baseline(spec=EMPTY, label="the empty spec (--spec-base=empty)")
    root = git.project_root(suite.folder)
    commit = git.merge_base(root, ref) if root is not None else None
    if root is None or commit is None:
        return Baseline(spec=EMPTY, label="the empty spec (git has no earlier one)")
    label = git.describe(root, commit)
    then = _Then(root=root, commit=commit, folder=suite.folder.absolute())
    try:
        settings, broken = then.settings(), ""
    except UsageError as error:  # the edit may be what mends them
        settings, broken = suite.settings, f"{error.where}: {error.what}"
    text = then.spec_text(settings, suite.spec_path)
    if text is None:
        none = f"the empty spec (there was none at {label})"
        return Baseline(spec=EMPTY, label=none, commit=commit)
    spec = parse_spec(text, f"{label}:{suite.name}")
    drift = Drift(unknown=broken) if broken else then.drift(settings, suite.settings, pairs)
    drift = replace(drift, command=then.command)
    kept = then.quarantine(label)
    return Baseline(spec=spec, label=label, drift=drift, commit=commit, quarantine=kept)


def with_admission(baseline: Baseline, suite: Suite, admission: Path | None) -> Baseline:
    """`baseline` with what changed about the admission that the verdict rests on (None: on none).

    A judge that is admitted anew along with an edit could be one that does not see its losses.
    """
    root = git.project_root(suite.folder)
    if admission is None or root is None or not baseline.commit or baseline.spec == EMPTY:
        return baseline
    path = admission.absolute()
    then = git.file_at(root, baseline.commit, path)
    now = path.read_bytes().decode(errors="replace") if path.is_file() else None
    before, after = (_fingerprint(text) for text in (then, now))
    if before == after:
        return baseline
    told = f"admission of the judge {before} -> {after}"
    below = path.resolve().relative_to(root.resolve()).as_posix()
    drift = replace(
        baseline.drift,
        settings=(*baseline.drift.settings, told),
        command=f"{baseline.drift.command} ':/{below}'",
    )
    return replace(baseline, drift=drift)


def _fingerprint(text: str | None) -> str:
    return "none" if text is None else digest(text.replace("\r\n", "\n"))[:10]


def find_earlier(suite: Suite, root: Path, commit: str) -> Baseline | None:
    """The suite's spec at a commit, to compare with and no more; None where there was none."""
    then = _Then(root=root, commit=commit, folder=suite.folder.absolute())
    try:
        settings = then.settings()
    except UsageError:
        settings = suite.settings
    text = then.spec_text(settings, suite.spec_path)
    if text is None:
        return None
    label = git.describe(root, commit)
    return Baseline(spec=parse_spec(text, f"{label}:{suite.name}"), label=label, commit=commit)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Then:
    """A suite's folder at a commit. What it says of itself then is what holds.

    A change that points its settings to other files is compared with what they pointed to before.
    """

    root: Path
    commit: str
    folder: Path

    @property
    def command(self) -> str:
        """What shows the changes since, from anywhere in the repository."""
        below = self.folder.resolve().relative_to(self.root.resolve()).as_posix()
        return f"git diff {self.commit[:10]} -- ':/{below}'"

    def settings(self) -> SuiteSettings:
        """As they were; UsageError where they cannot be read."""
        with TemporaryDirectory() as there:
            file = git.export(self.root, self.commit, self.folder / SETTINGS, Path(there))
            try:
                return read_settings(file)[0] if file else SuiteSettings()
            except UsageError as error:
                raise _without(Path(there), error) from None

    def quarantine(self, label: str) -> tuple[Quarantined, ...]:
        """What was in quarantine; UsageError where its file cannot be read."""
        text = git.file_at(self.root, self.commit, self.folder / QUARANTINE)
        return parse_quarantine(text or "", f"{label}:{QUARANTINE}")

    def spec_text(self, settings: SuiteSettings, today: Path | None) -> str | None:
        """The spec's file or instruction then, else what stood where the spec is `today`."""
        text = git.file_at(self.root, self.commit, self.folder / settings.spec)
        if text is None:
            text = self._instruction(needed=today is None)
        if text is None and today is not None:
            text = git.file_at(self.root, self.commit, today.absolute())
        return text

    def _instruction(self, *, needed: bool) -> str | None:
        settings = git.file_at(self.root, self.commit, self.folder / SETTINGS)
        try:
            found = tomllib.loads(settings or "").get("instruction")
        except tomllib.TOMLDecodeError as error:
            if not needed:
                return None
            where, what = f"{self.commit[:10]}:{SETTINGS}", f"not TOML ({error})"
            raise UsageError(where, what, "name another --spec-base") from None
        return found if isinstance(found, str) and found else None

    def drift(self, then: SuiteSettings, now: SuiteSettings, pairs: Sequence[Pair]) -> Drift:
        """What changed since among the held-out `pairs` and the settings that judge."""
        settings = compare_settings(then, now)
        path = self.folder / then.pairs
        with TemporaryDirectory() as there:
            file = git.export(self.root, self.commit, path, Path(there))
            if file is None:
                return Drift(note="Git has no earlier pairs of this suite to compare these with.")
            alike = (then.pairs, then.read, then.split) == (now.pairs, now.read, now.split)
            if alike and git.is_unchanged(self.root, self.commit, path):
                return Drift(settings=settings)
            try:
                earlier = split_pairs(read_suite_pairs(file, then.read).pairs, then.split).gate
            except UsageError as error:
                told = _without(Path(there), error)
                return Drift(settings=settings, unknown=f"{told.where}: {told.what}")
        return replace(compare_pairs(earlier, pairs), settings=settings)


def _without(folder: Path, error: UsageError) -> UsageError:
    """The error told without the temporary folder it was met in."""
    return UsageError(error.where.removeprefix(f"{folder}/"), error.what, error.remedy)
