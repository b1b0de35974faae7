"""Arms compared on a suite's gate pairs, every step in order: fit, weigh, read, contrast."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from importlib.metadata import version
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np

from specharness.arms.arm import Arm, Materials
from specharness.arms.provenance import refuse_marked
from specharness.choice import Chosen, choose_model
from specharness.compare.comparison import ArmResult, Comparison
from specharness.compare.contrasts import Standing, contrast_arms, share_ahead
from specharness.compare.measuring import (
    Column,
    Weighings,
    Weights,
    fit_arms,
    scored_pairs,
    weigh_arms,
)
from specharness.compare.sides import Sides, further_pairs, take_sides
from specharness.compilation.places import lock_path
from specharness.compile.derivation import Policy
from specharness.errors import ModelError, RecordingMiss
from specharness.gate.hidden import shown_or_refuse
from specharness.gate.stats import Floats
from specharness.model import Model
from specharness.records import Pair
from specharness.score.logprob import Reading
from specharness.score.margins import Weighed, label_free_temperature, preference, shift_margin
from specharness.score.trust import examine
from specharness.settings import Mode
from specharness.suitefile import SETTINGS, Suite, project_root

# Nats per token that rounding may move a margin by, where results of other batches or of recordings
# (half a step of 1/2000 nat a response) stand beside new ones: below it an arm moved nothing.
ROUNDING = 1e-5


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What a user chooses for a comparison.

    `shots` pairs are shown by few-shot arms, drawn by `seed`; `pairs` is a file to fit the arms on
    instead of the suite's compile pairs, `instruction` one instead of the suite's.
    """

    mode: Mode = "auto"
    shots: int = 3
    seed: int = 0
    pairs: Path | None = None
    instruction: str = ""


def compare(
    suite: Suite, arms: Sequence[Arm], options: Options, model: Model | None = None
) -> Comparison:
    """Fit the arms, weigh the gate pairs under each with the suite's model, and contrast them all.

    Margins are measured from no system text, and preferences read with one temperature. Without
    `arms` the basic ones are taken, but for those the suite has nothing for. A pair that could not
    be measured under every arm is scored under none. `model` replaces the suite's own.

    UsageError for what the user has to mend; ModelError when the model fails its probe or its
    sensitivity test, or measures no pair.
    """
    sides = take_sides(suite, options.pairs)
    gate = shown_or_refuse(sides.split.gate, suite.settings.gate, suite.folder / SETTINGS)
    chosen = choose_model(suite, options.mode, project_root(suite.folder), model)
    # arms with texts of their own have no other condition in common to be measured from
    own = suite.settings.score.temperature  # the lock's is for the spec's own reference
    reading = replace(chosen.reading, reference="empty", temperature=own)
    chosen = replace(chosen, reading=reading)
    try:
        sensitivity = _believe(suite, chosen)  # before hours of training for a model without sense
        fitted, left_out = fit_arms(arms, _materials(suite, sides, options, chosen), chosen.model)
        weighed = weigh_arms(chosen.model, gate, fitted, chosen.reading.placement)
    except RecordingMiss as error:
        remedy = f"record them with `specharness compare {suite.name} ... --spec-mode record`"
        raise RecordingMiss(error.where, error.what, remedy) from None
    pairs, unscored = scored_pairs(gate, weighed, suite.name)
    chosen.save(whole=False)  # the suite's own runs are recorded in the same file
    return Comparison(
        version=version("specharness"),
        suite=suite.name,
        mode=options.mode,
        model=chosen.name,
        model_note=chosen.note,
        model_digest=chosen.digest,
        reduce=chosen.reading.reduce,
        placement=chosen.reading.placement,
        reference=chosen.reading.reference,
        sensitivity=sensitivity,
        held_out=len(gate),
        pairs=tuple(pair.id for pair in pairs),
        groups=len({pair.group for pair in pairs}),
        unscored=unscored,
        fitted_on=len(sides.split.compile),
        fitted_from=sides.source,
        taken_out=sides.taken_out,
        left_out=left_out,
        **_read(pairs, weighed, chosen.reading, options.seed),
    )


def _materials(suite: Suite, sides: Sides, options: Options, chosen: Chosen) -> Materials:
    ours = suite.settings.compile
    has_lock = lock_path(suite).is_file()
    return Materials(
        pairs=sides.split.compile,
        select=sides.split.select,
        source=sides.source,
        select_source=suite.pairs_path.name,
        more=partial(further_pairs, split=sides.split),
        refuse=partial(refuse_marked, sides.split.gate),
        spec=suite.spec if suite.spec_path else None,
        spec_note="it has a lock: rules in it are compiled" if has_lock else "",
        instruction=(options.instruction or suite.settings.instruction).strip(),
        where=suite.folder / SETTINGS,
        model=chosen.model,
        shots=options.shots,
        seed=options.seed,
        policy=Policy(
            rules=ours.rules, words=ours.words, seed=ours.seed, tags=ours.tags, placebos=0,
            accept_suggestive=ours.accept_suggestive, confirmed=frozenset(ours.confirm),
        ),
    )  # fmt: skip


def _believe(suite: Suite, chosen: Chosen) -> str:
    """What the sensitivity test says; ModelError where the model's numbers mean nothing."""
    trust = examine(chosen.model, chosen.reading)
    if trust.may_gate:
        return trust.sensitivity_sentence
    told = trust.sensitivity_sentence if trust.probe == "passed" else f"probe {trust.probe}"
    what = f"{chosen.name} cannot tell the arms apart ({told.rstrip('.')})"
    raise ModelError(suite.name, what, "compare with another model: --model NAME")


def _read(pairs: Sequence[Pair], weighed: Weighings, reading: Reading, seed: int) -> dict[str, Any]:
    """Margins, preferences and shares of all arms, each against each."""
    rows = {c.name: _margins(pairs, c, weighed.reference, reading) for c in weighed.arms}
    largest = np.max(np.abs(list(rows.values())), axis=0).tolist()
    temperature = reading.temperature or label_free_temperature((m, m) for m in largest)
    groups = [pair.group for pair in pairs]
    standings = [
        Standing(
            name=name,
            margins=margins,
            preferences=np.array([preference(m, temperature) for m in margins.tolist()]),
        )
        for name, margins in rows.items()
    ]
    arms = [
        _result(c, s, groups, temperature, c.weights is weighed.reference)
        for c, s in zip(weighed.arms, standings, strict=True)
    ]
    return {
        "temperature": temperature,
        "arms": tuple(arms),
        "contrasts": tuple(
            contrast_arms(arm, against, temperature, groups, seed)
            for against, arm in combinations(standings, 2)
        ),
    }


def _margins(pairs: Sequence[Pair], column: Column, reference: Weights, reading: Reading) -> Floats:
    """(pairs,): how much further than no system text the arm moves each pair towards chosen."""
    found = []
    for pair in pairs:
        here, there = column.weights[pair.id], reference[pair.id]
        assert isinstance(here, Weighed) and isinstance(there, Weighed)
        margin = shift_margin(here, there, reading.reduce)
        least = ROUNDING * (max(here.sizes) if reading.reduce == "sum" else 1)
        found.append(margin if abs(margin) > least else 0.0)
    return np.array(found)


def _result(
    column: Column,
    standing: Standing,
    groups: Sequence[str],
    temperature: float,
    is_reference: bool,
) -> ArmResult:
    moved, effective = share_ahead(standing.margins / temperature, groups)
    condition = column.fitted.condition
    return ArmResult(
        name=column.name,
        about=column.fitted.arm.about,
        note=condition.note,
        text=condition.text,
        is_reference=is_reference,
        moved=moved,
        effective=effective,
        preference=float(standing.preferences.mean()),
        margin=float(standing.margins.mean()),
        cost=column.cost,
        margins=tuple(standing.margins.tolist()),
        preferences=tuple(standing.preferences.tolist()),
        fitted=condition.provenance.fitted,
        chosen_on=condition.provenance.chosen_on,
        files=condition.provenance.files,
        fitted_elsewhere=condition.provenance.is_elsewhere,
    )
