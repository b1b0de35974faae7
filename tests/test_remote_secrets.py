"""A planted key goes to the server it is for, and nowhere else."""

import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("litellm", reason="models behind an API need the extra `remote`")

from specharness.errors import ModelError, UsageError
from specharness.models.remote.credentials import read_credentials
from specharness.models.remote.naming import remote_identity
from specharness.settings_remote import RemoteSettings
from tests.projects import commit_all, make_project
from tests.remotes import FEW, NAME, errors, questions, remote
from tests.servers import running

KEY = "sk-planted-3f9a1c77e0b24d58"
TESTS = "def test_gate(gate):\n    gate.check()\n"


@pytest.fixture(autouse=True)
def planted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PLANTED_KEY", KEY)


def everything(folder: Path) -> list[Path]:
    """The files below a folder that hold the key (databases and compiled files too)."""
    files = (p for p in folder.rglob("*") if p.is_file())
    return [p for p in files if KEY.encode() in p.read_bytes()]


@pytest.mark.parametrize("options", [(), ("--key", "another")], ids=["accepted", "refused"])
def test_a_planted_key_reaches_nothing(tmp_path: Path, options: tuple[str, ...]) -> None:
    """Recording, store, report, logs, tracebacks with locals; the server repeats what it got."""
    with running("hosted", "--tells-key", *(options or ("--key", KEY))) as server:
        root = make_project(tmp_path / "project", pairs=2)
        (root / "conftest.py").write_text("")
        (root / "suites" / "test_suites.py").write_text(TESTS)
        (root / "suites" / "tone" / "suite.toml").write_text(
            f'model = "{NAME}"\n[remote]\napi_base = "{server.url}"\napi_key = "PLANTED_KEY"\n'
            'headers = { X-Again = "PLANTED_KEY" }\n'
        )
        commit_all(root)
        done = subprocess.run(
            [sys.executable, "-m", "pytest", "suites", "--spec-mode=record", "-l", "--tb=long",
             "-vv", "-o", "log_cli=true", "--log-level=DEBUG", "--junitxml=reports/junit.xml"],
            cwd=root, capture_output=True, text=True, check=False,
            env={
                "PATH": "/usr/bin:/bin", "SPECHARNESS_CACHE": str(tmp_path / "cache"),
                "PLANTED_KEY": KEY, "LITELLM_LOG": "DEBUG", "OPENAI_LOG": "debug",
            },
        )  # fmt: skip
        assert server.stats()["calls"] > 0
        said = done.stdout + done.stderr
        assert "tone" in said and KEY not in said and "planted-3f9a" not in said
        assert not everything(tmp_path)
        assert "INTERNALERROR" not in said


def test_an_answer_that_holds_the_key_is_lost() -> None:
    with running("hosted", "--tells-key", "--key", KEY) as server:
        model = remote(server.url, api_key="PLANTED_KEY")
        lost = errors(model.generate(questions(2), FEW))
        assert lost == ["the answer holds a key of the environment"] * 2
    with running("hosted", "--key", "another") as server:
        with pytest.raises(ModelError, match="refuses the key") as caught:
            remote(server.url, api_key="PLANTED_KEY").generate(questions(1), FEW)
        assert KEY not in str(caught.value) and caught.value.__cause__ is None


def test_an_address_in_a_suite_gets_no_key_but_the_one_it_names(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    with running("hosted", "--key", KEY) as server:
        with pytest.raises(ModelError, match="refuses the key"):
            remote(server.url).generate(questions(1), FEW)
        assert not errors(remote(server.url, api_key="OPENAI_API_KEY").generate(questions(1), FEW))


@pytest.mark.parametrize(
    "wrong",
    [
        RemoteSettings(api_key=KEY),
        RemoteSettings(headers={"Authorization": f"Bearer {KEY}"}),
        RemoteSettings(api_base=f"https://user:{KEY}@host.invalid/v1"),
        RemoteSettings(api_base=f"https://host.invalid/v1?key={KEY}"),
    ],
)
def test_keys_in_settings_are_refused_and_not_repeated(wrong: RemoteSettings) -> None:
    with pytest.raises(UsageError) as caught:
        remote_identity(NAME, wrong, "suite.toml")
    assert KEY not in str(caught.value)


def test_a_variable_that_is_not_set_is_told() -> None:
    settings = RemoteSettings(headers={"X-Org": "NO_SUCH_VARIABLE"})
    with pytest.raises(UsageError, match=r"'remote\.headers\.X-Org' names is not set"):
        read_credentials(settings, "suite.toml", {})


def test_credentials_show_nothing_and_scrub() -> None:
    settings = RemoteSettings(api_key="A", headers={"Authorization": "B"})
    found = read_credentials(settings, "x", {"A": KEY, "B": "Bearer abcdefgh123"})
    assert KEY not in repr(found) and "abcdefgh" not in repr(found)
    assert found.scrub(f"no {KEY}, no abcdefgh123, no sk-proj-xxxx******yy") == (
        "no [key], no [key], no [key]"
    )
    assert found.leaks(f"..{KEY}..") and not found.leaks("nothing here")
