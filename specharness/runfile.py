"""A run as data: what `reports/run.json` holds and every view is a function of.

Numbers are plain floats, missing is None: a result that could not be measured carries an `error`
and no number. Margins are in nats (per token where the scorer's `reduce` says so), preferences lie
in [0, 1], shares and their intervals in [0, 1] or [-1, 1].
"""

import json
import os
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

from specharness.errors import IntegrityError, UsageError
from specharness.finite import not_finite
from specharness.gate.findings import Confirmation, Quarantined, Slice
from specharness.rebuilding import build_record
from specharness.records import Message, Rule, digest
from specharness.runcompiled import CompiledSpec
from specharness.runjudge import JudgeTrust, Orders, Replies, Share, Verdict
from specharness.runmoves import EditEffect, PairMoves, TokenMoves
from specharness.runsince import SinceAnchor

__all__ = [
    "FORMAT", "ArmScore", "Case", "Diagnostic", "EditEffect", "Gate", "GateVerdict", "JudgeTrust",
    "Orders", "Outcome", "PairMoves", "Replies", "Run", "Share", "Slice", "SuiteRun", "Terms",
    "TokenMoves", "Trust", "Verdict", "build_record", "read_run", "run_text", "write_run",
    "write_text",
]  # fmt: skip

FORMAT = 1

Outcome = Literal["kept", "known miss", "won", "lost", "tie", "error"]
GateVerdict = Literal["PASS", "FAIL", "UNPROVEN", "UNVERIFIABLE"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """Summed log-probabilities (nats) and token counts of both responses under one condition."""

    chosen: float
    chosen_tokens: int
    rejected: float
    rejected_tokens: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ArmScore:
    """One pair under one arm.

    Weighed by log-probabilities, `margin` is the shift margin, `absolute` the length-normalised
    margin without a reference, `preference` is sigmoid(margin / temperature) and `terms` are under
    the arm's spec. Judged, `preference` is what both orders say, `margin` its log-odds (nats, at
    most 9.2 in size) and `orders` holds what was measured; there are no log-probabilities then.
    """

    margin: float
    absolute: float | None = None
    preference: float
    verdict: Verdict
    terms: Terms | None = None
    orders: Orders | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One held-out pair: its texts, its scores at head and base, and how it ended.

    `reference` is there where margins are shifts, `replies` where the model answered the prompt.
    `confirmed` says of a lost pair that must hold whether it was lost when measured again (None:
    it was not). `moves` is there for some pairs (see `score.shading`).
    """

    id: str
    group: str
    tags: tuple[str, ...]
    must: bool
    prompt: tuple[Message, ...]
    chosen: str
    rejected: str
    source: str
    outcome: Outcome
    head: ArmScore | None = None
    base: ArmScore | None = None
    reference: Terms | None = None
    error: str = ""
    replies: Replies | None = None
    confirmed: bool | None = None
    moves: PairMoves | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Gate:
    """A suite's verdict: head against base on the same pairs.

    `difference` is (won - lost) / n as a share, `interval` its two-sided 1 - 2 `alpha_pass`
    interval (whose lower end is the one-sided bound the margin is held against), `excluded` the
    smallest drop that is excluded (None: nothing was measured), `needed` the number of pairs that
    would settle an unproven gate (0 when it is settled, None when no number of pairs would).
    `sentences` explain it; `next_command` is what to type next. `hidden` further pairs count in the
    verdict, and none of the figures tells of them (`errors` counts those of them, too, that could
    not be measured).
    """

    verdict: GateVerdict
    n: int
    clusters: int
    lost: int
    won: int
    errors: int
    margin: float
    difference: float | None
    interval: tuple[float, float] | None
    p_value: float | None
    excluded: float | None
    needed: int | None
    sentences: tuple[str, ...]
    next_command: str = ""
    alpha_pass: float = 0.05
    hidden: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Trust:
    """Why the scorer may be believed: its probe, its sensitivity test and what it cost.

    `sensitivity` counts planted edits read rightly; `may_gate` is False when the gate has to say
    UNVERIFIABLE, and `why` (a sentence) and `command` then tell what is in the way where probe and
    sensitivity do not. `judge` is there where a judge decides. `calls` are requests the models
    themselves ran, `reused` those answered from the store or from recordings, `tokens` and
    `seconds` what the calls cost.
    """

    probe: str
    sensitivity: Share | None
    sensitivity_sentence: str
    may_gate: bool
    calls: int
    reused: int
    tokens: int
    seconds: float
    why: str = ""
    command: str = ""
    judge: JudgeTrust | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagnostic:
    """Another scorer's reading of the same run, which blocks nothing.

    `same` is the share of pairs that ended alike (lost, won, or neither) under the primary scorer.
    """

    scorer: str
    model: str
    gate: Gate
    trust: Trust
    same: Share
    sentence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SuiteRun:
    """One suite in one run. Specs are the text the model saw.

    Rules have their anchors and their lines in the spec's file. `sources` are where the pairs came
    from, `pairs_read` what an import of them left out ("" where the suite has a pairs file of its
    own). `anchor` is the comparison with the anchor, of which `gate` has the consequences (None
    where it was not made); `base_commit` and `anchor_commit` are full hashes ("" where no commit
    was compared with). `against_base` is the comparison with the base alone and `since_anchor` what
    became of the pairs since the anchor, there where `anchor` is. `diagnostics` are the readings of
    other scorers, `slices` how parts of the suite fared (those that lost most surely first; ()
    where nothing could have changed), `edit_effects` what reverting each edit alone does (() where
    nothing was lost, or it was not measured), `compiled` where the rules of a compiled spec come
    from.

    What it depended on beside all that: `judged`, the digest of the pairs that were run, hidden
    ones too; `day` (ISO) and `accepted`, the number of the ledger's lines then, where a quarantine
    ends by them ("" and None where none does); `recorded`, the digest of the recordings that hidden
    pairs were read from ("" where there are none); `steps`, how it was stopped before all pairs
    were measured, or could have been ("any", "planned"; "": they all were).
    """

    name: str
    description: str
    folder: str
    mode: str
    model: str
    model_note: str
    model_digest: str
    scorer: str
    reduce: str
    reference: str
    placement: str
    temperature: float
    base_label: str
    base_spec: str
    head_spec: str
    spec_path: str
    cases: tuple[Case, ...]
    selected: int
    held_out: int
    gate: Gate
    trust: Trust
    length_rule: Share
    preferred_head: Share
    preferred_base: Share
    spec_sentence: str
    sources: tuple[str, ...] = ()
    base_rules: tuple[Rule, ...] = ()
    head_rules: tuple[Rule, ...] = ()
    pairs_read: str = ""
    base_commit: str = ""
    anchor: Gate | None = None
    anchor_label: str = ""
    anchor_commit: str = ""
    since_anchor: SinceAnchor | None = None
    diagnostics: tuple[Diagnostic, ...] = ()
    against_base: Gate | None = None
    slices: tuple[Slice, ...] = ()
    confirmations: tuple[Confirmation, ...] = ()
    quarantined: tuple[Quarantined, ...] = ()
    blame: tuple[str, ...] = ()
    edit_effects: tuple[EditEffect, ...] = ()
    judged: str = ""
    day: str = ""
    accepted: int | None = None
    recorded: str = ""
    steps: str = ""
    compiled: CompiledSpec | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """Everything one run found out; `version` is the package's, `format` this file's."""

    version: str
    suites: tuple[SuiteRun, ...]
    format: int = FORMAT


def write_text(path: Path, text: str) -> None:
    """Put `text` at `path` in one step: readers see the old bytes or the new, never half."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8", errors="surrogatepass", newline="\n") as out:
            out.write(text)
        os.chmod(name, 0o644)  # noqa: PTH101 - mkstemp makes it private, but this is no secret
        os.replace(name, path)  # noqa: PTH105
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def write_run(run: Run, path: Path) -> None:
    """Write `run` as JSON (sorted keys, one file, replaced in one step), with its own digest."""
    write_text(path, run_text(run))


def run_text(run: Run) -> str:
    """The text of a run file. `digest` is that of all the rest, for `specharness verify`.

    IntegrityError for a number that is not finite: JSON has none, and no verdict may rest on one.
    """
    data = asdict(run)
    whole = {**data, "digest": digest(data)}
    try:
        return json.dumps(whole, ensure_ascii=True, sort_keys=True, allow_nan=False) + "\n"
    except ValueError:
        what, remedy = "not a finite number", "report this: nothing was written"
        raise IntegrityError(not_finite(data, "run"), what, remedy) from None


def read_run(path: Path) -> Run:
    """Read what `write_run` wrote; UsageError when it is missing, broken or of another format."""
    try:
        data = json.loads(path.read_text(encoding="utf-8"), parse_constant=_no_number)
    except FileNotFoundError:
        raise UsageError(path, "no run is stored here", "run `pytest suites` first") from None
    except ValueError as error:
        raise UsageError(path, f"not valid JSON ({error})", "run `pytest suites` again") from None
    found = data.get("format") if isinstance(data, dict) else None
    if found != FORMAT:
        raise UsageError(path, f"format {found}, not {FORMAT}", "run `pytest suites` again")
    try:
        run = build_record(Run, data)
    except (KeyError, TypeError, ValueError) as error:
        raise UsageError(path, f"not a run ({error!r})", "run `pytest suites` again") from None
    assert isinstance(run, Run)
    return run


def _no_number(name: str) -> float:
    raise ValueError(f"{name} is no number")
