"""Imports go down the layers only; who does not use a heavy import does not pay for it."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "specharness"

LAYERS: list[set[str]] = [
    {"errors", "records", "settings", "settings_remote", "model", "visible", "finite"},
    {
        "specfile", "spectext", "specrules", "specdiff", "pairs", "pairline", "pairturns",
        "neighbours", "split", "suitefile", "settingsfile", "runfile", "runjudge", "runmoves",
        "runcompiled", "runsince", "outfile",
        "rebuilding", "keeping",
        "importers",
        "suitepairs", "opposites", "ledger", "sarif", "leaks", "compare.comparison",
        "gate.findings", "specedit",
    },
    {
        "arms", "compile", "condition", "score", "gate", "compare.contrasts", "effects", "readings",
        "mutation.mutants", "mutation.wording", "strategies",
    },
    {
        "keys", "nats", "store", "storefile", "recordings", "git", "models", "arms.fitting",
        "arms.steering", "arms.weights", "arms.training", "arms.alignment", "arms.known",
        "budget", "prices",
    },
    {
        "baseline", "choice", "dryrun", "rehearsal", "recordingfiles", "seating", "sparing",
        "diagnosing",
        "specworth", "compilation", "judging", "musts", "telling", "slicing", "deciding", "run",
        "since", "starting", "lint", "compare", "specbench",
        "ledger.anchor", "ledger.accepting", "ledger.recorded", "ledger.verifying",
        "ledger.checkout", "ledger.commits", "ledger.lines", "ledger.replaying",
        "gate.aa", "gate.exposure", "gate.until", "panel", "coverage", "mutation", "blame", "evals",
        "history",
    },
    {
        "compare.words", "compare.page", "specbench.words", "specbench.page",
        "compilation.words", "report", "reporting", "exchange",
        "show", "coverage.words", "mutation.words", "blame.words", "history.words", "history.plot",
        "history.page",
    },
    {
        "plugin", "pytest_session", "pytest_lint", "pytest_checks", "pytest_dryrun", "cli",
        "judgescli",
        "recordingscli",
        "compare.commands", "specbench.commands",
        "compilation.commands", "gate.commands", "ledger.commands", "panelcli",
        "coverage.commands", "mutation.commands", "blame.commands", "history.commands",
    },
]  # fmt: skip
LEVEL = {name: level for level, names in enumerate(LAYERS) for name in names}
MODULES = sorted(p for p in PACKAGE.rglob("*.py") if p != PACKAGE / "__init__.py")


def room(parts: tuple[str, ...]) -> str:
    """The name under which a module stands in a layer: its own, else that of its folder."""
    named = [".".join(parts[:n]) for n in range(len(parts), 0, -1)]
    return next(n for n in named if n in LEVEL)


def home(path: Path) -> str:
    return room(path.relative_to(PACKAGE).with_suffix("").parts)


def imports(path: Path) -> list[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    froms = [n for n in ast.walk(tree) if isinstance(n, ast.ImportFrom)]
    names = [f"{n.module}.{a.name}" for n in froms for a in n.names]
    names += [a.name for n in ast.walk(tree) if isinstance(n, ast.Import) for a in n.names]
    return [room(tuple(n.split(".")[1:])) for n in names if n.startswith("specharness.")]


@pytest.mark.parametrize("path", MODULES, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_imports_go_down(path: Path) -> None:
    level = LEVEL[home(path)]
    above = [n for n in imports(path) if LEVEL[n] > level]
    assert not above, f"{path.name} imports from above: {above}"


def test_there_are_no_cycles_within_a_layer() -> None:
    edges: dict[str, set[str]] = {}
    for path in MODULES:
        edges.setdefault(home(path), set()).update(n for n in imports(path) if n != home(path))
    done: set[str] = set()
    while ready := {n for n in edges if n not in done and edges[n] <= done}:
        done |= ready
    assert done == set(edges), f"a cycle among {sorted(set(edges) - done)}"


def loaded(code: str) -> set[str]:
    script = f"import sys\n{code}\nprint(*sorted(m.partition('.')[0] for m in sys.modules))"
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    return set(done.stdout.split())


def test_the_plugin_costs_pytest_and_the_standard_library_only() -> None:
    extra = loaded("import specharness.plugin") - loaded("import pytest")
    assert {n for n in extra if n not in sys.stdlib_module_names} == {"specharness"}


def test_importing_the_package_imports_nothing_heavy() -> None:
    heavy = {"torch", "transformers", "numpy", "scipy", "pytest", "jinja2", "click"}
    assert not loaded("import specharness") & heavy
    assert not loaded("import specharness.cli") & (heavy - {"click"})
