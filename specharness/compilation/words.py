"""What a compilation says in the terminal, and what `why` answers from the lock."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from specharness.compilation.compiling import Compiled
from specharness.compilation.sources import Sources
from specharness.compile.conflicts import Conflicts
from specharness.compile.derivation import Derivation, FoundRule
from specharness.compile.rendering import anchor_of
from specharness.errors import UsageError
from specharness.records import Pair
from specharness.visible import visible

_SHOWN = 5
_SUGGESTED = 3


def compiled_lines(name: str, compiled: Compiled) -> Iterator[str]:
    """The result of a compilation, and what to do next; line by line."""
    found, count = compiled.found, compiled.pairs
    if not found.rules:
        yield f"{name}: no rule found in {count} pairs; the spec is the instruction alone"
        yield "what would help: more pairs, tags ([compile] tags), or one suite per kind of prompt"
    else:
        yield f"{name}: {_count(len(found.rules), 'rule')} from {count} pairs"
        yield from (line for rule in found.rules for line in _rule_lines(rule))
        yield f"on pairs they were not chosen by, the rules are right in {_share(found)}"
        yield f"for comparison: {_baselines(found)}"
    yield from _asked(compiled)
    yield from _raced(compiled)
    yield from _written(compiled)
    if compiled.calibration:
        told = compiled.calibration
        yield f"temperature: {told.nats:g} nats, fitted on {_count(told.pairs, 'pair')}"
    placebo = found.placebo
    yield f"placebo: {placebo.found} of {placebo.runs} shuffles of the labels gave a rule"
    yield from _suggested(found)
    yield from _open(compiled.conflicts)
    if compiled.rendered.pinned:
        pinned = ", ".join(compiled.rendered.pinned)
        yield f"left as you changed them: {pinned}"


def _raced(compiled: Compiled) -> Iterator[str]:
    if compiled.race is None:
        return
    yield f"raced on the select pairs, the winner: {compiled.race.winner}"
    for lap in compiled.race.laps:
        yield (
            f"  {lap.variant}: {lap.gain:+.4f} nats (standard error {lap.error:.4f}) against all "
            f"rules on {_count(lap.pairs, 'pair')}"
        )


def _written(compiled: Compiled) -> Iterator[str]:
    """Who wrote the paragraph, where the rules were made into one."""
    janus = compiled.janus
    if janus is None:
        return
    if janus.author:
        yield f"the rules stand as one paragraph of {len(janus.text.split())} words by the model"
    else:
        tried = " (the model's was none of 150 to 300 words)" if janus.errors else ""
        yield f"the rules stand as one paragraph, strung together{tried}"


def _asked(compiled: Compiled) -> Iterator[str]:
    """What the proposing model was asked, and what came of it."""
    if compiled.asked is None:
        return
    asked, found = compiled.asked, compiled.asked.found
    own = sum(proposal.origin == "llm" for proposal in found.proposals)
    weighed = f", {found.weighed} answers weighed" if found.weighed else ""
    yield (
        f"{asked.model.name} proposed {_count(own, 'rule')} "
        f"(+{len(found.proposals) - own} general ones measured beside) "
        f"in {found.calls} of at most {found.budget} calls{weighed}"
    )
    for words, kinds in (("unreadable", found.errors), ("refused", found.refused)):
        if kinds:
            listed = ", ".join(f"{kind} {count}" for kind, count in kinds)
            yield f"  {words}: {sum(count for _, count in kinds)} ({listed})"
    yield (
        f"  of {found.cells} questions of a rule and a pair {found.unread} had no answer, and in "
        f"{found.flips} the place decided, not the text: these count for nothing"
    )


def spent_lines(compiled: Compiled, sources: Sources) -> Iterator[str]:
    """What this compilation paid for, where a model was to be asked."""
    if sources.asked is not None:
        yield "the lock holds what the model proposed, so it was not asked; --refresh asks again"
    elif compiled.asked is not None and sources.asking is not None:
        calls, stored = sources.asking.calls, sources.asking.reused
        yield f"requests to models now: {calls}; answered from the store: {stored}"


def _rule_lines(rule: FoundRule) -> Iterator[str]:
    yield f"  {rule.wording.text}"
    seen = rule.evidence
    yield (
        f"    {anchor_of(rule.name)}: {seen.support} pairs for, {seen.contradict} against, "
        f"{seen.silent} silent; p {seen.p:.4f}; worth {100 * rule.worth:.0f} points"
    )


def _share(found: Derivation) -> str:
    step = found.held_out
    return f"{100 * step.held_out:.0f} % (standard error {100 * step.error:.0f})"


def _baselines(found: Derivation) -> str:
    told = f"no rule 50 %, the length of the responses {100 * found.baselines.length:.0f} %"
    if found.baselines.general is None:
        return told
    count = _count(len(found.rules), "general rule")
    return f"{told}, {count} drawn at random {100 * found.baselines.general:.0f} %"


def _suggested(found: Derivation) -> Iterator[str]:
    """The best of what chance might explain, and of what needs to be confirmed."""
    entered = {rule.name for rule in found.rules}
    names = [n for n, seen in found.candidates if seen.tier == "suggestive" and n not in entered]
    if names:
        more = f" (+{len(names) - _SUGGESTED} more)" if names[_SUGGESTED:] else ""
        listed = ", ".join(names[:_SUGGESTED])
        yield f"suggestive, not entered: {listed}{more}; --accept-suggestive lets them in"


def _open(conflicts: Conflicts) -> Iterator[str]:
    kinds = {
        "no rule explains": conflicts.unexplained,
        "the rules contradict": conflicts.contradicted,
        "are labelled both ways": tuple(" and ".join(both) for both in conflicts.reversed),
    }
    for words, ids in kinds.items():
        if ids:
            listed = ", ".join(visible(name) for name in ids[:_SHOWN])
            yield f"pairs that {words}: {len(ids)} ({listed}{', ...' if ids[_SHOWN:] else ''})"
    for split in conflicts.splits:
        yield f"{split.feature}: wanted one way if {split.condition}, the other way if not"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def why(name: str, lock: Mapping[str, Any], pairs: Sequence[Pair]) -> Iterator[str]:
    """Why a rule is in the spec, or what the rules say of a pair; UsageError for neither."""
    rule = next((r for r in lock["rules"] if name in (r["id"], r["name"], r["text"])), None)
    if rule is not None:
        return _why_rule(rule)
    if name in lock["candidates"]:
        return _why_not(name, lock["candidates"][name])
    if any(pair.id == name for pair in pairs):
        return _why_pair(name, lock)
    known = ", ".join(r["id"] for r in lock["rules"]) or "none"
    raise UsageError(name, "neither a rule nor a pair of this suite", f"the rules are: {known}")


def _why_rule(rule: Mapping[str, Any]) -> Iterator[str]:
    seen = rule["evidence"]
    yield rule["text"]
    yield f"the opposite: {rule['opposite']}"
    yield from _numbers(seen)
    yield f"without it {100 * rule['worth']:.0f} points of the pairs would be lost"
    for words, key in (("proposed by", "proposers"), ("for", "support"), ("against", "contradict")):
        if rule[key]:
            yield f"{words}: {', '.join(map(visible, rule[key]))}"
    if rule["merged"]:
        yield f"votes like: {', '.join(rule['merged'][:_SHOWN])}"


def _numbers(seen: Mapping[str, Any]) -> Iterator[str]:
    yield f"{seen['support']} pairs for, {seen['contradict']} against, {seen['silent']} silent"
    yield (
        f"accuracy where it speaks, left-out pairs: {100 * seen['held_out']:.0f} % "
        f"(90 % sure of {100 * seen['lower']:.0f} % in sample)"
    )
    controlled = seen["controlled"]
    yield (
        "it cannot be told from length here: all chosen responses are longer, or all shorter"
        if controlled is None
        else f"with length held equal: {100 * controlled:.0f} %"
    )
    yield f"chance that the best of all candidates does as well on shuffled labels: {seen['p']:.4f}"


def _why_not(name: str, seen: Mapping[str, Any]) -> Iterator[str]:
    yield f"{name} is not in the spec: {seen['tier']}"
    yield from _numbers(seen)


def _why_pair(name: str, lock: Mapping[str, Any]) -> Iterator[str]:
    said = False
    for rule in lock["rules"]:
        for words, key in (("for", "support"), ("against", "contradict")):
            if name in rule[key]:
                said = True
                yield f"{words} {rule['id']}: {rule['text']}"
    if not said:
        yield "no rule of the spec speaks of this pair (or it is a gate pair, which none may see)"
