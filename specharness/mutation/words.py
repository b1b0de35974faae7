"""A mutation score in words: what was caught, what survived, and which pairs to write."""

from collections.abc import Iterator
from textwrap import wrap

from tabulate import tabulate

from specharness.gate.decision import count, signed
from specharness.gate.quarantine import SHOWN_BY_HELD
from specharness.mutation.mutants import OPERATORS, Operator
from specharness.mutation.record import SHOWN, Mutations, Tried
from specharness.readings import other_scorer, tell_held
from specharness.visible import excerpt, one_line, visible

DONE: dict[Operator, str] = {
    "drop": "the rule left out",
    "negate": "the rule turned round",
    "weaken": "the rule made optional",
    "numbers": "ten times its numbers",
    "paraphrase": "the same in other words",
    "reorder": "changed places with the next rule",
    "markers": "other list markers",
}
_LEAST_WIDTH = 40
_TOLD = 70  # characters of a rule


def render_terminal(found: Mutations, width: int = 100, *, whole: bool = False) -> str:
    """The score in at most `width` columns (40 at least), without a final newline.

    `whole` lists every mutant; else only the harmful ones that survived and the harmless ones that
    were stopped.
    """
    width = max(width, _LEAST_WIDTH)
    listed = found.tried if whole else tuple(one for one in found.tried if not one.is_right)
    parts = [
        _filled(headline(found), width),
        tabulate(
            list(_rows(found)),
            headers=["edit", "has to be", "mutants", "FAIL", "shown lower"],
            disable_numparse=True,
            colalign=["left", "left", "right", "right", "right"],
            tablefmt="plain",
        ).splitlines(),
        [line for one in listed for line in _mutant(one, width)],
        [line for text in caveats(found) for line in _filled(f"- {text}", width, "  ")],
    ]
    return "\n\n".join("\n".join(_clipped(x, width) for x in part) for part in parts if part)


def headline(found: Mutations) -> str:
    """The score in one sentence."""
    ours = found.measured
    harmful, harmless = found.of("harmful"), found.of("harmless")
    told = [
        f"{sum(m.is_caught for m in harmful)} of {count(len(harmful), 'harmful mutant')} caught"
        f" ({_percent(found.caught)})"
    ] if harmful else []  # fmt: skip
    if harmless:
        alone = sum(not m.is_caught for m in harmless)
        told.append(
            f"{alone} of {len(harmless)} harmless left alone ({_percent(found.left_alone)})"
        )
    pairs = count(len(ours.pairs), "gate pair")
    return f"{ours.suite}: {', '.join(told)}, on {pairs}, by {ours.model}"


def _percent(share: float | None) -> str:
    return "-" if share is None else f"{100 * share:.0f} %"


def _rows(found: Mutations) -> Iterator[list[str]]:
    for operator in OPERATORS:
        ours = [one for one in found.tried if one.operator == operator]
        if ours:
            to_be = "caught" if ours[0].expected == "harmful" else "left alone"
            caught, lower = sum(m.is_caught for m in ours), sum(m.is_lower for m in ours)
            yield [f"{operator}: {DONE[operator]}", to_be, str(len(ours)), str(caught), str(lower)]


def _mutant(one: Tried, width: int) -> Iterator[str]:
    state = "survived" if one.expected == "harmful" else "stopped, though harmless"
    if one.is_right:
        state = "caught" if one.expected == "harmful" else "left alone"
    place = f"line {one.line}, " if one.line else ""
    yield from _filled(f"{one_line(one.id)}  {state} ({place}{one.verdict}): {moved(one)}", width)
    if one.before and not one.is_right:
        yield from _filled(f"  rule: {excerpt(one.before, _TOLD)}", width, "    ")
    if not one.is_right:
        yield from _filled(f"  write: {advice(one)}", width, "    ")


def moved(one: Tried) -> str:
    """What the mutant does to the pairs, in words, and what else decided."""
    e = one.effect
    figures = (
        f"preference {signed(e.mean)} points (95 % interval {signed(e.low)} to {signed(e.high)}), "
        f"{e.down} of {count(e.n, 'pair')} lower, {one.lost} lost and {one.won} won"
    )
    return ". ".join([figures, *(told.removesuffix(".") for told in one.told)])


def advice(one: Tried) -> str:
    """Which pairs would make the gate do what this mutant asks for.

    Sentences name the rule's own words, so that a writer can begin at once.
    """
    if one.expected == "harmless":
        return "nothing; look at the pairs that moved: they hang on wording, not on the rule"
    if one.effect.p_up <= SHOWN:
        return (
            "nothing yet: the pairs prefer the spec without this rule; decide which of the two is "
            "wrong"
        )
    more = _more(one)
    kind = {
        "drop": "pairs whose prompt tempts a model away from the rule; chosen keeps to it, "
        "rejected does not, and they are alike otherwise",
        "negate": f"pairs where chosen keeps to the rule and rejected does what the mutant says, "
        f"{excerpt(one.after, _TOLD)!r}",
        "weaken": "pairs where leaving the rule aside is the easier answer: chosen keeps to it all "
        "the same, rejected takes the easy way",
        "numbers": "pairs on the two sides of the number: chosen stays within "
        f"{excerpt(one.before, _TOLD)!r}, rejected only within {excerpt(one.after, _TOLD)!r}",
    }[one.operator]
    return f"{more}{kind}; tag them {one_line(one.rule)!r}"


def _more(one: Tried) -> str:
    if not one.is_lower:
        return ""
    if SHOWN_BY_HELD in one.told:
        return "more (the loss shows, but only with pairs in quarantine): "
    if one.needed and one.toward == "FAIL":
        return f"more (the loss shows, and about {count(one.needed, 'pair')} would settle it): "
    return "more (the loss shows, but is within what the margin allows or what chance explains): "


def caveats(found: Mutations) -> Iterator[str]:
    """How far the score goes."""
    ours = found.measured
    yield (
        f"Caught: {'the' if found.scorer == 'logprob' else 'a'} gate "
        f"{'' if found.scorer == 'logprob' else 'by log-probabilities '}says FAIL when the mutant "
        "replaces the spec, with the suite's own settings. Shown lower: one-sided p up to 5 %, "
        "without regard to the margin."
    )
    if found.scorer != "logprob":
        yield other_scorer(found.scorer)
    if found.held:
        yield tell_held(found.held)
    if len(ours.pairs) < ours.held_out:
        yield f"Only {len(ours.pairs)} of {count(ours.held_out, 'gate pair')} were read."
    templates = sum(one.template for one in found.tried)
    if templates:
        yield (
            f"{count(templates, 'rule')} {'was' if templates == 1 else 'were'} turned round by a "
            "template; an opposite of your own is better: `{#id opposite: ...}`."
        )
    yield f"The model {ours.sensitivity}; what it cannot read, no pair can catch."


def _filled(text: str, width: int, after: str = "  ") -> list[str]:
    lead = " " * (len(text) - len(text.lstrip()))
    return wrap(visible(text.strip()), width, initial_indent=lead, subsequent_indent=after)


def _clipped(text: str, width: int) -> str:
    return text if len(text) <= width else f"{text[: width - 1]}…"
