"""Does a small model, as proposer, find the rules behind ICAI's synthetic pairs?

    python tests/benchmarks/compile_icai.py [SET ...] [--model NAME] [--verdicts odds|written]

Findeis et al. (2024, arXiv 2406.06560) publish pairs made by known rules, ten pairs a rule:
`orthogonal` (cats over dogs, blue over green, lemon over raspberry), `aligned` (true over false, on
the question over off it, polite over rude) and `mixed` (both). The model proposes rules with the
options of the preset `icai` and reads them on every pair in both orders; then both ways to keep
rules are shown: ours (evidence, cross-fitted) and the published filter. Each pair counts as a group
of its own here, as in the paper; in a suite the pairs of one prompt are one group, and three
prompts are too few to support any rule. Results are kept in the store, so a run goes on where it
was broken off.
"""

import argparse
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from time import perf_counter

from specharness import load_pairs
from specharness.compile.derivation import Policy, derive
from specharness.compile.llm.proposed import LlmProposed
from specharness.compile.llm.proposer import propose_llm
from specharness.compile.presets import ICAI
from specharness.compile.presets import icai as published
from specharness.models.cache import cache_dir
from specharness.models.opening import Means, find_candidate
from specharness.models.recorded import RecordedModel
from specharness.records import Pair
from specharness.store import Store

DATA = Path(__file__).parent / "data"
SETS = {"orthogonal": ("orthogonal",), "aligned": ("aligned",), "mixed": ("orthogonal", "aligned")}
INSTRUCTION = "Answer the user."
QUICK = Policy(placebos=20)


def read(name: str) -> list[Pair]:
    """The pairs of a set; each is a group of its own."""
    pairs = [pair for part in SETS[name] for pair in load_pairs(DATA / f"icai_{part}.jsonl")]
    return [replace(pair, group=pair.id) for pair in pairs]


def told(found: LlmProposed, seconds: float) -> str:
    return (
        f"{len(found.proposals)} rules measured, {found.dropped} more proposed; {found.calls} calls"
        f" (at most {found.budget}), {found.weighed} answers weighed, unreadable"
        f" {sum(count for _, count in found.errors)}, refused {dict(found.refused)};"
        f" {found.flips} of {found.cells} verdicts turned with the order; {seconds:.0f} s"
    )


def ours(pairs: list[Pair], found: LlmProposed) -> Iterator[str]:
    kept = derive(pairs, found.proposals, QUICK)
    share = f", held-out accuracy {kept.held_out.held_out:.2f}" if kept.rules else ""
    placebo = f"{kept.placebo.found} of {kept.placebo.runs} shuffled runs keep a rule"
    yield f"evidence: {len(kept.rules)} rules{share}; {placebo}"
    for rule in kept.rules:
        e = rule.evidence
        yield f"  {rule.wording.text}  (for {e.support}, against {e.contradict}, p {e.p:.3f})"


def theirs(pairs: list[Pair], found: LlmProposed) -> Iterator[str]:
    kept = published(pairs, found.proposals)
    yield f"icai filter: {len(kept.rules)} of {kept.considered} principles"
    for rule in kept.rules:
        numbers = ", ".join(f"{name} {value:.0f}" for name, value in rule.numbers)
        yield f"  {rule.wording.text}  ({numbers})"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("sets", nargs="*", default=list(SETS))
    parser.add_argument("--model", default="qwen2.5-coder-1.5b")
    parser.add_argument("--verdicts", choices=("odds", "written"), default="odds")
    parser.add_argument("--rules", type=int, default=12, help="that are measured, at most")
    args = parser.parse_args()
    candidate = find_candidate(args.model, Means(), "MODEL")
    store = Store(cache_dir() / "store.sqlite")
    options = replace(ICAI.options, verdicts=args.verdicts, proposed=args.rules)
    for name in args.sets:
        model = RecordedModel(
            mode="live", factory=candidate.load, store=store, expected=candidate.identity
        )
        pairs, began = read(name), perf_counter()
        found = propose_llm(pairs, INSTRUCTION, model, options)
        lines = [told(found, perf_counter() - began), *ours(pairs, found), *theirs(pairs, found)]
        print("\n".join([f"{name}: {len(pairs)} pairs, by {args.model}", *lines]), flush=True)


if __name__ == "__main__":
    main()
