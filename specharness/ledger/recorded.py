"""What a suite's verdict is made from on disk: settings, lock and recordings, as digests."""

import json
from pathlib import Path

from specharness.compilation.places import lock_path
from specharness.errors import UsageError
from specharness.ledger.chain import Made, file_digest, settings_digest
from specharness.models.opening import recorded_as
from specharness.recordings import read_recordings, recording_path
from specharness.records import digest
from specharness.runfile import SuiteRun
from specharness.suitefile import Suite, project_root

# Commands and parts of a run that record beside a suite's own file, in MODEL.ROOM.jsonl.
ROOMS = ("bisect", "blame", "coverage", "history", "mutation")
_REMEDY = "restore it from git, or delete it and record again with --spec-mode=record"


def made_from(suite: Suite, run: SuiteRun) -> Made:
    """The digests of what a run of a suite is made from, as it is on disk."""
    judge = run.trust.judge.model if run.trust.judge else ""
    return Made(
        settings=settings_digest(suite.settings),
        lock=file_digest(lock_path(suite)),
        recordings=recordings_digest(suite, run.model, judge),
    )


def recordings_digest(suite: Suite, model: str, judge: str = "") -> str:
    """The digest of what is recorded of a suite with a model, and with a judge that is another."""
    found = file_digest(recordings_path(suite, model))
    if not judge or judge == model:
        return found
    return digest(found, file_digest(judge_path(suite, model, judge)))


def judge_path(suite: Suite, model: str, judge: str) -> Path:
    """Where recordings with a judge lie that is not the model; see `choice.seat`."""
    path = recordings_path(suite, judge)
    if path != recordings_path(suite, model):
        return path
    return recordings_path(suite, f"{recorded_as(judge)}.judge")


def recordings_path(suite: Suite, model: str) -> Path:
    """Where a suite's recordings with a model lie."""
    folder = project_root(suite.folder) / "fixtures" / "recordings"
    return recording_path(_from_here(folder), suite.name, recorded_as(model))


def check_recordings(suite: Suite) -> None:
    """Read everything that is recorded of a suite, whoever asked for it.

    UsageError for the first file that does not hold: sums and counts that are not those of their
    tokens, a line that is not as it was written, a room's recordings of another model than the
    suite's own beside it, which would be refused. Which keys are asked for is not known here.
    """
    folder = _from_here(project_root(suite.folder) / "fixtures" / "recordings") / suite.name
    for path in sorted(folder.rglob("*.jsonl")):
        identity = read_recordings(path).identity
        _check_lines(path)
        stem, _, room = path.stem.rpartition(".")
        own = path.with_name(f"{stem}.jsonl")
        beside = room in ROOMS and own.is_file()
        if beside and read_recordings(own).identity != identity:
            raise UsageError(path, f"recorded with another model than {own.name}", _REMEDY)


def _check_lines(path: Path) -> None:
    """UsageError for a line that says what it says in another way than `write_recordings`."""
    *lines, rest = path.read_bytes().replace(b"\r\n", b"\n").split(b"\n")
    for number, line in enumerate([*lines, rest] if rest else lines, 1):
        if number > len(lines) or not _is_written(line):
            raise UsageError(f"{path}:{number}", "is not as it was written", _REMEDY)


def _is_written(line: bytes) -> bool:
    try:
        return json.dumps(json.loads(line), separators=(",", ":")).encode() == line
    except ValueError:  # a line end in the middle, which a reader of text takes for one
        return False


def _from_here(folder: Path) -> Path:
    """A path as a user types it, where it lies below the current folder."""
    here = Path.cwd()
    return folder.relative_to(here) if folder.is_relative_to(here) else folder
