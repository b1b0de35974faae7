"""What a model proposed, as proposals and as data that a lock can keep."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from specharness.compile.proposal import Proposal, Wording
from specharness.compile.votes import Matrix
from specharness.records import digest

# As with features, a refusal or an apology enters a spec only when it is confirmed by name.
_SENSITIVE = re.compile(r"\b(?:refus|declin|apolog|sorry|regret)", re.IGNORECASE)
_SIGNS = {"+": 1, "-": -1, "0": 0}
_COUNTS = (
    "calls", "weighed", "budget", "repaired", "cells", "unread", "flips", "dropped", "transcript",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class LlmProposed:
    """What a model proposed, and what it cost.

    `calls` (repairs included) is at most `budget`; `weighed` answers were weighed, not written.
    `errors` counts questions without a readable answer, `refused` sentences that may not be rules,
    both by kind, in order of their names; no error ever became a rule or a vote. `repaired` answers
    were readable at the second try. Of the `cells` (rules x pairs) measured, `unread` had no answer
    and in `flips` the place decided, not the text. `dropped` rules were proposed but neither led a
    cluster nor found room in the budget. `transcript` is the digest of what was asked and answered.
    """

    proposals: tuple[Proposal, ...]
    calls: int
    weighed: int
    budget: int
    errors: tuple[tuple[str, int], ...]
    refused: tuple[tuple[str, int], ...]
    repaired: int
    cells: int
    unread: int
    flips: int
    dropped: int
    transcript: str


def rule_name(text: str) -> str:
    """The key of a rule: the same sentence has the same in every run.

    >>> rule_name("Be brief.")
    'llm-b1cc2ec6'
    """
    return f"llm-{digest(text)[:8]}"


def make_proposal(
    *,
    text: str,
    opposite: str,
    origin: Literal["llm", "catalogue"],
    votes: Matrix,
    proposers: frozenset[int],
) -> Proposal:
    """A proposal whose wording is fixed: the sentence and its opposite."""
    return Proposal(
        name=rule_name(text),
        origin=origin,
        votes=votes,
        word=_Words(text, opposite),
        sensitive=_SENSITIVE.search(text) is not None,
        proposers=proposers,
    )


def dump_proposed(found: LlmProposed) -> dict[str, Any]:
    """All of it as JSON values, so that the rules can be derived again without a model.

    Votes are a string a rule, "+", "-" or "0" for each pair in order.
    """
    counts = {name: getattr(found, name) for name in _COUNTS}
    faults = {"errors": dict(found.errors), "refused": dict(found.refused)}
    return {**counts, **faults, "rules": [_dump_rule(proposal) for proposal in found.proposals]}


def load_proposed(data: Mapping[str, Any]) -> LlmProposed:
    """What `dump_proposed` made; `data` is from a lock whose digest was checked."""
    return LlmProposed(
        proposals=tuple(_load_rule(rule) for rule in data["rules"]),
        errors=tuple(sorted(data["errors"].items())),
        refused=tuple(sorted(data["refused"].items())),
        **{name: data[name] for name in _COUNTS},
    )


def _dump_rule(proposal: Proposal) -> dict[str, Any]:
    wording = proposal.word(1, ())
    return {
        "text": wording.text,
        "opposite": wording.opposite,
        "origin": proposal.origin,
        "proposers": sorted(proposal.proposers),
        "votes": "".join("0+-"[vote] for vote in proposal.votes.tolist()),
    }


def _load_rule(rule: Mapping[str, Any]) -> Proposal:
    return make_proposal(
        text=rule["text"],
        opposite=rule["opposite"],
        origin=rule["origin"],
        votes=np.array([_SIGNS[sign] for sign in rule["votes"]], dtype=np.int8),
        proposers=frozenset(rule["proposers"]),
    )


class _Words:
    """The two sentences of a rule; what merged into it changes neither."""

    def __init__(self, text: str, opposite: str) -> None:
        self._text = text
        self._opposite = opposite

    def __call__(self, direction: int, merged: Sequence[str]) -> Wording:
        here, there = (self._text, self._opposite)[:: 1 if direction > 0 else -1]
        return Wording(name=rule_name(here), text=here, opposite=there)
