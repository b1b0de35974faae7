"""A run as one HTML file: no network, readable without scripts, safe with strangers' text."""

import re
from base64 import b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from itertools import accumulate
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from specharness.report import bars, casedata, words
from specharness.report.advice import advise
from specharness.report.beside import Beside, find_beside
from specharness.report.linediff import DiffLine, diff_lines
from specharness.report.rulediff import RuleView, view_rules
from specharness.report.scatter import SIZE, Scatter, plot_margins
from specharness.report.shades import LEVELS, Side, View, shade_pair, token_name
from specharness.report.since import SinceView, view_since
from specharness.runfile import Case, EditEffect, Gate, Run, Slice, SuiteRun
from specharness.visible import excerpt, visible

_VIEWS: dict[View, tuple[str, str]] = {
    "head": ("the spec", "log p(token | spec) − log p(token | reference)"),
    "edit": ("the edit", "log p(token | spec) − log p(token | spec before)"),
}
if TYPE_CHECKING:
    from specharness.report.noticed import CoverageView, MutationView, TimelineView

STATIC_PAIRS = 100
STATIC_CHARACTERS = 1_000_000  # of all suites, so that the page stays small however many flip
_LISTED = 6
_SLICES = 100  # of a suite, those that lost most surely
_SCRIPTS = ("unpack.js", "differ.js", "shades.js", "report.js")


@dataclass(frozen=True, slots=True, kw_only=True)
class SuiteView:
    """What the templates show of one suite: the run's record and what is derived from it.

    `compared` are its comparisons, with the base and with the anchor where there is one, each with
    what it is with and its bar, `since` what became of it since the anchor; `slices` are parts of
    the suite with theirs.

    `position` is its place on the page, `data` its packed pairs and `static` the pairs to read
    without scripts, of which `flipped` flipped.
    """

    run: SuiteRun
    position: int
    coverage: "CoverageView | None"
    mutations: "MutationView | None"
    timeline: "TimelineView | None"
    untold: Sequence[str]
    effects: Mapping[tuple[str, str], EditEffect]
    bar: bars.Bar | None
    compared: Sequence[tuple[str, Gate, bars.Bar | None]]
    since: SinceView | None
    slices: Sequence[tuple[Slice, bars.Bar]]
    lost_parts: Sequence[Slice]
    scatter: Scatter | None
    diff: tuple[DiffLine, ...]
    rules: Sequence[RuleView]
    unchanged: Sequence[RuleView]
    lost: Sequence[Case]
    won: Sequence[Case]
    static: Sequence[Case]
    shaded: Mapping[str, Sequence[tuple[tuple[str, str], Sequence[Side]]]]
    flipped: int
    data: str


def render_html(run: Run, folder: Path | None = None) -> str:
    """The report as one self-contained page; always encodable as UTF-8.

    Records that `specharness coverage` and its like kept in `folder` are shown where they belong to
    this run (see `beside`).
    """
    environment = _environment()
    style, script = _source("report.css"), "".join(map(_source, _SCRIPTS))
    suites = words.worst_first(run)
    beside = find_beside(run, folder)
    reach = bars.scale(bars.gates(suites))
    room = STATIC_CHARACTERS // max(1, len(suites))
    return environment.get_template("index.jinja2").render(
        run=run,
        suites=[
            _view(suite, beside[suite.folder], place, reach, room)
            for place, suite in enumerate(suites)
        ],
        reach=reach,
        level=words.shared_level(suites),
        policy=_policy(style, script),
        style=Markup(style),  # noqa: S704 - our own file
        script=Markup(script),  # noqa: S704 - our own file
    )


def _view(suite: SuiteRun, beside: Beside, position: int, reach: float, room: int) -> SuiteView:
    lost, won = (words.with_outcome(suite.cases, outcome) for outcome in words.FLIPPED)
    static = _static(suite, room)
    rules = view_rules(suite)
    return SuiteView(
        run=suite,
        position=position,
        **_noticed(suite, beside),
        effects={(effect.kind, effect.rule): effect for effect in beside.effects},
        bar=bars.place(suite.gate, reach),
        compared=_compared(suite, reach),
        since=view_since(suite, beside.since),
        slices=list(zip(suite.slices, bars.place_slices(suite.slices), strict=True))[:_SLICES],
        lost_parts=words.lost_slices(suite),
        scatter=plot_margins(suite),
        diff=diff_lines(suite.base_spec, suite.head_spec),
        rules=[rule for rule in rules if rule.kind != "unchanged"],
        unchanged=[rule for rule in rules if rule.kind == "unchanged"],
        lost=lost,
        won=won,
        static=static,
        shaded=_shaded(static, room // 25),
        flipped=sum(case.outcome in words.FLIPPED for case in static),
        data=casedata.suite_data(suite),
    )


def _noticed(suite: SuiteRun, beside: Beside) -> dict[str, Any]:
    """How good the pairs are, from the records that there are."""
    found: dict[str, Any] = dict.fromkeys(("coverage", "mutations", "timeline"))
    found["untold"] = beside.told
    if not (beside.coverage or beside.mutations or beside.timeline):
        return found
    from specharness.report import noticed  # noqa: PLC0415 - needs numpy and scipy

    if beside.coverage:
        found["coverage"] = noticed.view_coverage(beside.coverage, suite.head_spec)
    if beside.mutations:
        found["mutations"] = noticed.view_mutations(beside.mutations)
    if beside.timeline:
        found["timeline"] = noticed.view_timeline(beside.timeline)
    return found


def _compared(suite: SuiteRun, reach: float) -> list[tuple[str, Gate, bars.Bar | None]]:
    base = suite.against_base or suite.gate
    both = [("base", base), *([("anchor", suite.anchor)] if suite.anchor else [])]
    return [(name, gate, bars.place(gate, reach)) for name, gate in both]


def _static(suite: SuiteRun, room: int) -> list[Case]:
    """The flipped pairs and some others in reading order, as long as their texts find room.

    Of the others those that were lost since the anchor come first: the page links to them.
    """
    since = {pair.id for pair in suite.since_anchor.lost} if suite.since_anchor else set()
    news = {case.id for case in suite.cases if case.outcome in words.FLIPPED or case.id in since}
    cases = words.reading_order(suite.cases)
    cases.sort(key=lambda case: (case.outcome not in words.FLIPPED, case.id not in news))
    most = STATIC_PAIRS + len(news)
    sizes = accumulate(_size(case) for case in cases)
    return [case for case, size in zip(cases[:most], sizes, strict=False) if size <= room]


def _shaded(
    cases: Sequence[Case], room: int
) -> dict[str, list[tuple[tuple[str, str], Sequence[Side]]]]:
    """The first cases with shaded tokens, by id, as long as their responses find room.

    A token has an element of its own, so that shaded text is some ten times as large as text.
    """
    sized = [case for case in cases if case.moves]
    sizes = accumulate(len(case.chosen) + len(case.rejected) for case in sized)
    kept = [case for case, size in zip(sized, sizes, strict=True) if size <= room]
    views = {case.id: [(_VIEWS[v], shade_pair(case, v)) for v in _VIEWS] for case in kept}
    return {name: [view for view in found if view[1]] for name, found in views.items()}


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
        loader=ChoiceLoader(
            [PackageLoader("specharness.report"), PackageLoader("specharness.history")]
        ),
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
        map_width=bars.MAP,
        sure=words.SURE,
        listed=_LISTED,
        levels=LEVELS,
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


def _coded(text: str) -> Markup:
    """A sentence of ours with its commands as code; whatever else it holds stays text."""
    parts = _COMMAND.split(visible(text))
    return Markup().join(
        Markup("<code>{}</code>").format(part) if i % 2 else part for i, part in enumerate(parts)
    )


_COMMAND = re.compile(r"`(specharness [^`]*)`")
_FILTERS = {
    "coded": _coded,
    "points": lambda share: _minus(words.points(share)),
    "nats": lambda margin: _minus(words.nats(margin)),
    "interval": lambda gate: _minus(words.interval(gate)),
    "level": words.level,
    "ruling": words.ruling,
    "difference": lambda gate: _minus(words.difference(gate)),
    "decimals": lambda value, digits: _minus(f"{value:,.{digits}f}"),
    "percent": words.percent,
    "unmeasured": words.unmeasured,
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
    "shading": words.shading,
    "token": token_name,
    "moved": lambda nats: _minus(f"{nats:+.{2 if abs(nats) < 1 else 1}f}"),
    "unsigned": lambda text: text.lstrip("+−"),
    "minus": lambda text: _minus(str(text)),
    "plain": lambda value: f"{value:g}",
}
