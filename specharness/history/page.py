"""A timeline as one HTML file: no network, no scripts, safe with strangers' text."""

from base64 import b64encode
from hashlib import sha256
from typing import Any

from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from specharness.gate.decision import count
from specharness.history import words
from specharness.history.plot import plot_timeline
from specharness.history.timeline import Timeline
from specharness.visible import excerpt, visible


def render_html(found: Timeline) -> str:
    """The timeline as one self-contained page; always encodable as UTF-8.

    Its style is that of `specharness show`, and a little of its own.
    """
    loader = ChoiceLoader([PackageLoader("specharness.history"), PackageLoader("specharness.show")])
    environment = Environment(
        loader=loader, autoescape=True, finalize=_finalize, undefined=StrictUndefined,
        trim_blocks=True, lstrip_blocks=True,
    )  # fmt: skip
    environment.globals.update(words=words)
    environment.filters.update(count=count, excerpt=excerpt)
    sheets = (loader.get_source(environment, name)[0] for name in ("show.css", "history.css"))
    style = "\n".join(sheets)
    return environment.get_template("history.jinja2").render(
        found=found,
        drawing=plot_timeline(found),
        policy=_policy(style),
        style=Markup(style),  # noqa: S704 - our own files
    )


def _policy(style: str) -> str:
    """This style and nothing else, from anywhere."""
    told = b64encode(sha256(style.encode()).digest()).decode()
    return f"default-src 'none'; style-src 'sha256-{told}'; base-uri 'none'; form-action 'none'"


def _finalize(value: Any) -> Any:
    """Every text that reaches the page is made visible; what a template made is left alone."""
    if isinstance(value, Markup) or not isinstance(value, str):
        return value
    return visible(value)
