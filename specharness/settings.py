"""What a suite may set, with the defaults. `suitefile` reads these from `suite.toml`.

The field names are the keys of the file: a key that is not here is an error there.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from specharness.settings_remote import SuiteBudgetSettings, SuiteRemoteSettings

Placement = Literal["system", "user"]
Mode = Literal["auto", "live", "record", "replay"]
PresetName = Literal["evidence", "spec-learning", "icai"]
Scorer = Literal["logprob", "judge", "generate"]

DEFAULT_MODEL = "qwen2.5-coder-0.5b"
ALL = "*"  # all of a suite's gate pairs, where a tag may stand
NEUTRAL = "You are a helpful assistant."


@dataclass(frozen=True, slots=True, kw_only=True)
class GateSettings:
    """`[gate]`: how a suite's head spec is compared with its base.

    `margin` is the largest drop in the share of preferred pairs that still counts as not worse
    (0..1, 0.05 = 5 points); `alpha_fail` and `alpha_pass` are error rates (0..0.5); `unproven` and
    `on_lost` say whether an unproven gate and a single lost pair block. `anchor` names the commit
    that losses are added up against ("": see `anchor`; "none": none), `budget` the largest drop
    since then (0: the margin). A lost pair that must hold is measured again under
    `confirm` layouts of the specs before it blocks (0: it blocks at once). Pairs with the tag
    `hidden` ("*": all) count in the verdict and are shown nowhere ("": none are hidden).
    """

    margin: float = 0.05
    alpha_fail: float = 0.05
    alpha_pass: float = 0.05
    unproven: Literal["neutral", "fail"] = "neutral"
    on_lost: Literal["gate", "fail"] = "gate"
    anchor: str = ""
    budget: float = 0.0
    confirm: int = 7
    hidden: str = ""
    seed: int = 0

    def hides(self, tags: Sequence[str]) -> bool:
        """Whether what becomes of a gate pair with these tags is withheld."""
        return bool(self.hidden) and (self.hidden == ALL or self.hidden in tags)

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
    """`[score]`: which scorer decides, and how a margin is read.

    `scorer` is "logprob" (which response the spec makes likelier), "judge" (a judge reads both
    responses by the spec; see `[judge]`) or "generate" (the model answers under both specs and a
    judge compares the replies; see `[generate]`). `diagnostics` names other scorers that are
    measured and shown beside it and block nothing.

    The rest is about margins of log-probabilities: "auto" and 0 take what the model's catalog entry
    says.
    `reference` is the condition a shift is measured from: "neutral" (a one-line system text),
    "empty" (no system text), "placebo" (a text of the spec's length that asks for nothing), "base"
    (the spec compared with: every pair that moves then counts as lost or won) or "opposite" (the
    spec with its rules turned round; see `opposites`).
    `reduce` is how token log-probabilities become one number. `temperature` is in nats
    (0: the median over pairs of the larger absolute margin of both arms, which needs no labels).
    """

    scorer: Scorer = "logprob"
    diagnostics: tuple[str, ...] = ()
    reduce: Literal["auto", "sum", "mean", "clip", "first"] = "auto"
    reference: Literal["auto", "neutral", "empty", "placebo", "base", "opposite"] = "auto"
    temperature: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgeSettings:
    """`[judge]`: who judges, by which admission, and how it is asked.

    `model` is a model as the suite's own is named ("": the suite's own) or a metric of deepeval,
    "deepeval:pkg.module:make"; `admission` is the file that `specharness judges admit` wrote, from
    the suite's folder ("": judges/NAME.json at the top of the project) and `proposer` the model
    that wrote the spec ("": people or measured features did): a judge may not be of its family.

    The rest says how the judge is asked; see `score.judge.manner`. A judge is asked as it was when
    it was admitted: "auto", 0 and -1 take what the admission says, and another value than that one
    makes the gate UNVERIFIABLE. `votes` are those in each order, `more` those that both orders of a
    pair get on top where they disagree.
    """

    model: str = ""
    admission: str = ""
    proposer: str = ""
    by: Literal["auto", "logprob", "votes"] = "auto"
    standard: Literal["auto", "system", "user", "quoted"] = "auto"
    votes: int = 0
    more: int = -1
    temperature: float = 0.0
    tokens: int = 0
    characters: int = 0
    seed: int = -1


@dataclass(frozen=True, slots=True, kw_only=True)
class GenerateSettings:
    """`[generate]`: how the model answers for the scorer "generate", and what replies go by.

    At most `tokens` tokens, at `temperature` (0: greedy) with `seed`. `standard` is what the judge
    goes by: the suite's "instruction", general "quality", the "head" or the "base" spec; "auto" is
    the instruction where the suite has one, else quality. Neither changes with an edit of the spec.
    """

    tokens: int = 256
    temperature: float = 0.0
    seed: int = 0
    standard: Literal["auto", "instruction", "quality", "head", "base"] = "auto"


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

    `proposer` says where candidate rules come from: "features" (measured properties of the texts,
    no model), "llm" (a model reads the pairs), "both". That model is `model` ("": the suite's), and
    `verdicts` how it measures its rules: it writes them, or the odds of its answer are weighed
    (models in this process). `preset` names the pipeline: "evidence" is ours, the others are
    published ones, whose rules a model proposes. `form` is how the rules stand in the spec: a list,
    or one paragraph about an assistant who keeps them (Spec Learning's JANUS), which that model
    writes; without one their sentences are strung together.
    """

    rules: int = 8
    words: int = 250
    accept_suggestive: bool = False
    confirm: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    seed: int = 0
    proposer: Literal["features", "llm", "both"] = "features"
    model: str = ""
    verdicts: Literal["written", "odds"] = "written"
    preset: PresetName = "evidence"
    form: Literal["list", "persona"] = "list"


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
    judge: JudgeSettings = field(default_factory=JudgeSettings)
    generate: GenerateSettings = field(default_factory=GenerateSettings)
    engine: EngineSettings = field(default_factory=EngineSettings)
    remote: SuiteRemoteSettings = field(default_factory=SuiteRemoteSettings)
    budget: SuiteBudgetSettings = field(default_factory=SuiteBudgetSettings)
    lint: LintSettings = field(default_factory=LintSettings)
