"""A git history of each of our suites, made here, and what bisect and history say of it.

    python -m tests.benchmarks.histories [--suites brief plain-prose model-spec] [--model NAME]

Commits: the suite, a benign edit, the spec again, the benign edit, a harmful edit (of `brief` and
`plain-prose` the key rule turned round, of `model-spec` eight of seventeen rules), a remark that no
model sees. All gate pairs, in the model's real scorer; results go to the store.
"""

import argparse
import shutil
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from tabulate import tabulate

from specharness.effects import Effect
from specharness.history.bisecting import Bisection, find_first_bad
from specharness.history.commits import list_versions
from specharness.history.timeline import Point, read_timeline
from specharness.panel import Asking, Panel, open_panel
from specharness.suitefile import load_suite
from tests.rulebooks import History

ROOT = Path(__file__).parents[2]
EDITS = ROOT / "tests" / "data" / "edits"
COMMITS = ("benign", "spec", "benign", "harmful", "harmful-remark")


def make_history(root: Path, name: str, commits: Sequence[str] = COMMITS) -> tuple[Path, list[str]]:
    """A repository with the suite in it and these edits; its folder and the commits' hashes."""
    suite = root / "suites" / name
    shutil.copytree(ROOT / "suites" / name, suite)
    texts = {edit: (EDITS / f"{name}-{edit}.md").read_text() for edit in ("benign", "harmful")}
    texts["spec"] = (suite / "spec.md").read_text()
    texts["harmful-remark"] = texts["harmful"] + "\n<!-- nobody sees this -->\n"
    history = History(root)
    hashes = [history.commit("The suite")]
    for edit in commits:
        (suite / "spec.md").write_text(texts[edit])
        hashes.append(history.commit(f"To {edit}"))
    return suite, hashes


def open_history(suite: Path, model: str | None) -> Panel:
    loaded = load_suite(suite)
    if model:
        loaded = replace(loaded, settings=replace(loaded.settings, model=model))
    return open_panel(loaded, Asking(room="bisect", command="specharness bisect", mode="live"))


def points(effect: Effect | None) -> str:
    if effect is None:
        return ""
    mean, low, high = (100 * value for value in (effect.mean, effect.low, effect.high))
    return f"{mean:+.1f} ({low:+.1f} to {high:+.1f})"


def edit_of(label: str) -> str:
    return label.split(" ", 1)[-1].removeprefix("To ")


def told(found: Bisection) -> str:
    tried = ", ".join(f"{edit_of(step.label)}: {step.state}" for step in found.steps)
    first = f"first bad: {edit_of(found.first.label)}" if found.first else "no loss shown"
    return f"bisect, {len(found.steps)} of {found.versions} versions ({tried}): {first}"


def rows(found: Sequence[Point]) -> list[list[object]]:
    return [
        [
            edit_of(point.label),
            f"{point.preferred.count:g}/{point.preferred.n}" if point.preferred else point.problem,
            points(point.change),
            f"{point.lost} / {point.won}",
            point.verdict or "",
        ]
        for point in found
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--suites", nargs="+", default=["brief", "plain-prose", "model-spec"])
    parser.add_argument("--model", help="another model than the suite's")
    chosen = parser.parse_args()
    heads = ["commit", "towards chosen", "change, points (95 %)", "lost / won", "verdict"]
    for name in chosen.suites:
        with TemporaryDirectory() as folder:
            suite, hashes = make_history(Path(folder), name)
            panel = open_history(suite, chosen.model)
            halved = find_first_bad(panel, list_versions(panel.suite, hashes[-1], hashes[0]))
            found = read_timeline(panel, list_versions(panel.suite, "HEAD", hashes[0]))
        print(f"\n## {name}: {found.measured.model}, {len(found.measured.pairs)} pairs\n")
        print(tabulate(rows(found.points), headers=heads, tablefmt="github", disable_numparse=True))
        print("\n" + told(halved), flush=True)


if __name__ == "__main__":
    main()
