"""Recordings: a model's results in the repository, so that a run can be repeated without it.

One file a suite and model, `fixtures/recordings/<suite>/<model>.jsonl`. The first line names the
format and the model; the others are one result each, sorted by key (see `keys`):

    {"format":1,"model":{"name":"...","revision":"...","engine":"...","template":"..."}}
    {"key":"0b3f...","sum":-41.5005,"count":37,"tokens":"oCgEx8B...","check":"5d01c9aa"}
    {"key":"77aa...","text":"Yes, it is.","count":6,"check":"e3b0c442"}
    {"key":"91f0...","cuts":"DFFCB","count":5,"characters":17,"check":"0f9a11d7"}

`check` is a digest of the line before it, so that no byte of a line can change unseen, and lines of
two branches can be merged. `sum` (nats) and `count` are for readers; `tokens` holds every token
(see `nats`: 525 kB for 700 responses of 300 tokens, the smallest of six ways tried). `cuts` has the
characters of each token of a response, there for the pairs whose tokens a report shades. The same
results give the same bytes on every machine.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from hashlib import sha256
from math import fsum
from pathlib import Path
from types import MappingProxyType
from typing import Any

from specharness.errors import UsageError
from specharness.keys import KEY_DIGITS, Result
from specharness.model import Completion, Cuts, Identity, Logprobs
from specharness.nats import read_counts, read_nats, round_nats, write_counts, write_nats
from specharness.runfile import write_text

FORMAT = 1
_REMEDY = "delete the file and record it with --spec-mode=record"
_HEX = set("0123456789abcdef")
_CHECK_DIGITS = 8  # against mishaps; against forgers there is the ledger


@dataclass(frozen=True, slots=True, kw_only=True)
class Recordings:
    """One model's recorded results by key, and the file they come from ("" when from none)."""

    identity: Identity
    results: Mapping[str, Result] = field(default_factory=lambda: MappingProxyType({}))
    source: str = ""


def recording_path(folder: Path, suite: str, model: str) -> Path:
    """Where a suite's recordings with a model lie: `<folder>/<suite>/<model>.jsonl`."""
    name = "".join(c if c.isalnum() or c in "._-" else "-" for c in model).lstrip(".-")
    return folder / suite / f"{name or 'model'}.jsonl"


def read_recordings(path: Path) -> Recordings:
    """Read a file of recordings; UsageError naming file and line where it is not one."""
    try:
        lines = path.read_text(encoding="utf-8").removesuffix("\n").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(path, f"cannot be read ({error})", _REMEDY) from None
    identity = _read_line(path, 1, lines[0], lambda line: _header(json.loads(line)))
    results: dict[str, Result] = {}
    last = ""
    for number, line in enumerate(lines[1:], 2):
        key, result = _read_line(path, number, line, _read_entry)
        if key <= last:
            what = "comes twice" if key == last else "is out of order"
            raise UsageError(f"{path}:{number}", f"key {key} {what}", _REMEDY)
        results[key], last = result, key
    return Recordings(identity=identity, results=MappingProxyType(results), source=str(path))


def write_recordings(
    path: Path, identity: Identity, results: Mapping[str, Result], *, prune: bool = False
) -> None:
    """Put `results` into the file at `path`, in one step.

    What is recorded there already with the same model stays, unless `prune`; recordings made with
    another model are replaced.
    """
    if path.exists() and not prune:
        there = read_recordings(path)
        if there.identity == identity:
            results = {**there.results, **results}
    write_text(path, "".join(f"{line}\n" for line in _lines(identity, results)))


def round_result(result: Result) -> Result:
    """The result as a recording of it will be read back."""
    return Logprobs(tokens=round_nats(result.tokens)) if isinstance(result, Logprobs) else result


def _lines(identity: Identity, results: Mapping[str, Result]) -> Iterator[str]:
    yield _json({"format": FORMAT, "model": asdict(identity)})
    for key in sorted(results):
        yield _checked(_json({"key": key, **_fields(results[key])}))


def _checked(line: str) -> str:
    """An entry with the digest of what it says."""
    return f'{line[:-1]},"check":"{_check(line)}"}}'


def _check(line: str) -> str:
    return sha256(line.encode()).hexdigest()[:_CHECK_DIGITS]


def _refuse_changed(line: str, check: str) -> None:
    """ValueError where `check` is not the digest of an entry's line before it."""
    if line != _checked(line.removesuffix(f',"check":"{check}"}}') + "}"):
        raise ValueError("it is not what its check was made of")


def _json(value: object) -> str:
    return json.dumps(value, separators=(",", ":"))  # ASCII: nothing invisible in a review


def _fields(result: Result) -> dict[str, object]:
    if isinstance(result, Completion):
        read = {"read": result.read} if result.read else {}
        return {"text": result.text, "count": result.count, **read}
    if isinstance(result, Cuts):
        counted = {"count": len(result.sizes), "characters": sum(result.sizes)}
        return {"cuts": write_counts(result.sizes), **counted}
    rounded = round_nats(result.tokens)
    return {"sum": _sum(rounded), "count": len(rounded), "tokens": write_nats(rounded)}


def _sum(tokens: tuple[float, ...]) -> float:
    return round(fsum(tokens), 4)


def _read_line(path: Path, number: int, line: str, parse: Any) -> Any:
    try:
        return parse(line)
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        reason = f"no {error}" if isinstance(error, KeyError) else str(error)
        raise UsageError(f"{path}:{number}", f"not a recording ({reason})", _REMEDY) from None


def _header(data: dict[str, Any]) -> Identity:
    if data["format"] != FORMAT:
        raise ValueError(f"format {data['format']}, not {FORMAT}")
    identity = Identity(**data["model"])
    if not all(isinstance(value, str) for value in asdict(identity).values()):
        raise ValueError("the model's members are not text")
    return identity


def _read_entry(line: str) -> tuple[str, Result]:
    data = json.loads(line)
    found = _entry(data)
    _refuse_changed(line, data["check"])
    return found


def _entry(data: dict[str, Any]) -> tuple[str, Result]:
    key, count = data["key"], data["count"]
    if not isinstance(key, str) or len(key) != KEY_DIGITS or not set(key) <= _HEX:
        raise ValueError(f"key {key!r} is not {KEY_DIGITS} hex digits")
    if "cuts" in data:
        return key, _cuts(data)
    if "tokens" not in data:
        text, read = data["text"], data.get("read", 0)
        if not isinstance(text, str) or not isinstance(count, int) or not isinstance(read, int):
            raise ValueError("text, count or read of the wrong type")
        return key, Completion(text=text, count=count, read=read)
    result = Logprobs(tokens=read_nats(data["tokens"]))
    if (len(result.tokens), _sum(result.tokens)) != (count, data["sum"]):
        raise ValueError("sum and count do not belong to these tokens")
    return key, result


def _cuts(data: dict[str, Any]) -> Cuts:
    cuts = Cuts(sizes=tuple(read_counts(data["cuts"])))
    if (len(cuts.sizes), sum(cuts.sizes)) != (data["count"], data["characters"]):
        raise ValueError("count and characters do not belong to these cuts")
    return cuts
