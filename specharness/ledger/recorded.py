"""What a suite's verdict is made from on disk: settings, lock and recordings, as digests."""

from pathlib import Path

from specharness.compilation.places import lock_path
from specharness.ledger.chain import Made, file_digest, settings_digest
from specharness.models.opening import recorded_as
from specharness.recordings import recording_path
from specharness.records import digest
from specharness.runfile import SuiteRun
from specharness.suitefile import Suite, project_root


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


def _from_here(folder: Path) -> Path:
    """A path as a user types it, where it lies below the current folder."""
    here = Path.cwd()
    return folder.relative_to(here) if folder.is_relative_to(here) else folder
