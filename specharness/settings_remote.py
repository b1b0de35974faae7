"""What a suite may set about a model behind an API, with the defaults."""

from dataclasses import dataclass, field
from typing import Literal

LogprobRoute = Literal["auto", "text", "verdict", "none"]


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoteSettings:
    """`[remote]`: how a model named `litellm:PROVIDER/MODEL` is asked.

    `api_base` is the address of an OpenAI-compatible server ("": the provider's own). Keys never
    stand here: `api_key` and the values of `headers` are names of environment variables ("": the
    provider's usual variable). `revision` pins the weights where the model's name does not;
    `answers_as` is the name that answers carry where it is another ("*": any).

    `tokenizer` (a folder with the model's tokenizer.json and chat template, or a name of the
    catalog) or `template` (a chat template, a jinja file) let us write the prompt ourselves, which
    weighing a given text needs. `logprobs` says what is asked for: "text" (log-probabilities of
    given text), "verdict" (of one-token answers only), "auto" (whichever the probe proves), "none".

    `concurrency` bounds the calls under way; fewer are made while a server says 429. `timeout` (of
    one call) and `deadline` (of one request with all its repeats) are in seconds.
    """

    api_base: str = ""
    api_key: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    revision: str = ""
    answers_as: str = ""
    tokenizer: str = ""
    template: str = ""
    logprobs: LogprobRoute = "auto"
    concurrency: int = 16
    timeout: float = 120.0
    deadline: float = 600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class SuiteRemoteSettings(RemoteSettings):
    """A suite's `[remote]`, and `[remote.judge]` with the same keys.

    Where that table is there, even an empty one, the judge is asked as it says, and nothing of the
    suite's own `[remote]` holds for it; where it is not (None), as the suite's model is.
    """

    judge: RemoteSettings | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class BudgetSettings:
    """`[budget]`: what one run of a suite may spend on a model behind an API; 0: no limit.

    `usd` needs a price: litellm's list has one for most hosted models, `usd_per_million_input` and
    `usd_per_million_output` (tokens) replace it. `tokens` counts those read and written.
    """

    usd: float = 0.0
    calls: int = 0
    tokens: int = 0
    minutes: float = 0.0
    usd_per_million_input: float = 0.0
    usd_per_million_output: float = 0.0

    @property
    def is_set(self) -> bool:
        """Whether anything is limited."""
        return any((self.usd, self.calls, self.tokens, self.minutes))


@dataclass(frozen=True, slots=True, kw_only=True)
class SuiteBudgetSettings(BudgetSettings):
    """A suite's `[budget]`, and `[budget.judge]` with the same keys.

    Limits hold for each model on its own. A judge that is another model than the suite's has those
    of `[budget.judge]`, with its prices; without the table (None) the same as the suite's model.
    """

    judge: BudgetSettings | None = None
