"""Every mutant of a suite's spec gated against the spec, all weighed in one batch."""

from collections.abc import Collection, Mapping
from datetime import date

from specharness.compilation.places import lock_path
from specharness.compile.lockfile import read_lock
from specharness.effects import Effect
from specharness.errors import UsageError
from specharness.model import Model
from specharness.mutation.mutants import OPERATORS, Mutant, make_mutants, own_opposites
from specharness.mutation.record import Mutations, Tried
from specharness.panel import Asking, open_panel
from specharness.readings import Judged
from specharness.sparing import held_at
from specharness.suitefile import SETTINGS, Suite


def try_mutants(  # noqa: PLR0913 - keywords only: which mutants, by whom, when
    suite: Suite,
    asking: Asking,
    *,
    operators: Collection[str] = OPERATORS,
    rules: Collection[str] = (),
    model: Model | None = None,
    today: date | None = None,
) -> Mutations:
    """Weigh the suite's gate pairs under every mutant of its spec, and gate each as a run would.

    The spec as it is now is the base, and what is in quarantine now (`today`) shows no loss. Lost
    pairs that must hold are measured again, these alone.

    Only mutants by the `operators`, and of the `rules` (all where none are named). Opposites come
    from the spec, else from its lock, else from a template. UsageError for what the user has to
    mend, ModelError where the model cannot tell edits apart or answers nothing.
    """
    opposites = known_opposites(suite)
    mutants = _chosen(suite, make_mutants(suite.spec, opposites), operators, rules)
    panel = open_panel(suite, asking, model)
    texts = (suite.spec.shown, *(mutant.shown for mutant in mutants))
    readings = panel.read(texts, panel.reference(suite.spec))
    held = held_at(suite, "", today)
    judged = [readings.judge(suite.spec.shown, mutant.shown, held) for mutant in mutants]
    panel.save()
    return Mutations(
        measured=panel.measured(readings),
        tried=tuple(
            _tried(mutant, found, readings.effect(suite.spec.shown, mutant.shown), opposites)
            for mutant, found in zip(mutants, judged, strict=True)
        ),
        held=tuple(entry.id for entry in held),
        scorer=suite.settings.score.scorer,
    )


def known_opposites(suite: Suite) -> dict[str, str]:
    """By rule id: the opposites that the spec notes, and those that its lock has for others."""
    path = lock_path(suite)
    locked = read_lock(path).rules if path.is_file() else ()
    texts = {rule.id: rule.text for rule in suite.spec.rules}
    found = {
        rule["id"]: str(rule["opposite"])
        for rule in locked
        if rule.get("opposite") and texts.get(rule["id"]) == rule["text"]
    }
    return found | own_opposites(suite.spec)


def _chosen(
    suite: Suite,
    mutants: tuple[Mutant, ...],
    operators: Collection[str],
    rules: Collection[str],
) -> tuple[Mutant, ...]:
    _check("--operators", operators, OPERATORS)
    _check("--rule", rules, [rule.id for rule in suite.spec.rules])
    found = [
        mutant
        for mutant in mutants
        if mutant.operator in operators and (not rules or mutant.rule in rules)
    ]
    if not found:
        file = suite.spec_path or suite.folder / SETTINGS
        raise UsageError(file, "nothing to mutate", "a spec needs a rule: a list item or paragraph")
    return tuple(found)


def _check(option: str, names: Collection[str], known: Collection[str]) -> None:
    unknown = [name for name in names if name not in known]
    if unknown:
        raise UsageError(option, f"no {unknown[0]!r}", f"choose of {', '.join(known) or 'none'}")


def _tried(mutant: Mutant, judged: Judged, effect: Effect, opposites: Mapping[str, str]) -> Tried:
    found = judged.decision
    return Tried(
        id=mutant.id,
        operator=mutant.operator,
        expected=mutant.expected,
        rule=mutant.rule,
        line=mutant.line,
        before=mutant.before,
        after=mutant.after,
        template=mutant.operator == "negate" and mutant.rule not in opposites,
        verdict=judged.verdict,
        lost=found.lost,
        won=found.won,
        needed=found.needed,
        toward=found.toward,
        effect=effect,
        told=judged.sentences,
    )
