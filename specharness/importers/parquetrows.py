"""Rows of a Parquet file, as what JSON can say."""

import datetime
import math
from collections.abc import Iterator
from decimal import Decimal
from typing import Any, BinaryIO

from specharness.errors import UsageError
from specharness.importers.jsonvalues import shown
from specharness.importers.judgement import Dropped, Row
from specharness.importers.openfile import FREE_SIZE, RATIO, DataFile

_ROWS = 64  # at a time, or as many as fit into
_PIECE = 2**23  # bytes
_DAMAGED = "fetch it again, or write it again with times in microseconds"


def read_parquet(file: DataFile) -> Iterator[Row | Dropped]:
    """The rows of a Parquet file; lists, structs and maps become lists and dicts.

    NaN is null, which it stands for wherever pandas wrote the file; times are text in ISO 8601,
    decimals floats. Bytes are UTF-8 text, or else an object of their length, which no layout takes
    for a text. UsageError for a damaged file, and where pyarrow is missing.
    """
    try:
        import pyarrow  # noqa: PLC0415 - an extra, heavy, and most data is no Parquet
        import pyarrow.parquet  # noqa: PLC0415
    except ImportError:
        remedy = "pip install 'specharness[parquet]'"
        raise UsageError(file.path, "a Parquet file, which pyarrow reads", remedy) from None
    with file.open_seekable() as content:
        try:
            number = 0
            for batch in _batches(pyarrow.parquet, file, content):
                for data in batch.to_pylist(maps_as_pydicts="strict"):
                    number += 1
                    yield _row(data, f"{file.path}#{number}")
        except (pyarrow.ArrowException, OSError, ValueError, LookupError, RecursionError) as error:
            if isinstance(error, OSError) and error.errno:  # else pyarrow's word for damage
                raise
            told = ascii(" ".join(str(error).split())[:200])[1:-1]
            what = f"not a Parquet file that can be read ({told})"
            raise UsageError(file.path, what, _DAMAGED) from None


def _batches(parquet: Any, file: DataFile, content: BinaryIO) -> Iterator[Any]:
    """Some rows at a time, read through a small buffer."""
    whole = parquet.ParquetFile(content, buffer_size=2**16, pre_buffer=False)
    _refuse_twins(whole.schema_arrow.names, file)
    groups = range(whole.metadata.num_row_groups)
    size = sum(whole.metadata.row_group(n).total_byte_size for n in groups)
    most = max(FREE_SIZE, RATIO * content.seek(0, 2))
    fit = _PIECE * whole.metadata.num_rows // max(size, 1)
    seen = 0
    for coded in whole.iter_batches(max(1, min(_ROWS, fit)), use_threads=False):
        batch = _decoded(coded)
        seen += batch.nbytes  # more than `size` says where a dictionary holds long values
        if max(size, seen) > most:
            what = f"unpacks to over {FREE_SIZE // 2**20} MiB and over {RATIO} times its size"
            raise UsageError(file.path, what, "write it again with less compression")
        yield batch


def _refuse_twins(names: list[str], file: DataFile) -> None:
    if twice := sorted({name for name in names if names.count(name) > 1}):
        what = f"two columns are called {shown(twice[0])}"
        raise UsageError(file.path, what, "rename one of them")


def _decoded(batch: Any) -> Any:
    """Dictionaries written out, so that their size shows, and times as text.

    Nanoseconds and far-off years fit no `datetime`, but they may not stop an import.
    """
    import pyarrow as pa  # noqa: PLC0415 - see `read_parquet`

    for n, column in enumerate(batch.schema):
        values = batch.column(n)
        if pa.types.is_dictionary(column.type):
            values = values.dictionary_decode()
        if pa.types.is_timestamp(values.type) or pa.types.is_date(values.type):
            values = values.cast(pa.string())
        batch = batch.set_column(n, column.name, values)
    return batch


def _row(data: dict[str, Any], where: str) -> Row | Dropped:
    try:
        return Row(data=_plain(data), where=where)
    except OverflowError as error:
        return Dropped(reason="malformed", where=where, detail=str(error))


def _plain(value: Any) -> Any:
    if isinstance(value, str | bool | int) or value is None:
        return value
    if isinstance(value, dict):
        return {key if isinstance(key, str) else str(key): _plain(v) for key, v in value.items()}
    if isinstance(value, list):
        return [_plain(inner) for inner in value]
    return _plain_scalar(value)


def _plain_scalar(value: Any) -> Any:
    if isinstance(value, float | Decimal):
        return _number(float(value))
    if isinstance(value, bytes):
        return _text(value)
    if isinstance(value, datetime.date | datetime.time):
        return value.isoformat()
    return str(value)


def _number(number: float) -> float | None:
    if math.isinf(number):
        raise OverflowError("a number out of range")
    return None if math.isnan(number) else number


def _text(value: bytes) -> Any:
    try:
        return value.decode()
    except UnicodeDecodeError:
        return {"bytes": len(value)}
