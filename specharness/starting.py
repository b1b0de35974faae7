"""`specharness init`: a working suite in a project that has none."""

from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

from specharness.errors import UsageError
from specharness.pairline import dump_pair
from specharness.runfile import write_text
from specharness.settings import ReadSettings
from specharness.specfile import load_spec
from specharness.suitepairs import read_suite_pairs

_TESTS = '''"""One case per held-out pair, and one per suite: the gate is what blocks."""


def test_preference(preference):
    preference.check()


def test_gate(gate):
    gate.check()
'''

_DEFAULTS = "# Everything has a default; see the README for what can be set here.\n"


def start_project(
    folder: Path, *, name: str, spec: Path | None, pairs: Path | None, model: str | None
) -> list[Path]:
    """Write suites/test_suites.py and suites/<name>/ below `folder`; returns the files written.

    A spec that lies in the project is pointed at, where it is; without files of the user's an
    example is written. Nothing that exists is overwritten: UsageError.
    """
    suite = folder / "suites" / name
    if suite.exists():
        raise UsageError(suite, "exists already", "choose another --name")
    if spec is not None:
        load_spec(spec)
    example = files("specharness").joinpath("example")
    wanted = {
        suite / "pairs.jsonl": _pairs_bytes(pairs or example / "pairs.jsonl"),
        suite / "spec.md": (spec or example / "spec.md").read_bytes(),
    }
    pointed = _inside(spec, folder)
    if pointed is not None:
        del wanted[suite / "spec.md"]
    tests = folder / "suites" / "test_suites.py"
    settings = [f'spec = "{_climb(pointed)}"'] if pointed is not None else []
    settings += [f'model = "{model}"'] if model else []
    suite.mkdir(parents=True)
    for path, content in wanted.items():
        path.write_bytes(content)
    write_text(suite / "suite.toml", "\n".join([*settings, ""]) if settings else _DEFAULTS)
    if not tests.exists():
        write_text(tests, _TESTS)
    return [*wanted, suite / "suite.toml", tests]


def _pairs_bytes(source: Path | Traversable) -> bytes:
    """A pairs file as it is; preference data of another layout as the pairs in it."""
    if not isinstance(source, Path):
        return source.read_bytes()
    found = read_suite_pairs(source, ReadSettings())
    if not found.told:
        return source.read_bytes()
    return "".join(dump_pair(pair) + "\n" for pair in found.pairs).encode()


def _inside(spec: Path | None, folder: Path) -> Path | None:
    """The spec's path from `folder`, where it lies below it."""
    if spec is None or not spec.resolve().is_relative_to(folder.resolve()):
        return None
    return spec.resolve().relative_to(folder.resolve())


def _climb(path: Path) -> str:
    """A path from a suite's folder to a file given from the project's."""
    return f"../../{path.as_posix()}"
