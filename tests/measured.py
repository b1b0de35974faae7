"""A suite of which everything was measured: run, coverage, mutants, history, all by a toy model."""

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from specharness.coverage.measuring import measure_coverage
from specharness.coverage.record import coverage_text
from specharness.history.commits import list_versions, with_working
from specharness.history.timeline import read_timeline, timeline_text
from specharness.keeping import kept_path
from specharness.model import Cuts
from specharness.mutation.record import mutations_text
from specharness.mutation.trying import try_mutants
from specharness.panel import Asking, open_panel
from specharness.run import Options, run_suite
from specharness.runfile import SuiteRun, write_text
from specharness.settings import Mode
from specharness.suitefile import Suite, load_suite
from tests.rulebooks import SPEC, History, Reader, make_suite

HEAD = SPEC.replace("Be brief.", "Be calm.")
HARMLESS = SPEC.replace("Be tidy.", "Be neat.")
_WORD = re.compile(r"\s*\S+\s*$|\s*\S+")


@dataclass(kw_only=True)
class Cutter(Reader):
    """A reader that says how it cuts a response: a token for each word, with the blank before."""

    def cut(self, texts: Sequence[str]) -> list[Cuts | None]:
        return [Cuts(sizes=tuple(map(len, _WORD.findall(text)))) for text in texts]


@dataclass(frozen=True, slots=True, kw_only=True)
class Project:
    """A project with a suite; its spec was edited since the last commit."""

    root: Path
    suite: Suite

    @property
    def reports(self) -> Path:
        return self.root / "reports"

    def run(self, model: Reader | None = None) -> SuiteRun:
        return run_suite(self.suite, Options(mode="live"), model=model or Cutter())

    def measure(self, mode: Mode = "live") -> None:
        """Measure all there is beside a run, and keep it where the commands do."""
        covered = measure_coverage(self.suite, _ask("coverage", mode), Cutter())
        tried = try_mutants(self.suite, _ask("mutation", mode), model=Cutter())
        panel = open_panel(self.suite, _ask("history", mode), Cutter())
        timeline = read_timeline(panel, with_working(self.suite, list_versions(self.suite)))
        panel.save()
        self.keep("coverage", coverage_text(covered))
        self.keep("mutation", mutations_text(tried))
        self.keep("history", timeline_text(timeline))

    def keep(self, room: str, text: str) -> None:
        write_text(kept_path(self.reports, room, self.suite.name), text)


def make_project(root: Path, head: str = HEAD) -> Project:
    """A repository with three versions of the spec, and a fourth that is not committed."""
    make_suite(root)
    history = History(root)
    for message, spec in (("The suite", SPEC), ("Neater", HARMLESS), ("As it was", SPEC)):
        history.commit(message, spec)
    (root / "suites" / "tone" / "spec.md").write_text(head)
    return Project(root=root, suite=load_suite(root / "suites" / "tone"))


def _ask(room: str, mode: Mode) -> Asking:
    return Asking(room=room, command=f"specharness {room} tone", mode=mode)


@contextmanager
def whole_project(root: Path) -> Iterator[Project]:
    """A project of which everything was measured, with a cache of its own."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SPECHARNESS_CACHE", str(root / "cache"))
        found = make_project(root)
        found.measure()
        yield found
