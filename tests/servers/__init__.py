"""Servers that tests talk to: real processes on loopback."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.request import urlopen

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Server:
    """A server that runs: its address for `api_base`."""

    url: str

    def stats(self) -> dict[str, Any]:
        with urlopen(f"{self.url.removesuffix('/v1')}/stats", timeout=10) as reply:
            found: dict[str, Any] = json.load(reply)
        return found


@contextmanager
def running(module: str, *options: str) -> Iterator[Server]:
    """A server module of this folder in a process of its own."""
    command = [sys.executable, "-m", f"tests.servers.{module}", *options]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            yield Server(f"http://127.0.0.1:{int(process.stdout.readline())}/v1")
        finally:
            process.kill()
