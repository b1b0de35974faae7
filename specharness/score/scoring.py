"""The scorers a suite may name, behind one face: examine who answers, then score pairs."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import ClassVar, Protocol

from specharness.model import Model
from specharness.records import Pair
from specharness.runfile import Trust
from specharness.score.generate.replying import Writing
from specharness.score.generate.scoring import Comparing, score_replies
from specharness.score.judge.bench import Bench
from specharness.score.judge.examining import examine_judge
from specharness.score.judge.scoring import score_judged
from specharness.score.logprob import Reading, score_pairs
from specharness.score.scores import PairScore, Scores
from specharness.score.trust import examine
from specharness.settings import Scorer as Name


class Scorer(Protocol):
    """How preference is measured. `Scores` have one entry a pair, in order."""

    name: ClassVar[Name]

    def examine(self) -> Trust:
        """Whether who answers may gate; what that costs is left at zero."""
        ...

    def score(self, pairs: Sequence[Pair], *, head: str, base: str, trust: Trust) -> Scores:
        """Every pair under two specs' texts."""
        ...

    def held(self, scores: Scores) -> "Scorer":
        """The same scorer, reading pairs as it did those `scores` (with their temperature)."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class LogprobScorer:
    """How probable the model finds both responses; shifts are from the text `reference`."""

    name: ClassVar[Name] = "logprob"
    model: Model
    reading: Reading
    reference: str

    def examine(self) -> Trust:
        """Probe the model's numbers, then its sensitivity."""
        return examine(self.model, self.reading)

    def score(self, pairs: Sequence[Pair], *, head: str, base: str, trust: Trust) -> Scores:
        """Margins of log-probabilities; measured and shown even where the model may not gate."""
        return score_pairs(
            self.model, pairs, head=head, base=base, reading=self.reading, reference=self.reference
        )

    def held(self, scores: Scores) -> "LogprobScorer":
        """With the temperature that was fitted, so that head reads the same again."""
        return replace(self, reading=replace(self.reading, temperature=scores.temperature))


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgeScorer:
    """A judge reads both responses by the spec, in both orders."""

    name: ClassVar[Name] = "judge"
    bench: Bench

    def examine(self) -> Trust:
        """Look at the judge's admission, and have its anchors judged again."""
        return examine_judge(self.bench)

    def score(self, pairs: Sequence[Pair], *, head: str, base: str, trust: Trust) -> Scores:
        """Judged preferences; nobody is asked by a judge that may not gate."""
        if not trust.may_gate:
            return unscored(pairs, trust.why)
        manner = self.bench.manner
        return score_judged(self.bench.model, pairs, head=head, base=base, manner=manner)

    def held(self, scores: Scores) -> "JudgeScorer":
        """Itself: a judge has no temperature."""
        return self


@dataclass(frozen=True, slots=True, kw_only=True)
class GenerateScorer:
    """The model answers under both specs, and a judge compares its replies in both orders.

    `standard` is the text the judge goes by ("": general quality). "head" and "base" stand for
    these specs where `by_spec` says so.
    """

    name: ClassVar[Name] = "generate"
    model: Model
    bench: Bench
    writing: Writing
    standard: str = ""
    by_spec: str = ""

    def examine(self) -> Trust:
        """Look at the judge's admission, and have its anchors judged again."""
        return examine_judge(self.bench)

    def score(self, pairs: Sequence[Pair], *, head: str, base: str, trust: Trust) -> Scores:
        """Compared replies; nothing is written for a judge that may not gate."""
        if not trust.may_gate:
            return unscored(pairs, trust.why)
        comparing = Comparing(
            judge=self.bench.model,
            manner=self.bench.manner,
            standard={"head": head, "base": base}.get(self.by_spec, self.standard),
        )
        return score_replies(
            self.model, pairs, head=head, base=base, writing=self.writing, comparing=comparing
        )

    def held(self, scores: Scores) -> "GenerateScorer":
        """Itself: replies have no temperature."""
        return self


def unscored(pairs: Sequence[Pair], why: str) -> Scores:
    """Every pair as an error, for who may not gate and was asked nothing."""
    told = why.removesuffix(".")
    return Scores(pairs=tuple(PairScore(id=p.id, error=told) for p in pairs), temperature=1.0)
