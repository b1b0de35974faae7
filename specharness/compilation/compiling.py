"""A suite's spec compiled: from its files to `spec.md` and `spec.lock.json`, step by step."""

from dataclasses import asdict, dataclass, replace
from pathlib import Path

from specharness.compilation.racing import suite_scorer
from specharness.compile.conflicts import Conflicts, find_conflicts
from specharness.compile.derivation import Derivation, Policy, derive
from specharness.compile.featured import propose_features
from specharness.compile.lockfile import (
    Inputs,
    Lock,
    Result,
    changed_inputs,
    dump_lock,
    pairs_digest,
    proposer_digest,
    read_lock,
)
from specharness.compile.race import Race, Scorer, Variant, race
from specharness.compile.rendering import Rendered, RuleLine, anchor_of, render_spec
from specharness.errors import UsageError
from specharness.leaks import refuse_leaks
from specharness.records import Pair, digest
from specharness.runfile import write_text
from specharness.specfile import parse_spec
from specharness.split import Split, split_pairs
from specharness.suitefile import SETTINGS, Suite, load_suite
from specharness.suitepairs import read_suite_pairs

LOCK = "spec.lock.json"
LEAST = 10  # pairs below which no rule can be told from chance


@dataclass(frozen=True, slots=True, kw_only=True)
class Compiled:
    """What a compilation made: the rules with their evidence, and the text of both files."""

    found: Derivation
    conflicts: Conflicts
    rendered: Rendered
    lock: str
    pairs: int
    race: Race | None = None


def lock_path(suite: Suite) -> Path:
    """Where a suite's lock is: beside its spec."""
    return spec_file(suite).with_name(LOCK)


def spec_file(suite: Suite) -> Path:
    """Where a suite's spec is, or would be where there is none yet."""
    return suite.spec_path or suite.folder / suite.settings.spec


def compile_suite(
    suite: Suite, scorer: Scorer | None = None, raced: Race | None = None
) -> Compiled:
    """Compile a suite's spec from its compile pairs; nothing is written.

    With a `scorer` the sets of rules on the way are raced on the select pairs, if there are any;
    `raced` is the result of an earlier race, which then decides without a model. UsageError when
    there are too few pairs to compile from, and when one is also, or nearly, a gate pair.
    """
    split = split_pairs(_all_pairs(suite), suite.settings.split)
    _refuse_few(suite, split.compile)
    refuse_leaks(split.compile, split.gate, suite.pairs_path)
    policy = _policy(suite)
    whole = derive(split.compile, propose_features(split.compile, policy.tags), policy)
    if raced is None and scorer is not None and split.select:
        raced = race(_variants(suite, whole), split.select, scorer, policy.seed)
    found = whole.of_size(int(raced.winner.partition(" ")[0])) if raced else whole
    conflicts = find_conflicts(split.compile, found)
    rendered = _rendered(suite, found)
    result = Result(
        spec=parse_spec(rendered.text, spec_file(suite)).digest,
        policy=policy, found=found, conflicts=conflicts, race=raced,
    )  # fmt: skip
    lock = dump_lock(suite_inputs(suite, split), result)
    return Compiled(
        found=found, conflicts=conflicts, rendered=rendered, lock=lock, pairs=len(split.compile),
        race=raced,
    )  # fmt: skip


def _policy(suite: Suite) -> Policy:
    settings = suite.settings.compile
    return Policy(
        rules=settings.rules, words=settings.words, seed=settings.seed, tags=settings.tags,
        accept_suggestive=settings.accept_suggestive, confirmed=frozenset(settings.confirm),
    )  # fmt: skip


def _rendered(suite: Suite, found: Derivation) -> Rendered:
    rules = [RuleLine(anchor=anchor_of(r.name), text=r.wording.text) for r in found.rules]
    return render_spec(_existing(suite), suite.settings.instruction, rules, _owned(suite))


def _variants(suite: Suite, found: Derivation) -> list[Variant]:
    """The spec with all rules that were found, the incumbent, and with fewer, down to none."""
    sizes = range(len(found.rules), -1, -1)
    texts = (_rendered(suite, found.of_size(size)).text for size in sizes)
    return [
        Variant(
            name=f"{size} rule{'' if size == 1 else 's'}",
            text=parse_spec(text, spec_file(suite)).shown,
            rules=size,
        )
        for size, text in zip(sizes, texts, strict=True)
    ]


def race_again(suite: Suite) -> Race | None:
    """The race that a suite's lock tells of, where nothing has changed since; else None."""
    if not lock_path(suite).is_file() or stale_because(suite):
        return None
    return read_suite_lock(suite).race


def write_compiled(suite: Suite, compiled: Compiled) -> tuple[Path, ...]:
    """Write the spec and its lock; returns the files."""
    files = {spec_file(suite): compiled.rendered.text, lock_path(suite): compiled.lock}
    for path, text in files.items():
        write_text(path, text)
    return tuple(files)


def ensure_compiled(suite: Suite, *, write: bool) -> Suite:
    """The suite with a current spec: compiled now where it is stale, or set up to be compiled.

    A spec that was never compiled is taken as it is. UsageError, naming what changed and the
    command, where nothing may be written.
    """
    has_lock = lock_path(suite).is_file()
    is_missing = suite.spec_path is None and suite.settings.split.compile > 0
    if not has_lock and not is_missing:
        return suite
    changed = ("it was never compiled",) if is_missing else stale_because(suite)
    if not changed:
        return suite
    if not write:
        what = f"the spec is stale ({'; '.join(changed)})"
        remedy = f"run `specharness compile {suite.name}` and commit the result"
        raise UsageError(spec_file(suite), what, remedy)
    accepted = read_suite_lock(suite).accepted if has_lock else (False, ())
    scorer = suite_scorer(suite, "auto")
    write_compiled(suite, compile_suite(accepting(suite, *accepted), scorer))
    return load_suite(suite.folder)


def stale_because(suite: Suite) -> tuple[str, ...]:
    """What has changed since a suite's spec was compiled; () when it is current or was never."""
    if not lock_path(suite).is_file():
        return ()
    lock = read_lock(lock_path(suite))
    split = split_pairs(_all_pairs(suite), suite.settings.split)
    return changed_inputs(lock, suite_inputs(accepting(suite, *lock.accepted), split))


def accepting(suite: Suite, suggestive: bool, confirm: tuple[str, ...]) -> Suite:
    """The suite with more let in than its settings say: what a command line, or a lock, accepts."""
    ours = suite.settings.compile
    chosen = replace(
        ours,
        accept_suggestive=ours.accept_suggestive or suggestive,
        confirm=tuple(sorted({*ours.confirm, *confirm})),
    )
    return replace(suite, settings=replace(suite.settings, compile=chosen))


def suite_inputs(suite: Suite, split: Split) -> Inputs:
    """The digests of what decides a suite's compilation."""
    return Inputs(
        instruction=digest(suite.settings.instruction),
        pairs=pairs_digest(split.compile),
        select=pairs_digest(split.select),
        settings=digest(asdict(suite.settings.compile)),
        proposer=proposer_digest(),
        model=suite.settings.model if split.select else "",
    )


def _all_pairs(suite: Suite) -> tuple[Pair, ...]:
    return read_suite_pairs(suite.pairs_path, suite.settings.read).pairs


def _existing(suite: Suite) -> str:
    path = suite.spec_path
    return path.read_text(encoding="utf-8-sig") if path else ""


def _owned(suite: Suite) -> tuple[RuleLine, ...]:
    path = lock_path(suite)
    return read_lock(path).owned() if path.is_file() else ()


def _refuse_few(suite: Suite, pairs: tuple[Pair, ...]) -> None:
    if len(pairs) >= LEAST:
        return
    where = suite.folder / SETTINGS
    if suite.settings.split.compile == 0:
        remedy = "give it a share of the pairs: [split] compile = 0.4"
        raise UsageError(where, "no pairs are set apart for the compiler", remedy)
    what = f"{len(pairs)} compile pairs, fewer than {LEAST}"
    raise UsageError(where, what, "collect more pairs, or give compile a larger share")


def read_suite_lock(suite: Suite) -> Lock:
    """A suite's lock; UsageError when there is none."""
    return read_lock(lock_path(suite))
