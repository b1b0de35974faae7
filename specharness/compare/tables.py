"""The tables of a comparison: a row for each arm, each fit step and each two arms.

In a terminal the widest choice of columns stands that fits; intervals go last. Where names are too
long for that, rows have letters instead, and a legend says whose they are.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from string import ascii_uppercase

from tabulate import tabulate

from specharness.compare.comparison import ArmResult, Comparison, Contrast
from specharness.gate.decision import count, signed
from specharness.runfile import Share
from specharness.visible import one_line

ARM_TITLES = (
    "arm", "towards chosen", "95 %", "preference", "words", "tokens", "written", "seconds",
)  # fmt: skip
FIT_TITLES = ("arm", "fitted on", "chosen on", "fit tokens", "fit seconds", "changes")
CONTRAST_TITLES = ("X > Y", "ahead", "95 %", "expected", "won / lost", "difference", "95 %")
TITLES = frozenset((*ARM_TITLES, *FIT_TITLES, *CONTRAST_TITLES))
# Columns that stand, by width: what costs little to miss goes first.
_ARM_COLUMNS = (
    (0, 1, 2, 3, 4, 5, 6, 7), (0, 1, 2, 3, 4, 5, 7), (0, 1, 2, 3, 5, 7), (0, 1, 2, 3, 5),
    (0, 1, 2, 5), (0, 1, 2), (0, 1),
)  # fmt: skip
_FIT_COLUMNS = ((0, 1, 2, 3, 4, 5), (0, 1, 2, 3, 5), (0, 1, 2, 5), (0, 1, 5), (0, 1))
_CONTRAST_COLUMNS = ((0, 1, 2, 3, 4, 5, 6), (0, 1, 2, 4, 5, 6), (0, 1, 2, 5, 6), (0, 1, 2), (0, 1))
Row = list[str]
Naming = Callable[[str], str]  # from an arm's name to what stands for it


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """Rows under titles, and the columns that may stand, the widest choice first."""

    titles: tuple[str, ...]
    rows: Sequence[Row]
    choices: Sequence[tuple[int, ...]]

    def fits(self, width: int) -> bool:
        """Whether all columns stand in so many characters."""
        return not self.rows or _widest(self._lines(self.choices[0])) <= width

    def lay_out(self, width: int) -> tuple[list[str], tuple[str, ...]]:
        """The lines, and the titles that stand; lines are cut where no choice fits."""
        if not self.rows:
            return [], ()
        for columns in self.choices:
            lines = self._lines(columns)
            if _widest(lines) <= width:
                break
        cut = [line if len(line) <= width else f"{line[: width - 1]}…" for line in lines]
        return cut, tuple(self.titles[i] for i in columns)

    def _lines(self, columns: Sequence[int]) -> list[str]:
        table: str = tabulate(  # titles as a row: tabulate would widen columns for them
            [[row[i] for i in columns] for row in (self.titles, *self.rows)],
            colalign=["left" if i == 0 else "right" for i in columns],
            disable_numparse=True,
            tablefmt="plain",
        )
        return table.splitlines()


def tables_of(found: Comparison, naming: Naming = one_line) -> tuple[Table, Table, Table]:
    """The arms, their fit steps, and arm against arm."""
    arms = [arm_row(arm, naming) for arm in found.arms]
    fits = [fit_row(arm, naming) for arm in fitted_arms(found)]
    contrasts = [contrast_row(contrast, naming) for contrast in found.contrasts]
    return (
        Table(titles=ARM_TITLES, rows=arms, choices=_ARM_COLUMNS),
        Table(titles=FIT_TITLES, rows=fits, choices=_FIT_COLUMNS),
        Table(titles=CONTRAST_TITLES, rows=contrasts, choices=_CONTRAST_COLUMNS),
    )


def letter(place: int) -> str:
    """A, B, ... Z, AA, AB, ... for 0, 1, ...

    >>> letter(0), letter(25), letter(26), letter(52)
    ('A', 'Z', 'AA', 'BA')
    """
    more, last = divmod(place, len(ascii_uppercase))
    return (letter(more - 1) if more else "") + ascii_uppercase[last]


def arm_row(arm: ArmResult, naming: Naming = one_line) -> Row:
    """An arm's figures; the condition that margins are measured from has no share of its own."""
    share = ["reference", ""] if arm.is_reference else [rate(arm.moved), span(arm.moved)]
    words = f"{arm.cost.words:,}"
    return [naming(arm.name), *share, f"{arm.preference:.3f}", words, *costs(arm)]


def costs(arm: ArmResult) -> Row:
    """Tokens, those generated of them, and seconds; what the store answered cost nothing now."""
    cost = arm.cost
    if not cost.calls:
        return ["stored", "stored", "stored"]
    part = "+" if cost.reused else ""  # some more requests were stored
    tokens = "not counted" if cost.tokens is None else f"{cost.tokens:,}{part}"
    return [tokens, f"{cost.written:,}{part}", f"{cost.seconds:,.1f}{part}"]


def fitted_arms(found: Comparison) -> list[ArmResult]:
    """The arms that a fit step made, here or elsewhere, or that change the model."""
    return [arm for arm in found.arms if _is_fitted(arm)]


def _is_fitted(arm: ArmResult) -> bool:
    cost = arm.cost
    made = arm.fitted or arm.chosen_on or arm.fitted_elsewhere
    return bool(made or cost.fit_kept or cost.fit_tokens != 0 or cost.parameters or cost.vector)


def fit_row(arm: ArmResult, naming: Naming = one_line) -> Row:
    """What an arm was made of, what that cost now, and what it changes in the model."""
    fitted = count(arm.fitted, "pair") if arm.fitted else "no pair"
    if arm.fitted_elsewhere:
        fitted = f"{fitted} and others" if arm.fitted else "not known"
    chosen = count(arm.chosen_on, "pair") if arm.chosen_on else "no pair"
    return [naming(arm.name), fitted, chosen, *_fit_costs(arm), _changes(arm)]


def _fit_costs(arm: ArmResult) -> Row:
    """Tokens and seconds; what was kept of an earlier fit cost nothing now."""
    cost = arm.cost
    if cost.fit_kept and not cost.fit_tokens:
        return ["kept", "kept"]
    part = "+" if cost.fit_kept else ""
    # weights are trained in a process of its own, whose tokens nobody counts
    untold = cost.fit_tokens is None or (cost.parameters and not cost.fit_tokens)
    tokens = "not counted" if untold else f"{cost.fit_tokens:,}{part}"
    return [tokens, f"{cost.fit_seconds:,.1f}{part}"]


def _changes(arm: ArmResult) -> str:
    if arm.cost.parameters:
        return count(arm.cost.parameters, "weight")
    return f"vector of {count(arm.cost.vector, 'number')}" if arm.cost.vector else "nothing"


def contrast_row(contrast: Contrast, naming: Naming = one_line) -> Row:
    """An arm against another."""
    low, high = contrast.interval
    return [
        f"{naming(contrast.arm)} > {naming(contrast.against)}",
        rate(contrast.ahead),
        span(contrast.ahead),
        f"{100 * contrast.implied:.0f} %",
        f"{contrast.won} / {contrast.lost}",
        signed(contrast.difference),
        f"{signed(low)} to {signed(high)}",
    ]


def rate(share: Share) -> str:
    """Percent of how many.

    >>> rate(Share(count=2.5, n=4, low=0, high=1))
    '62 % (2.5/4)'
    """
    return f"{100 * share.count / max(1, share.n):.0f} % ({share.count:g}/{share.n})"


def span(share: Share) -> str:
    """An interval of shares in percent."""
    return f"{100 * share.low:.0f} to {100 * share.high:.0f}"


def _widest(lines: Sequence[str]) -> int:
    return max(map(len, lines), default=0)
