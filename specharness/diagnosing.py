"""A suite's pairs as one of its scorers measures them, and what the scorers beside it say."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from specharness.baseline import Baseline
from specharness.gate.hidden import shown
from specharness.gate.verdicts import share_of
from specharness.judging import judge_cases, judge_gate
from specharness.records import Pair
from specharness.runfile import Case, Diagnostic, Gate, Outcome, Share, Trust
from specharness.score.judge.examining import with_steadiness
from specharness.score.reference import reference_text
from specharness.score.scores import Scores
from specharness.score.scoring import LogprobScorer, Scorer
from specharness.score.shading import shade_cases
from specharness.seating import Seating, diagnostics
from specharness.settings import Scorer as Name
from specharness.suitefile import SETTINGS

_MOVED: dict[Outcome, int] = {"lost": -1, "won": 1}


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """Pairs as a scorer measured them, whether it may be believed, and the scorer itself."""

    scorer: Scorer
    trust: Trust
    scores: Scores


def measure_pairs(seats: Seating, name: Name, pairs: Sequence[Pair], base: Baseline) -> Measured:
    """Examine who answers for the scorer called `name`, and score the pairs under head and base."""
    scorer = seats.scorer(name, _reference(seats, base) if name == "logprob" else "")
    trust = scorer.examine()
    scores = _score(seats, scorer, pairs, base, trust)
    return Measured(scorer=scorer, trust=with_steadiness(trust, scores), scores=scores)


def _score(
    seats: Seating, scorer: Scorer, pairs: Sequence[Pair], base: Baseline, trust: Trust
) -> Scores:
    """All pairs scored; what is fitted, or told of all together, is so on those that are shown.

    A temperature is the margin of one of the pairs.
    """
    texts = {"head": seats.suite.spec.shown, "base": base.spec.shown}
    gate = seats.suite.settings.gate
    seen, hidden = shown(pairs, gate), tuple(pair for pair in pairs if gate.hides(pair.tags))
    if not seen or not hidden:
        return scorer.score(pairs, **texts, trust=trust)
    told = scorer.score(seen, **texts, trust=trust)
    rest = scorer.held(told).score(hidden, **texts, trust=trust)
    found = {score.id: score for score in (*told.pairs, *rest.pairs)}
    return replace(told, pairs=tuple(found[pair.id] for pair in pairs))


def shade(
    found: Measured, pairs: Sequence[Pair], cases: tuple[Case, ...], head: str, base: str
) -> tuple[Case, ...]:
    """The cases, some with where head and base moved the model: where log-probabilities decide."""
    scorer = found.scorer
    if not isinstance(scorer, LogprobScorer) or not found.trust.may_gate:
        return cases
    texts = (head, base, scorer.reference)
    return shade_cases(scorer.model, scorer.reading, pairs, cases, texts)


def diagnose(  # noqa: PLR0913 - what decided, and what to measure beside it
    seats: Seating,
    pairs: Sequence[Pair],
    base: Baseline,
    cases: tuple[Case, ...],
    gate: Gate,
    *,
    partial: bool,
) -> tuple[tuple[Diagnostic, ...], tuple[Case, ...]]:
    """What the suite's other scorers say, and the cases with the replies that were written."""
    found: list[Diagnostic] = []
    for name in diagnostics(seats.suite.settings):
        measured = measure_pairs(seats, name, pairs, base)
        told = judge_cases(pairs, measured.scores)
        other = judge_gate(seats.suite, told, base, measured.trust, partial=partial, scorer=name)
        found.append(
            Diagnostic(
                scorer=name,
                model=seats.seat_of(name).name,
                gate=other,
                trust=measured.trust,
                same=_same(*(shown(some, seats.suite.settings.gate) for some in (cases, told))),
                sentence=_sentence(name, other, seats.suite.settings.score.scorer, gate),
            )
        )
        cases = tuple(
            replace(case, replies=case.replies or also.replies)
            for case, also in zip(cases, told, strict=True)
        )
    return tuple(found), cases


def _same(cases: Sequence[Case], others: Sequence[Case]) -> Share:
    """The share of pairs, measured by both, that were lost, won or neither by both."""
    both = [
        (case.outcome, other.outcome)
        for case, other in zip(cases, others, strict=True)
        if "error" not in (case.outcome, other.outcome)
    ]
    return share_of([float(_MOVED.get(a, 0) == _MOVED.get(b, 0)) for a, b in both])


def _sentence(name: str, other: Gate, decides: str, gate: Gate) -> str:
    if other.verdict == gate.verdict:
        return f"The scorer {name} says {other.verdict} too."
    return f"The scorers disagree: {name} says {other.verdict}, {decides} decides ({gate.verdict})."


def _reference(seats: Seating, base: Baseline) -> str:
    """The text that shifts are measured from."""
    suite = seats.suite
    file = suite.spec_path or suite.folder / SETTINGS
    return reference_text(seats.model.reading.reference, suite.spec, base.spec, file)
