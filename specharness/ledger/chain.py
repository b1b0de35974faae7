"""The ledger: a suite's accepted verdicts, one line each, chained by digests.

`suites/<suite>/ledger.jsonl`. Each line says what was accepted and why, the digests of everything
the verdict was made from, the digest of the line before (`previous`) and its own (`digest`): no
byte of it can change unseen, and no line can be taken out of the middle. Lines at the end can; git
has those. Sorted keys, rounded numbers, no dates, no hosts, no paths.
"""

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, fields
from datetime import date
from pathlib import Path
from typing import Any, get_args

from specharness.errors import IntegrityError
from specharness.records import Pair, digest
from specharness.runfile import Case, GateVerdict, SuiteRun
from specharness.settings import GateSettings, SuiteSettings

LEDGER = "ledger.jsonl"
FIRST = "start"  # what the first line has for `previous`
_DIGITS = 6
_OPTIONAL = ("judge", "admission", "day")  # what lines that it does not concern do not have
_LATER = ("hidden",)  # settings that older lines know nothing of, and that say nothing by default
_GATE = GateSettings()
_RESTORE = "restore the file from git"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One accepted verdict. `number` counts from 1; `anyway` marks a FAIL accepted knowingly.

    `spec`, `base_spec`, `pairs` (those that gate), `settings` (that judge), `lock`, `recordings`
    and `model_digest` are digests ("" where there is none), `base` and `anchor` the commits that
    were compared with ("" for the empty spec, and for no anchor), `temperature` is in nats. `judge`
    is who judged and `admission` the digest of what admitted it; lines of suites without a judge
    have neither. `day` (ISO) is when it was run, on lines whose verdict a day can have decided (a
    quarantine ends on one). Where pairs are hidden, the figures are those of the others.
    """

    number: int
    reason: str
    anyway: bool
    verdict: GateVerdict
    n: int
    lost: int
    won: int
    difference: float | None
    interval: tuple[float, float] | None
    model: str
    model_digest: str
    scorer: str
    reduce: str
    reference: str
    placement: str
    temperature: float
    spec: str
    base_spec: str
    base: str
    anchor: str
    pairs: str
    settings: str
    lock: str
    recordings: str
    previous: str
    judge: str = ""
    admission: str = ""
    day: str = ""

    @property
    def digest(self) -> str:
        """The sha256 of all of it."""
        return digest(_plain(self))


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """Digests of what a run does not hold itself: what it was made from, on disk."""

    settings: str
    lock: str
    recordings: str


def make_entry(
    run: SuiteRun, made: Made, earlier: Sequence[Entry], reason: str, *, anyway: bool = False
) -> Entry:
    """The line that accepts a suite's run after the `earlier` ones."""
    gate = run.gate
    return Entry(
        number=len(earlier) + 1,
        reason=reason,
        anyway=anyway,
        verdict=gate.verdict,
        n=gate.n,
        lost=gate.lost,
        won=gate.won,
        difference=_rounded(gate.difference),
        interval=gate.interval and (_rounded(gate.interval[0]), _rounded(gate.interval[1])),
        model=run.model,
        model_digest=run.model_digest,
        scorer=run.scorer,
        reduce=run.reduce,
        reference=run.reference,
        placement=run.placement,
        temperature=_rounded(run.temperature),
        spec=digest(run.head_spec),
        base_spec=digest(run.base_spec),
        base=run.base_commit,
        anchor=run.anchor_commit,
        pairs=run.judged,
        settings=made.settings,
        lock=made.lock,
        recordings=made.recordings,
        previous=earlier[-1].digest if earlier else FIRST,
        judge=run.trust.judge.model if run.trust.judge else "",
        admission=run.trust.judge.admission if run.trust.judge else "",
        day=run.day,
    )


def judged_digest(pairs: Sequence[Pair | Case], settings: GateSettings = _GATE) -> str:
    """The digest of what judges of pairs, whatever their order: texts, groups, `must`.

    Where the settings hide some of them, it is also of which: figures are those of the others.
    """
    rows = sorted((p.id, p.group, p.must, p.chosen, p.rejected, _turns(p)) for p in pairs)
    hidden = sorted(p.id for p in pairs if settings.hides(p.tags))
    return digest(rows, hidden) if hidden else digest(rows)


def settings_digest(settings: SuiteSettings) -> str:
    """The digest of the settings that decide a verdict; the rest is about files and machines."""
    # scorers that are only shown beside the one that decides decide nothing
    score = {k: v for k, v in asdict(settings.score).items() if k != "diagnostics"}
    judged = {"judge": (settings.judge,), "generate": (settings.judge, settings.generate)}
    gate = {k: v for k, v in asdict(settings.gate).items() if v or k not in _LATER}
    tables = [gate, asdict(settings.split), score]
    tables += [asdict(table) for table in judged.get(settings.score.scorer, ())]
    others = (settings.model, settings.placement, settings.engine.dtype)
    return digest(tables, others)


def file_digest(path: Path) -> str:
    """The sha256 of a file as git stores it (line ends \\n); "" where there is none."""
    if not path.is_file():
        return ""
    return hashlib.sha256(path.read_bytes().replace(b"\r\n", b"\n")).hexdigest()


def ledger_text(entries: Sequence[Entry]) -> str:
    """The text of a ledger with these lines."""
    return "".join(f"{_line(entry)}\n" for entry in entries)


def read_ledger(path: Path) -> tuple[Entry, ...]:
    """The accepted verdicts, oldest first; () where there is no file.

    IntegrityError names the first line that is not what was written.
    """
    if not path.is_file():
        return ()
    whole = path.read_bytes().replace(b"\r\n", b"\n")
    *lines, rest = whole.split(b"\n")
    entries: list[Entry] = []
    for number, line in enumerate([*lines, rest] if rest else lines, 1):
        where = f"{path}:{number}"
        entries.append(_parse(where, line))
        _check_chain(where, entries)
    if rest:
        raise IntegrityError(f"{path}:{len(entries)}", "the line does not end", _RESTORE)
    return tuple(entries)


def _parse(where: str, line: bytes) -> Entry:
    try:
        found: dict[str, Any] = json.loads(line)
        written = found.pop("digest")
        values: Any = {k: tuple(v) if isinstance(v, list) else v for k, v in found.items()}
        entry = Entry(**values)
        wrong = [f.name for f in fields(entry) if not _FITS[f.name](getattr(entry, f.name))]
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        raise IntegrityError(where, "not an accepted verdict", _RESTORE) from None
    if wrong:
        raise IntegrityError(where, f"{wrong[0]!r} is not what it can be", _RESTORE)
    if entry.digest != written:
        raise IntegrityError(where, "was changed: its digest is another", _RESTORE)
    if _line(entry).encode() != line:
        raise IntegrityError(where, "was written by something else", _RESTORE)
    return entry


def _check_chain(where: str, entries: Sequence[Entry]) -> None:
    entry, before = entries[-1], entries[-2].digest if entries[1:] else FIRST
    if entry.previous != before:
        what = "does not follow the line before it: one was changed, added or taken out"
        raise IntegrityError(where, what, _RESTORE)
    if entry.number != len(entries):
        raise IntegrityError(where, f"is numbered {entry.number}", _RESTORE)


def _line(entry: Entry) -> str:
    whole = {**_plain(entry), "digest": entry.digest}
    return json.dumps(whole, sort_keys=True, separators=(",", ":"))


def _plain(entry: Entry) -> dict[str, Any]:
    """An entry as JSON has it, its numbers rounded."""
    told = {key: _rounded(value) for key, value in asdict(entry).items()}
    return {key: value for key, value in told.items() if value or key not in _OPTIONAL}


def _rounded(value: Any) -> Any:
    if isinstance(value, tuple | list):
        return [_rounded(item) for item in value]
    return round(value, _DIGITS) + 0.0 if isinstance(value, float) else value  # + 0.0: no -0.0


def _turns(pair: Pair | Case) -> list[list[str]]:
    return [[message.role, message.content] for message in pair.prompt]


def _is_text(value: object) -> bool:
    return isinstance(value, str)


def _is_count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _is_number(value: object) -> bool:
    return isinstance(value, float)


def _is_day(value: object) -> bool:
    try:
        return value == "" or bool(date.fromisoformat(str(value)))
    except ValueError:
        return False


def _is_interval(value: object) -> bool:
    return value is None or (
        isinstance(value, tuple) and len(value) == 2 and all(map(_is_number, value))
    )


_FITS: dict[str, Callable[[Any], bool]] = {
    **{field.name: _is_text for field in fields(Entry)},
    **dict.fromkeys(("number", "n", "lost", "won"), _is_count),
    "anyway": lambda value: isinstance(value, bool),
    "verdict": lambda value: value in get_args(GateVerdict),
    "difference": lambda value: value is None or _is_number(value),
    "interval": _is_interval,
    "temperature": _is_number,
    "day": _is_day,
}
