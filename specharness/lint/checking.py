"""All checks of lint, in order: this file is its map."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from specharness.lint.bias import check_length, check_position
from specharness.lint.codes import LEVELS, Level, Selection, read_prefixes
from specharness.lint.conflicts import check_contradictions, check_cycles
from specharness.lint.context import check_context, why_unchecked
from specharness.lint.duplicates import (
    check_duplicates,
    check_hardly_different,
    check_near_duplicates,
)
from specharness.lint.exercised import check_rules
from specharness.lint.finding import Finding, in_order
from specharness.lint.leaks import check_leaks
from specharness.lint.power import check_number
from specharness.lint.refused import check_ends, check_import, check_lines
from specharness.lint.subject import Subject, read_subject
from specharness.lint.texts import check_spec_text, check_texts
from specharness.suitefile import SETTINGS, Suite, project_root

Check = Callable[[Subject], Iterator[Finding]]

# Which codes a check may find: one whose codes nobody wants does not run.
CHECKS: tuple[tuple[str, Check], ...] = (
    ("SH101 SH107 SH108", check_lines),
    ("SH112", check_import),
    ("SH111", check_ends),
    ("SH102 SH103", check_duplicates),
    ("SH104 SH110", check_near_duplicates),
    ("SH105", check_contradictions),
    ("SH106", check_cycles),
    ("SH109", check_hardly_different),
    ("SH301 SH302 SH303 SH304 SH305 SH306 SH307 SH308 SH309", check_texts),
    ("SH301 SH302 SH303 SH305", check_spec_text),
    ("SH401", check_length),
    ("SH402", check_position),
    ("SH403", check_number),
    ("SH404 SH405", check_context),
    ("SH501", check_rules),
)
LEAKS = "SH201 SH202 SH203 SH204 SH205 SH206"  # found by `check_leaks`, which looks at all suites


@dataclass(frozen=True, slots=True, kw_only=True)
class Linted:
    """What lint has to say: findings, the worst first, and what it looked at.

    `root` is the project's folder, `suites` their names with the number of pairs each has, and
    `unchecked` says in plain words what could not be looked at.
    """

    root: Path
    suites: tuple[tuple[str, int], ...]
    findings: tuple[Finding, ...]
    unchecked: tuple[str, ...]

    def count(self, level: Level) -> int:
        """How many findings of a level there are."""
        return Counter(finding.level for finding in self.findings)[level]

    def exit_code(self, *, strict: bool = False) -> int:
        """1 where there is an error (if `strict`, or a warning), else 0."""
        return int(any(map(self.count, LEVELS[: 2 if strict else 1])))


def lint_suites(suites: Sequence[Suite], options: Selection | None = None) -> Linted:
    """Look over suites, each by its own `[lint]` settings and by `options`.

    `options.select` replaces what a suite selects, `options.ignore` is added to what it ignores.
    UsageError for a pairs file that cannot be read and for codes that do not exist.
    """
    unique = list({suite.folder.resolve(): suite for suite in suites}.values())
    wanted = {suite.folder: _selection(suite, options or Selection()) for suite in unique}
    subjects = [read_subject(suite) for suite in unique]
    found = [f for s in subjects for f in _look(s, wanted[s.suite.folder])]
    if any(_wants(selection, LEAKS) for selection in wanted.values()):
        leaks = check_leaks(subjects)
        found += [f for subject, f in leaks if wanted[subject.suite.folder].holds(f.code)]
    return Linted(
        root=project_root(unique[0].folder),
        suites=tuple((subject.suite.name, len(subject.pairs)) for subject in subjects),
        findings=tuple(sorted(found, key=in_order)),
        unchecked=tuple(_unchecked(subjects, wanted)),
    )


def _selection(suite: Suite, options: Selection) -> Selection:
    own, where = suite.settings.lint, str(suite.folder / SETTINGS)
    return Selection(
        select=options.select or read_prefixes(own.select, where),
        ignore=(*options.ignore, *read_prefixes(own.ignore, where)),
    )


def _look(subject: Subject, selection: Selection) -> Iterator[Finding]:
    for codes, check in CHECKS:
        if _wants(selection, codes):
            yield from (f for f in check(subject) if selection.holds(f.code))


def _wants(selection: Selection, codes: str) -> bool:
    return any(map(selection.holds, codes.split()))


def _unchecked(subjects: Iterable[Subject], wanted: dict[Path, Selection]) -> Iterator[str]:
    for subject in subjects:
        why = why_unchecked(subject)
        if why and wanted[subject.suite.folder].holds("SH404"):
            yield f"{subject.suite.name}: {why}"
