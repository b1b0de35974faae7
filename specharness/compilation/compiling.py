"""A suite's spec compiled: from its files to `spec.md` and `spec.lock.json`, step by step."""

from dataclasses import asdict, dataclass, replace
from pathlib import Path

from specharness.compilation.places import lock_path, read_suite_lock, spec_file
from specharness.compilation.sources import (
    NOBODY,
    Sources,
    open_sources,
    proposer_identity,
    proposer_name,
    with_earlier,
)
from specharness.compilation.texts import janus_of, lines_of, render_found, variants_of
from specharness.compile.conflicts import Conflicts, find_conflicts
from specharness.compile.derivation import Derivation, Policy
from specharness.compile.janus import Janus
from specharness.compile.llm.prompts import templates_digest
from specharness.compile.llm.proposer import propose_llm
from specharness.compile.lockfile import (
    Accepted,
    Asked,
    Inputs,
    Result,
    changed_inputs,
    dump_lock,
    pairs_digest,
    proposer_digest,
    read_lock,
)
from specharness.compile.opposing import with_opposites
from specharness.compile.proposing import Plan, plan
from specharness.compile.race import Race, race
from specharness.compile.rendering import Rendered
from specharness.compile.temperature import Calibration
from specharness.errors import UsageError
from specharness.leaks import refuse_leaks
from specharness.model import Model
from specharness.records import Pair, digest
from specharness.runfile import write_text
from specharness.specfile import parse_spec
from specharness.split import Split, split_pairs
from specharness.suitefile import SETTINGS, Suite, load_suite
from specharness.suitepairs import read_suite_pairs

NOTHING_MORE = Accepted()
LEAST = 10  # pairs below which no rule can be told from chance


@dataclass(frozen=True, slots=True, kw_only=True)
class Compiled:
    """What a compilation made: the rules with their evidence, and the text of both files.

    `pairs` were compiled from; `asked` is what a model proposed (None: none was to), `calibration`
    the temperature (None: none was fitted).
    """

    found: Derivation
    conflicts: Conflicts
    rendered: Rendered
    lock: str
    pairs: int
    race: Race | None = None
    asked: Asked | None = None
    calibration: Calibration | None = None
    janus: Janus | None = None


def compile_suite(
    suite: Suite, sources: Sources = NOBODY, accepted: Accepted = NOTHING_MORE
) -> Compiled:
    """Compile a suite's spec from its compile pairs; nothing is written.

    `accepted` is what is let in beyond the settings; it stands in the lock.

    With a scorer among the `sources` the sets of rules on the way are raced on the select pairs, if
    there are any, and the temperature is fitted on compile and select pairs. UsageError when there
    are too few pairs to compile from, when one is also, or nearly, a gate pair, and when a model
    has to propose rules and there is none.
    """
    suite = accepting(suite, accepted)
    split = split_pairs(_all_pairs(suite), suite.settings.split)
    _refuse_few(suite, split.compile)
    refuse_leaks((*split.compile, *split.select), split.gate, suite.pairs_path)
    policy, how = _policy(suite), plan(suite.settings.compile)
    pairs = how.sees(split.compile, policy.seed)
    asked = _ask(suite, how, pairs, sources)
    whole = how.derive(pairs, asked.found if asked else None, policy)
    raced = sources.race
    if raced is None and sources.scorer is not None and split.select:
        raced = race(variants_of(suite, whole), split.select, sources.scorer, policy.seed)
    found = whole.of_size(int(raced.winner.partition(" ")[0])) if raced else whole
    janus = janus_of(suite, found, sources.model, sources.janus)
    rendered = render_found(suite, found, janus)
    spec = parse_spec(rendered.text, spec_file(suite))
    calibration = sources.calibration
    if calibration is None and sources.calibrate is not None and raced is not sources.race:
        told = with_opposites(spec, lines_of(found, janus))
        calibration = sources.calibrate(told, (*pairs, *split.select))
    result = Result(
        spec=spec.digest, accepted=accepted, found=found, race=raced, asked=asked,
        conflicts=find_conflicts(pairs, found), calibration=calibration, janus=janus,
    )  # fmt: skip
    inputs = suite_inputs(suite, split, asked.model.digest if asked else "")
    return Compiled(
        found=found, conflicts=result.conflicts, rendered=rendered, race=raced, asked=asked,
        lock=dump_lock(inputs, result), pairs=len(pairs), calibration=calibration,
        janus=janus,
    )  # fmt: skip


def _ask(suite: Suite, how: Plan, pairs: tuple[Pair, ...], sources: Sources) -> Asked | None:
    """What a model proposes, asked now or earlier; None where no model is to."""
    if how.options is None:
        return None
    if sources.asked is not None:
        return sources.asked
    if sources.model is None:
        remedy = f"run `specharness compile {suite.name}`"
        raise UsageError(suite.folder / SETTINGS, "a model has to propose the rules", remedy)
    found = propose_llm(pairs, suite.settings.instruction, sources.model, how.options)
    return Asked(found=found, options=how.options, model=sources.model.identity)


def _policy(suite: Suite) -> Policy:
    settings = suite.settings.compile
    return Policy(
        rules=settings.rules, words=settings.words, seed=settings.seed, tags=settings.tags,
        accept_suggestive=settings.accept_suggestive, confirmed=frozenset(settings.confirm),
    )  # fmt: skip


def locked_sources(suite: Suite, sources: Sources, accepted: Accepted) -> Sources:
    """The sources, with what the suite's lock holds in place of what need not be asked again."""
    if not lock_path(suite).is_file():
        return sources
    suite = accepting(suite, accepted)
    lock, now = read_suite_lock(suite), _inputs_now(suite, look=True)
    return with_earlier(sources, suite, lock, now, stale=bool(changed_inputs(lock, now)))


def write_compiled(suite: Suite, compiled: Compiled) -> tuple[Path, ...]:
    """Write the spec and its lock; returns the files."""
    files = {spec_file(suite): compiled.rendered.text, lock_path(suite): compiled.lock}
    for path, text in files.items():
        write_text(path, text)
    return tuple(files)


def ensure_compiled(suite: Suite, *, write: bool, own: Model | None = None) -> Suite:
    """The suite with a current spec: compiled now where it is stale, or set up to be compiled.

    A spec that was never compiled is taken as it is. The rules of a compiled one note their
    opposites. `own` stands in for the models that the suite names. UsageError, naming what changed
    and the command, where nothing may be written.
    """
    has_lock = lock_path(suite).is_file()
    is_missing = suite.spec_path is None and suite.settings.split.compile > 0
    if not has_lock and not is_missing:
        return suite
    changed = ("it was never compiled",) if is_missing else stale_because(suite, look=write)
    if changed and not write:
        what = f"the spec is stale ({'; '.join(changed)})"
        remedy = f"run `specharness compile {suite.name}` and commit the result"
        raise UsageError(spec_file(suite), what, remedy)
    if changed:
        accepted = read_suite_lock(suite).accepted if has_lock else NOTHING_MORE
        live = open_sources(accepting(suite, accepted), own=own)
        sources = locked_sources(suite, live, accepted)
        write_compiled(suite, compile_suite(suite, sources, accepted))
        suite = load_suite(suite.folder)
    lines = read_suite_lock(suite).owned()
    return replace(suite, spec=with_opposites(suite.spec, lines))


def stale_because(suite: Suite, *, look: bool = True) -> tuple[str, ...]:
    """What has changed since a suite's spec was compiled; () when it is current or was never.

    Without `look` a model that proposes rules is known by its name alone, unless it is one of the
    catalog.
    """
    if not lock_path(suite).is_file():
        return ()
    lock = read_lock(lock_path(suite))
    return changed_inputs(lock, _inputs_now(accepting(suite, lock.accepted), look=look))


def _inputs_now(suite: Suite, *, look: bool) -> Inputs:
    split = split_pairs(_all_pairs(suite), suite.settings.split)
    return suite_inputs(suite, split, proposer_identity(suite, look=look))


def accepting(suite: Suite, accepted: Accepted) -> Suite:
    """The suite with more let in than its settings say: what a command line, or a lock, accepts."""
    ours = suite.settings.compile
    chosen = replace(
        ours,
        accept_suggestive=ours.accept_suggestive or accepted.suggestive,
        confirm=tuple(sorted({*ours.confirm, *accepted.confirm})),
        preset=accepted.preset or ours.preset,
    )
    return replace(suite, settings=replace(suite.settings, compile=chosen))


def suite_inputs(suite: Suite, split: Split, identity: str = "") -> Inputs:
    """The digests of what decides a suite's compilation; `identity` is that of who proposes."""
    settings, asks = suite.settings, proposer_name(suite)
    return Inputs(
        instruction=digest(settings.instruction),
        pairs=pairs_digest(split.compile),
        select=pairs_digest(split.select),
        settings=digest(asdict(settings.compile)),
        proposer=proposer_digest(),
        model=settings.model if split.select else "",
        asks=asks,
        identity=identity,
        templates=templates_digest() if asks else "",
    )


def _all_pairs(suite: Suite) -> tuple[Pair, ...]:
    return read_suite_pairs(suite.pairs_path, suite.settings.read).pairs


def _refuse_few(suite: Suite, pairs: tuple[Pair, ...]) -> None:
    if len(pairs) >= LEAST:
        return
    where = suite.folder / SETTINGS
    if suite.settings.split.compile == 0:
        remedy = "give it a share of the pairs: [split] compile = 0.4"
        raise UsageError(where, "no pairs are set apart for the compiler", remedy)
    what = f"{len(pairs)} compile pairs, fewer than {LEAST}"
    raise UsageError(where, what, "collect more pairs, or give compile a larger share")
