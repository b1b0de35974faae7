"""What was found, as the text of the spec."""

from specharness.compilation.places import existing_text, owned_lines, spec_file
from specharness.compile.derivation import Derivation
from specharness.compile.janus import Janus, make_janus, rule_lines
from specharness.compile.race import Variant
from specharness.compile.rendering import Rendered, RuleLine, anchor_of, render_spec
from specharness.model import Model
from specharness.specfile import parse_spec
from specharness.suitefile import Suite


def janus_of(
    suite: Suite, found: Derivation, model: Model | None, earlier: Janus | None
) -> Janus | None:
    """The rules as a paragraph, where the settings ask for one."""
    if suite.settings.compile.form == "list":
        return None
    return make_janus([rule.wording.text for rule in found.rules], model, earlier)


def lines_of(found: Derivation, janus: Janus | None) -> tuple[RuleLine, ...]:
    """The lines that a spec gets for the rules, with their opposites."""
    rules = [
        RuleLine(anchor=anchor_of(r.name), text=r.wording.text, opposite=r.wording.opposite)
        for r in found.rules
    ]
    return rule_lines(rules, janus)


def render_found(suite: Suite, found: Derivation, janus: Janus | None) -> Rendered:
    """The suite's spec with these rules in it."""
    lines = lines_of(found, janus)
    return render_spec(existing_text(suite), suite.settings.instruction, lines, owned_lines(suite))


def variants_of(suite: Suite, found: Derivation) -> list[Variant]:
    """The spec with all rules that were found, the incumbent, and with fewer, down to none.

    As a paragraph they are strung together here: no model writes one for every size.
    """
    sizes = range(len(found.rules), -1, -1)
    sets = [found.of_size(size) for size in sizes]
    texts = (render_found(suite, part, janus_of(suite, part, None, None)).text for part in sets)
    return [
        Variant(
            name=f"{size} rule{'' if size == 1 else 's'}",
            text=parse_spec(text, spec_file(suite)).shown,
            rules=size,
        )
        for size, text in zip(sizes, texts, strict=True)
    ]
