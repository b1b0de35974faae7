"""Models of other people's code: an installed package, a module beside conftest, no suite's."""

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from specharness.errors import ModelError, UsageError
from specharness.model import Completion, Request, Sampling
from specharness.models.installed import GROUP, make_python
from specharness.models.opening import find_candidate
from specharness.records import Message
from specharness.settings import EngineSettings
from tests.projects import commit_all, make_project

# The ten lines of the README.
TEN_LINES = """
from specharness.model import Completion, Identity, Logprobs


class Shouting:
    identity = Identity(name="shouting", revision="1", engine="python", template="none")

    def logprobs(self, requests):
        return [Logprobs(tokens=(-0.1 * (len(r.response) + 1), -0.2)) for r in requests]

    def generate(self, requests, sampling):
        return [Completion(text=r.messages[-1].content.upper(), count=1) for r in requests]
"""
HI = Request(messages=(Message(role="user", content="hi"),))


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that a wheel with a model was installed into with pip."""
    wheel = tmp_path / "example_models-1.0-py3-none-any.whl"
    info = "example_models-1.0.dist-info"
    files = {
        "example_models/__init__.py": "",
        "example_models/loud.py": TEN_LINES,
        "example_models/broken.py": "def make():\n    raise RuntimeError('no luck')\n",
        f"{info}/METADATA": "Metadata-Version: 2.1\nName: example-models\nVersion: 1.0\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        f"{info}/entry_points.txt": f"[{GROUP}]\nloud = example_models.loud:Shouting\n",
    }
    with zipfile.ZipFile(wheel, "w") as archive:
        for name, text in files.items():
            archive.writestr(name, text)
        archive.writestr(f"{info}/RECORD", "".join(f"{name},,\n" for name in files))
    target = tmp_path / "site"
    install = ["pip", "install", "--no-deps", "--no-index", "--quiet", "--target", str(target)]
    subprocess.run([sys.executable, "-m", *install, str(wheel)], check=True)
    monkeypatch.syspath_prepend(str(target))
    return target


@pytest.mark.parametrize("name", ["loud", "python:example_models.loud:Shouting"])
def test_an_installed_package_is_a_model(site: Path, name: str) -> None:
    found = find_candidate(name, EngineSettings(), "suite.toml")
    assert found.identity.name == "shouting"
    assert found.load().generate([HI], Sampling()) == [Completion(text="HI", count=1)]


def test_it_gates_a_suite_from_its_name(site: Path, tmp_path: Path) -> None:
    root = make_project(tmp_path / "project", pairs=3)
    (root / "suites" / "tone" / "suite.toml").write_text('model = "loud"\n')
    commit_all(root)
    done = subprocess.run(
        [sys.executable, "-c", "from specharness.cli import main; main()", "run"],
        cwd=root, capture_output=True, text=True, check=False,
        env={"SPECHARNESS_CACHE": str(tmp_path / "cache"), "PATH": "/usr/bin:/bin",
             "PYTHONPATH": str(site)},
    )  # fmt: skip
    # it weighs length alone, so it reacts to no spec: asked, examined, and not believed
    assert (done.returncode, "UNVERIFIABLE" in done.stdout) == (3, True), done.stdout + done.stderr


def test_a_module_beside_conftest_counts_as_under_pytest(tmp_path: Path) -> None:
    (tmp_path / "ourmodel.py").write_text(TEN_LINES)
    name = "python:ourmodel:Shouting"
    with pytest.raises(UsageError, match="no module 'ourmodel' to make the model"):
        make_python(name, "suite.toml", tmp_path)
    (tmp_path / "conftest.py").write_text("")
    before = list(sys.path)
    assert make_python(name, "suite.toml", tmp_path).identity.name == "shouting"
    assert sys.path == before


@pytest.mark.parametrize("package", [False, True], ids=["module", "package"])
def test_a_suites_folder_holds_no_code(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, package: bool
) -> None:
    suite = tmp_path / "suites" / "stranger"
    suite.mkdir(parents=True)
    (suite / "suite.toml").write_text("")
    (suite / "evilmodel.py").write_text(f"open({str(tmp_path / 'ran')!r}, 'w')\n{TEN_LINES}")
    if package:
        (suite / "__init__.py").write_text(f"open({str(tmp_path / 'ran')!r}, 'w')\n")
    # as pytest does for suites/test_suites.py, and as somebody may have done by hand
    monkeypatch.syspath_prepend(str(tmp_path / "suites"))
    monkeypatch.syspath_prepend(str(suite))
    for name in ("python:stranger.evilmodel:Shouting", "python:evilmodel:Shouting"):
        with pytest.raises(UsageError, match="lies in a suite's folder"):
            make_python(name, "suite.toml", tmp_path)
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize(
    "name",
    [
        "python:models/mine.py:make",
        "python:../x:make",
        "python:x",
        "python::make",
        "python:x:make()",
        "python:/tmp/x.py:make",
        "python:x:__import__('os')",
    ],
)
def test_only_names_of_modules_are_taken(name: str) -> None:
    with pytest.raises(UsageError, match="a module's name, not a path"):
        make_python(name, "suite.toml", None)


def test_what_is_no_model_is_told_in_one_line(site: Path) -> None:
    with pytest.raises(ModelError, match=r"cannot be made \(RuntimeError: no luck\)"):
        make_python("python:example_models.broken:make", "suite.toml", None)
    with pytest.raises(ModelError, match=r"cannot be made \(AttributeError"):
        make_python("python:example_models.loud:nothing", "suite.toml", None)
    with pytest.raises(ModelError, match="is no model: it has no identity and no logprobs and no"):
        make_python("python:collections:OrderedDict", "suite.toml", None)
