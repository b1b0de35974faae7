"""A suite's run computed again from recordings alone, as of then; no model is asked."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from specharness.choice import choose_model
from specharness.errors import IntegrityError, ModelError
from specharness.gate.until import run_until_decided
from specharness.ledger.chain import Entry, file_digest, judged_digest, settings_digest
from specharness.ledger.recorded import judge_path, recordings_path
from specharness.model import Completion, Identity, Logprobs, Request, Sampling, Unmeasured
from specharness.recordings import read_recordings
from specharness.run import Options, held_out, run_suite
from specharness.runfile import SuiteRun
from specharness.seating import take_seats
from specharness.suitefile import Suite, project_root


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What a run saw of the world: base and anchor commits ("" for none), the day ("": none that
    mattered) and how many lines the ledger had (None: as many as it has); in which `steps`."""

    base: str
    anchor: str
    day: str = ""
    accepted: int | None = None
    steps: str = ""


@dataclass(frozen=True, slots=True)
class _Recorded:
    """A model that nobody can ask: its recordings answer for it."""

    identity: Identity

    def logprobs(self, requests: Sequence[Request]) -> list[Logprobs | Unmeasured]:
        raise ModelError(self.identity.name, "only recordings are here", "record what is missing")

    def generate(
        self, requests: Sequence[Request], sampling: Sampling
    ) -> list[Completion | Unmeasured]:
        raise ModelError(self.identity.name, "only recordings are here", "record what is missing")


def replay(
    suite: Suite, model: str, seen: Seen, *, judge: str = "", only: Sequence[str] | None = None
) -> SuiteRun:
    """A suite's run from recordings alone, as of then: today may have ended a quarantine."""
    options = Options(
        mode="replay",
        base=seen.base or "empty",
        anchor=seen.anchor or "none",
        today=_day(seen.day),
        accepted=seen.accepted,
    )
    own, judging = _stand_ins(suite, model, judge)
    try:
        if seen.steps:
            planned = seen.steps == "planned"
            return run_until_decided(suite, options, own, judging, planned=planned)
        return run_suite(suite, options, only=only, model=own, judge=judging)
    except ValueError:  # such as responses of other lengths under two specs
        path = recordings_path(suite, model)
        remedy = f"restore it, or delete it and `specharness run {suite.name} --spec-mode=record`"
        raise IntegrityError(path, "its results do not belong together", remedy) from None


def judged_by(suite: Suite) -> dict[str, str]:
    """The digests of what judges or is judged in a suite as it is, by what that is in words."""
    return {
        "the spec": suite.spec.digest,
        "the pairs": judged_digest(held_out(suite), suite.settings.gate),
        "the settings": settings_digest(suite.settings),
    }


def changed_since(now: Mapping[str, str], entry: Entry) -> tuple[str, ...]:
    """What of `judged_by` is not what a line accepted, in words."""
    accepted = (entry.spec, entry.pairs, entry.settings)
    return tuple(name for name, then in zip(now, accepted, strict=True) if now[name] != then)


def admission_digest(suite: Suite, entry: Entry) -> str:
    """The digest of the judge's admission as it is on disk; "" for a line without a judge."""
    if not entry.judge:
        return ""
    model, judge = _stand_ins(suite, entry.model, entry.judge)
    root = project_root(suite.folder)
    chosen = choose_model(suite, "replay", root, model)
    path = take_seats(suite, "replay", chosen, judge).decided_by
    return file_digest(path) if path else ""


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise IntegrityError("day", f"{text!r} is none", "run the suite again") from None


def _stand_ins(suite: Suite, model: str, judge: str) -> tuple[_Recorded | None, _Recorded | None]:
    """Stand-ins for a model and a judge that came from fixtures; their recordings know them."""
    settings, own, judging = suite.settings, None, None
    by_judge = settings.score.scorer == "judge"  # then it is the model of the run
    if not by_judge and model != settings.model:
        own = _Recorded(read_recordings(recordings_path(suite, model)).identity)
    if judge and judge not in (settings.judge.model or settings.model, model if own else ""):
        path = recordings_path(suite, judge) if by_judge else judge_path(suite, model, judge)
        judging = _Recorded(read_recordings(path).identity)
    return own, judging
