"""Who sits where in a suite's run: the model, the judge, and the scorers made of them."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from specharness.choice import Chosen, seat, with_costs
from specharness.errors import UsageError
from specharness.ledger.chain import file_digest
from specharness.model import Model, Sampling
from specharness.models.opening import recorded_as
from specharness.models.remote.naming import is_remote
from specharness.runfile import Trust
from specharness.score.generate.replying import Writing
from specharness.score.judge.admissionfile import admission_name, read_admission
from specharness.score.judge.bench import Bench, wanted_manner
from specharness.score.scoring import GenerateScorer, JudgeScorer, LogprobScorer, Scorer
from specharness.settings import Mode, SuiteSettings
from specharness.settings import Scorer as Name
from specharness.suitefile import SETTINGS, Suite, project_root

JUDGED: tuple[Name, ...] = ("judge", "generate")  # scorers that ask a judge


@dataclass(frozen=True, slots=True, kw_only=True)
class Seating:
    """A suite's model and, where one of its scorers asks a judge, that judge (it may be the model).

    `admission` is where the judge's admission lies, or would (None without a judge).
    """

    suite: Suite
    model: Chosen
    judge: Chosen | None = None
    admission: Path | None = None

    @property
    def decided_by(self) -> Path | None:
        """The admission that the suite's verdict rests on; None where no judge decides."""
        return self.admission if self.suite.settings.score.scorer in JUDGED else None

    def seat_of(self, name: Name) -> Chosen:
        """Who is asked by a scorer; with "generate", who writes the replies."""
        return self.judge if name == "judge" and self.judge else self.model

    def scorer(self, name: Name, reference: str) -> Scorer:
        """A scorer by name; `reference` is the text that shifts are measured from."""
        if name == "logprob":
            model, reading = self.model.model, self.model.reading
            return LogprobScorer(model=model, reading=reading, reference=reference)
        if name == "judge":
            return JudgeScorer(bench=self._bench())
        return self._generate()

    def described(self) -> dict[str, Any]:
        """Who answers and how it is read, as a run file says it."""
        found = self.seat_of(self.suite.settings.score.scorer)
        return {
            "model": found.name,
            "model_note": found.note,
            "model_digest": found.digest,
            "scorer": self.suite.settings.score.scorer,
            **self._manner(),
        }

    def save(self, *, whole: bool) -> None:
        """Write recordings when the mode asks for them; a `whole` run drops what it did not use."""
        for found in self._seats():
            if found.model.used:
                found.save(whole=whole)

    def with_costs(self, trust: Trust) -> Trust:
        """`trust` with what all models of the run cost."""
        return with_costs(trust, self._seats())

    def _seats(self) -> list[Chosen]:
        apart = self.judge is not None and self.judge is not self.model
        return [self.model, self.judge] if apart and self.judge else [self.model]

    def _manner(self) -> dict[str, str]:
        """How the primary scorer reads: "" where it has no such thing."""
        reading = self.model.reading
        read: tuple[str, str, str]
        match self.suite.settings.score.scorer:
            case "logprob":
                read = (reading.reduce, reading.reference, reading.placement)
            case "judge":
                manner = self._bench().manner
                read = (manner.by, "", manner.standard)
            case "generate":
                read = ("length-controlled", _goes_by(self.suite.settings), reading.placement)
        return dict(zip(("reduce", "reference", "placement"), read, strict=True))

    def _bench(self) -> Bench:
        assert self.judge is not None and self.admission is not None
        settings, file = self.suite.settings.judge, self.admission
        root = project_root(self.suite.folder)
        return Bench(
            name=self.judge.name,
            model=self.judge.model,
            admission=read_admission(file) if file.is_file() else None,
            file=file.resolve().relative_to(root.resolve()).as_posix(),
            digest=file_digest(file),
            wanted=wanted_manner(settings),
            proposer=settings.proposer,
            suite=self.suite.name,
        )

    def _generate(self) -> GenerateScorer:
        settings, by = self.suite.settings.generate, _goes_by(self.suite.settings)
        return GenerateScorer(
            model=self.model.model,
            bench=self._bench(),
            writing=Writing(
                placement=self.model.reading.placement,
                sampling=Sampling(
                    max_tokens=settings.tokens,
                    temperature=settings.temperature,
                    seed=settings.seed,
                ),
            ),
            standard=self.suite.settings.instruction if by == "instruction" else "",
            by_spec=by if by in ("head", "base") else "",
        )


def take_seats(suite: Suite, mode: Mode, chosen: Chosen, judge: Model | None = None) -> Seating:
    """The seats of a suite's run: `chosen`, and a judge where one of its scorers asks one.

    The user's own `judge` goes before the one that the suite names; without either the suite's
    model judges. Nothing is loaded yet. UsageError for an admission outside the project, and for a
    judge's own table where no judge is asked by it.
    """
    settings, root = suite.settings, project_root(suite.folder)
    if not set(JUDGED) & {settings.score.scorer, *settings.score.diagnostics}:
        return Seating(suite=suite, model=chosen)
    found = chosen
    if judge is not None or _sits_apart(suite, chosen):
        name = settings.judge.model or settings.model
        found = seat(suite, mode, root, name, judge, judges=chosen)
    return Seating(suite=suite, model=chosen, judge=found, admission=_admission(suite, found))


def _sits_apart(suite: Suite, chosen: Chosen) -> bool:
    """Whether the judge that a suite names is another than its model: by name or by server."""
    settings = suite.settings
    elsewhere = settings.remote.judge is not None
    name = settings.judge.model or (settings.model if elsewhere else chosen.name)
    if elsewhere and not is_remote(name):
        what = f"[remote.judge] is there, but the judge, {name}, is no model behind an API"
        remedy = "name it as 'judge.model', \"litellm:PROVIDER/MODEL\""
        raise UsageError(suite.folder / SETTINGS, what, remedy)
    apart = elsewhere or name != chosen.name
    if settings.budget.judge is not None and not apart:
        what = f"[budget.judge] is there, but the suite's own model, {name}, judges"
        raise UsageError(suite.folder / SETTINGS, what, "limit it in [budget]")
    return apart


def diagnostics(settings: SuiteSettings) -> tuple[Name, ...]:
    """The scorers beside the one that decides, each once."""
    named = dict.fromkeys(settings.score.diagnostics)
    return tuple(n for n in named if n != settings.score.scorer)  # type: ignore[misc]


def _goes_by(settings: SuiteSettings) -> str:
    """What replies are judged by; see `settings.GenerateSettings`."""
    named = settings.generate.standard
    if named != "auto":
        return named
    return "instruction" if settings.instruction else "quality"


def _admission(suite: Suite, judge: Chosen) -> Path:
    """Where the judge's admission lies; UsageError for a path that leads out of the project."""
    named, root = suite.settings.judge.admission, project_root(suite.folder)
    if not named:
        recorded = judge.model.recordings
        known = recorded.identity if recorded else judge.model.expected
        return (
            root
            / "judges"
            / f"{admission_name(known.name if known else recorded_as(judge.name))}.json"
        )
    try:
        inside = (suite.folder / named).resolve().is_relative_to(root.resolve())
    except (OSError, RuntimeError, ValueError):  # a loop of links, a NUL
        inside = False
    if not inside:
        what = f"'judge.admission' leads out of the project ({named!r})"
        remedy = "keep the suite's files inside the repository"
        raise UsageError(suite.folder / SETTINGS, what, remedy)
    return suite.folder / named
