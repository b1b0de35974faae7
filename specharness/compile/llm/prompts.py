"""The prompts of the llm proposer: jinja2 templates in this package, digested into the lock."""

from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

from specharness.records import digest

if TYPE_CHECKING:
    from jinja2 import Environment


def render(step: str, **parts: object) -> str:
    """The prompt of a step, its template filled in."""
    return _environment().get_template(f"{step}.jinja2").render(**parts).strip()


def templates_digest() -> str:
    """The sha256 over all templates, general hypotheses and word lists, by name and text.

    Another one asks other questions, or lets other rules through.
    """
    package = files(__package__)
    folder = package / "templates"
    texts = [item for item in folder.iterdir() if item.name.endswith(".jinja2")]
    texts += [package / "catalogue.toml", package / "words.toml"]
    # a checkout may have turned line ends
    named = sorted((item.name, _plain(item.read_text("utf-8"))) for item in texts)
    return digest(*named)


def _plain(text: str) -> str:
    return text.replace("\r\n", "\n")


@cache
def _environment() -> "Environment":
    from jinja2 import Environment, PackageLoader, StrictUndefined  # noqa: PLC0415 - costs time

    return Environment(  # noqa: S701 - text for a model, no HTML
        loader=PackageLoader(__package__), undefined=StrictUndefined, trim_blocks=True
    )
