"""A comparison of arms in words and tables: what was measured, and how far it goes."""

from collections.abc import Collection, Iterator
from textwrap import wrap

from specharness.compare.comparison import ArmResult, Comparison
from specharness.compare.tables import TITLES, fitted_arms, letter, tables_of
from specharness.gate.decision import count, points
from specharness.visible import excerpt, one_line, visible

FEW = 100  # pairs; the share's interval is then some 20 points wide
_LEAST_WIDTH = 24
_LISTED = 3  # pairs without a score


def render_terminal(found: Comparison, width: int = 100) -> str:
    """The comparison in at most `width` columns (24 at least), without a final newline.

    From 80 columns on no interval is left out: arms whose names are too long for that are lettered.
    """
    width = max(width, _LEAST_WIDTH)
    tables, legend = tables_of(found), []
    if not all(table.fits(width) for table in tables):
        letters = {arm.name: letter(place) for place, arm in enumerate(found.arms)}
        tables = tables_of(found, lambda name: letters.get(name) or one_line(name))
        for name, mark in letters.items():
            legend += _filled(one_line(name), width, f"{mark}  ")
    laid = [table.lay_out(width) for table in tables]
    shown = {title for _, titles in laid for title in titles}
    parts = [
        _filled(headline(found), width),
        legend,
        *(lines for lines, _ in laid),
        [line for note in notes(found) for line in _filled(note, width, "  ")],
        [line for text in caveats(found, shown) for line in _filled(text, width, "- ")],
    ]
    return "\n\n".join("\n".join(lines) for lines in parts if lines)


def headline(found: Comparison) -> str:
    """What was compared, on what, by whom."""
    pairs = count(len(found.pairs), "gate pair")
    groups = f" in {count(found.groups, 'group')}" if found.groups < len(found.pairs) else ""
    return f"{found.suite}: {count(len(found.arms), 'arm')} on {pairs}{groups}, by {found.model}"


def notes(found: Comparison) -> Iterator[str]:
    """What the fit steps did, which arms were left out, and which pairs have no score."""
    for arm in found.arms:
        if arm.note:
            yield f"{arm.name}: {one_line(arm.note)}"
    for name, why in found.left_out:
        yield f"left out {name}: {one_line(why)}"
    shown = found.unscored[:_LISTED]
    for one in shown:
        what = f"{excerpt(one.pair, 40)} under {one.arm}: {excerpt(one.reason, 200)}"
        yield f"not scored: {what}"
    if more := len(found.unscored) - len(shown):
        yield f"not scored: {more} more"


def caveats(found: Comparison, shown: Collection[str] = TITLES) -> Iterator[str]:
    """How the figures are to be read, and how far they go; of columns, those `shown`, by title."""
    n = len(found.pairs)
    yield (
        "Towards chosen: the share of pairs that an arm moves the model further towards the chosen "
        "response than no system text does (arm > empty; a tie counts half). All arms are read on "
        f"the same {count(n, 'pair')}, with one model and one temperature ({found.temperature:.4g} "
        "nats, which depends on the arms named)."
    )
    if found.unscored:
        yield (
            f"{count(len(found.unscored), 'pair')} of {found.held_out} could not be measured under "
            "every arm, and count for none."
        )
    if found.contrasts:
        yield " ".join(_contrasted(shown))
    if len(found.contrasts) > 1:
        yield (
            f"{len(found.contrasts)} comparisons: of 20 intervals of 95 %, one misses by chance; "
            "the best of several arms looks better than it is."
        )
    yield " ".join(_fitted(found))
    if n < FEW:
        widest = max(arm.moved.high - arm.moved.low for arm in found.arms)
        yield f"Few pairs: an interval of a share is up to {points(widest)} points wide."
    if told := " ".join(_paid(found, shown)):
        yield told


def _contrasted(shown: Collection[str]) -> Iterator[str]:
    yield (
        "X > Y: the share of pairs that X moves further towards chosen than Y, measured on its own."
    )
    if "expected" in shown:
        yield "What is expected follows from X > empty and Y > empty (Bradley and Terry)."
    yield (
        "The three need not agree: two arms that beat no text equally may differ much from one "
        "another."
    )
    flips = "pairs whose preferred response flips from Y to X (under no text: from neither)"
    if "won / lost" in shown:
        difference = ", the difference is won less lost in points" * ("difference" in shown)
        yield f"Won and lost count {flips}{difference}."
    elif "difference" in shown:
        yield f"The difference (points) is of {flips}: won less lost."


def _fitted(found: Comparison) -> Iterator[str]:
    """What is known of the pairs behind the arms, by the files these came from."""
    known: dict[str, list[str]] = {}
    for arm in found.arms:
        if arm.fitted or arm.chosen_on:
            known.setdefault(" and ".join(map(one_line, arm.files)), []).append(one_line(arm.name))
    for files, names in known.items():
        yield f"Fitted or chosen on pairs{f' of {files}' if files else ''}: {', '.join(names)}."
    elsewhere = [one_line(arm.name) for arm in found.arms if arm.fitted_elsewhere]
    if known:
        yield f"No gate pair is among {'the pairs that are known' if elsewhere else 'these'}."
    if elsewhere:
        verb = "was" if len(elsewhere) == 1 else "were"
        yield f"{', '.join(elsewhere)} {verb} fitted elsewhere: whether on gate pairs is not known."
    if not known and not elsewhere:
        yield "No arm was fitted on pairs."
    if found.taken_out:
        yield (
            f"Left out of {one_line(found.fitted_from)}, being nearly select pairs: "
            f"{count(found.taken_out, 'pair')}."
        )
    yield "Whether the author of a hand-written text knew the gate pairs is not known here."


def _paid(found: Comparison, shown: Collection[str]) -> Iterator[str]:
    """What the columns of costs count, and what they leave out."""
    if "tokens" in shown:
        tokens = "Tokens (read and written) and seconds" if "seconds" in shown else "Tokens"
        yield (
            f"{tokens} are what weighing the pairs cost in this run; what the store or recordings "
            "had cost nothing now ('stored'; '+': so did some)."
        )
    if "words" in shown:
        yield "Words go with every request."
    if "fit tokens" in shown and fitted_arms(found):
        yield "What the fit steps cost in this run stands apart."
        if any(arm.cost.fit_kept for arm in found.arms):
            yield "Where 'kept' stands, an earlier fit was at hand ('+': a part of it)."
        if any(_is_trained_now(arm) for arm in found.arms):
            yield (
                "Training runs in a process of its own: its seconds and tokens count, those of"
                " rating the pairs afterwards included."
            )
    yield from _changed(found)


def _is_trained_now(arm: ArmResult) -> bool:
    return bool(arm.cost.parameters and arm.fitted and not arm.cost.fit_kept)


def _changed(found: Comparison) -> Iterator[str]:
    """What the arms change in the model itself."""
    if any(arm.cost.parameters for arm in found.arms):
        yield "Weights are the model's own, as many as an arm changes."
    if any(arm.cost.vector for arm in found.arms):
        yield "A vector is added to what one block reads."
    if not any(arm.cost.parameters or arm.cost.vector for arm in found.arms):
        yield "No arm changes the model itself."


def _filled(text: str, width: int, first: str = "") -> list[str]:
    rest = " " * len(first)
    return wrap(
        visible(text), width, initial_indent=first, subsequent_indent=rest, break_on_hyphens=False
    )
