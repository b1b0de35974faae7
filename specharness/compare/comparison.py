"""A comparison of arms as data: what `reports/compare.json` holds and its views are functions of.

Shares and preferences lie in [0, 1], differences in [-1, 1], margins are in nats (per token where
`reduce` says so). An arm's lists have one entry for each of the comparison's `pairs`, in order.
"""

import json
from dataclasses import asdict, dataclass

from specharness.runfile import Share

FORMAT = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """What an arm cost in this run.

    `words` are those of its text, which every request carries; `parameters` the numbers of the
    model's weights that it changes, `vector` those of a vector that it adds. `calls` are requests
    the model ran and `reused` those answered from the store or from recordings, which cost nothing
    now. `tokens` (None: the model does not count) and `seconds` are of the calls, tokens read and
    generated together, `written` those generated; `fit_tokens` and `fit_seconds` are of the fit
    step, but for what it had at hand (`fit_kept`): a vector or an adapter fitted before, in an
    earlier run or for the arm beside it, or answers in the store. Arms with one text share their
    measurement and its cost.
    """

    words: int
    parameters: int
    calls: int
    reused: int
    tokens: int | None
    written: int
    seconds: float
    fit_tokens: int | None
    fit_seconds: float
    fit_kept: bool = False
    vector: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class ArmResult:
    """One arm on the gate pairs.

    `moved` is the share of pairs that it moves towards chosen from no system text (a tie counts
    half), with a Wilson interval for the `effective` number of independent pairs; `preference` and
    `margin` are means. An arm that `is_reference` comes to no text itself. `note` says what its fit
    step did: it was `fitted` on so many pairs (few-shot shows them) and its settings were
    `chosen_on` so many more, of these `files`. Where it was `fitted_elsewhere`, a part of it (an
    adapter, a vector) was fitted on pairs that are not known here, perhaps on gate pairs.
    """

    name: str
    about: str
    note: str
    text: str
    is_reference: bool
    moved: Share
    effective: float
    preference: float
    margin: float
    cost: Cost
    margins: tuple[float, ...]
    preferences: tuple[float, ...]
    fitted: int = 0
    chosen_on: int = 0
    files: tuple[str, ...] = ()
    fitted_elsewhere: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Contrast:
    """`arm` against `against` on the same pairs.

    `ahead` is the share of pairs that `arm` moves further towards chosen (a tie counts half), and
    `implied` what Bradley and Terry's model makes of both arms' shares against no system text.
    `won` and `lost` count flips of the preferred response, `difference` is (won - lost) / n with
    the gate's interval, two-sided 95 %; `shift` the mean change of preference.
    """

    arm: str
    against: str
    ahead: Share
    implied: float
    won: int
    lost: int
    difference: float
    interval: tuple[float, float]
    shift: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Unscored:
    """A gate pair that could not be measured under `arm`, and so is scored under none."""

    pair: str
    arm: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """Arms of one suite, on the same pairs, with one model, in one run.

    `pairs` are the ids of those scored, in `groups` groups; `fitted_on` counts those set apart to
    fit the arms on, which come from `fitted_from` (without `taken_out` pairs of another file, since
    select pairs are like them). `left_out` are arms (name, why) that nobody named and the suite has
    nothing for. The temperature is shared by all arms and depends on which they are.
    """

    version: str
    suite: str
    model: str
    model_note: str
    model_digest: str
    mode: str
    reduce: str
    placement: str
    reference: str
    temperature: float
    sensitivity: str
    held_out: int
    pairs: tuple[str, ...]
    groups: int
    unscored: tuple[Unscored, ...]
    fitted_on: int
    fitted_from: str
    arms: tuple[ArmResult, ...]
    contrasts: tuple[Contrast, ...]
    left_out: tuple[tuple[str, str], ...] = ()
    taken_out: int = 0
    format: int = FORMAT


def comparison_text(found: Comparison) -> str:
    """The comparison as JSON with sorted keys."""
    return json.dumps(asdict(found), ensure_ascii=True, sort_keys=True, indent=1) + "\n"
