"""What was measured of a suite beside its run: kept records that belong to this very run.

`specharness coverage`, `mutate`, `history` and `blame` keep theirs in the folder of the report. One
of another spec, of other pairs or another model is never shown as if it were of this run.
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from specharness.keeping import kept_path
from specharness.rebuilding import build_record, is_made_of
from specharness.records import digest
from specharness.runfile import EditEffect, Run, SuiteRun

if TYPE_CHECKING:
    from specharness.blame.record import Blame
    from specharness.coverage.record import Coverage
    from specharness.effects import Measured
    from specharness.history.timeline import Timeline
    from specharness.mutation.record import Mutations

_TOLD = {  # what is not known without a record, and the command that finds out
    "coverage": ("Which rules these pairs exercise", "specharness coverage {}"),
    "mutation": ("Whether these pairs would notice a spoilt spec", "specharness mutate {}"),
    "history": ("How the spec fared over its commits", "specharness history --suite {}"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Beside:
    """The records that belong to a suite's run, and in `told` a line for each that is missing.

    `effects` are those of the run's own edits and `since` those of the edits since its anchor, from
    a record where the run did not measure them.
    """

    coverage: "Coverage | None" = None
    mutations: "Mutations | None" = None
    timeline: "Timeline | None" = None
    effects: tuple[EditEffect, ...] = ()
    since: tuple[EditEffect, ...] = ()
    told: tuple[str, ...] = ()


def find_beside(run: Run, folder: Path | None) -> dict[str, Beside]:
    """For each suite (by its folder) what a reports folder has of it; without one, what to type."""
    return {suite.folder: _find(suite, folder) for suite in run.suites}


def _find(suite: SuiteRun, folder: Path | None) -> Beside:
    """Nothing for a part of a suite, or where nobody read log-probabilities."""
    effects, since = _own(suite)
    if suite.scorer != "logprob" or not suite.trust.may_gate or suite.selected < suite.held_out:
        return Beside(effects=effects, since=since)
    found = {room: _read(suite, room, folder) for room in (*_TOLD, "blame")}
    blame: Blame | None = found.pop("blame")[0]
    coverage, mutations, timeline = (record for record, _ in found.values())
    anchor = suite.since_anchor
    return Beside(
        coverage=coverage,
        mutations=mutations,
        timeline=timeline,
        effects=effects or _effects(blame, suite.base_spec),
        since=since or (_effects(blame, anchor.spec) if anchor else ()),
        told=tuple(told for _, told in found.values() if told),
    )


def _own(suite: SuiteRun) -> tuple[tuple[EditEffect, ...], tuple[EditEffect, ...]]:
    """What the run itself measured, of the edits since its base and of those since its anchor."""
    by_anchor = suite.since_anchor is not None and suite.since_anchor.blamed
    return ((), suite.edit_effects) if by_anchor else (suite.edit_effects, ())


def _effects(blame: "Blame | None", base: str) -> tuple[EditEffect, ...]:
    """What a record says of the edits since this base; () where it is of another."""
    if blame is None or blame.base != digest(base):
        return ()
    from specharness.blame.record import edit_effects  # noqa: PLC0415 - needs numpy

    return edit_effects(blame)


def _read(suite: SuiteRun, room: str, folder: Path | None) -> tuple[Any, str]:
    """The record of a room, or None and why not; the first that belongs to the run."""
    about, typed = _TOLD.get(room, ("", ""))
    command = f"`{typed.format(suite.name)}`"
    told = f"{about} is not measured yet: {command} finds out."
    for path in _places(suite, room, folder) if folder else ():
        try:
            record = _load(room, path)
        except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
            told = f"{path.name} cannot be read: {command} writes it again."
            continue
        if record.measured.suite != suite.name:
            continue
        other = _other(suite, record.measured)
        if not other:
            return record, ""
        told = f"{about} was last measured {other}: {command} measures it for this run."
    return None, told if about else ""


def _places(suite: SuiteRun, room: str, folder: Path) -> list[Path]:
    """Where a record may lie: a reviewed coverage is in the suite's own folder (see `kept`)."""
    places = [kept_path(folder, room, suite.name)]
    if room == "coverage" and ".." not in Path(suite.folder).parts:
        places.append(folder.parent / suite.folder / "coverage.json")
    return [path for path in places if path.is_file()]


def _load(room: str, path: Path) -> Any:
    """A record with its format checked; the errors are those of data that are none."""
    data = json.loads(path.read_text(encoding="utf-8"))
    kind, known = _kind(room)
    if data["format"] != known:
        raise ValueError(f"format {data['format']}, not {known}")
    found = build_record(kind, data)
    if not is_made_of(kind, found):
        raise ValueError("a member of another type")
    return found


def _kind(room: str) -> tuple[Any, int]:
    """The record of a room, and its format; imported here, as they need numpy."""
    if room == "coverage":
        from specharness.coverage import record  # noqa: PLC0415

        return record.Coverage, record.FORMAT
    if room == "mutation":
        from specharness.mutation import record as mutation  # noqa: PLC0415

        return mutation.Mutations, mutation.FORMAT
    if room == "history":
        from specharness.history import timeline  # noqa: PLC0415

        return timeline.Timeline, timeline.FORMAT
    from specharness.blame import record as blame  # noqa: PLC0415

    return blame.Blame, blame.FORMAT


def _other(suite: SuiteRun, measured: "Measured") -> str:
    """What a record was measured with that is not this run's; "" where all is the same."""
    read = (measured.reduce, measured.reference, measured.placement)
    if measured.spec != digest(suite.head_spec):
        return "for another spec"
    if not suite.judged or measured.judged != suite.judged:
        return "with other pairs"
    if measured.model_digest != suite.model_digest:
        return "with another model"
    if read != (suite.reduce, suite.reference, suite.placement):
        return "with another reading of margins"
    return ""
