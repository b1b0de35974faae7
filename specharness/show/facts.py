"""The vocabulary: what a look at pairs finds. Views turn these records into words and drawings."""

from dataclasses import dataclass
from typing import Literal

from specharness.records import Pair
from specharness.runfile import Share

Direction = Literal[1, -1]
Kind = Literal["source", "tag", "group"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sides:
    """How many pairs a suite's split puts on each side."""

    compile: int
    select: int
    gate: int

    @property
    def divided(self) -> bool:
        """Whether some pairs do not gate."""
        return bool(self.compile or self.select)


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """How much there is; `sides` is None where there is no suite, hence no split.

    `prompts` are different ones, `conversations` the pairs with an answer inside their prompt,
    `systems` those with a system text, `weighted` those with a weight other than 1.
    """

    pairs: int
    groups: int
    prompts: int
    conversations: int
    systems: int
    must: int
    weighted: int
    sides: Sides | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """Where the pairs' file came from.

    `file` is what it was imported from ("" unknown), `licence` as it is named ("" nowhere), `told`
    what became of the comparisons in it.
    """

    file: str = ""
    licence: str = ""
    told: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Slice:
    """A part of the pairs; `gate` is how many of them gate (None without a split).

    `longer` is how often the longer response is the chosen one, equal lengths counted half.
    """

    kind: Kind
    name: str
    pairs: int
    gate: int | None
    longer: Share


@dataclass(frozen=True, slots=True, kw_only=True)
class Quantiles:
    """The 5th, 25th, 50th, 75th and 95th percentile (linear between the two nearest values)."""

    low: float
    lower: float
    median: float
    upper: float
    high: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Histogram:
    """`counts[i]` values lie in [edges[i], edges[i + 1]); the last bin includes its end.

    `below` and `above` are how many of the first and the last bin lie beyond its outer edge.
    """

    edges: tuple[float, ...]
    counts: tuple[int, ...]
    below: int = 0
    above: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Lengths:
    """Lengths in words (runs between blanks); `ratio` is chosen over rejected.

    `longer` is the length rule: how often the longer response is the chosen one, pairs of `equal`
    length counted half. `unspaced`: the texts have hardly any blanks, so words say little.
    """

    prompt: Quantiles
    chosen: Quantiles
    rejected: Quantiles
    ratio: Quantiles
    longer: Share
    equal: int
    unspaced: bool
    chosen_bins: Histogram
    rejected_bins: Histogram
    difference: Histogram


@dataclass(frozen=True, slots=True, kw_only=True)
class Separator:
    """One measured property, in the direction that the labels give it.

    `label` names it with its direction. `held_out` is its accuracy on the pairs that it speaks on,
    each group judged by the direction that the other groups give; `low` and `high` are the 95 %
    Wilson interval, with the `worth` of these pairs (less than their number where pairs of one
    group hang together). `p` is family-wise over all
    properties; `controlled` the accuracy when longer and shorter chosen responses weigh the same
    (None: cannot be told from length). `alike` are properties that go along with it.
    """

    name: str
    label: str
    family: str
    held_out: float
    low: float
    high: float
    p: float
    support: int
    contradict: int
    silent: int
    worth: int
    controlled: float | None
    tier: Literal["supported", "suggestive", "unsupported"]
    alike: tuple[str, ...] = ()

    @property
    def spoken(self) -> int:
        """On how many pairs the two responses differ in the property."""
        return self.support + self.contradict

    @property
    def coverage(self) -> float:
        """The share of pairs on which they differ, 0..1."""
        return self.spoken / (self.spoken + self.silent) if self.spoken else 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Separation:
    """The properties that separate chosen from rejected, best first, alike ones as one.

    `measured` of `pairs` pairs were looked at, for `properties` properties; `too_long` were left
    out for their size. `leader_votes` are the best one's votes, by the id of the pair.
    """

    pairs: int
    measured: int
    too_long: int
    properties: int
    separators: tuple[Separator, ...]
    leader_votes: dict[str, int]

    @property
    def leader(self) -> Separator | None:
        """The best property, where it is more than chance could do."""
        first = self.separators[0] if self.separators else None
        return first if first is not None and first.tier == "supported" else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Noise:
    """What the data say about their own labels.

    `split_labels` are pairs whose annotators disagreed, `agreement` the mean share that agrees with
    the label (None where nobody is known to have disagreed). `repeated` comparisons stand there
    more than once, `contradictory` of them with both labels. In `alike` sets of near-identical
    prompts the best property speaks twice or more, in `alike_both` of them both ways (0 where it is
    right on fewer than 80 %: then it says nothing of noise). `at_most`
    bounds the share of labels that are wrong at random, by the property `bounded_by` (None where
    no bound below 30 % follows).
    """

    split_labels: int
    agreement: float | None
    repeated: int
    contradictory: int
    alike: int
    alike_both: int
    at_most: float | None
    bounded_by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Position:
    """How often the chosen response was shown first, among the pairs that say so.

    `one_sided`: all stand on one side, as in data that name their columns chosen and rejected; then
    nothing is known of the order in which they were shown.
    """

    first: Share
    unknown: int
    one_sided: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """A pair and what it is an example of ("shortest", ...)."""

    kinds: tuple[str, ...]
    pair: Pair


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """Everything that the page shows."""

    name: str
    description: str
    file: str
    origin: Origin
    counts: Counts
    slices: tuple[Slice, ...]
    lengths: Lengths
    separation: Separation
    noise: Noise
    position: Position
    examples: tuple[Example, ...]
