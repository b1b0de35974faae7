"""What to do after a verdict, for a person who never read statistics."""

from specharness.report.words import anchor_decides, must_was_lost
from specharness.runfile import SuiteRun

_RECORD = "Record the missing results where there is a model, and commit them."
_ADMIT = (
    "Have a judge, of another family than the spec's author, tried on labelled pairs, and commit"
    " its admission."
)
_OTHER_MODEL = "Set another model in suite.toml: this one cannot be trusted to read specs."
_OTHER_ANCHOR = (
    "See why the anchor cannot be compared with, or set another: specharness anchor set."
)
_WIN_BACK = (
    "Win back some of what was lost since the anchor, or accept the loss with a reason (specharness"
    " accept --anyway) and commit that: losses are added up anew from there."
)
_HIDDEN_ERRORS = "Run again, or shorten the hidden pairs: some of them could not be measured."
_ERRORS = "Look up in the report why pairs could not be measured, mend that, and run again."
_SPLIT = "Split the change: first what judges the spec (its pairs or settings), then the spec."


def advise(suite: SuiteRun) -> str:
    """The next step in a sentence; the gate's own sentences say why, its command is the start."""
    match suite.gate.verdict:
        case "PASS":
            return "Nothing: as far as these pairs can tell, the edit may go in."
        case "FAIL":
            return _after_loss(suite)
        case "UNPROVEN":
            return _settle(suite)
    return _make_verifiable(suite)


def _after_loss(suite: SuiteRun) -> str:
    if must_was_lost(suite):
        return "Change the edit until the pairs that must hold do so again, or take it back."
    if anchor_decides(suite):
        return _WIN_BACK
    if suite.gate.hidden and not suite.gate.lost:
        return "Change what the edit does beyond the pairs that are shown, or take it back."
    return "Read the lost pairs, then change the edit until they hold again, or take it back."


def _settle(suite: SuiteRun) -> str:
    gate = suite.anchor if suite.anchor and anchor_decides(suite) else suite.gate
    if suite.selected < suite.held_out:
        return "Run the whole suite: a verdict needs all of its pairs."
    by_hand = "read the pairs that flipped and decide by hand"
    if gate.hidden and not gate.needed:
        return "Add pairs: the hidden ones leave it open, and no one is to read those."
    if not gate.needed:
        return f"More pairs would not settle it: {by_hand}."
    return f"Add pairs until there are about {gate.needed:,} (there are {gate.n:,}), or {by_hand}."


def _make_verifiable(suite: SuiteRun) -> str:
    """The first of these that is so is what is in the way."""
    errors, trust = suite.gate.errors, suite.trust
    told = any(case.outcome == "error" for case in suite.cases)
    ways = (
        ("--spec-mode=record" in suite.gate.next_command, _RECORD),
        (trust.judge is not None and not trust.may_gate, _ADMIT),
        (errors < suite.selected and not trust.may_gate, _OTHER_MODEL),
        (suite.anchor is not None and suite.anchor.verdict == "UNVERIFIABLE", _OTHER_ANCHOR),
        (errors > 0 and not told, _HIDDEN_ERRORS),
        (errors > 0, _ERRORS),
    )
    return next((advice for is_so, advice in ways if is_so), _SPLIT)
