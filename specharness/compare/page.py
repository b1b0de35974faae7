"""A comparison as one HTML file: no network, no scripts, safe with strangers' text."""

from base64 import b64encode
from hashlib import sha256
from typing import Any

from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from specharness.compare import tables, words
from specharness.compare.comparison import Comparison
from specharness.gate.decision import count
from specharness.runfile import Share
from specharness.show import plots
from specharness.visible import excerpt, visible


def render_html(found: Comparison) -> str:
    """The comparison as one self-contained page; always encodable as UTF-8.

    Style and scale of the drawings are those of `specharness show`.
    """
    loader = ChoiceLoader([PackageLoader("specharness"), PackageLoader("specharness.show")])
    environment = Environment(
        loader=loader, autoescape=True, finalize=_finalize, undefined=StrictUndefined,
        trim_blocks=True, lstrip_blocks=True,
    )  # fmt: skip
    environment.globals.update(plots=plots, words=words, tables=tables)
    environment.filters.update(bar=_bar, count=count, excerpt=excerpt)
    style = loader.get_source(environment, "show.css")[0]
    page = environment.get_template("compare.jinja2")
    return page.render(
        found=found,
        policy=_policy(style),
        style=Markup(style),  # noqa: S704 - our own file
    )


def _bar(share: Share) -> plots.Bar:
    return plots.place_interval(share.count / share.n, share.low, share.high)


def _policy(style: str) -> str:
    """This style and nothing else, from anywhere."""
    told = b64encode(sha256(style.encode()).digest()).decode()
    return f"default-src 'none'; style-src 'sha256-{told}'; base-uri 'none'; form-action 'none'"


def _finalize(value: Any) -> Any:
    """Every text that reaches the page is made visible; what a template made is left alone."""
    if isinstance(value, Markup) or not isinstance(value, str):
        return value
    return visible(value)
