"""A run of SpecBench as one HTML file: no network, no scripts, safe with strangers' text."""

from base64 import b64encode
from hashlib import sha256
from typing import Any

from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from specharness.specbench import words
from specharness.specbench.summary import Summary
from specharness.visible import visible


def render_html(found: Summary) -> str:
    """The run as one self-contained page, in the style of `specharness show`."""
    loader = ChoiceLoader([PackageLoader("specharness"), PackageLoader("specharness.show")])
    environment = Environment(
        loader=loader, autoescape=True, finalize=_finalize, undefined=StrictUndefined,
        trim_blocks=True, lstrip_blocks=True,
    )  # fmt: skip
    style = loader.get_source(environment, "show.css")[0]
    told = b64encode(sha256(style.encode()).digest()).decode()
    page = environment.get_template("specbench.jinja2")
    return page.render(
        found=found,
        words=words,
        policy=(
            f"default-src 'none'; style-src 'sha256-{told}'; base-uri 'none'; form-action 'none'"
        ),
        style=Markup(style),  # noqa: S704 - our own file
    )


def _finalize(value: Any) -> Any:
    """Every text that reaches the page is made visible; what a template made is left alone."""
    if isinstance(value, Markup) or not isinstance(value, str):
        return value
    return visible(value)
