"""JANUS: the rules as one paragraph that describes an assistant who keeps them."""

from collections.abc import Sequence
from dataclasses import dataclass

from specharness.compile.llm.asking import Interview
from specharness.compile.llm.synthesis import persona, synthesise_persona
from specharness.compile.rendering import RuleLine
from specharness.model import Model
from specharness.records import digest

_CALLS = 2  # one, and one repair
_ANCHOR = "persona"


@dataclass(frozen=True, slots=True, kw_only=True)
class Janus:
    """A paragraph and what it was made from.

    `rules` is the digest of the rules' sentences, `author` that of the model's identity ("" where
    the sentences were only strung together), `errors` counts answers that were no such paragraph.
    """

    text: str
    rules: str
    author: str = ""
    errors: int = 0


def make_janus(rules: Sequence[str], model: Model | None, earlier: Janus | None) -> Janus | None:
    """The paragraph for some rules; None where there are none.

    A model writes it, from the rules alone; without one, or where its answer is not one paragraph
    of 150 to 300 words, the sentences are strung together as they are. `earlier` is taken as it is
    where it was made of the same rules.
    """
    if not rules:
        return None
    made_of = digest(*rules)
    if earlier is not None and earlier.rules == made_of:
        return earlier
    if model is None:
        return Janus(text=persona(rules), rules=made_of)
    interview = Interview(model=model, budget=_CALLS)
    text = synthesise_persona(rules, interview)
    errors = sum(interview.errors.values())
    author = "" if errors else model.identity.digest
    return Janus(text=text, rules=made_of, author=author, errors=errors)


def rule_lines(rules: Sequence[RuleLine], janus: Janus | None) -> tuple[RuleLine, ...]:
    """The lines of a spec: each rule one, or all of them the paragraph."""
    if janus is None:
        return tuple(rules)
    turned = [rule.opposite for rule in rules]
    opposite = persona(turned) if all(turned) else ""
    return (RuleLine(anchor=_ANCHOR, text=janus.text, opposite=opposite, mark=""),)
