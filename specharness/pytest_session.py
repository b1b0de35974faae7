"""What a pytest run does with suites: parametrize, score once, check cases, write the report."""

import os
import shutil
import tempfile
from collections import defaultdict
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Any, NoReturn

import pytest

from specharness.dryrun import Part
from specharness.errors import SpecharnessError
from specharness.exchange import Exchange
from specharness.model import Model
from specharness.pytest_checks import GateCheck, PreferenceCheck, note
from specharness.pytest_dryrun import Plans, brought_by, tell_plan
from specharness.pytest_lint import LintItem, warnings_in
from specharness.records import Pair
from specharness.report import render_terminal
from specharness.reporting import make_run, write_reports
from specharness.run import Options, default_mode, run_suite, shown_pairs
from specharness.runfile import Case, Run, SuiteRun
from specharness.settings import Mode
from specharness.suitefile import Suite, find_suites, load_suite

CASE = "specharness_case"  # the name of our parametrized fixture


@dataclass(frozen=True, slots=True)
class Key:
    """What a parametrized case is about: a suite, and one of its pairs or none."""

    folder: Path
    pair: str = ""


class Session:
    """Suites of one pytest run. Each is scored once, when the first of its cases asks."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        self._suites: dict[Path, Suite] = {}
        self._pairs: dict[Path, dict[str, Pair]] = {}
        self._selected: dict[Path, set[str] | None] = {}
        self._runs: dict[Path, SuiteRun] = {}
        self._cases: dict[Path, dict[str, Case]] = {}
        self._plans = Plans()  # of dry runs
        self._linted: dict[Path, tuple[str, str]] = {}  # where a suite's lint case is

    # Collection

    def parametrize(self, metafunc: pytest.Metafunc, *, per_pair: bool) -> None:
        """Give a test one case per suite, or per held-out pair of each suite."""
        folders = self._folders(Path(metafunc.definition.path).parent)
        try:
            keys = [k for f in folders for k in (self._pair_keys(f) if per_pair else [Key(f)])]
            names = [self._name(k) for k in keys]
        except SpecharnessError as error:
            raise pytest.UsageError(str(error)) from None
        metafunc.parametrize(CASE, keys, ids=names, indirect=True)

    def with_lint(self, parent: pytest.Collector, name: str, items: Any) -> Any:
        """What `parent` has under a name; lint cases come before a suite's first test."""
        if not isinstance(items, list) or not self._lints:
            return items
        keys = [key for item in items if (key := _key(item))]
        place = (parent.nodeid, name)
        folders = dict.fromkeys(key.folder for key in keys)
        # the same tests may be collected again: then the cases have to be there again
        first = [f for f in folders if self._linted.setdefault(f, place) == place]
        return [*(self._lint_item(parent, folder) for folder in first), *items]

    @cached_property
    def _lints(self) -> bool:
        chosen = self._config.getoption("--spec-lint") or self._config.getini("spec_lint")
        return chosen in ("on", True)

    def _lint_item(self, parent: pytest.Collector, folder: Path) -> pytest.Item:
        suite = self._load(folder)
        item = LintItem.from_parent(parent, name=f"lint[{suite.name}]", suite=suite)
        assert isinstance(item, pytest.Item)
        return item

    def _folders(self, here: Path) -> list[Path]:
        return find_suites(here) or find_suites(self._config.rootpath / "suites")

    def _pair_keys(self, folder: Path) -> list[Key]:
        return [Key(folder, name) for name in self._load_pairs(folder)]

    def _name(self, key: Key) -> str:
        name = self._load(key.folder).name
        return f"{name}-{key.pair}" if key.pair else name

    def _load(self, folder: Path) -> Suite:
        if folder not in self._suites:
            self._suites[folder] = load_suite(folder)
        return self._suites[folder]

    def _load_pairs(self, folder: Path) -> dict[str, Pair]:
        if folder not in self._pairs:
            self._pairs[folder] = {p.id: p for p in shown_pairs(self._load(folder))}
        return self._pairs[folder]

    def select(self, items: Sequence[pytest.Item]) -> None:
        """Note which pairs will be asked for; a gate asks for all of its suite's."""
        chosen: dict[Path, set[str]] = defaultdict(set)
        whole: set[Path] = set()
        for item in items:
            key = _key(item)
            if key is None:
                continue
            if "gate" in getattr(item, "fixturenames", ()):
                whole.add(key.folder)
            chosen[key.folder].add(key.pair)
        self._selected = {f: None if f in whole else ids - {""} for f, ids in chosen.items()}

    # Fixtures

    def suite(self, key: Key) -> Suite:
        """The suite of a case."""
        return self._load(key.folder)

    def compiled(self, key: Key) -> Suite:
        """The suite of a case, its spec compiled where that is due."""
        try:
            return self._compiled(key.folder)
        except SpecharnessError as error:
            pytest.fail(str(error), pytrace=False)

    def _compiled(self, folder: Path, model: Model | None = None) -> Suite:
        from specharness.compilation.compiling import ensure_compiled  # noqa: PLC0415 - the compiler is large

        write = self._options.mode != "replay"
        self._suites[folder] = ensure_compiled(self._load(folder), write=write, own=model)
        return self._suites[folder]

    def pair(self, key: Key) -> Pair:
        """The pair of a case."""
        return self._load_pairs(key.folder)[key.pair]

    def preference(
        self, item: pytest.Item, key: Key, model: Model | None, judge: Model | None = None
    ) -> PreferenceCheck:
        """A pair's score; an unmeasured pair is an error of the fixture, not a failed test."""
        run = self._run(key.folder, model, judge)
        case = self._cases[key.folder][key.pair]
        note(item, outcome=case.outcome, margin=case.head.margin if case.head else None)
        if case.outcome == "error":
            pytest.fail(f"{key.pair}: could not be measured: {case.error}", pytrace=False)
        return PreferenceCheck(case, run, self._load(key.folder), item)

    def gate(
        self, item: pytest.Item, key: Key, model: Model | None, judge: Model | None = None
    ) -> GateCheck:
        """A suite's verdict."""
        run = self._run(key.folder, model, judge)
        note(item, verdict=run.gate.verdict, difference=run.gate.difference)
        return GateCheck(run, self._load(key.folder))

    def _run(self, folder: Path, model: Model | None, judge: Model | None) -> SuiteRun:
        if folder not in self._runs:
            run = self._exchange.share(folder, lambda: self._score(folder, model, judge))
            self._runs[folder] = run
            self._cases[folder] = {c.id: c for c in run.cases}
        return self._runs[folder]

    def _score(self, folder: Path, model: Model | None, judge: Model | None) -> SuiteRun:
        try:
            with self._shown():
                suite, only = self._compiled(folder, model), self._selected.get(folder)
                return run_suite(suite, self._options, only=only, model=model, judge=judge)
        except SpecharnessError as error:
            pytest.fail(str(error), pytrace=False)

    def _shown(self) -> AbstractContextManager[None]:
        """Lets progress through to the terminal: a download or a long score is not to look hung."""
        capture = self._config.pluginmanager.getplugin("capturemanager")
        return capture.global_and_fixture_disabled() if capture else nullcontext()

    @cached_property
    def _options(self) -> Options:
        mode: Mode = self._config.getoption("--spec-mode") or default_mode(os.environ)
        base = self._config.getoption("--spec-base")
        return Options(mode=mode, base=base, today=datetime.now(tz=UTC).date())

    # Dry runs

    def plan(self, item: pytest.Item) -> NoReturn:
        """Skip a test once what its suite would ask is known; fail it where that cannot be."""
        if key := _key(item):
            part = Part(only=self._selected.get(key.folder), brought=brought_by(item))
            told = self._plans.find(
                key.folder,
                self._exchange,
                lambda: tell_plan(self._load(key.folder), self._options, part),
            )
            if not told.is_plan:
                pytest.fail(told.words, pytrace=False)
        pytest.skip("a dry run runs nothing")

    # Workers

    @property
    def _is_worker(self) -> bool:
        return hasattr(self._config, "workerinput")

    def exchange_folder(self) -> str:
        """Where the workers of this run put suites' results; made by the controller."""
        if self._exchange.folder is None:
            self._exchange = Exchange(Path(tempfile.mkdtemp(prefix="specharness-")))
        return str(self._exchange.folder)

    @cached_property
    def _exchange(self) -> Exchange:
        given = getattr(self._config, "workerinput", {}).get("specharness_exchange")
        return Exchange(Path(given) if given else None)

    # The end

    def finish(self) -> None:
        """Write reports/run.json and reports/index.html for all suites that were scored."""
        if not self._is_worker and (run := self._whole()).suites:
            write_reports(run, self._config.rootpath / "reports")

    def summarise(self, reporter: pytest.TerminalReporter) -> None:
        """Print the warnings of lint, the verdicts and where the report lies."""
        if not self._is_worker and (warnings := warnings_in(reporter)):
            reporter.section("specharness lint: warnings", sep="=")
            reporter.write_line("\n".join(warnings))
        if not self._is_worker:
            self._plans.show(reporter, self._exchange)
        if self._is_worker or not (run := self._whole()).suites:
            return
        reporter.section("specharness", sep="=")
        reporter.write_line(render_terminal(run, reporter._tw.fullwidth, reporter._tw.hasmarkup))
        report = self._config.rootpath / "reports" / "index.html"
        reporter.write_line(f"report: {report.relative_to(self._config.rootpath)}")

    def close(self) -> None:
        """Remove the exchange folder."""
        if not self._is_worker and self._exchange.folder is not None:
            shutil.rmtree(self._exchange.folder, ignore_errors=True)

    def _whole(self) -> Run:
        return make_run([*self._runs.values(), *self._exchange.read_all()])


def _key(item: pytest.Item) -> Key | None:
    found = getattr(getattr(item, "callspec", None), "params", {}).get(CASE)
    return found if isinstance(found, Key) else None
