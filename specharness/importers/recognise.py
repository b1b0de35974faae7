"""Which layout a row has, and the judgements in it."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from specharness.errors import UsageError
from specharness.importers.judgement import Dropped, Finding, Layout, Options, Row, Unusable

_PATIENCE = 1000  # rows of no known layout that are looked at before the whole file is unknown


class Recogniser:
    """Rows to judgements by the layouts that fit; `used` counts the rows of each layout.

    Every row is judged by itself, since files mix layouts. UsageError for a row that two layouts
    claim, and for a file of which no row is known.
    """

    def __init__(self, layouts: Sequence[Layout], options: Options) -> None:
        self._layouts = layouts
        self._options = options
        self._last: dict[frozenset[str], Layout] = {}
        self._joined: dict[str, tuple[Layout, list[Row]]] = {}
        self._strangers: list[Row] = []
        self.used: Counter[str] = Counter()

    def read(self, rows: Iterable[Row | Dropped]) -> Iterator[tuple[Finding, bool]]:
        """All findings, each with whether it is a vote among several."""
        if self._options.mapping and self._layouts[0].join:
            yield from self._streamed(self._layouts[0], rows)
            return
        for row in rows:
            if isinstance(row, Dropped):
                yield row, False
            elif not isinstance(row.data, Mapping):
                yield Dropped(reason="not an object", where=row.where), False
            else:
                yield from self._row(row)
        self._give_up_if_unknown()
        yield from self._told_strangers()
        for layout, joined in self._joined.values():
            assert layout.join
            yield from ((finding, layout.votes) for finding in layout.join(joined, self._options))

    def _streamed(
        self, layout: Layout, rows: Iterable[Row | Dropped]
    ) -> Iterator[tuple[Finding, bool]]:
        """A mapping's join gets its rows as they come, so that it need not hold them all."""
        aside: list[Dropped] = []
        assert layout.join
        for finding in layout.join(self._objects(layout, rows, aside), self._options):
            yield from ((one, False) for one in aside)
            aside.clear()
            yield finding, layout.votes
        yield from ((one, False) for one in aside)

    def _objects(
        self, layout: Layout, rows: Iterable[Row | Dropped], aside: list[Dropped]
    ) -> Iterator[Row]:
        """The rows that are objects; what is none goes `aside`."""
        for row in rows:
            if isinstance(row, Dropped):
                aside.append(row)
            elif not isinstance(row.data, Mapping):
                aside.append(Dropped(reason="not an object", where=row.where))
            else:
                self.used[layout.name] += 1
                yield row

    def _row(self, row: Row) -> Iterator[tuple[Finding, bool]]:
        layout = self._layout(row)
        if layout is None:
            self._strangers.append(row)
            if len(self._strangers) >= _PATIENCE:
                self._give_up_if_unknown()
                yield from self._told_strangers()
            return
        self.used[layout.name] += 1
        yield from self._told_strangers()
        if layout.join:
            self._joined.setdefault(layout.name, (layout, []))[1].append(row)
            return
        yield from ((finding, layout.votes) for finding in self._converted(layout, row))

    def _converted(self, layout: Layout, row: Row) -> Iterator[Finding]:
        assert layout.convert
        try:
            yield from layout.convert(row, self._options)
        except Unusable as error:
            yield Dropped(reason=error.reason, where=row.where, detail=error.detail)

    def _layout(self, row: Row) -> Layout | None:
        shape = frozenset(row.data)
        known = self._last.get(shape)
        if known and known.fits(row):
            return known
        fitting = [layout for layout in self._layouts if layout.fits(row)]
        if len(fitting) > 1:
            names = [layout.name for layout in fitting]
            what = f"this can be read as {' or as '.join(names)}"
            raise UsageError(row.where, what, f"choose with --format {names[0]}")
        if fitting:
            self._last[shape] = fitting[0]
        return fitting[0] if fitting else None

    def _told_strangers(self) -> Iterator[tuple[Finding, bool]]:
        for row in self._strangers:
            detail = ", ".join(map(str, list(row.data)[:8]))
            yield Dropped(reason="unknown layout", where=row.where, detail=detail), False
        self._strangers.clear()

    def _give_up_if_unknown(self) -> None:
        if not self._strangers or self.used:
            return
        row = self._strangers[0]
        if self._options.format != "auto":
            what = f"these are not the fields of the layout {self._options.format!r}"
        else:
            what = "no layout we know"
        raise UsageError(row.where, what, mapping_to_start_from(self._strangers))


def mapping_to_start_from(rows: Sequence[Row]) -> str:
    """The fields of rows nobody knows, and a mapping to begin with."""
    from specharness.importers.mapping import suggest_mapping  # noqa: PLC0415 - for errors only

    return suggest_mapping(rows)


def _begun(layout: Layout, options: Options) -> Layout:
    return replace(layout, convert=layout.begin(options)) if layout.begin else layout


def choose_layouts(known: Sequence[Layout], options: Options) -> Sequence[Layout]:
    """The layouts a user's choice leaves: the mapping, the one named, or all that are known."""
    if options.mapping:
        from specharness.importers.mapping import mapped_layout  # noqa: PLC0415

        return (mapped_layout(options),)
    known = [_begun(layout, options) for layout in known]
    if options.format == "auto":
        return known
    named = [layout for layout in known if layout.name == options.format]
    if not named:
        names = ", ".join(sorted(layout.name for layout in known))
        raise UsageError("--format", f"no layout {options.format!r}", f"choose one of {names}")
    return named
