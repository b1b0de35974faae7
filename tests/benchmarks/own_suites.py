"""What our own suites' specs are worth against no spec, replayed from the recordings.

python tests/benchmarks/own_suites.py
"""

from pathlib import Path

from tabulate import tabulate

from specharness.run import Options, run_suite
from specharness.runfile import Share, SuiteRun
from specharness.suitefile import find_suites, load_suite

SUITES = Path(__file__).parents[2] / "suites"


def told(share: Share) -> str:
    return f"{share.count:g} of {share.n} ({100 * share.low:.0f} to {100 * share.high:.0f} %)"


def row(run: SuiteRun) -> list[str]:
    longer = f"{100 * run.length_rule.count / run.length_rule.n:.0f} %"
    return [f"`{run.name}`", told(run.preferred_head), longer, run.gate.verdict]


def main() -> None:
    options = Options(mode="replay", base="empty")
    runs = [run_suite(load_suite(folder), options) for folder in find_suites(SUITES)]
    heads = [
        "suite", "the spec moves the model towards chosen", "chosen is longer", "against no spec"
    ]  # fmt: skip
    print(tabulate([row(r) for r in runs], headers=heads, tablefmt="github"))


if __name__ == "__main__":
    main()
