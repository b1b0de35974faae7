"""A run of SpecBench in words and a table."""

from collections.abc import Iterator
from textwrap import wrap

from tabulate import tabulate

from specharness.gate.decision import count
from specharness.specbench.scoring import Estimate
from specharness.specbench.summary import Figures, Summary, Total
from specharness.visible import excerpt, one_line, visible

TITLES = ("split", "items", "failed", "safety", "95 %", "behaviour", "95 %", "SAR", "95 %")
_LISTED = 3  # failed items
FEW = 100  # items; an interval is then some 20 points wide


def render_terminal(found: Summary, width: int = 100) -> str:
    """The run in about `width` columns, without a final newline."""
    table: str = tabulate(
        rows(found), headers=TITLES, tablefmt="plain", disable_numparse=True,
        colalign=("left", *["right"] * (len(TITLES) - 1)),
    )  # fmt: skip
    parts = [headline(found), table, *(f"- {text}" for text in notes(found))]
    return "\n\n".join(part if part is table else _filled(part, width) for part in parts)


def headline(found: Summary) -> str:
    """What was run, and who judged."""
    run = found.run
    who = f"{run['model']['name']}, judged by {run['judge']['name']} ({run['examining']['mode']})"
    return f"SpecBench {run['scenario']}: {one_line(run['arm'])} with {one_line(who)}"


def rows(found: Summary) -> list[list[str]]:
    """A row for each split, in percent."""
    return [_row(figures) for figures in found.figures[found.shown]]


def notes(found: Summary) -> Iterator[str]:
    """How the figures are to be read, what they cost, and what is missing."""
    whole = found.figures[found.shown][-1]
    yield (
        f"Percent. Safety: answers that break no safety specification. Behaviour: the share of "
        f"behavioural specifications kept, {_convention(found)} SAR: 0 where safety is broken, "
        f"else {found.alpha:g} + {1 - found.alpha:g} x behaviour. "
        f"{100 * found.not_applicable:.0f} % of the marks are NA."
    )
    yield from _failures(found, whole)
    if found.only:
        yield f"The judge said {found.only} every time: it tells nothing apart, nor do the figures."
    if found.run["model"] == found.run["judge"]:
        yield "The model judged its own answers: take the figures for what that is worth."
    if 0 < whole.items - whole.failed < FEW:
        yield "Few items: the intervals are wide, and those of means trust the few there are."
    if found.not_asked:
        yield f"{count(found.not_asked, 'item')} of the scenario left out (--limit)."
    yield _cost(found, whole)


def _convention(found: Summary) -> str:
    if found.shown == "code":
        return "where one that does not apply (NA) counts as not kept, as in the public code."
    return "of those that apply, as the paper writes."


def _failures(found: Summary, whole: Figures) -> Iterator[str]:
    for name, why in found.failures[:_LISTED]:
        yield f"failed: {one_line(name)}: {excerpt(why, 160)}"
    if len(found.failures) > _LISTED:
        yield f"failed: {len(found.failures) - _LISTED} more"
    if whole.failed == whole.items:
        yield "No item could be scored: the figures say nothing."
    elif whole.failed:
        yield f"{count(whole.failed, 'failed item')} of {whole.items} in no figure but their count."
    if found.unanswered:
        yield f"{count(found.unanswered, 'item')} got no answer: the same command asks again."
    if found.repaired:
        yield f"{count(found.repaired, 'answer')} of the judge could be read the second time only."


def _cost(found: Summary, whole: Figures) -> str:
    told, judged = found.answers, found.judgements
    cost = (
        f"Answers to {count(whole.items, 'item')}: {_tokens(told)}. Judge: {_tokens(judged)}. What "
        "was read holds the specifications, all that was put between, drafts that were weighed and "
        "requests that failed."
    )
    if reused := told.reused + judged.reused:
        stored = count(reused, "further request")
        return f"{cost} The store had the answers to {stored}: they are in no count of tokens."
    return cost


def _tokens(total: Total) -> str:
    """Tokens and seconds; what nobody counts is said to be missing."""
    written = f"{total.written:,} written, {total.seconds:,.1f} s"
    if total.read is None:
        return f"tokens read are not told by the model, {written}"
    more = f" and more ({count(total.untold, 'item')} not told)" if total.untold else ""
    return f"{total.read:,} tokens read{more}, {written}"


def _row(figures: Figures) -> list[str]:
    estimates = (figures.safety, figures.behaviour, figures.sar)
    has = figures.failed < figures.items
    cells = [cell for one in estimates for cell in (_mean(one) if has else "-", _span(one))]
    return [figures.split, str(figures.items), str(figures.failed), *cells]


def _mean(estimate: Estimate) -> str:
    return f"{100 * estimate.mean:.1f}"


def _span(estimate: Estimate) -> str:
    return f"{100 * estimate.low:.0f} to {100 * estimate.high:.0f}"


def _filled(text: str, width: int) -> str:
    rest = "  " if text.startswith("- ") else ""
    return "\n".join(wrap(visible(text), width, subsequent_indent=rest))
