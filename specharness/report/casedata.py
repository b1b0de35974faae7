"""The pairs as packed JSON that stands inside the HTML page and that its script reads."""

import json
from typing import Any
from urllib.parse import quote

from specharness.report import shades
from specharness.report.packing import pack
from specharness.report.words import reading_order
from specharness.runfile import (
    ArmScore,
    Case,
    Orders,
    Replies,
    SuiteRun,
    Terms,
    TokenMoves,
    Verdict,
)
from specharness.visible import visible

VERDICTS: tuple[Verdict, ...] = (
    "prefers chosen", "prefers rejected", "tie", "error", "prefers head", "prefers base",
)  # fmt: skip


def suite_data(suite: SuiteRun) -> str:
    """A suite's pairs, packed (see `packing`): letters, digits, `+`, `/` and `=` only."""
    data = {"name": visible(suite.name), "cases": _cases(suite)}
    return pack(json.dumps(data, ensure_ascii=False, separators=(",", ":"), allow_nan=False))


def pair_anchor(suite: str, pair: str) -> str:
    """The fragment that links to a pair; report.js derives the same (`encodeURIComponent`)."""
    return f"{_quote(suite)}/{_quote(pair)}"


def rule_anchor(suite: str, rule: str) -> str:
    """The fragment that links to a rule of the suite's spec."""
    return f"{_quote(suite)}/rule/{_quote(rule)}"


def suite_anchor(suite: str) -> str:
    """The fragment that links to a suite; the slash keeps it apart from the page's own ids."""
    return f"{_quote(suite)}/"


def _quote(text: str) -> str:
    return quote(visible(text), safe="!*'()~")


def _cases(suite: SuiteRun) -> list[list[Any]]:
    return [_row(case) for case in reading_order(suite.cases)]


def _row(case: Case) -> list[Any]:
    """One pair; the order of the members is the order in which report.js names them."""
    turns = [[visible(m.role), visible(m.content)] for m in case.prompt]
    texts = [visible(case.chosen), visible(case.rejected), visible(case.source)]
    tags = [visible(tag) for tag in case.tags]
    scores = [_score(case.head), _score(case.base), _terms(case.reference)]
    head = [visible(case.id), visible(case.group), case.outcome, int(case.must), tags]
    told = [visible(case.error), _replies(case.replies), _moves(case)]
    return [*head, turns, *texts, *scores, *told]


def _score(score: ArmScore | None) -> list[Any] | None:
    if score is None:
        return None
    numbers = [_number(n, 4) for n in (score.margin, score.absolute, score.preference)]
    told = [_terms(score.terms), _orders(score.orders)]
    return [*numbers, VERDICTS.index(score.verdict), *told]


def _terms(terms: Terms | None) -> list[float | None] | None:
    if terms is None:
        return None
    chosen, rejected = _number(terms.chosen, 2), _number(terms.rejected, 2)
    return [chosen, terms.chosen_tokens, rejected, terms.rejected_tokens]


def _orders(orders: Orders | None) -> list[float | None] | None:
    if orders is None:
        return None
    return [_number(orders.first, 4), _number(orders.second, 4), orders.votes, orders.unreadable]


def _replies(replies: Replies | None) -> list[Any] | None:
    if replies is None:
        return None
    texts = [visible(replies.head), visible(replies.base)]
    told = [_number(replies.preference, 4), VERDICTS.index(replies.verdict)]
    return [*texts, *told, _orders(replies.orders), visible(replies.error)]


def _moves(case: Case) -> list[Any] | None:
    """Where the specs moved the model; see `shades`."""
    if case.moves is None:
        return None
    sides = ((case.chosen, case.moves.chosen), (case.rejected, case.moves.rejected))
    return [_side(text, moves) for text, moves in sides]


def _side(text: str, moves: TokenMoves) -> list[Any]:
    """The length of each token's text as the script counts it, and what moved in letters."""
    cuts = [len(piece.encode("utf-16-le")) // 2 for piece in shades.pieces(text, moves)]
    return [cuts, shades.letters(moves.head), shades.letters(shades.edit_moves(moves))]


def _number(value: float | None, digits: int) -> float | None:
    """Rounded, and nothing where it is not a number: JSON has no NaN."""
    return round(value, digits) if value is not None and abs(value) < float("inf") else None
