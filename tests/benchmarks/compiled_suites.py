"""What a compiled spec does in the real scorer, beside the other ways to say what is wanted.

    python tests/benchmarks/compiled_suites.py [SUITE ...] [--arms ...] [--model NAME] [--out DIR]

For `brief` and `plain-prose` the arms are fitted on the 20 pairs of their kind that no gate uses;
for `model-spec` and `code-review` on two fifths of the suite's pairs, and the rest are judged. All
arms are judged on the same pairs (see `specharness compare`): the share that an arm moves towards
chosen, against no system text, with its 95 % interval, and each arm against each. Results are kept
in the store, so a run that was broken off goes on where it was.
"""

import argparse
import shutil
from dataclasses import replace
from pathlib import Path

from specharness import load_suite
from specharness.arms.known import find_arms
from specharness.compare.comparing import Options, compare
from specharness.compare.comparison import Comparison, comparison_text
from specharness.compare.page import render_html
from specharness.compare.words import render_terminal
from specharness.runfile import write_text
from specharness.settings import SplitSettings

HERE = Path(__file__).parent
SUITES = HERE.parent.parent / "suites"
ASIDE = {"plain-prose": "r1", "brief": "r2"}
INSTRUCTION = "You are a helpful assistant. Answer the user's request well."
ARMS = "empty,instruction,few-shot,handwritten,compiled,spec+few-shot,opposite"


def compared(name: str, arms: str, model: str | None) -> Comparison:
    """A suite of ours, its arms fitted on pairs that do not judge them."""
    suite = load_suite(SUITES / name)
    settings = suite.settings
    if name not in ASIDE:
        settings = replace(settings, split=SplitSettings(compile=0.4, gate=0.6))
    if model:
        settings = replace(settings, model=model)
    aside = HERE / f"data/known_rules_{ASIDE[name]}.jsonl" if name in ASIDE else None
    options = Options(mode="live", pairs=aside, instruction=INSTRUCTION)
    return compare(replace(suite, settings=settings), find_arms(arms.split(",")), options)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("suites", nargs="*", default=[*ASIDE, "model-spec", "code-review"])
    parser.add_argument("--arms", default=ARMS)
    parser.add_argument("--model")
    parser.add_argument("--out", type=Path, help="a folder for data and pages")
    args = parser.parse_args()
    for name in args.suites:
        found = compared(name, args.arms, args.model)
        print(render_terminal(found, shutil.get_terminal_size((110, 24)).columns), flush=True)
        print()
        if args.out:
            write_text(args.out / f"{name}.json", comparison_text(found))
            write_text(args.out / f"{name}.html", render_html(found))


if __name__ == "__main__":
    main()
