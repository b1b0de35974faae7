"""Admissions as files: sorted JSON with a digest of itself, the same bytes for the same trial."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

from specharness.errors import IntegrityError, UsageError
from specharness.model import Identity
from specharness.records import digest
from specharness.runfile import Share, write_text
from specharness.score.judge.admission import Admission
from specharness.score.judge.anchor import Anchor
from specharness.score.judge.confusion import Confusion
from specharness.score.judge.manner import Manner

FORMAT = 1
_DIGITS = 6
_AGAIN = "try the judge again with `specharness judges admit`"


def admission_name(judge: str) -> str:
    """What a judge's admission file is called, without its ending.

    >>> admission_name("owner/Judge 7B"), admission_name("..")
    ('owner-Judge-7B', 'judge')
    """
    return "".join(c if c.isalnum() or c in "-_." else "-" for c in judge).strip(".-") or "judge"


def admission_text(admission: Admission) -> str:
    """The text of an admission file: ASCII, no dates, hosts or paths."""
    data = _rounded(asdict(admission)) | {"format": FORMAT}
    whole = {**data, "digest": digest(data)}
    return json.dumps(whole, ensure_ascii=True, sort_keys=True, indent=1) + "\n"


def write_admission(admission: Admission, path: Path) -> None:
    """Write an admission to `path`, in one step."""
    write_text(path, admission_text(admission))


def read_admission(path: Path) -> Admission:
    """Read what `write_admission` wrote.

    UsageError where there is no such file or it is another format's; IntegrityError where it does
    not have its digest.
    """
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise UsageError(path, "no admission is stored here", _AGAIN) from None
    except (OSError, ValueError, RecursionError) as error:
        what = f"cannot be read ({' '.join(str(error).split())[:100]})"
        raise UsageError(path, what, _AGAIN) from None
    if not isinstance(data, dict) or data.get("format") != FORMAT:
        raise UsageError(path, "no admission of this format", _AGAIN)
    said = data.pop("digest", None)
    if digest(data) != said:
        raise IntegrityError(path, "was changed after it was written", f"restore it, or {_AGAIN}")
    try:
        return _build(data)
    except (KeyError, TypeError, ValueError, AttributeError):
        raise UsageError(path, "no admission of this version", _AGAIN) from None


def _build(data: dict[str, Any]) -> Admission:
    del data["format"]
    known: dict[str, Any] = {
        "judge": Identity(**data["judge"]),
        "manner": Manner(**data["manner"]),
        "confusion": Confusion(**{name: tuple(row) for name, row in data["confusion"].items()}),
        "anchors": tuple(Anchor(**anchor) for anchor in data["anchors"]),
    }
    shares = {name: Share(**data[name]) for name in ("right", "consistency", "first")}
    return Admission(**data | known | shares)


def _rounded(value: Any) -> Any:
    """Floats to six decimals, so that rounding in the last bit is no other file."""
    if isinstance(value, float):
        return round(value, _DIGITS)
    if isinstance(value, dict):
        return {key: _rounded(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_rounded(inner) for inner in value]
    return value
