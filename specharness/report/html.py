"""A run as one HTML file: no network, readable without scripts, safe with strangers' text."""

from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from itertools import accumulate
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from specharness.report import bars, casedata, words
from specharness.report.advice import advise
from specharness.report.linediff import DiffLine, diff_lines
from specharness.report.rulediff import RuleView, view_rules
from specharness.report.scatter import SIZE, Scatter, plot_margins
from specharness.runfile import Case, Gate, Run, Slice, SuiteRun
from specharness.visible import excerpt, visible

STATIC_PAIRS = 100
STATIC_CHARACTERS = 1_000_000  # of all suites, so that the page stays small however many flip
_LISTED = 6
_SLICES = 100  # of a suite, those that lost most surely
_SCRIPTS = ("unpack.js", "differ.js", "report.js")


@dataclass(frozen=True, slots=True, kw_only=True)
class SuiteView:
    """What the templates show of one suite: the run's record and what is derived from it.

    `compared` are its comparisons, with the base and with the anchor where there is one, each with
    what it is with and its bar; `slices` are parts of the suite with theirs.

    `position` is its place on the page, `data` its packed pairs and `static` the pairs to read
    without scripts, of which `flipped` flipped.
    """

    run: SuiteRun
    position: int
    bar: bars.Bar | None
    compared: Sequence[tuple[str, Gate, bars.Bar | None]]
    slices: Sequence[tuple[Slice, bars.Bar]]
    lost_parts: Sequence[Slice]
    scatter: Scatter | None
    diff: tuple[DiffLine, ...]
    rules: Sequence[RuleView]
    unchanged: Sequence[RuleView]
    lost: Sequence[Case]
    won: Sequence[Case]
    static: Sequence[Case]
    flipped: int
    data: str


def render_html(run: Run) -> str:
    """The report as one self-contained page; always encodable as UTF-8."""
    environment = _environment()
    style, script = _source("report.css"), "".join(map(_source, _SCRIPTS))
    suites = words.worst_first(run)
    reach = bars.scale(bars.gates(suites))
    room = STATIC_CHARACTERS // max(1, len(suites))
    return environment.get_template("index.jinja2").render(
        run=run,
        suites=[_view(suite, place, reach, room) for place, suite in enumerate(suites)],
        reach=reach,
        level=words.shared_level(suites),
        policy=_policy(style, script),
        style=Markup(style),  # noqa: S704 - our own file
        script=Markup(script),  # noqa: S704 - our own file
    )


def _view(suite: SuiteRun, position: int, reach: float, room: int) -> SuiteView:
    lost, won = (words.with_outcome(suite.cases, outcome) for outcome in words.FLIPPED)
    static = _static(suite, room)
    rules = view_rules(suite)
    return SuiteView(
        run=suite,
        position=position,
        bar=bars.place(suite.gate, reach),
        compared=_compared(suite, reach),
        slices=list(zip(suite.slices, bars.place_slices(suite.slices), strict=True))[:_SLICES],
        lost_parts=words.lost_slices(suite),
        scatter=plot_margins(suite),
        diff=diff_lines(suite.base_spec, suite.head_spec),
        rules=[rule for rule in rules if rule.kind != "unchanged"],
        unchanged=[rule for rule in rules if rule.kind == "unchanged"],
        lost=lost,
        won=won,
        static=static,
        flipped=sum(case.outcome in words.FLIPPED for case in static),
        data=casedata.suite_data(suite),
    )


def _compared(suite: SuiteRun, reach: float) -> list[tuple[str, Gate, bars.Bar | None]]:
    base = suite.against_base or suite.gate
    both = [("base", base), *([("anchor", suite.anchor)] if suite.anchor else [])]
    return [(name, gate, bars.place(gate, reach)) for name, gate in both]


def _static(suite: SuiteRun, room: int) -> list[Case]:
    """The flipped pairs and some others in reading order, as long as their texts find room."""
    cases = words.reading_order(suite.cases)
    most = STATIC_PAIRS + sum(case.outcome in words.FLIPPED for case in cases)
    sizes = accumulate(_size(case) for case in cases)
    return [case for case, size in zip(cases[:most], sizes, strict=False) if size <= room]


def _size(case: Case) -> int:
    replies = len(case.replies.head) + len(case.replies.base) if case.replies else 0
    texts = len(case.chosen) + len(case.rejected) + replies
    return texts + sum(len(m.content) for m in case.prompt)


def _policy(style: str, script: str) -> str:
    """Only this style and this script, nothing from anywhere else."""
    return (
        f"default-src 'none'; style-src '{_hash(style)}'; script-src '{_hash(script)}'; "
        "base-uri 'none'; form-action 'none'"
    )


def _hash(text: str) -> str:
    return "sha256-" + b64encode(sha256(text.encode()).digest()).decode()


def _source(name: str) -> str:
    environment = _environment()
    assert environment.loader is not None
    return environment.loader.get_source(environment, name)[0]


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("specharness.report"),
        autoescape=True,
        finalize=_finalize,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(_FILTERS)
    environment.globals.update(
        pair_anchor=casedata.pair_anchor,
        rule_anchor=casedata.rule_anchor,
        suite_anchor=casedata.suite_anchor,
        width=bars.WIDTH,
        size=SIZE,
        sure=words.SURE,
        listed=_LISTED,
    )
    return environment


def _finalize(value: Any) -> Any:
    """Every text that reaches the page is made visible; what a template made is left alone."""
    if isinstance(value, Markup) or not isinstance(value, str):
        return value
    return visible(value)


def _minus(text: str) -> str:
    """A true minus sign, as wide as the plus."""
    return text.replace("-", "−")


_FILTERS = {
    "points": lambda share: _minus(words.points(share)),
    "nats": lambda margin: _minus(words.nats(margin)),
    "interval": lambda gate: _minus(words.interval(gate)),
    "level": words.level,
    "ruling": words.ruling,
    "difference": lambda gate: _minus(words.difference(gate)),
    "decimals": lambda value, digits: _minus(f"{value:,.{digits}f}"),
    "percent": words.percent,
    "preferred": words.preferred,
    "share": words.share_words,
    "seconds": words.seconds,
    "headline": words.headline,
    "advice": advise,
    "slice": words.slice_name,
    "worst": words.worst,
    "outcomes": words.outcome_words,
    "change": words.change,
    "judged": words.is_judged,
    "excerpt": excerpt,
}
