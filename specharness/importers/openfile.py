"""A data file, opened: unpacked, decoded and bounded, whatever its suffix says."""

import gzip
import io
import shutil
import stat
import tempfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, TextIO, cast

from specharness.errors import UsageError

RECORD_LIMIT = 64 * 2**20  # characters of one record
FREE_SIZE = 256 * 2**20  # bytes that anything may unpack to
RATIO = 200  # beyond that, bytes unpacked for each byte packed: text packs to a tenth or so

_GZIP = b"\x1f\x8b"
_BOMS = {
    b"\xef\xbb\xbf": "utf-8-sig",
    b"\xff\xfe\x00\x00": "utf-32",  # before UTF-16, whose mark it begins with
    b"\x00\x00\xfe\xff": "utf-32",
    b"\xff\xfe": "utf-16",
    b"\xfe\xff": "utf-16",
}
_FOREIGN = {
    b"PK\x03\x04": ("a zip archive or a spreadsheet", "unpack it, or save the sheet as CSV"),
    b"BZh": ("packed with bzip2", "unpack it with bunzip2"),
    b"\xfd7zXZ": ("packed with xz", "unpack it with unxz"),
    b"\x28\xb5\x2f\xfd": ("packed with zstd", "unpack it with unzstd"),
    b"ARROW1": ("an Arrow file", "write it as Parquet"),
    b"\xff\xff\xff\xff": ("an Arrow stream", "write it as Parquet"),
    b"SQLite format 3": ("an SQLite database", "write its table as CSV"),
    _GZIP: ("packed with gzip twice", "unpack it once with gunzip"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class DataFile:
    """A file that is there and can be read; `head` is how its content begins, once unpacked.

    `suffix` is in lower case, and of `rows.jsonl.gz` it is `.jsonl`; "" where there is none.
    """

    path: Path
    suffix: str
    head: bytes
    packed: bool

    def open_bytes(self) -> BinaryIO:
        """The content unpacked, from its beginning; reading beyond the bound is a UsageError."""
        return _opened(self.path, self.packed)

    def open_text(self) -> TextIO:
        """The content as text, line ends as they are; bytes that are no UTF-8 become surrogates."""
        return io.TextIOWrapper(
            self.open_bytes(), encoding=self.encoding, errors="surrogateescape", newline=""
        )

    @property
    def encoding(self) -> str:
        """UTF-8, or what the byte order mark says."""
        return next((name for mark, name in _BOMS.items() if self.head.startswith(mark)), "utf-8")

    def open_seekable(self) -> BinaryIO:
        """The content unpacked, in a file that can be read from its end; on disk, not in memory."""
        if not self.packed:
            return self.open_bytes()
        whole = tempfile.TemporaryFile()  # noqa: SIM115 - the caller closes it
        try:
            with self.open_bytes() as packed:
                shutil.copyfileobj(packed, whole, 2**20)
        except BaseException:
            whole.close()
            raise
        return cast(BinaryIO, whole)


class _Unpacked(gzip.GzipFile):
    """A gzip file that stops before a zip bomb fills memory or disk."""

    def __init__(self, path: Path) -> None:
        super().__init__(path, "rb")
        self._path = path
        self._most = max(FREE_SIZE, RATIO * path.stat().st_size)

    def read(self, size: int | None = -1) -> bytes:
        return self._bounded(super().read(size))

    def read1(self, size: int = -1) -> bytes:
        return self._bounded(super().read1(size))

    def _bounded(self, data: bytes) -> bytes:
        if self.tell() > self._most:
            what = f"unpacks to over {FREE_SIZE // 2**20} MiB and over {RATIO} times its size"
            raise UsageError(self._path, what, "if you trust it, unpack it with gunzip first")
        return data


def open_file(path: Path) -> DataFile:
    """Look at a file's beginning; UsageError for one that is missing, empty, closed or foreign."""
    if "\0" in str(path):
        raise UsageError(ascii(str(path)), "no path can hold a zero byte", "name a file")
    with reading(path):
        if not stat.S_ISREG(path.stat().st_mode):
            raise UsageError(path, "not a regular file", "save what it holds to a file")
        with path.open("rb") as content:
            packed = content.read(2) == _GZIP
        with _opened(path, packed) as content:
            head = content.read(16)
    if not head:
        raise UsageError(path, "the file is empty", "fetch or export it again")
    _refuse_foreign(path, head)
    return DataFile(path=path, suffix=_suffix(path), head=head, packed=packed)


@contextmanager
def reading(path: Path) -> Iterator[None]:
    """Tell what goes wrong while `path` is read as a UsageError."""
    try:
        yield
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        what = f"its gzip data is cut or damaged ({error})"
        raise UsageError(path, what, "fetch or pack it again") from None
    except OSError as error:
        what = f"cannot be read ({error.strerror or error})"
        raise UsageError(path, what, "check the path and its permissions") from None
    except UnicodeDecodeError as error:
        what = f"not sound {error.encoding.upper()} ({error.reason})"
        raise UsageError(path, what, "save it as UTF-8") from None


def is_utf8(text: str) -> bool:
    """Whether `text`, read by `DataFile.open_text`, came from sound bytes."""
    if text.isascii():
        return True
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _opened(path: Path, packed: bool) -> BinaryIO:
    return cast(BinaryIO, _Unpacked(path)) if packed else path.open("rb")


def _suffix(path: Path) -> str:
    return Path(path.name.lower().removesuffix(".gz").removesuffix(".gzip")).suffix


def _refuse_foreign(path: Path, head: bytes) -> None:
    for magic, (what, remedy) in _FOREIGN.items():
        if head.startswith(magic):
            raise UsageError(path, what, remedy)
    if b"\0" in head[:4] and not head.startswith(tuple(_BOMS)):
        what = "neither UTF-8 nor Parquet: a zero byte at its beginning"
        raise UsageError(path, what, "save it as UTF-8")
