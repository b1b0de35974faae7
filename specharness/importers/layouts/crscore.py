"""The human study of CRScore: reviews of code changes, rated by one person per change.

A file holds two tables side by side. The left one lists claims about a change and makes no
judgement; the right one has a review a row with three ratings. The change stands in the first row
of its block only, as in a sheet with merged cells.
"""

from collections.abc import Iterable, Iterator
from fractions import Fraction

from specharness.errors import UsageError
from specharness.importers.fields import has, text, user
from specharness.importers.judgement import Dropped, Finding, Layout, Options, Row, Unusable
from specharness.importers.rankings import Candidate, Pool, Question, number

RATINGS = ("Con (P)", "Comp (R)", "Rel (F)")  # conciseness, completeness, relevance: 1 to 5


def _fits(row: Row) -> bool:
    return has(row.data, "diff", "review", "system", *RATINGS)


def _join(rows: Iterable[Row], options: Options) -> Iterator[Finding]:
    """All pairs of reviews of one change, by the sum of the ratings or the one --axis names.

    The prompt is the diff alone. Reviews that nobody rated, and rows where only the claims go on,
    are dropped as "no label". Reviews are held until the file ends.
    """
    if options.axis and options.axis not in RATINGS:
        what = f"no rating {options.axis!r}"
        raise UsageError("--axis", what, f"choose among {', '.join(map(repr, RATINGS))}")
    pool = Pool()
    change, block = "", 0
    for row in rows:
        try:
            if text(row.data["diff"], "diff").strip():
                change, block = row.data["diff"], block + 1
            review = text(row.data["review"], "review")
            if not row.data["system"] and not review.strip():
                raise Unusable("no label", "a claim without a review beside it")
            merit = (_rating(row, options.axis),)
            candidate = Candidate(text=review, merit=merit, where=row.where)
            pool.add(block, Question(prompt=user(change)), candidate)
        except Unusable as error:
            yield Dropped(reason=error.reason, where=row.where, detail=error.detail)
    yield from pool.findings(options.min_gap)


def _rating(row: Row, axis: str) -> Fraction:
    names = (axis,) if axis else RATINGS
    return sum((number(row.data[name], name) for name in names), Fraction())


LAYOUTS: tuple[Layout, ...] = (
    Layout(
        name="crscore",
        title="reviews of code changes with three ratings (CRScore's human study, CSV)",
        fits=_fits,
        join=_join,
    ),
)
