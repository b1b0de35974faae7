"""The way to a server: proxies of the environment, and no login but the key that was named."""

from pathlib import Path

import pytest

pytest.importorskip("litellm", reason="models behind an API need the extra `remote`")

from specharness.model import Completion
from specharness.models.remote.postman import find_proxy
from tests.remotes import FEW, errors, questions, remote
from tests.servers import running

PROXIES = ("http_proxy", "https_proxy", "all_proxy", "no_proxy")


@pytest.fixture(autouse=True)
def direct(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in PROXIES:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


def test_a_login_in_netrc_goes_nowhere_and_stops_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    logins = tmp_path / "netrc"
    logins.write_text("machine 127.0.0.1 login someone password secret\n")
    logins.chmod(0o600)
    monkeypatch.setenv("NETRC", str(logins))
    monkeypatch.setenv("SOME_KEY", "sk-planted-3f9a1c77e0b24d58")
    with running("hosted", "--key", "sk-planted-3f9a1c77e0b24d58") as server:
        found = remote(server.url, api_key="SOME_KEY").generate(questions(2), FEW)
    assert not errors(found)


def test_the_environments_proxy_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    with running("hosted") as proxy:  # it answers for any host
        monkeypatch.setenv("http_proxy", proxy.url.removesuffix("/v1"))
        (found,) = remote("http://model.invalid/v1").generate(questions(1), FEW)
        assert isinstance(found, Completion)
        monkeypatch.delenv("http_proxy")
        assert proxy.stats()["calls"] == 1


def test_which_proxy_an_address_has(monkeypatch: pytest.MonkeyPatch) -> None:
    assert find_proxy("https://host.invalid/v1") is None
    monkeypatch.setenv("https_proxy", "http://proxy.invalid:3128")
    monkeypatch.setenv("no_proxy", "127.0.0.1,inside.invalid")
    assert find_proxy("https://host.invalid/v1") == "http://proxy.invalid:3128"
    assert find_proxy("http://host.invalid/v1") is None
    assert find_proxy("https://api.inside.invalid/v1") is None
    assert find_proxy("https://127.0.0.1:8000/v1") is None
    assert find_proxy("nowhere") is None
