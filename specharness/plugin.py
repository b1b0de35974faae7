"""The pytest plugin: options, fixtures, and hooks that delegate to `pytest_session`.

Loaded in every pytest run, so it imports pytest and the standard library only, writes nothing and
starts nothing; all else is imported when a test asks for a fixture of ours.

    def test_preference(preference):      # one case per held-out pair, id = suite-pair
        preference.check()

    def test_gate(gate):                  # one case per suite: this is what blocks
        gate.check()

Each suite that such tests are about also gets a case `lint[suite]`, unless --spec-lint=off.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Generator

    from specharness.model import Model
    from specharness.pytest_checks import GateCheck, PreferenceCheck
    from specharness.pytest_session import Key, Session
    from specharness.records import Pair, Spec
    from specharness.suitefile import Suite

SESSION = pytest.StashKey["Session"]()
MODES = ("auto", "live", "record", "replay")


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add --spec-mode, --spec-base, --spec-lint and --spec-dry-run."""
    group = parser.getgroup("specharness", "specs gated by preference pairs")
    group.addoption(
        "--spec-mode",
        choices=MODES,
        default=None,
        help="where model results come from: auto (recordings, else the store, else the model; the "
        "default), live (never recordings), record (live, and write fixtures/recordings), replay "
        "(recordings only; the default when CI=true)",
    )
    group.addoption(
        "--spec-base",
        metavar="REF",
        default=None,
        help="git reference of the spec to compare with, or 'empty' (default: the merge-base with "
        "the main branch; the empty spec where there is none)",
    )
    group.addoption(
        "--spec-lint",
        choices=("on", "off"),
        default=None,
        help="whether each suite has a case lint[suite] that looks over its pairs and spec "
        "(default: the ini option spec_lint, which is on)",
    )
    group.addoption(
        "--spec-dry-run",
        action="store_true",
        help="run no test: say what the models of the selected suites would be asked and what that "
        "would cost",
    )
    parser.addini("spec_lint", "whether each suite has a case lint[suite]", "bool", default=True)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """One case per held-out pair or per suite, for tests that use our fixtures."""
    names = metafunc.fixturenames
    if "specharness_case" in names:
        per_pair = "preference" in names or "pair" in names
        _session(metafunc.config).parametrize(metafunc, per_pair=per_pair)


@pytest.hookimpl(wrapper=True)
def pytest_pycollect_makeitem(
    collector: pytest.Module | pytest.Class, name: str
) -> Generator[None, Any, Any]:
    """Put the lint cases of suites before the first test that is about them."""
    items = yield
    if (ours := collector.config.stash.get(SESSION, None)) is None:
        return items
    return ours.with_lint(collector, name, items)


def pytest_collection_finish(session: pytest.Session) -> None:
    """Remember which pairs were selected, once -k, --lf and the like have had their say."""
    if (ours := session.config.stash.get(SESSION, None)) is not None:
        ours.select(session.items)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """In a dry run, plan and skip, before any fixture makes a model."""
    if item.config.getoption("--spec-dry-run"):
        _session(item.config).plan(item)


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Write reports/ when something was measured (never on a worker)."""
    if (ours := session.config.stash.get(SESSION, None)) is not None:
        ours.finish()


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    """Print the verdicts."""
    if (ours := config.stash.get(SESSION, None)) is not None:
        ours.summarise(terminalreporter)


def pytest_unconfigure(config: pytest.Config) -> None:
    """Remove what workers and controller passed to each other."""
    if (ours := config.stash.get(SESSION, None)) is not None:
        ours.close()


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Tell an xdist worker where suites' results are exchanged."""
    node.workerinput["specharness_exchange"] = _session(node.config).exchange_folder()


@pytest.fixture
def specharness_case(request: pytest.FixtureRequest) -> Key:
    """Which suite, and which of its pairs, a case is about (for the fixtures below)."""
    if not hasattr(request, "param"):
        pytest.fail("no suite found; put one into a folder `suites`: `specharness init`", False)
    key: Key = request.param
    return key


@pytest.fixture
def suite(request: pytest.FixtureRequest, specharness_case: Key) -> Suite:
    """The suite: its settings, spec and paths."""
    return _session(request.config).suite(specharness_case)


@pytest.fixture
def pair(request: pytest.FixtureRequest, specharness_case: Key) -> Pair:
    """One held-out pair; parametrizes the test over all of them."""
    return _session(request.config).pair(specharness_case)


@pytest.fixture
def compiled_spec(request: pytest.FixtureRequest, specharness_case: Key) -> Spec:
    """The spec the model sees, compiled anew where its lock says that it is stale.

    In replay mode, and so with CI=true, nothing is written: a stale spec is an error that names
    what changed and the command to run.
    """
    return _session(request.config).compiled(specharness_case).spec


@pytest.fixture
def model() -> Model | None:
    """The model to ask; override it to bring your own. None takes the suite's own `model`."""
    return None


@pytest.fixture
def judge_model() -> Model | None:
    """The model that judges; override it to bring your own. None takes the suite's `[judge]`."""
    return None


@pytest.fixture
def preference(
    request: pytest.FixtureRequest,
    specharness_case: Key,
    model: Model | None,
    judge_model: Model | None,
) -> PreferenceCheck:
    """A held-out pair as scored: `preference.check()` passes, xfails, xpasses or fails the test."""
    return _session(request.config).preference(request.node, specharness_case, model, judge_model)


@pytest.fixture
def gate(
    request: pytest.FixtureRequest,
    specharness_case: Key,
    model: Model | None,
    judge_model: Model | None,
) -> GateCheck:
    """The suite's verdict: `gate.check()` fails the test where it blocks."""
    return _session(request.config).gate(request.node, specharness_case, model, judge_model)


def _session(config: pytest.Config) -> Session:
    """Our part of this pytest run, made when a test first needs it."""
    if SESSION not in config.stash:
        from specharness.pytest_session import Session  # noqa: PLC0415 - costs nothing to others

        config.stash[SESSION] = Session(config)
    return config.stash[SESSION]
