"""What a model's tokens cost: the user's own prices, else litellm's list as it was installed.

The list is read as a file: litellm itself, which takes seconds to import, is not needed for it.
"""

import json
import math
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from specharness.settings_remote import BudgetSettings

_LIST = "model_prices_and_context_window_backup.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Price:
    """US dollars a token read and a token written; `source` says whose figures these are."""

    read: float
    wrote: float
    source: str

    def of(self, read: int, wrote: int) -> float:
        """What so many tokens cost, in US dollars."""
        return self.read * read + self.wrote * wrote


def find_price(model: str, budget: BudgetSettings) -> Price | None:
    """The price of `PROVIDER/MODEL`, None where neither the user nor the list has one.

    >>> find_price("openai/gpt-4o-mini", BudgetSettings(usd_per_million_input=1.0)).of(2_000_000, 9)
    2.0
    """
    if budget.usd_per_million_input or budget.usd_per_million_output:
        return Price(
            read=budget.usd_per_million_input / 1e6,
            wrote=budget.usd_per_million_output / 1e6,
            source="suite.toml",
        )
    _, _, alone = model.partition("/")
    for name in (model, alone, alone.rpartition("/")[2]):
        entry = _listed().get(name, {})
        read, wrote = entry.get("input_cost_per_token"), entry.get("output_cost_per_token")
        if _is_price(read) and _is_price(wrote):
            return Price(read=float(read), wrote=float(wrote), source="litellm's list")
    return None


def estimate_tokens(text: str) -> int:
    """About how many tokens a text has, without its model's tokenizer: a quarter of its bytes.

    >>> estimate_tokens("The capital of France is Paris.")
    8
    """
    return math.ceil(len(text.encode("utf-8", "surrogatepass")) / 4)


def _is_price(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and value >= 0


@cache
def _listed() -> dict[str, Any]:
    spec = find_spec("litellm")
    path = Path(spec.origin).with_name(_LIST) if spec and spec.origin else None
    if path is None or not path.is_file():
        return {}
    found = json.loads(path.read_text(encoding="utf-8"))
    return {k: v for k, v in found.items() if isinstance(v, dict)}
