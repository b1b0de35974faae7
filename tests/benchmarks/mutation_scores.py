"""Rule coverage and mutation scores of our own suites, by the model they name or another.

python tests/benchmarks/mutation_scores.py --suites planted brief plain-prose model-spec

"planted" is made here of short pairs that differ in one thing each, eight of each of five kinds,
and a spec with a rule for each kind and two rules that no pair is about: what is covered is known.

A text costs one pass over the pairs that are read. A suite of 6 rules takes 14 texts for coverage
and 24 more for its mutants. Results go to the store: a run that was stopped goes on where it was.
"""

import argparse
import json
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter

from tabulate import tabulate

from specharness.coverage.measuring import measure_coverage
from specharness.coverage.record import Coverage
from specharness.mutation.mutants import HARMFUL, OPERATORS
from specharness.mutation.record import Mutations
from specharness.mutation.trying import try_mutants
from specharness.panel import Asking
from specharness.suitefile import Suite, load_suite

ROOT = Path(__file__).parents[2]
SUITES = ROOT / "suites"
PLANTED = (
    ROOT / "specharness/score/planted.jsonl",
    ROOT / "tests/benchmarks/data/planted_rules.jsonl",
)
KINDS = ("length", "lists", "register", "citations", "closing question")
SILENT = ("Use British spelling.", "Give temperatures in degrees Celsius.")  # no pair has either


def planted_suite(folder: Path) -> Suite:
    """Of each kind the first rule is in the spec; pairs of the opposite rules are turned round."""
    rows = [json.loads(line) for path in PLANTED for line in path.read_text().splitlines()]
    first = {row["family"]: row for row in reversed(rows) if row["id"].endswith("-1")}
    told = [
        f"- {first[kind]['rule']} {{#{kind.replace(' ', '-')} opposite: {first[kind]['opposite']}}}"
        for kind in KINDS
    ]
    told += [f"- {rule} {{#silent-{n}}}" for n, rule in enumerate(SILENT, 1)]
    pairs = []
    for row in (row for row in rows if row["family"] in KINDS):
        sides = [row["follows"], row["violates"]]
        if int(row["id"].rpartition("-")[2]) % 4 not in (1, 2):  # 3, 4, 7, 8 ask for the opposite
            sides.reverse()
        pair = {"id": row["id"], "prompt": row["prompt"], "tags": [row["family"]]}
        pairs.append(pair | {"chosen": sides[0], "rejected": sides[1]})
    suite = folder / "suites" / "planted"
    suite.mkdir(parents=True)
    (suite / "suite.toml").write_text("[gate]\nmargin = 0.08\n")
    (suite / "spec.md").write_text("# How to answer\n\n" + "\n".join(told) + "\n")
    (suite / "pairs.jsonl").write_text("".join(json.dumps(pair) + "\n" for pair in pairs))
    return load_suite(suite)


def rule_rows(found: Coverage) -> list[list[str]]:
    return [
        [
            f"`{rule.id}`",
            rule.state,
            f"{100 * rule.worth.mean:+.1f} ({100 * rule.worth.low:+.1f} to "
            f"{100 * rule.worth.high:+.1f})",
            f"{rule.worth_p:.3f}",
            f"{100 * rule.alone.mean:+.1f} ({100 * rule.alone.low:+.1f} to "
            f"{100 * rule.alone.high:+.1f})",
            f"{rule.alone_p:.3f}",
        ]
        for rule in found.rules
    ]


def operator_rows(found: Mutations) -> list[list[str]]:
    rows = []
    for operator in OPERATORS:
        ours = [one for one in found.tried if one.operator == operator]
        if ours:
            caught, lower = sum(m.is_caught for m in ours), sum(m.is_lower for m in ours)
            down = sum(m.effect.mean < 0 for m in ours)
            kind = "harmful" if operator in HARMFUL else "harmless"
            rows.append([operator, kind, *map(str, (len(ours), caught, lower, down))])
    return rows


def measure(suite: Suite, sample: int) -> None:
    began = perf_counter()
    asking = Asking(room="coverage", command="specharness coverage", mode="live", sample=sample)
    covered = measure_coverage(suite, asking)
    pairs = len(covered.measured.pairs)
    print(f"\n## {suite.name}: {covered.measured.model}, {pairs} pairs\n")
    heads = ["rule", "state", "keeping it, points", "p (Holm)", "alone, points", "p (Holm)"]
    print(tabulate(rule_rows(covered), headers=heads, tablefmt="github", disable_numparse=True))
    print(f"\ncovered: {100 * covered.covered:.0f} %", flush=True)
    tried = try_mutants(suite, replace(asking, room="mutation"))
    heads = ["edit", "kind", "mutants", "FAIL", "shown lower", "mean lower"]
    print(tabulate(operator_rows(tried), headers=heads, tablefmt="github", disable_numparse=True))
    harmful, harmless = tried.of("harmful"), tried.of("harmless")
    print(
        f"\ncaught {sum(m.is_caught for m in harmful)} of {len(harmful)} harmful "
        f"({sum(m.is_lower for m in harmful)} shown lower), left alone "
        f"{sum(not m.is_caught for m in harmless)} of {len(harmless)} harmless "
        f"({sum(m.is_lower for m in harmless)} shown lower); {perf_counter() - began:.0f} s",
        flush=True,
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--suites", nargs="+", default=["planted", "brief", "plain-prose", "model-spec"]
    )
    parser.add_argument("--sample", type=int, default=0, help="pairs of each suite; 0: all")
    parser.add_argument("--model", help="another model than the suite's")
    chosen = parser.parse_args()
    with TemporaryDirectory() as folder:
        for name in chosen.suites:
            is_planted = name == "planted"
            suite = planted_suite(Path(folder)) if is_planted else load_suite(SUITES / name)
            if chosen.model:
                suite = replace(suite, settings=replace(suite.settings, model=chosen.model))
            measure(suite, chosen.sample)


if __name__ == "__main__":
    main()
