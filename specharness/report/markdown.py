"""A run as Markdown for the comment on a pull request, and for a job's summary."""

from collections.abc import Iterator, Sequence

from specharness.report import words
from specharness.report.advice import advise
from specharness.report.edits import Edit, list_edits
from specharness.report.gfm import block, cell, code, prose
from specharness.report.since import as_since, lost_since
from specharness.runfile import Case, Diagnostic, GateVerdict, Outcome, Run, SuiteRun
from specharness.visible import excerpt

MARKER = "<!-- specharness report -->"  # a bot finds the comment to update by its first line
LIMIT = 65_536  # what GitHub takes in a comment; counted in bytes, which is never too little
_NOTE_ROOM = 300
_ROWS, _PAIRS, _EDITS, _SENTENCES, _MODELS = 50, 10, 20, 12, 5
_ICONS: dict[GateVerdict, str] = {
    "FAIL": "❌",
    "UNVERIFIABLE": "⛔",
    "UNPROVEN": "❔",
    "PASS": "✅",
}


def render_markdown(run: Run) -> str:
    """The run in at most `LIMIT` bytes: verdicts first, then why, details folded.

    Whatever suites say stays text: see `gfm`. What does not fit is left out whole, last suites
    first and their details before their verdicts, and a last line says so.
    """
    suites = words.worst_first(run)
    told = [list(_suite(suite)) for suite in suites if _has_news(suite)]
    top = [MARKER, f"## {_icon(run)} {words.headline(run)}", *_overview(suites)]
    return "\n\n".join([*top, *_fitting(told, LIMIT - _size(top) - _NOTE_ROOM)])


def _icon(run: Run) -> str:
    verdict = words.worst(run)
    return _ICONS[verdict] if verdict else "❔"


def _has_news(suite: SuiteRun) -> bool:
    return suite.gate.verdict != "PASS" or suite.base_spec != suite.head_spec


def _overview(suites: Sequence[SuiteRun]) -> list[str]:
    """The table of verdicts, and which models judged."""
    if not suites:
        return []
    level = words.shared_level(suites)
    title = f"difference [{level}]" if level else "difference"
    rows = [
        f"| | suite | {title} | lost | won | pairs | preferred (base) |",
        "|---|---|---|--:|--:|--:|--:|",
        *(_row(suite, own_level=not level) for suite in suites[:_ROWS]),
    ]
    left = len(suites) - _ROWS
    rows += [f"| | {left} more | | | | | |"] if left > 0 else []
    return ["\n".join(rows), _models(suites)]


def _row(suite: SuiteRun, *, own_level: bool) -> str:
    gate = suite.gate
    told = words.difference(gate) if gate.difference is not None else words.unmeasured(gate)
    told += f" ({words.level(gate)})" if own_level and gate.interval else ""
    told += f"; {since}" if (since := words.since_words(suite)) else ""
    preferred = f"{words.preferred(suite.preferred_head)} ({words.preferred(suite.preferred_base)})"
    verdict = f"{_ICONS[gate.verdict]} {gate.verdict}"
    counts = f"{gate.lost} | {gate.won} | {gate.n}"
    return f"| {verdict} | {cell(suite.name)} | {told} | {counts} | {preferred} |"


def _models(suites: Sequence[SuiteRun]) -> str:
    """Who judged, whether it may be trusted, and where its results came from."""
    lines = list(dict.fromkeys(_model(suite) for suite in suites))
    left = len(lines) - _MODELS
    return "\n".join([*lines[:_MODELS], *([f"- {left} more models"] if left > 0 else [])])


def _model(suite: SuiteRun) -> str:
    trust = suite.trust
    may = "" if trust.may_gate else ", may not gate"
    parts = [f"probe {prose(trust.probe, 200)}", prose(trust.sensitivity_sentence, 300)]
    told = "; ".join(part for part in parts if part)
    if trust.judge is not None:
        return f"- {prose(words.judge_words(trust.judge), 400)} ({prose(suite.mode, 20)}{may})"
    return f"- Model {code(suite.model, 80)} ({prose(suite.mode, 20)}{may}): {told}"


def _suite(suite: SuiteRun) -> Iterator[str]:
    """First why the verdict is what it is, then each detail, folded."""
    yield _why(suite)
    if suite.diagnostics:
        yield "\n".join(f"- Beside it: {_beside(found)}" for found in suite.diagnostics)
    if words.anchor_decides(suite):
        yield from _since(suite)
    if edits := list_edits(suite):
        yield _edits(edits)
    for outcome in words.FLIPPED:
        if cases := words.with_outcome(suite.cases, outcome):
            yield _pairs(outcome, cases)


def _since(suite: SuiteRun) -> Iterator[str]:
    """What was edited and lost since the anchor, whose comparison decided."""
    then = as_since(suite)
    if edits := list_edits(then) if then else ():
        yield _edits(edits, " since the anchor")
    if cases := lost_since(suite):
        yield _pairs("lost", cases, " since the anchor")


def _why(suite: SuiteRun) -> str:
    gate = suite.gate
    lines = [
        f"### {_ICONS[gate.verdict]} {gate.verdict}: {code(suite.name, 80)}",
        f"**{words.ruling(suite)}**",
        "\n".join(f"- {prose(sentence)}" for sentence in gate.sentences[:_SENTENCES]),
    ]
    if where := words.slices_words(suite):
        lines.append(f"Where: {prose(where, 400)}")
    if suite.blame:
        lines.append(f"Which edit: {prose(' '.join(suite.blame), 600)}")
    lines.append(f"What to do: {prose(advise(suite))}")
    if gate.next_command:
        lines.append(block(excerpt(gate.next_command, 500), "sh"))
    return "\n\n".join(line for line in lines if line)


def _beside(found: Diagnostic) -> str:
    gate = found.gate
    told = f"{found.scorer} {gate.verdict}"
    if gate.difference is not None:
        told += f" ({words.difference(gate)} points, {gate.lost} lost, {gate.won} won of {gate.n})"
    return prose(f"{told}. {found.sentence}", 400)


def _edits(edits: Sequence[Edit], since: str = "") -> str:
    title = f"{len(edits)} {'rule' if len(edits) == 1 else 'rules'} edited{since}"
    shown = [_edit(edit) for edit in edits[:_EDITS]]
    return _folded(title, shown, len(edits) - len(shown))


def _edit(edit: Edit) -> str:
    place = f", line {edit.line}" if edit.line else ""
    sides = [f"{sign} {excerpt(text, 500)}" for sign, text in _signed(edit) if text]
    return f"{edit.what.capitalize()}{place}:\n\n" + block("\n".join(sides), "diff")


def _signed(edit: Edit) -> list[tuple[str, str]]:
    if edit.before == edit.after:
        return [(" ", edit.after)]
    return [("-", edit.before), ("+", edit.after)]


def _pairs(outcome: Outcome, cases: Sequence[Case], since: str = "") -> str:
    title = f"{len(cases)} {'pair' if len(cases) == 1 else 'pairs'} {outcome}{since}"
    shown = ["\n".join(_pair(case) for case in cases[:_PAIRS])]
    return _folded(title, shown, len(cases) - _PAIRS)


def _pair(case: Case) -> str:
    asked = case.prompt[-1].content if case.prompt else ""
    lines = [
        f"- {code(case.id, 80)}{' **must**' * case.must}: {_moved(case)}",
        f"asked: {code(asked)}",
        f"better: {code(case.chosen)}",
        f"worse: {code(case.rejected)}",
    ]
    if case.replies is not None and words.is_judged(case):
        lines += [f"reply: {code(case.replies.head)}", f"reply before: {code(case.replies.base)}"]
    return "<br>".join(lines)


def _moved(case: Case) -> str:
    told = words.moved(case).replace("->", "→")
    return told if words.is_judged(case) else f"margin {told}"


def _folded(title: str, parts: Sequence[str], left: int) -> str:
    """Parts behind a title that unfolds them; both are ours, but for escaped text in the parts."""
    more = [f"{left} more are in the report."] if left > 0 else []
    body = "\n\n".join([*parts, *more])
    return f"<details><summary>{title}</summary>\n\n{body}\n\n</details>"


def _fitting(told: Sequence[Sequence[str]], room: int) -> list[str]:
    """The blocks that fit, first ones of suites before their details, in the suites' order."""
    places = [(j, i) for i, blocks in enumerate(told) for j in range(len(blocks))]
    kept: set[tuple[int, int]] = set()
    for j, i in sorted(places, key=lambda place: (place[0] > 0, place[1], place[0])):
        size = _size([told[i][j]])
        if size <= room and (j == 0 or (0, i) in kept):
            kept.add((j, i))
            room -= size
    shown = [told[i][j] for j, i in places if (j, i) in kept]
    left = len(places) - len(shown)
    parts = f"{left} {'part' if left == 1 else 'parts'}"
    note = f"> {parts} left out, to keep this short enough for a comment; the report has them all."
    return [*shown, note] if left else shown


def _size(blocks: Sequence[str]) -> int:
    return sum(len(text.encode()) + 2 for text in blocks)
