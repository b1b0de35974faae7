"""What a run says about lines of spec and pairs files: GitHub annotations, and SARIF.

GitHub reads workflow commands from the log of a job ("Workflow commands for GitHub Actions").
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from specharness.gate.verdicts import has_to_hold
from specharness.report import words
from specharness.report.edits import Edit, list_edits
from specharness.report.places import PairsFile
from specharness.runfile import Case, GateVerdict, Run, SuiteRun
from specharness.sarif import SarifLevel, SarifResult, SarifRule, render_sarif
from specharness.visible import excerpt, one_line, visible

Level = Literal["error", "warning", "notice"]
LEVELS: tuple[Level, ...] = ("error", "warning", "notice")
MOST = 10  # of a level that GitHub shows for one step

_NOISE = "One lost pair is mostly noise: the gate judges them together."
_SPARED = "It must hold, and was lost once, not when measured again: alone it blocks nothing."

_GATE_LEVELS: dict[GateVerdict, Level] = {
    "FAIL": "error",
    "UNVERIFIABLE": "error",
    "UNPROVEN": "warning",
}
_SARIF_LEVELS: dict[Level, SarifLevel] = {"error": "error", "warning": "warning", "notice": "note"}
_RULES = (
    SarifRule(
        id="gate-fail",
        title="edited rule of a spec that got worse",
        why="The edited spec was shown to be worse than the one before it, or lost a pair that "
        "must hold. This rule is among those that the edit touched.",
        remedy="look at the lost pairs in the report, and take back or reword the rule.",
        level="error",
    ),
    SarifRule(
        id="gate-unverifiable",
        title="spec whose verdict could not be trusted",
        why="The model, the pairs or the recordings did not allow a verdict on the edited spec.",
        remedy="do what the message says, then run the suite again.",
        level="error",
    ),
    SarifRule(
        id="gate-unproven",
        title="spec that is neither shown to be worse nor shown not to be",
        why="There are too few pairs to exclude a drop of the margin, and no loss is shown.",
        remedy="add held-out pairs; the report says about how many it takes.",
        level="warning",
    ),
    SarifRule(
        id="must-lost",
        title="pair that must hold and was lost",
        why="The pair says `must = true`, and the edited spec no longer moves the model towards "
        "its chosen response, nor did it when the pair was measured again.",
        remedy="change the spec so that the pair holds again.",
        level="error",
    ),
    SarifRule(
        id="pair-lost",
        title="pair that was lost",
        why="The spec before the edit moved the model towards the chosen response, the edited one "
        "does not. One lost pair is mostly noise: the gate judges them together.",
        remedy="read it together with the other lost pairs.",
        level="note",
    ),
    SarifRule(
        id="pair-won",
        title="pair that was won",
        why="The edited spec moves the model towards the chosen response, the one before did not.",
        remedy="nothing; it is good news.",
        level="note",
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """One remark on a line of a file, safe to show; `kind` is the id of its SARIF rule.

    `line` is 1-based, 0 where none is known. `about` says which suite, and which of its rules or
    pairs. `rank` puts what nobody must miss first.
    """

    kind: str
    level: Level
    path: str
    line: int
    title: str
    message: str
    about: tuple[str, ...]
    rank: int


def find_notes(run: Run, places: Mapping[str, PairsFile]) -> list[Note]:
    """What to remark, the worst first: gates that did not pass, lost `must` pairs, then flips.

    `places` holds the pairs file of each suite by its folder. A suite that fails has an error on
    every rule that the edit touched; each suite's first remark comes before any suite's second.
    """
    suites = words.worst_first(run)
    found = [n for s in suites for n in (*_on_spec(s), *_on_pairs(s, places.get(s.folder)))]
    return sorted(found, key=lambda note: (LEVELS.index(note.level), note.rank))


def render_github(run: Run, notes: Iterable[Note]) -> str:
    """The remarks as workflow commands, ten of each level, and a last line that counts them."""
    notes = list(notes)
    shown = [n for level in LEVELS for n in [n for n in notes if n.level == level][:MOST]]
    return "\n".join([*map(_command, shown), _summary(run, notes, shown)])


def render_notes_as_sarif(notes: Iterable[Note]) -> str:
    """All remarks as SARIF 2.1.0; one whose line is not known stands on the first."""
    return render_sarif(
        _RULES,
        (
            SarifResult(
                rule=note.kind,
                level=_SARIF_LEVELS[note.level],
                message=note.message,
                path=note.path,
                line=max(note.line, 1),
                about=note.about,
            )
            for note in notes
        ),
    )


def _on_spec(suite: SuiteRun) -> Iterator[Note]:
    verdict = suite.gate.verdict
    if verdict == "PASS":
        return
    # only a loss is the rules' doing; what could not be settled is said once
    edits = list_edits(suite)
    told: tuple[Edit | None, ...] = edits if verdict == "FAIL" else edits[:1]
    for place, edit in enumerate(told or (None,)):
        yield Note(
            kind=f"gate-{verdict.lower()}",
            level=_GATE_LEVELS[verdict],
            path=visible(suite.spec_path),
            line=edit.line if edit else 0,
            title=f"{verdict} {one_line(suite.name)}",
            message=_gate_message(suite, edit if verdict == "FAIL" else None),
            about=(suite.name, edit.id if edit else ""),
            rank=2 * (place > 0),
        )


def _gate_message(suite: SuiteRun, edit: Edit | None) -> str:
    gate = suite.gate
    counted = f"{words.difference(gate)} points, {gate.lost} lost and {gate.won} won of {gate.n}"
    told = [words.ruling(suite)]
    told += [excerpt(s, 400) for s in gate.sentences] if edit is None else [f"{counted} pairs."]
    told += [_edited(edit)] if edit else []
    told += [f"Next: {one_line(gate.next_command)}"] if gate.next_command else []
    return "\n".join(told)


def _edited(edit: Edit) -> str:
    told = f"The edit touched this rule ({edit.what})."
    if edit.what == "removed":
        return f"The edit removed a rule here: “{excerpt(edit.before, 200)}”."
    return f"{told} It was “{excerpt(edit.before, 200)}”." if edit.what == "reworded" else told


def _on_pairs(suite: SuiteRun, file: PairsFile | None) -> Iterator[Note]:
    for case in words.reading_order(suite.cases):
        if case.outcome in words.FLIPPED:
            yield _on_pair(suite, case, file or PairsFile(path=f"{suite.folder}/pairs.jsonl"))


def _on_pair(suite: SuiteRun, case: Case, file: PairsFile) -> Note:
    must = has_to_hold(case)
    told = _told(case)
    if case.outcome == "lost" and not must:
        told += f" {_SPARED if case.must else _NOISE}"
    return Note(
        kind="must-lost" if must else f"pair-{case.outcome}",
        level="error" if must else "notice",
        path=visible(file.path),
        line=file.lines.get(case.id, 0),
        title=f"{one_line(suite.name)}: pair {case.outcome}{', must = true' * must}",
        message=f"{excerpt(case.id, 100)} was {case.outcome}. {told}",
        about=(suite.name, case.id),
        rank=1 if must else 3,
    )


def _told(case: Case) -> str:
    if words.is_judged(case):
        return f"It was judged: {words.moved(case)}."
    before, after = (
        words.nats(score.margin if score else None) for score in (case.base, case.head)
    )
    return f"Its margin went from {before} to {after} nats."


def _command(note: Note) -> str:
    facts = {"file": note.path, "line": str(note.line or ""), "title": excerpt(note.title, 120)}
    given = ",".join(f"{key}={_property(value)}" for key, value in facts.items() if value)
    return f"::{note.level} {given}::{_data(note.message)}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")


def _summary(run: Run, notes: list[Note], shown: list[Note]) -> str:
    """Numbers only: outside of a command, the runner looks for commands anywhere in a line."""
    told = f"specharness: {words.headline(run)}"
    if not notes:
        return f"{told} Nothing to remark on any line."
    counts = Counter(note.level for note in notes)
    listed = ", ".join(f"{n} {k}{'s' * (n > 1)}" for k in LEVELS if (n := counts[k]))
    left = len(notes) - len(shown)
    more = f" {left} more are in the report: GitHub shows {MOST} of each level." if left else ""
    return f"{told} On lines of specs and pairs: {listed}.{more}"
