"""An arena metric shown two responses in the order that is asked for.

deepeval's ArenaGEval shuffles its contestants with Python's generator while it writes the prompt;
in what order they stood, it does not say. Its prompt template can be replaced (that is in its
public signature), so one stands before it that writes the contestants down in our order.
"""

import json
from collections.abc import Callable
from typing import Any

NAMES = ("A", "B")


class InOrder:
    """A metric's template, whose prompt for the winner lists the first contestant first."""

    def __init__(self, template: Any) -> None:
        self._template = template
        self.used = False

    def __getattr__(self, name: str) -> Any:
        return getattr(self._template, name)

    def generate_arena_winner(self, **context: Any) -> str:
        """The prompt; ValueError where the contestants cannot be told apart in it."""
        contents = context["test_case_contents"]
        context["test_case_contents"] = _ordered(repr(contents), contents.dummy_to_real_names)
        self.used = True
        return _render(self._template.generate_arena_winner, context)


def _render(render: Callable[..., str], context: dict[str, Any]) -> str:
    """As deepeval calls a template: with those variables that it names."""
    from deepeval.templates.template_class import filter_template_kwargs  # noqa: PLC0415 - an extra

    return str(render(**filter_template_kwargs(render, context)))


def _ordered(text: str, masks: dict[str, str]) -> str:
    """The contestants, which go by masks of their names, by these names."""
    data = json.loads(text)
    shown = data["arena_test_cases"]
    if set(shown) != set(masks):
        raise ValueError("the arena's prompt does not name its contestants")
    data["arena_test_cases"] = {mask: shown[mask] for mask in sorted(masks, key=masks.__getitem__)}
    return json.dumps(data, indent=2)
