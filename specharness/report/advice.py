"""What to do after a verdict, for a person who never read statistics."""

from specharness.report.words import anchor_decides, must_was_lost
from specharness.runfile import SuiteRun


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
        return "Win back some of what was lost since the anchor, or accept the loss with a reason."
    return "Read the lost pairs, then change the edit until they hold again, or take it back."


def _settle(suite: SuiteRun) -> str:
    gate = suite.anchor if suite.anchor and anchor_decides(suite) else suite.gate
    if suite.selected < suite.held_out:
        return "Run the whole suite: a verdict needs all of its pairs."
    by_hand = "read the pairs that flipped and decide by hand"
    if not gate.needed:
        return f"More pairs would not settle it: {by_hand}."
    return f"Add pairs until there are about {gate.needed:,} (there are {gate.n:,}), or {by_hand}."


def _make_verifiable(suite: SuiteRun) -> str:
    errors = sum(case.outcome == "error" for case in suite.cases)
    if "--spec-mode=record" in suite.gate.next_command:
        return "Record the missing results where there is a model, and commit them."
    if suite.trust.judge is not None and not suite.trust.may_gate:
        return "Have the judge tried on labelled pairs, and commit its admission."
    if errors < len(suite.cases) and not suite.trust.may_gate:
        return "Set another model in suite.toml: this one cannot be trusted to read specs."
    if suite.anchor is not None and suite.anchor.verdict == "UNVERIFIABLE":
        return "See why the anchor cannot be compared with, or set another: specharness anchor set."
    if errors:
        return "Look up in the report why pairs could not be measured, mend that, and run again."
    return "Split the change: first what judges the spec (its pairs or settings), then the spec."
