"""What the lock of a compiled spec tells, as the record that a run file keeps."""

from collections.abc import Mapping
from typing import Any

from specharness.compilation.compiling import accepting
from specharness.compilation.places import lock_path, read_suite_lock
from specharness.compile.lockfile import Lock
from specharness.errors import UsageError
from specharness.runcompiled import CompiledRule, CompiledSpec
from specharness.suitefile import Suite


def compiled_spec(suite: Suite) -> CompiledSpec | None:
    """Where the rules of a suite's spec come from; None for a spec that was not compiled."""
    if not lock_path(suite).is_file():
        return None
    lock = read_suite_lock(suite)
    try:
        return _told(suite, lock)
    except (KeyError, TypeError, ValueError, StopIteration):
        what = "its evidence cannot be read"
        remedy = f"run `specharness compile {suite.name}`"
        raise UsageError(lock_path(suite), what, remedy) from None


def _told(suite: Suite, lock: Lock) -> CompiledSpec:
    settings = accepting(suite, lock.accepted).settings.compile
    whole = lock.whole
    rules = tuple(_rule(rule) for rule in lock.rules)
    chosen = next(step for step in whole["path"] if step["rules"] == len(rules))
    open_, placebo, baselines = whole["conflicts"], whole["placebo"], whole["baselines"]
    first = next(iter(whole["candidates"].values()), None)
    return CompiledSpec(
        preset=settings.preset,
        proposer=lock.asked.model.name if lock.asked else "",
        rules=rules,
        pairs=sum(first[key] for key in ("support", "contradict", "silent")) if first else 0,
        held_out=chosen["held_out"],
        error=chosen["error"],
        length=baselines["length"],
        general=baselines["general"],
        placebos=placebo["runs"],
        placebos_found=placebo["found"],
        unexplained=tuple(open_["unexplained"]),
        contradicted=tuple(open_["contradicted"]),
        reversed=tuple((one, other) for one, other in open_["reversed"]),
        splits=tuple(_split(split) for split in open_["splits"]),
        noise=tuple(open_["noise"]) if open_["noise"] else None,
        raced=lock.race.winner if lock.race else "",
        author=_author(lock),
    )


def _rule(rule: Mapping[str, Any]) -> CompiledRule:
    seen = rule["evidence"]
    lists: dict[str, Any] = {
        key: tuple(rule[key]) for key in ("proposers", "support", "contradict")
    }
    shares = ("silent", "accuracy", "lower", "held_out", "p", "controlled")
    return CompiledRule(
        **{key: rule[key] for key in ("id", "text", "opposite", "origin", "worth")},
        **{key: seen[key] for key in shares},
        **lists,
    )


def _split(split: Mapping[str, Any]) -> str:
    return f"{split['feature']}: wanted one way if {split['condition']}, the other way if not"


def _author(lock: Lock) -> str:
    if lock.janus is None:
        return ""
    return lock.asked.model.name if lock.asked and lock.janus.author else "strung together"
