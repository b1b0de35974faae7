"""A look at pairs as plain text: some 60 lines, whatever the pairs hold."""

from collections.abc import Iterator, Sequence
from textwrap import wrap

from tabulate import tabulate

from specharness.compile.features.measured import asked
from specharness.show import figures, words
from specharness.show.facts import Example, Facts, Separator, Slice
from specharness.visible import excerpt, one_line, visible

_LEAST_WIDTH = 24
_SEPARATORS, _SLICES, _EXAMPLES = 5, 5, 4
_NAME, _LEAST_NAME = 38, 12  # the widest name in a table of figures, and to what it may be cut
_HEAD = 400  # characters of a description, and of the other texts at the top
_LENGTHS = ((0, 1, 2, 3, 4, 5), (0, 2, 3, 4), (0, 3))  # columns, fewer where they do not fit
Row = list[str]


def render_terminal(
    facts: Facts, width: int = 100, colour: bool = False, whole: bool = False
) -> str:
    """The facts in at most `width` columns (24 at least), without a final newline.

    `whole` lists every slice, property and example. Texts of the pairs are shortened and made
    visible, never interpreted; escape codes stand here only when `colour` is true.
    """
    page = _Page(max(width, _LEAST_WIDTH), colour, whole)
    sections = [
        ("", page.head(facts)),
        ("Lengths in words", page.lengths(facts)),
        ("What separates chosen from rejected", page.separation(facts)),
        ("Noise", page.noise(facts)),
        ("Slices", page.slices(facts)),
        ("Examples", page.examples(facts)),
    ]
    told = ["\n".join([*page.title(title), *lines]) for title, lines in sections if lines]
    return "\n\n".join(told)


class _Page:
    """How lines are cut and painted."""

    def __init__(self, width: int, colour: bool, whole: bool) -> None:
        self._width = width
        self._colour = colour
        self._whole = whole

    def title(self, text: str) -> Row:
        return [self._painted(self._clipped(text), "1")] if text else []

    def head(self, facts: Facts) -> Row:
        counts = [", ".join(words.count_words(facts.counts)), words.split_words(facts.counts)]
        name = self._painted(self._clipped(one_line(facts.name)), "1")
        origin = "; ".join(words.origin_words(facts))
        told = [facts.description, *counts, origin, facts.origin.told]
        lines = (line for text in told for line in self._filled(excerpt(text, _HEAD), ""))
        return [name, *lines]

    def lengths(self, facts: Facts) -> Row:
        found = facts.lengths
        tell = self._warned if words.explained_by_length(found) else self._filled
        return [
            *self._table(["", *figures.QUANTILES], figures.length_table(found), _LENGTHS),
            *tell(words.length_words(found)),
            *self._warned(words.UNSPACED if found.unspaced else ""),
        ]

    def separation(self, facts: Facts) -> Row:
        found = facts.separation
        best = words.worth_showing(found)[:_SEPARATORS]
        shown = found.separators if self._whole else best
        titles = ["the chosen has", "right", "95 %", "p", "differs in", "length aside"]
        rows = [_separator(s) for s in shown]
        columns = ((0, 1, 2, 3, 4, 5), (0, 1, 2, 3, 4), (0, 1, 3), (0, 1))
        return [
            *self._table(titles, rows, columns),
            *self._more(len(found.separators) - len(shown)),
            *self._filled(words.separation_words(found)),
            *self._filled(words.COLUMNS if rows else ""),
            *self._warned(words.style_warning(found)),
            *self._filled(words.NOT_EVIDENCE if rows else ""),
        ]

    def noise(self, facts: Facts) -> Row:
        told = [*words.noise_words(facts), words.position_words(facts)]
        return [line for text in told for line in self._filled(text)]

    def slices(self, facts: Facts) -> Row:
        parts = [part for part in facts.slices if part.pairs < facts.counts.pairs]
        shown = parts if self._whole else _largest(parts)
        rows = [_slice(part) for part in shown]
        titles = ["slice", "pairs", "gate", "longer is chosen"]
        sides = facts.counts.sides
        if sides is None or not sides.divided:
            titles, rows = [*titles[:2], titles[3]], [[*row[:2], row[3]] for row in rows]
        last = len(titles) - 1
        lines = self._table(titles, rows, (tuple(range(last + 1)), (0, 1, last), (0, 1)))
        return [*lines, *self._more(len(parts) - len(shown))]

    def examples(self, facts: Facts) -> Row:
        shown = facts.examples if self._whole else facts.examples[:_EXAMPLES]
        return [line for example in shown for line in self._example(example)]

    def _example(self, example: Example) -> Iterator[str]:
        pair = example.pair
        sizes = f"{len(pair.chosen.split()):,} / {len(pair.rejected.split()):,} words"
        kinds = ", ".join(example.kinds)
        yield self._clipped(f"  {kinds}: {excerpt(one_line(pair.id), 40)}, {sizes}")
        for mark, text in (("?", asked(pair)), ("+", pair.chosen), ("-", pair.rejected)):
            yield f"    {mark} {excerpt(text, self._width - 6)}"

    def _table(self, titles: Row, rows: list[Row], choices: Sequence[Sequence[int]]) -> Row:
        """The widest choice of columns that fits, the names in the first one cut if need be."""
        if not rows:
            return []
        for columns in choices:
            lines = _tabulated(titles, rows, columns, _NAME)
            over = max(map(len, lines)) - self._width
            room = min(_NAME, max(len(row[0]) for row in rows)) - max(over, 0)
            if over <= 0 or room >= max(_LEAST_NAME, len(titles[0])):
                return lines if over <= 0 else _tabulated(titles, rows, columns, room)
        return [self._clipped(line) for line in lines]

    def _more(self, count: int) -> Row:
        return self._filled(f"{count:,} more: --all") if count > 0 else []

    def _warned(self, text: str) -> Row:
        return [self._painted(line, "33") for line in self._filled(text, "  ! ", "    ")]

    def _filled(self, text: str, first: str = "  ", rest: str | None = None) -> Row:
        rest = first if rest is None else rest
        return wrap(visible(text), self._width, initial_indent=first, subsequent_indent=rest)

    def _clipped(self, text: str) -> str:
        return _cut(text, self._width)

    def _painted(self, text: str, code: str) -> str:
        return f"\x1b[{code}m{text}\x1b[0m" if self._colour else text


def _tabulated(titles: Row, rows: list[Row], columns: Sequence[int], room: int) -> Row:
    """The table's lines, with at most `room` characters of the first column's names."""
    table: str = tabulate(
        [[_cut(row[0], room), *(row[i] for i in columns[1:])] for row in rows],
        headers=[titles[i] for i in columns],
        colalign=["left" if i == 0 else "right" for i in columns],
        disable_numparse=True,
        tablefmt="plain",
    )
    return [f"  {line}" for line in table.splitlines()]


def _cut(text: str, room: int) -> str:
    return text if len(text) <= room else text[: max(room - 1, 1)] + "…"


def _separator(found: Separator) -> Row:
    controlled = figures.MISSING if found.controlled is None else figures.percent(found.controlled)
    interval = figures.span(found.low, found.high)
    coverage = figures.percent(found.coverage)
    right = figures.percent(found.held_out)
    return [found.label, right, interval, figures.p_value(found.p), coverage, controlled]


def _slice(part: Slice) -> Row:
    name = one_line(part.name).strip() or "(none)"
    gate = "" if part.gate is None else f"{part.gate:,}"
    return [f"{part.kind} {name}", f"{part.pairs:,}", gate, figures.rate(part.longer)]


def _largest(parts: list[Slice]) -> list[Slice]:
    """The largest slices, in the order they have."""
    ranked = sorted(range(len(parts)), key=lambda i: (-parts[i].pairs, i))[:_SLICES]
    return [parts[i] for i in sorted(ranked)]
