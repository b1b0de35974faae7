"""Which reading of a margin tells best what a spec asks for? The measurement behind the defaults.

    python tests/benchmarks/score_variants.py --model qwen2.5-coder-0.5b [--real 12] [--save FILE]

Planted pairs (data/planted_rules.jsonl: 48 pairs in 12 families, each read under its rule and under
its opposite) and real pairs whose rule is known (data/known_rules_*.jsonl, none in a suite).
Every reading is the share of comparisons it gets right, for the rule alone and as the 6th of 11.
Token log-probabilities go to FILE as JSON and are read back from there, so a table costs nothing.
"""

import argparse
import json
from collections.abc import Callable, Iterable
from math import sqrt
from pathlib import Path

from tabulate import tabulate

from specharness import load_pairs, load_spec
from specharness.model import Logprobs, Model, Unmeasured
from specharness.records import Message, Pair
from specharness.score.margins import Reduce, Weighed, absolute_margin, shift_margin
from specharness.score.reference import placebo, reference_text
from specharness.score.weigh import weigh_pairs
from specharness.settings import Placement

HERE = Path(__file__).parent
EDITS = HERE.parent / "data" / "edits"
SUITES = HERE.parent.parent / "suites"
REDUCES: tuple[Reduce, ...] = ("sum", "mean", "clip", "first")
Table = dict[str, dict[str, Weighed]]  # condition -> pair id -> weighed


def numbered(rules: Iterable[str]) -> str:
    return "\n".join(f"{i}. {rule}" for i, rule in enumerate(rules, 1))


def planted_conditions(item: dict[str, str], fillers: list[str]) -> dict[str, str]:
    def sixth(rule: str) -> str:
        return numbered([*fillers[:5], rule, *fillers[5:]])

    conditions = {
        "one": item["rule"], "one/opposite": item["opposite"], "one/weakened": item["weakened"],
        "six": sixth(item["rule"]), "six/opposite": sixth(item["opposite"]),
        "six/weakened": sixth(item["weakened"]), "six/dropped": numbered(fillers),
        "one/neutral": reference_text("neutral", ""), "one/empty": "",
        "one/placebo": placebo(len(item["rule"].split())),
        "six/placebo": placebo(len(sixth(item["rule"]).split())),
    }  # fmt: skip
    conditions["six/neutral"], conditions["six/empty"] = conditions["one/neutral"], ""
    return conditions


def weigh_planted(model: Model, placement: Placement) -> Table:
    items = [json.loads(t) for t in (HERE / "data/planted_rules.jsonl").open(encoding="utf-8")]
    fillers = json.loads((HERE / "data/filler_rules.json").read_text(encoding="utf-8"))
    table: Table = {}
    for item in items:
        prompt = (Message(role="user", content=item["prompt"]),)
        pair = Pair(id=item["id"], prompt=prompt, chosen=item["follows"],
                    rejected=item["violates"], group=item["id"])  # fmt: skip
        found = weigh_pairs(model, [pair], planted_conditions(item, fillers), placement)
        merge(table, found)
    return table


def weigh_real(model: Model, placement: Placement, count: int) -> Table:
    table: Table = {}
    for stem, suite in (("r1", "plain-prose"), ("r2", "brief")):
        pairs = sorted(load_pairs(HERE / f"data/known_rules_{stem}.jsonl"), key=length)[:count]
        spec = load_spec(SUITES / suite / "spec.md").shown
        conditions = {
            "real": spec, "real/neutral": reference_text("neutral", ""), "real/empty": "",
            "real/placebo": placebo(len(spec.split())),
        }  # fmt: skip
        for edit in ("harmful", "dropped", "weakened"):
            name = "opposite" if edit == "harmful" else edit
            conditions[f"real/{name}"] = load_spec(EDITS / f"{suite}-{edit}.md").shown
        merge(table, weigh_pairs(model, pairs, conditions, placement))
    return table


def length(pair: Pair) -> int:
    return len(pair.chosen) + len(pair.rejected)


def merge(table: Table, found: dict[str, dict[str, Weighed | Unmeasured]]) -> None:
    for name, pairs in found.items():
        for key, weighed in pairs.items():
            assert isinstance(weighed, Weighed), weighed
            table.setdefault(name, {})[key] = weighed


def share(margins: list[float]) -> str:
    """The share above zero (ties count half) with its standard error."""
    right = sum((m > 0) + 0.5 * (m == 0) for m in margins) / len(margins)
    return f"{right:.2f} ±{sqrt(right * (1 - right) / len(margins)):.2f}"


def both_ways(table: Table, layout: str, read: Callable[[str, str], float]) -> list[float]:
    """A pair read under its rule, and (turned round) under the opposite rule."""
    opposite = f"{layout}/opposite"
    right = [read(layout, key) for key in table[layout]]
    return right + [-read(opposite, key) for key in table[layout]]


def readings(table: Table, layout: str) -> dict[str, list[float]]:
    rows = {
        "raw, sum": both_ways(table, layout, lambda c, k: raw_sum(table[c][k])),
        "raw, mean": both_ways(table, layout, lambda c, k: absolute_margin(table[c][k])),
    }
    for reference in ("neutral", "empty", "placebo"):
        base = table[f"{layout}/{reference}"]
        for reduce in REDUCES:
            rows[f"shift from {reference}, {reduce}"] = both_ways(
                table, layout, lambda c, k, b=base, r=reduce: shift_margin(table[c][k], b[k], r)
            )
    for edit in ("opposite", "dropped", "weakened"):
        other = table.get(f"{layout}/{edit}")
        for reduce in REDUCES if other else ():
            rows[f"edit contrast, {edit}, {reduce}"] = [
                shift_margin(table[layout][k], other[k], reduce) for k in table[layout]
            ]
    return rows


def raw_sum(weighed: Weighed) -> float:
    return weighed.chosen.total - weighed.rejected.total


def print_table(tables: dict[str, Table]) -> None:
    columns = [(p, lay) for p in tables for lay in ("one", "six", "real") if lay in tables[p]]
    found = {c: readings(tables[c[0]], c[1]) for c in columns}
    names = list(dict.fromkeys(name for rows in found.values() for name in rows))
    rows = [[n, *(share(found[c][n]) if n in found[c] else "-" for c in columns)] for n in names]
    heads = ["reading", *(f"{p}, {lay} (n={len(tables[p][lay])})" for p, lay in columns)]
    print(tabulate(rows, headers=heads, tablefmt="github", disable_numparse=True))


def dump(tables: dict[str, Table]) -> str:
    def tokens(w: Weighed) -> list[list[float]]:
        return [[round(t, 5) for t in side.tokens] for side in (w.chosen, w.rejected)]

    return json.dumps(
        {p: {c: {k: tokens(w) for k, w in d.items()} for c, d in t.items()}
         for p, t in tables.items()}
    )  # fmt: skip


def undump(text: str) -> dict[str, Table]:
    def weighed(sides: list[list[float]]) -> Weighed:
        chosen, rejected = (Logprobs(tokens=tuple(side)) for side in sides)
        return Weighed(chosen=chosen, rejected=rejected)

    return {
        p: {c: {k: weighed(w) for k, w in d.items()} for c, d in t.items()}
        for p, t in json.loads(text).items()
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--model", default="qwen2.5-coder-0.5b")
    parser.add_argument("--placement", choices=["system", "user", "both"], default="both")
    parser.add_argument("--real", type=int, default=12, help="real pairs of each rule, shortest")
    parser.add_argument("--save", type=Path)
    args = parser.parse_args()
    if args.save and args.save.is_file():
        tables = undump(args.save.read_text())
    else:
        tables = measure(args.model, args.placement, args.real)
        if args.save:
            args.save.write_text(dump(tables))
    print(f"\n{args.model}\n")
    print_table(tables)


def measure(name: str, placement: str, real: int) -> dict[str, Table]:
    from specharness.models.opening import open_model

    model = open_model(name)
    chosen: tuple[Placement, ...] = ("system", "user")
    tables: dict[str, Table] = {}
    for place in chosen:
        if placement in (place, "both"):
            tables[place] = weigh_planted(model, place)
            if real:
                tables[place].update(weigh_real(model, place, real))
    return tables


if __name__ == "__main__":
    main()
