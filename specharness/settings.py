"""What a suite may set, with the defaults. `suitefile` reads these from `suite.toml`.

The field names are the keys of the file: a key that is not here is an error there.
"""

from dataclasses import dataclass, field
from typing import Literal

Placement = Literal["system", "user"]
Mode = Literal["auto", "live", "record", "replay"]

DEFAULT_MODEL = "qwen2.5-coder-0.5b"
NEUTRAL = "You are a helpful assistant."


@dataclass(frozen=True, slots=True, kw_only=True)
class GateSettings:
    """`[gate]`: how a suite's head spec is compared with its base.

    `margin` is the largest drop in the share of preferred pairs that still counts as not worse
    (0..1, 0.05 = 5 points); `alpha_fail` and `alpha_pass` are error rates (0..0.5); `unproven` and
    `on_lost` say whether an unproven gate and a single lost pair block. `anchor` names the commit
    that losses are added up against ("": see `anchor`; "none": none), `budget` the largest drop
    since then (0: the margin).
    """

    margin: float = 0.05
    alpha_fail: float = 0.05
    alpha_pass: float = 0.05
    unproven: Literal["neutral", "fail"] = "neutral"
    on_lost: Literal["gate", "fail"] = "gate"
    anchor: str = ""
    budget: float = 0.0
    seed: int = 0

    @property
    def allowed(self) -> float:
        """The largest drop against the anchor that still counts as not worse."""
        return self.budget or self.margin


@dataclass(frozen=True, slots=True, kw_only=True)
class SplitSettings:
    """`[split]`: shares of the groups that go to compile, select and gate (they are normalised).

    A suite with a hand-written spec needs no compile pairs, so all pairs gate by default.
    """

    compile: float = 0.0
    select: float = 0.0
    gate: float = 1.0
    seed: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineSettings:
    """`[engine]`: how the local engine runs. 0 and "auto" mean: chosen for this machine.

    `tokens` bounds how many tokens one forward pass runs (and so its memory). `dtype` is float32
    unless a suite asks for less: effects of an edit are small against rounding.
    """

    device: str = "auto"
    dtype: Literal["float32", "bfloat16", "float16"] = "float32"
    threads: int = 0
    tokens: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoreSettings:
    """`[score]`: how a margin is read. "auto" and 0 take what the model's catalog entry says.

    `reference` is the condition a shift is measured from: "neutral" (a one-line system text),
    "empty" (no system text), "placebo" (a text of the spec's length that asks for nothing), "base"
    (the spec compared with: every pair that moves then counts as lost or won) or "opposite" (the
    spec with its rules turned round; see `opposites`).
    `reduce` is how token log-probabilities become one number. `temperature` is in nats
    (0: the median over pairs of the larger absolute margin of both arms, which needs no labels).
    """

    scorer: Literal["logprob"] = "logprob"
    reduce: Literal["auto", "sum", "mean", "clip", "first"] = "auto"
    reference: Literal["auto", "neutral", "empty", "placebo", "base", "opposite"] = "auto"
    temperature: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadSettings:
    """`[read]`: how a file of preference data in another layout is read; see `specharness import`.

    `format` names the layout where rows do not show it, `map` says where fields are (`chosen =
    "outputs.better"`), `axis` which of several labels decides, `annotator` whose judgements count,
    `min_gap` the smallest difference of ratings, `first_wins_when` the label for the first side,
    `prompt` what was asked where the data does not say.
    """

    format: str = "auto"
    map: dict[str, str] = field(default_factory=dict)
    axis: str = ""
    annotator: str = ""
    min_gap: float = 0.0
    first_wins_when: str = ""
    prompt: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CompileSettings:
    """`[compile]`: how a spec is compiled from the compile pairs; see `specharness compile`.

    `rules` and `words` bound the spec. `accept_suggestive` lets in rules that chance might explain,
    `confirm` names rules about refusals, apologies and damage that are wanted, `tags` are those
    that a rule may name as a condition. `seed` decides permutations, folds and placebos.
    """

    rules: int = 8
    words: int = 250
    accept_suggestive: bool = False
    confirm: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    seed: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class LintSettings:
    """`[lint]`: which findings of `specharness lint` are wanted for a suite.

    Codes or beginnings of codes ("SH1" covers SH101 and so on): only those in `select` (none: all),
    and none of those in `ignore`.
    """

    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SuiteSettings:
    """The top level of `suite.toml`. Everything has a default."""

    instruction: str = ""
    description: str = ""
    spec: str = "spec.md"
    pairs: str = "pairs.jsonl"
    model: str = DEFAULT_MODEL
    placement: Literal["auto", "system", "user"] = "auto"
    read: ReadSettings = field(default_factory=ReadSettings)
    gate: GateSettings = field(default_factory=GateSettings)
    split: SplitSettings = field(default_factory=SplitSettings)
    compile: CompileSettings = field(default_factory=CompileSettings)
    score: ScoreSettings = field(default_factory=ScoreSettings)
    engine: EngineSettings = field(default_factory=EngineSettings)
    lint: LintSettings = field(default_factory=LintSettings)
