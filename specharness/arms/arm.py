"""What an arm is: from the pairs it may be fitted on to a condition that a model answers under.

A new arm is a file of its own with an `Arm` in it, and a line in `known`. Its fit step is handed
the pairs set apart for fitting and never a gate pair. An arm of texts fills `text`; one that
changes the model itself (a steering vector, an adapter) fills `enter` too, a context manager, so
that the model is as it was when the block ends, also after an error.
"""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path

from specharness.arms.provenance import Provenance
from specharness.compile.derivation import Policy
from specharness.errors import UsageError
from specharness.model import Model
from specharness.records import Pair, Spec

# From the model of a run to the one that answers for an arm, until the block ends. A changed model
# has an identity of its own, as stored results are kept by it.
Enter = Callable[[Model], AbstractContextManager[Model]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Materials:
    """What an arm may be made of. Gate pairs are not among it.

    `spec` is the hand-written spec (None: there is no file, the instruction is the spec) and
    `spec_note` what is to be known of it. `where` is the suite's settings file, for errors. `model`
    is for arms that ask one; it is loaded when it is first asked. `select` are pairs for choosing
    among settings (empty: an arm keeps some of `pairs` apart); `source` and `select_source` name
    the files of both. `more` reads further pairs from a file, having made sure that no gate pair
    and no select pair is among them. `refuse` is handed the marks of the pairs that an artefact was
    fitted on, and its path: UsageError where a gate pair is among them (None: there is no gate).
    """

    pairs: tuple[Pair, ...]
    spec: Spec | None
    instruction: str
    where: Path
    model: Model
    spec_note: str = ""
    shots: int = 3
    seed: int = 0
    policy: Policy = field(default_factory=Policy)
    select: tuple[Pair, ...] = ()
    more: Callable[[Path], tuple[Pair, ...]] | None = None
    refuse: Callable[[Sequence[str], Path], None] | None = None
    source: str = ""
    select_source: str = ""

    def provenance(self, fitted: int, chosen_on: int = 0, is_kept: bool = False) -> Provenance:
        """That of what was fitted on so many of `pairs`, and chosen on so many select pairs."""
        chosen_from = self.select_source if self.select else self.source
        names = (self.source if fitted else "", chosen_from if chosen_on else "")
        files = tuple(dict.fromkeys(name for name in names if name))
        return Provenance(fitted=fitted, chosen_on=chosen_on, files=files, is_kept=is_kept)

    def refuse_gate(self, provenance: Provenance, path: Path) -> None:
        """UsageError where what lies at `path` was fitted on a gate pair."""
        if self.refuse:
            self.refuse(provenance.marks, path)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Condition:
    """What a fitted arm puts a model under: a system text, and perhaps a change of the model.

    `parameters` counts the numbers of the model's weights that are changed (0 for a text), `vector`
    those of a vector that is added to what the model computes. `note` says in a line what the fit
    step did, where that is to be known, and `provenance` on which pairs.
    """

    text: str = ""
    note: str = ""
    enter: Enter = nullcontext
    parameters: int = 0
    vector: int = 0
    provenance: Provenance = field(default_factory=Provenance)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Arm:
    """A way of conditioning: its name, what it is in a line, and its fit step.

    `fit` raises UsageError for what it lacks. `is_basic` arms are those taken where none is named.
    """

    name: str
    about: str
    fit: Callable[[Materials], Condition]
    is_basic: bool = False


def pairs_to_fit(materials: Materials, least: int) -> tuple[Pair, ...]:
    """The pairs to fit on; UsageError, saying what to set, for fewer than `least`."""
    pairs = materials.pairs
    if len(pairs) >= least:
        return pairs
    if not pairs:
        remedy = "set [split] compile = 0.4, or give --pairs FILE"
        raise UsageError(materials.where, "no pairs are set apart to fit an arm on", remedy)
    what = f"{len(pairs)} pairs to fit an arm on, fewer than {least}"
    remedy = "give [split] compile a larger share, or --pairs a larger file"
    raise UsageError(materials.where, what, remedy)
