"""Models and metrics that somebody's own code makes: `python:pkg.module:make`, an entry point.

Code runs only from what is installed or importable, and from the folder of the project's conftest.
Never from a suite's folder: a suite is data, and may be a stranger's. What runs is decided from the
module's place before anything of it is imported.
"""

import importlib
import re
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from importlib.machinery import ModuleSpec, PathFinder
from importlib.metadata import EntryPoint, entry_points
from importlib.util import find_spec
from pathlib import Path
from typing import cast

from specharness.errors import ModelError, SpecharnessError, UsageError
from specharness.model import Identity, Model

PREFIX = "python:"
GROUP = "specharness.models"
_PLACE = re.compile(r"([A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*):([A-Za-z_]\w*)")
_DATA = ("suite.toml", "pairs.jsonl")  # a folder with one of these is a suite's


def is_python(name: str) -> bool:
    """Whether a `model` setting names code.

    >>> is_python("python:pkg.module:make"), is_python("pkg.module:make")
    (True, False)
    """
    return name.startswith(PREFIX)


def entry_point(name: str) -> EntryPoint | None:
    """The installed package's model of that name, None where there is none."""
    return next(iter(entry_points(group=GROUP, name=name)), None)


def make_installed(point: EntryPoint) -> Model:
    """The model behind an entry point; ModelError where it cannot be made."""
    return _make(point.name, point.load)


def make_python(name: str, where: str | Path, project: Path | None) -> Model:
    """The model that `python:pkg.module:make` makes; `project` is the suite's project.

    UsageError for a name of another form and for a module that is not importable or is a suite's,
    ModelError where making it fails.
    """
    module, maker = _named(name, PREFIX, where)
    with _importable(project):
        _check_place(module, where)
        return _make(name, lambda: getattr(importlib.import_module(module), maker))


def load_maker(
    name: str, prefix: str, where: str | Path, project: Path | None
) -> Callable[[str], object]:
    """The function of one text that `PREFIXpkg.module:make` names; errors as with `make_python`.

    While it runs, its module's neighbours can be imported as when it was loaded.
    """
    module, maker = _named(name, prefix, where)
    with _importable(project):
        _check_place(module, where)
        try:
            found = getattr(importlib.import_module(module), maker)
        except SpecharnessError:
            raise
        except Exception as error:  # whatever somebody's code raises
            raise _failed(name, error) from None

    @wraps(found, updated=())
    def make(text: str) -> object:
        with _importable(project):
            return found(text)

    return make


def _named(name: str, prefix: str, where: str | Path) -> tuple[str, str]:
    """Module and name of what a setting names; UsageError for another form."""
    found = _PLACE.fullmatch(name.removeprefix(prefix))
    if found is None:
        remedy = f'write model = "{prefix}pkg.module:make" (a module\'s name, not a path)'
        raise UsageError(where, f"'model' is {name!r}", remedy)
    return found[1], found[2]


@contextmanager
def _importable(project: Path | None) -> Iterator[None]:
    """The project's own folder counts where it has a conftest.py, as it does under pytest."""
    own = str(project) if project and (project / "conftest.py").is_file() else ""
    added = bool(own) and own not in sys.path
    if added:
        sys.path.append(own)  # last: it hides nothing that is installed
    try:
        yield
    finally:
        if added:
            sys.path.remove(own)


def _check_place(module: str, where: str | Path) -> None:
    """UsageError unless every part of the module lies outside suites' folders; imports nothing."""
    names = module.split(".")
    spec: ModuleSpec | None = None
    for depth in range(len(names)):
        full = ".".join(names[: depth + 1])
        spec = _find(full, spec)
        if spec is None:
            remedy = "install the package, or put the module beside the project's conftest.py"
            raise UsageError(where, f"no module {full!r} to make the model", remedy)
        for place in _places(spec):
            if _is_data(place):
                remedy = "install it as a package: a suite's folder holds data, not code"
                raise UsageError(where, f"module {full!r} lies in a suite's folder", remedy)


def _find(full: str, above: ModuleSpec | None) -> ModuleSpec | None:
    try:
        if above is None:
            return find_spec(full)  # of a name without dots: runs nothing
        return PathFinder.find_spec(full, above.submodule_search_locations)
    except (ImportError, ValueError):
        return None


def _places(spec: ModuleSpec) -> list[Path]:
    files = [spec.origin] if spec.has_location and spec.origin else []
    return [Path(place) for place in (*files, *(spec.submodule_search_locations or ()))]


def _is_data(place: Path) -> bool:
    folders = (
        place.resolve().parents if place.suffix else (place.resolve(), *place.resolve().parents)
    )
    return any((folder / name).is_file() for folder in folders for name in _DATA)


def _make(name: str, load: Callable[[], object]) -> Model:
    try:
        maker = load()
        model = maker() if callable(maker) else maker
    except SpecharnessError:
        raise
    except Exception as error:  # whatever somebody's code raises
        raise _failed(name, error) from None
    lacking = [m for m in ("logprobs", "generate") if not callable(getattr(model, m, None))]
    if not isinstance(getattr(model, "identity", None), Identity):
        lacking.insert(0, "identity")
    if lacking:
        remedy = "give it the members of specharness.model.Model"
        raise ModelError(name, f"is no model: it has no {' and no '.join(lacking)}", remedy)
    return cast(Model, model)


def _failed(name: str, error: Exception) -> ModelError:
    reason = " ".join(f"{type(error).__name__}: {error}".split())[:200]
    return ModelError(name, f"cannot be made ({reason})", "mend the code that makes it")
