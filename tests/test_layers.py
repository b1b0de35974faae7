"""Imports go down the layers only; who does not use a heavy import does not pay for it."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "specharness"

LAYERS: list[set[str]] = [
    {"errors", "records", "settings", "model", "visible"},
    {
        "specfile", "spectext", "specrules", "specdiff", "pairs", "pairline", "pairturns",
        "neighbours", "split", "suitefile", "settingsfile", "runfile", "importers",
        "suitepairs", "opposites", "ledger", "sarif", "leaks", "comparison",
    },
    {
        "arms", "compile", "condition", "drift", "score", "stats", "decision", "gates", "verdicts",
        "planning", "contrasts",
    },
    {"keys", "nats", "store", "storefile", "recordings", "git", "models"},
    {
        "baseline", "choice", "compiling", "racing", "judging", "run", "starting", "anchor",
        "accepting", "verifying", "lint", "comparing", "measuring",
    },
    {"comparewords", "comparepage", "compilewords", "report", "reporting", "exchange", "show"},
    {
        "plugin", "pytest_session", "pytest_lint", "cli", "comparecli", "compilecli", "judgescli",
        "ledgercli",
    },
]  # fmt: skip
LEVEL = {name: level for level, names in enumerate(LAYERS) for name in names}
MODULES = sorted(p for p in PACKAGE.rglob("*.py") if p != PACKAGE / "__init__.py")


def room(path: Path) -> str:
    """The module, or the folder it lives in, right below the package."""
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imports(path: Path) -> list[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    froms = [n for n in ast.walk(tree) if isinstance(n, ast.ImportFrom)]
    names = [f"{n.module}.{a.name}" for n in froms for a in n.names]
    names += [a.name for n in ast.walk(tree) if isinstance(n, ast.Import) for a in n.names]
    return [n.split(".")[1] for n in names if n.startswith("specharness.")]


@pytest.mark.parametrize("path", MODULES, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_imports_go_down(path: Path) -> None:
    level = LEVEL[room(path)]
    above = [n for n in imports(path) if LEVEL[n] > level]
    assert not above, f"{path.name} imports from above: {above}"


def test_there_are_no_cycles_within_a_layer() -> None:
    edges: dict[str, set[str]] = {}
    for path in MODULES:
        edges.setdefault(room(path), set()).update(n for n in imports(path) if n != room(path))
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
