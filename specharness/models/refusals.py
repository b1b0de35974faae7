"""What a recorded model says when it may not answer."""

from specharness.errors import RecordingMiss, UsageError
from specharness.model import Identity
from specharness.recordings import Recordings


def recording_miss(
    suite: str, recordings: Recordings | None, missing: int, total: int
) -> RecordingMiss:
    """Replay lacks `missing` of `total` results (0 of 0: there are no recordings at all)."""
    what = f"{missing} of {total} results are not recorded"
    if recordings is None:
        what = "no recordings to replay"
    return RecordingMiss(
        (recordings and recordings.source) or suite,
        what,
        f"record them with `specharness run {suite} --spec-mode=record`",
    )


def check_recorded(suite: str, recordings: Recordings | None, found: Identity) -> None:
    """UsageError unless `found` is who made the recordings it would answer beside."""
    if recordings is not None and recordings.identity != found:
        raise UsageError(
            recordings.source or suite,
            f"recorded with {_name(recordings.identity)}, but the model is {_name(found)}",
            f"record again with `specharness run {suite} --spec-mode=record`, or use live mode",
        )


def check_loaded(suite: str, expected: Identity | None, found: Identity) -> None:
    """UsageError unless the model that was loaded is the one that was announced."""
    if expected is not None and expected != found:
        raise UsageError(
            suite,
            f"the model should be {_name(expected)}, but it is {_name(found)}",
            "pull the model again, or name the other one in suite.toml",
        )


def _name(identity: Identity) -> str:
    revision, template = identity.revision[:12], identity.template[:12]
    return f"{identity.name} (revision {revision}, {identity.engine}, template {template})"
