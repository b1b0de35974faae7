"""Verdicts as votes: answers written by the judge, read strictly, with one repair turn each."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from specharness.model import Completion, Model, Request, Sampling, Unmeasured
from specharness.score.judge.judgement import Judgement
from specharness.score.judge.manner import Manner
from specharness.score.judge.metric import Scored, read_scores
from specharness.score.judge.question import LETTERS, ask_again, read_verdict
from specharness.score.judge.weighing import Question, check_complete
from specharness.score.margins import TIE

ORDERS = (0, 1)  # chosen is shown first (as A), second (as B)


@dataclass(frozen=True, slots=True, kw_only=True)
class Vote:
    """One answer: its verdict, or (None) why there is none; `repaired` by a second turn.

    Only a metric's vote may be a tie.
    """

    verdict: Scored | None = None
    repaired: bool = False
    reason: str = ""


@dataclass(slots=True, kw_only=True, eq=False)
class Ballot:
    """The votes on one pair under one spec, by order."""

    questions: tuple[Question, Question]
    votes: tuple[list[Vote], list[Vote]] = field(default_factory=lambda: ([], []), init=False)

    def share(self, order: int) -> float | None:
        """The share of readable votes for chosen, ties half; None unless most are readable."""
        told = [vote.verdict for vote in self.votes[order] if vote.verdict]
        if 2 * len(told) <= len(self.votes[order]):
            return None
        ties = 0.5 * told.count("tie")
        return (told.count(LETTERS[order]) + ties) / len(told)

    @property
    def is_decided(self) -> bool:
        """Whether both orders prefer the same response."""
        first, second = (self.share(order) for order in ORDERS)
        return first is not None and second is not None and (first - 0.5) * (second - 0.5) > TIE**2

    def judgement(self, name: str) -> Judgement:
        """What the votes say about the pair of that name (id)."""
        cast = [vote for votes in self.votes for vote in votes]
        failed = [vote for vote in cast if vote.verdict is None]
        shares = [self.share(order) for order in ORDERS]
        lost = None in shares
        why = failed[-1].reason if failed else "none was cast"
        return Judgement(
            id=name,
            first=None if lost else shares[0],
            second=None if lost else shares[1],
            asked=len(cast),
            unreadable=len(failed),
            repaired=sum(vote.repaired for vote in cast),
            error=f"{len(failed)} of {len(cast)} votes are no verdict ({why})" if lost else "",
        )


def hold_votes(model: Model, ballots: Sequence[Ballot], manner: Manner) -> int:
    """Fill the ballots; returns how many got more votes, as their orders disagreed.

    Every vote of a pair has a sample index of its own, by which a model seeds it: the same in every
    run, the same under head and base, another in the other order.
    """
    _rounds(model, ballots, manner, range(manner.votes))
    undecided = [ballot for ballot in ballots if not ballot.is_decided] if manner.more else []
    _rounds(model, undecided, manner, range(manner.votes, manner.votes + manner.more))
    return len(undecided)


def _rounds(model: Model, ballots: Sequence[Ballot], manner: Manner, numbers: range) -> None:
    for number in numbers:
        for order in ORDERS:
            sampling = Sampling(
                max_tokens=manner.tokens,
                temperature=manner.temperature,
                seed=manner.seed,
                index=2 * number + order,
            )
            take = take_scores if manner.by == "metric" else take_votes
            votes = take(model, [ballot.questions[order] for ballot in ballots], sampling)
            for ballot, vote in zip(ballots, votes, strict=True):
                ballot.votes[order].append(vote)


def take_votes(model: Model, questions: Sequence[Question], sampling: Sampling) -> list[Vote]:
    """One vote a question; what is no verdict is asked for once more."""
    answers = _generate(model, questions, sampling)
    votes = [_read(answer) for answer in answers]
    again = [i for i, answer in enumerate(answers) if _is_unreadable(answer)]
    turns = [ask_again(questions[i], _text(answers[i])) for i in again]
    for i, answer in zip(again, _generate(model, turns, sampling), strict=True):
        second = _read(answer)
        votes[i] = Vote(
            verdict=second.verdict, repaired=second.verdict is not None, reason=second.reason
        )
    return votes


def take_scores(model: Model, questions: Sequence[Question], sampling: Sampling) -> list[Vote]:
    """One vote of a metric a question; what is no pair of scores is none."""
    votes: list[Vote] = []
    for answer in _generate(model, questions, sampling):
        verdict = read_scores(_text(answer))
        why = answer.reason if isinstance(answer, Unmeasured) else "no two scores"
        votes.append(Vote(verdict=verdict, reason="" if verdict else why))
    return votes


def _generate(
    model: Model, questions: Sequence[Question], sampling: Sampling
) -> list[Completion | Unmeasured]:
    if not questions:
        return []
    answers = model.generate([Request(messages=question) for question in questions], sampling)
    check_complete(model, len(questions), len(answers))
    return answers


def _read(answer: Completion | Unmeasured) -> Vote:
    if isinstance(answer, Unmeasured):
        return Vote(reason=answer.reason)
    verdict = read_verdict(answer.text)
    return Vote(verdict=verdict, reason="" if verdict else "neither A nor B")


def _is_unreadable(answer: Completion | Unmeasured) -> bool:
    return isinstance(answer, Completion) and read_verdict(answer.text) is None


def _text(answer: Completion | Unmeasured) -> str:
    return answer.text if isinstance(answer, Completion) else ""
