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
    """The sha256 over the names and texts of all templates: another one asks other questions."""
    folder = files(__package__) / "templates"
    names = sorted(item.name for item in folder.iterdir() if item.name.endswith(".jinja2"))
    # a checkout may have turned line ends
    return digest(*((name, _plain((folder / name).read_text("utf-8"))) for name in names))


def _plain(text: str) -> str:
    return text.replace("\r\n", "\n")


@cache
def _environment() -> "Environment":
    from jinja2 import Environment, PackageLoader, StrictUndefined  # noqa: PLC0415 - costs time

    return Environment(  # noqa: S701 - text for a model, no HTML
        loader=PackageLoader(__package__), undefined=StrictUndefined, trim_blocks=True
    )
