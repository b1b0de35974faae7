"""A run as one HTML file: no network, readable without scripts, safe with strangers' text."""

from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from specharness.report import bars, casedata, words
from specharness.report.linediff import DiffLine, diff_lines
from specharness.report.visible import excerpt, visible
from specharness.runfile import Case, Run, SuiteRun

STATIC_PAIRS = 100
_LISTED = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class SuiteView:
    """What the templates show of one suite: the run's record and what is derived from it.

    `position` is its place in the page's data, `static` the pairs to read without scripts.
    """

    run: SuiteRun
    position: int
    bar: bars.Bar | None
    diff: tuple[DiffLine, ...]
    lost: Sequence[Case]
    won: Sequence[Case]
    static: Sequence[Case]


def render_html(run: Run) -> str:
    """The report as one self-contained page; always encodable as UTF-8."""
    environment = _environment()
    style, script = (_source(name) for name in ("report.css", "report.js"))
    suites = words.worst_first(run)
    reach = bars.scale(suite.gate for suite in suites)
    return environment.get_template("index.jinja2").render(
        run=run,
        suites=[_view(suite, position, reach) for position, suite in enumerate(suites)],
        reach=reach,
        policy=_policy(style, script),
        style=Markup(style),  # noqa: S704 - our own file
        script=Markup(script),  # noqa: S704 - our own file
        data=Markup(casedata.page_data(suites)),  # noqa: S704 - escaped there
    )


def _view(suite: SuiteRun, position: int, reach: float) -> SuiteView:
    lost, won = (words.with_outcome(suite.cases, outcome) for outcome in words.FLIPPED)
    rest = [c for c in words.reading_order(suite.cases) if c.outcome not in words.FLIPPED]
    return SuiteView(
        run=suite,
        position=position,
        bar=bars.place(suite.gate, reach),
        diff=diff_lines(suite.base_spec, suite.head_spec),
        lost=lost,
        won=won,
        static=[*lost, *won, *rest[:STATIC_PAIRS]],
    )


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
        suite_anchor=casedata.suite_anchor,
        width=bars.WIDTH,
        listed=_LISTED,
        static_pairs=STATIC_PAIRS,
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
    "difference": lambda gate: _minus(words.difference(gate)),
    "decimals": lambda value, digits: _minus(f"{value:,.{digits}f}"),
    "percent": words.percent,
    "preferred": words.preferred,
    "share": words.share_words,
    "seconds": words.seconds,
    "headline": words.headline,
    "worst": words.worst,
    "outcomes": words.outcome_words,
    "change": words.change,
    "excerpt": excerpt,
}
