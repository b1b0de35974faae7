"""A deepeval metric as a judge: it has the members of `specharness.model.Model`.

So its judgements go the way of any judge's: admission and anchors, both orders, votes, the store,
recordings. Replay needs no deepeval.
"""

from collections.abc import Iterator, Sequence

from specharness.errors import ModelError, SpecharnessError
from specharness.model import Completion, Identity, Logprobs, Request, Sampling, Unmeasured
from specharness.models.metrics.describing import describe_metric, model_name, source_digest
from specharness.models.metrics.measuring import Make, make_metric, measure_both
from specharness.models.metrics.quiet import open_deepeval
from specharness.score.judge.metric import PREFIX, Asked, is_metric, read_asked, write_scores

_PROBE = "The better response is the one that is short."
_OTHER = "The better response is the one that is long."
_FORM = 'a metric is asked by "metric", with no question in words'


class MetricJudge:
    """The judge that the metrics of `make` are; `make` gets the text to judge by.

    It is called afresh for every measurement, with a spec's text, an instruction, or "" for general
    quality, and returns any `BaseMetric` or `BaseArenaMetric`. `name` is how reports call it.
    ModelError where deepeval is missing or `make` fails.

    A metric that scores responses one by one measures each alone, as often as it is asked; votes
    have samples of their own, with which models that `as_deepeval` adapts are seeded.
    """

    kept_together = 1  # a measurement may be several calls that were paid for: each is kept at once

    def __init__(self, make: Make, name: str = "metric") -> None:
        self.name = name if is_metric(name) else f"{PREFIX}{name}"
        self.make = make
        version = open_deepeval(self.name).__version__
        self._deaf: dict[str, bool] = {}
        metric = self._made(_PROBE)
        self.identity = Identity(
            name="/".join(part for part in (self.name, model_name(metric)) if part),
            revision=f"{describe_metric(metric)[:16]}-{source_digest(make)[:16]}",
            engine=f"deepeval-{version}",
            template="",
        )

    def logprobs(self, requests: Sequence[Request]) -> list[Logprobs | Unmeasured]:
        """None: a metric weighs no text."""
        return [Unmeasured(reason="a metric gives no log-probabilities") for _ in requests]

    def generate(
        self, requests: Sequence[Request], sampling: Sampling
    ) -> list[Completion | Unmeasured]:
        """Both responses' scores for each request that `ask_metric` made."""
        return [answer for _, answer in self.iter_generate(requests, sampling)]

    def iter_generate(
        self, requests: Sequence[Request], sampling: Sampling
    ) -> Iterator[tuple[int, Completion | Unmeasured]]:
        """The same, one by one, as they are done."""
        for place, request in enumerate(requests):
            asked = read_asked(request.messages)
            yield place, self._answer(asked, sampling) if asked else Unmeasured(reason=_FORM)

    def _answer(self, asked: Asked, sampling: Sampling) -> Completion | Unmeasured:
        try:
            if asked.standard and self._is_deaf_to(asked.standard):
                return Unmeasured(reason="the metric does not use the text that it is to judge by")
            scores = measure_both(self.make, asked, sampling, self.name)
        except SpecharnessError:  # a budget that is spent, a model that is not there
            raise
        except Exception as error:  # whatever somebody's metric raises
            return Unmeasured(reason=_told(error))
        return Completion(text=write_scores(*scores), count=0)

    def _is_deaf_to(self, standard: str) -> bool:
        """Whether the metric is the same for another text: it would pass every edit of a spec."""
        if standard not in self._deaf:
            other = _OTHER if standard != _OTHER else _PROBE
            alike = [describe_metric(self._made(text)) for text in (standard, other)]
            self._deaf[standard] = alike[0] == alike[1]
        return self._deaf[standard]

    def _made(self, standard: str) -> object:
        try:
            return make_metric(self.make, standard, self.name)
        except SpecharnessError:
            raise
        except Exception as error:  # whatever somebody's code raises
            remedy = "mend the function that makes it: it is given the text to judge by"
            raise ModelError(self.name, f"cannot be made ({_told(error)})", remedy) from None


def _told(error: Exception) -> str:
    return " ".join(f"{type(error).__name__}: {error}".split())[:200]
