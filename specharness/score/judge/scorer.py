"""The scorer: pairs under one or several specs, judged in both orders."""

from collections.abc import Sequence
from statistics import median
from typing import TYPE_CHECKING

from specharness.errors import ModelError
from specharness.model import Model, Unmeasured
from specharness.records import Pair, Spec
from specharness.score.judge.judgement import Judged, Judgement
from specharness.score.judge.manner import Manner
from specharness.score.judge.metric import ask_metric, is_metric
from specharness.score.judge.question import ask
from specharness.score.judge.voting import Ballot, hold_votes
from specharness.score.judge.weighing import Odds, Question, offers_logprobs, weigh

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt


def find_manner(model: Model) -> Manner:
    """Log-probabilities where a model gives them (it is asked for some), else votes."""
    if is_metric(model.identity.name):
        return Manner(by="metric")
    return Manner(by="logprob" if offers_logprobs(model) else "votes")


def judge_pairs(
    model: Model, pairs: Sequence[Pair], specs: Sequence[str], manner: Manner
) -> dict[str, Judged]:
    """Judge all pairs under each spec's text, all of them in the same batches; equal texts once.

    What could not be judged is an error in its `Judgement`. ModelError where a model does not
    answer each request.
    """
    texts = list(dict.fromkeys(specs))
    if not pairs:
        return {text: Judged(judgements=()) for text in texts}
    questions = [_both(pair, text, manner) for text in texts for pair in pairs]
    by = _weighed if manner.by == "logprob" else _voted
    return dict(zip(texts, by(model, pairs, questions, manner), strict=True))


def judge_preferences(
    model: Model, spec: Spec | str, pairs: Sequence[Pair], manner: Manner | None = None
) -> "npt.NDArray[np.float64]":
    """Preferences in [0, 1], one per pair, of `model` as a judge by `spec`; 0.5 is a tie.

    Feed those of two specs to `decide`. ModelError when a pair cannot be judged.
    """
    import numpy as np  # noqa: PLC0415 - not needed to import the package

    text = spec.shown if isinstance(spec, Spec) else spec
    judged = judge_pairs(model, pairs, [text], manner or find_manner(model))[text]
    for each in judged.judgements:
        if each.error:
            raise ModelError(each.id, f"could not be judged ({each.error})", "drop the pair")
    return np.array([each.preference for each in judged.judgements], dtype=np.float64)


def _both(pair: Pair, spec: str, manner: Manner) -> tuple[Question, Question]:
    if manner.by == "metric":
        return ask_metric(pair, spec, swapped=False), ask_metric(pair, spec, swapped=True)
    return ask(pair, spec, manner, swapped=False), ask(pair, spec, manner, swapped=True)


def _weighed(
    model: Model,
    pairs: Sequence[Pair],
    questions: Sequence[tuple[Question, Question]],
    _: Manner,
) -> list[Judged]:
    odds = weigh(model, [question for both in questions for question in both])
    found: list[Judged] = []
    for start in range(0, len(odds), 2 * len(pairs)):
        own = odds[start : start + 2 * len(pairs)]
        told = [each.mass for each in own if isinstance(each, Odds)]
        judgements = zip(pairs, own[::2], own[1::2], strict=True)
        found.append(
            Judged(
                judgements=tuple(_judgement(pair.id, *two) for pair, *two in judgements),
                mass=median(told) if told else None,
            )
        )
    return found


def _judgement(name: str, first: Odds | Unmeasured, second: Odds | Unmeasured) -> Judgement:
    if isinstance(first, Unmeasured):
        return Judgement(id=name, error=first.reason)
    if isinstance(second, Unmeasured):
        return Judgement(id=name, error=second.reason)
    return Judgement(id=name, first=first.share("A"), second=second.share("B"))


def _voted(
    model: Model,
    pairs: Sequence[Pair],
    questions: Sequence[tuple[Question, Question]],
    manner: Manner,
) -> list[Judged]:
    ballots = [Ballot(questions=both) for both in questions]
    hold_votes(model, ballots, manner)
    found: list[Judged] = []
    for start in range(0, len(ballots), len(pairs)):
        own = ballots[start : start + len(pairs)]
        found.append(
            Judged(
                judgements=tuple(b.judgement(p.id) for p, b in zip(pairs, own, strict=True)),
                escalated=sum(len(ballot.votes[0]) > manner.votes for ballot in own),
            )
        )
    return found
