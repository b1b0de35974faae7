"""The opposite sentence of each rule: asked for, and believed only where its votes are negated."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from specharness.compile.llm.answers import read_sentences
from specharness.compile.llm.asking import Interview, Question
from specharness.compile.llm.draft import content, lower_first, numbered
from specharness.compile.llm.guard import Guard, tidy
from specharness.compile.llm.measure import calls_to_measure, measure
from specharness.compile.llm.options import Options
from specharness.compile.llm.prompts import render
from specharness.compile.votes import Matrix
from specharness.records import Pair

_FORM = (
    "Answer with one line for each rule and nothing else: its number, a full stop, and the"
    ' opposite rule, as in "1. Answer at length."'
)
_NEGATED = 3  # times as many votes must be negated as are not, and two at least
_DENIED = re.compile(r"(?:Do not|Don't|Never) (\w.*)")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Measure:
    """Rules that were measured: their sentences and the votes (pairs, rules) of the pairs."""

    pairs: Sequence[Pair]
    rules: Sequence[str]
    votes: Matrix


def find_opposites(
    measured: Measure, interview: Interview, guard: Guard, options: Options
) -> dict[int, str]:
    """Accepted opposites by rule index; a rule without one is left to `negate`.

    Asked for the `options.opposites` rules with the clearest votes. An opposite has to pass the
    guard, and is measured like a rule on up to `options.checked` pairs that the rules speak of: of
    the pairs on which both speak, at least two and three in four must vote the other way round.
    """
    clear = _clearest(measured.votes, options.opposites)
    offered = _ask([(j, measured.rules[j]) for j in clear], interview, options)
    fitting = {j: text for j, text in offered.items() if _fits(measured.rules[j], text, guard)}
    if not fitting:
        return {}
    spoken = np.abs(measured.votes[:, list(fitting)]).sum(axis=1, dtype=int)
    rows = sorted(np.argsort(-spoken, kind="stable")[: options.checked].tolist())
    pairs = [measured.pairs[i] for i in rows]
    turned = measure(pairs, list(fitting.values()), interview, options).votes
    products = measured.votes[np.ix_(rows, list(fitting))].astype(int) * turned
    negated, kept = (products < 0).sum(axis=0), (products > 0).sum(axis=0)
    accepted = (negated >= 2) & (negated >= _NEGATED * kept)
    return {j: fitting[j] for j, held in zip(fitting, accepted, strict=True) if held}


def calls_for_opposites(pairs: int, options: Options) -> int:
    """How many calls `find_opposites` makes at most, repairs aside."""
    rules, rows = options.opposites, min(pairs, options.checked)
    return calls_to_measure(rows, rules, options) + -(-rules // options.together)


def negate(rule: str) -> str:
    """The opposite by template, where no better one is known: English, plain, sometimes clumsy.

    >>> negate("Never use lists.")
    'Use lists.'
    >>> negate("Use lists.")
    'Do not do this: use lists.'
    """
    denied = _DENIED.fullmatch(rule)
    if denied:
        return denied[1][0].upper() + denied[1][1:]
    return f"Do not do this: {lower_first(rule)}"


def _clearest(votes: Matrix, most: int) -> list[int]:
    """The rules with the largest sums of votes, in absolute value; those of two pairs at least."""
    sums = np.abs(votes.sum(axis=0, dtype=int))
    return [int(j) for j in np.argsort(-sums, kind="stable")[:most] if sums[j] >= 2]


def _ask(
    rules: Sequence[tuple[int, str]], interview: Interview, options: Options
) -> dict[int, str]:
    chunks = [rules[i : i + options.together] for i in range(0, len(rules), options.together)]
    questions = [
        Question(
            prompt=render(
                "opposites",
                rules=numbered([text for _, text in chunk]),
                words=options.words,
                form=_FORM,
            ),
            read=partial(read_sentences, count=len(chunk)),
            form=_FORM,
        )
        for chunk in chunks
    ]
    answers = interview.ask("opposites", questions, 20 + 3 * options.together * options.words)
    return {
        j: tidy(text)
        for chunk, sentences in zip(chunks, answers, strict=True)
        for (j, _), text in zip(chunk, sentences or (), strict=False)
    }


def _fits(rule: str, opposite: str, guard: Guard) -> bool:
    return guard.check(opposite) is None and content(opposite) != content(rule)
