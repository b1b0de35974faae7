"""A look at pairs as one HTML file: no network, no scripts, safe with strangers' text."""

from base64 import b64encode
from functools import cache
from hashlib import sha256
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from specharness.compile.features.measured import asked
from specharness.runfile import Share
from specharness.show import figures, plots, words
from specharness.show.facts import Facts, Separator, Slice
from specharness.visible import excerpt, visible

_SHOWN = 1500  # characters of a text
_SEPARATORS, _SLICES = 10, 12  # that stand there without being unfolded
_MOST_SLICES = 200  # of a kind, so that the page stays small


def render_html(facts: Facts) -> str:
    """The facts as one self-contained page; always encodable as UTF-8."""
    environment = _environment()
    assert environment.loader is not None
    style = environment.loader.get_source(environment, "show.css")[0]
    kept = words.worth_showing(facts.separation)[:_SEPARATORS]
    return environment.get_template("page.jinja2").render(
        facts=facts,
        policy=_policy(style),
        style=Markup(style),  # noqa: S704 - our own file
        lengths=plots.plot_lengths(facts.lengths),
        differences=plots.plot_differences(facts.lengths),
        separators=kept,
        rest=[s for s in facts.separation.separators if s not in kept],
        kinds=_by_kind(facts),
    )


def _by_kind(facts: Facts) -> dict[str, list[Slice]]:
    """The slices of each kind that divides the pairs at all."""
    found: dict[str, list[Slice]] = {}
    for part in facts.slices:
        found.setdefault(part.kind, []).append(part)
    whole = facts.counts.pairs
    return {k: parts for k, parts in found.items() if any(p.pairs < whole for p in parts)}


def _policy(style: str) -> str:
    """This style and nothing else, from anywhere."""
    told = b64encode(sha256(style.encode()).digest()).decode()
    return f"default-src 'none'; style-src 'sha256-{told}'; base-uri 'none'; form-action 'none'"


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("specharness.show"),
        autoescape=True,
        finalize=_finalize,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(_FILTERS)
    environment.globals.update(
        figures=figures,
        words=words,
        plots=plots,
        first_slices=_SLICES,
        most_slices=_MOST_SLICES,
    )
    return environment


def _finalize(value: Any) -> Any:
    """Every text that reaches the page is made visible; what a template made is left alone."""
    if isinstance(value, Markup) or not isinstance(value, str):
        return value
    return visible(value)


def _shortened(text: str) -> str:
    """The beginning of a long text, and how much more there is."""
    left = len(text) - _SHOWN
    return text if left <= 0 else f"{text[:_SHOWN]}… ({left:,} more characters)"


def _separator_bar(found: Separator) -> plots.Bar:
    return plots.place_interval(found.held_out, found.low, found.high)


def _share_bar(share: Share) -> plots.Bar:
    return plots.place_interval(share.count / share.n if share.n else 0.5, share.low, share.high)


_FILTERS = {
    "excerpt": excerpt,
    "shortened": _shortened,
    "asked": asked,
    "separator_bar": _separator_bar,
    "share_bar": _share_bar,
    "whole": lambda value: f"{value:,.0f}",
    "percent": figures.percent,
    "p_value": figures.p_value,
    "rate": figures.rate,
    "thousands": lambda count: f"{count:,}",
    "word_count": lambda text: figures.plural(len(text.split()), "word"),
}
