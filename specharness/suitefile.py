"""A suite: a folder with a spec, its pairs and its settings."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from specharness.errors import UsageError
from specharness.records import Spec
from specharness.settings import SuiteSettings
from specharness.settingsfile import read_settings
from specharness.specfile import load_spec, parse_spec

SETTINGS = "suite.toml"
SUITES = Path("suites")  # below the current folder
_DEFAULTS = SuiteSettings()


@dataclass(frozen=True, slots=True, kw_only=True)
class Suite:
    """A suite as its folder has it; the pairs are read apart, by `load_pairs(suite.pairs_path)`.

    `spec_path` is None when there is no spec file and the instruction is the spec.
    """

    name: str
    folder: Path
    settings: SuiteSettings
    spec: Spec
    spec_path: Path | None
    pairs_path: Path


def find_suites(root: Path) -> list[Path]:
    """The folders right below `root` that hold a suite.toml, or a spec.md and a pairs.jsonl.

    Sorted by name; none when there is no such folder.
    """
    if not root.is_dir():
        return []
    return sorted(folder for folder in root.iterdir() if _is_suite(folder))


def _is_suite(folder: Path) -> bool:
    usual = (folder / _DEFAULTS.spec, folder / _DEFAULTS.pairs)
    return (folder / SETTINGS).is_file() or all(path.is_file() for path in usual)


def named_suite(name: str) -> Suite:
    """The suite of that name below `suites`, or in the folder (or suite.toml) of that path."""
    home = SUITES / name
    return load_suite(home if home.is_dir() else Path(name))


def named_suites(names: Sequence[str]) -> list[Suite]:
    """The suites of these names (see `named_suite`), or all below `suites` where none is named.

    UsageError where there is none at all.
    """
    if names:
        return [named_suite(name) for name in names]
    folders = find_suites(SUITES)
    if not folders:
        raise UsageError(SUITES, "no suites here", "`specharness init` makes one")
    return [load_suite(folder) for folder in folders]


def load_suite(path: Path) -> Suite:
    """Read a suite's settings and spec, given its folder or its suite.toml; the pairs stay unread.

    Without a suite.toml everything has its default. UsageError for what is missing, for settings
    that are wrong and for paths that lead out of the project.
    """
    file = path if path.is_file() else path / SETTINGS
    folder = file.parent
    if not file.is_file() and not _is_suite(folder):
        remedy = f"put a {SETTINGS}, or a spec.md and a pairs.jsonl, into the folder"
        raise UsageError(path, "no suite here", remedy)
    settings, given = read_settings(file) if file.is_file() else (_DEFAULTS, frozenset[str]())
    spec_path = _inside(folder, settings.spec, file, "spec")
    pairs_path = _inside(folder, settings.pairs, file, "pairs")
    is_instruction = not spec_path.exists() and "spec" not in given
    return Suite(
        name=folder.resolve().name,
        folder=folder,
        settings=settings,
        spec=_instruction(settings, spec_path) if is_instruction else load_spec(spec_path),
        spec_path=None if is_instruction else spec_path,
        pairs_path=pairs_path,
    )


def _instruction(settings: SuiteSettings, missing: Path) -> Spec:
    """The instruction as the spec, since there is no spec file."""
    spec = parse_spec(settings.instruction, missing.parent / SETTINGS)
    if not spec.shown:
        remedy = f"write the spec there, or an instruction into {SETTINGS}"
        raise UsageError(missing, "no such file, and no instruction", remedy)
    return spec


def project_root(folder: Path) -> Path:
    """The project a suite's folder belongs to; the paths in its settings must not leave it.

    The nearest folder, from the suite's upwards, with a .git; else the nearest above it with a
    pyproject.toml or a suites folder; else the one above.
    """
    here = folder.resolve()
    for parent in (here, *here.parents):
        if (parent / ".git").exists():
            return parent
    for parent in here.parents:
        if (parent / "pyproject.toml").is_file() or (parent / "suites").is_dir():
            return parent
    return here.parent


def _inside(folder: Path, name: str, file: Path, key: str) -> Path:
    """The path a setting names, once it is sure that, links followed, it stays in the project."""
    try:
        target = (folder / name).resolve()
        stays = target.is_relative_to(project_root(folder))
    except (OSError, RuntimeError, ValueError):  # a loop of links, a NUL
        raise UsageError(file, f"'{key}' names no path", "name a file by a plain path") from None
    if not stays:
        what = f"'{key}' leads out of the project ({name!r})"
        raise UsageError(file, what, "keep the suite's files inside the repository")
    return folder / name
