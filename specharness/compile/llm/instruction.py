"""What the user's instruction already asks for, as rules."""

from functools import partial

from specharness.compile.llm.answers import read_rules
from specharness.compile.llm.asking import Interview, Question
from specharness.compile.llm.draft import Draft
from specharness.compile.llm.explain import RULES_FORM
from specharness.compile.llm.options import Options
from specharness.compile.llm.prompts import render
from specharness.compile.llm.quoting import mark_for, quote

_MOST = 5


def from_instruction(instruction: str, interview: Interview, options: Options) -> list[Draft]:
    """Up to five drafts that no pair gave rise to; one call, none without an instruction."""
    if not options.instruction or not instruction.strip():
        return []
    text = quote(instruction.strip(), options.characters)
    prompt = render(
        "instruction",
        instruction=text,
        mark=mark_for([text], options.seed),
        most=_MOST,
        words=options.words,
        form=RULES_FORM,
    )
    question = Question(prompt=prompt, read=partial(read_rules, most=_MOST), form=RULES_FORM)
    (rules,) = interview.ask("instruction", [question], 20 + 2 * _MOST * options.words)
    return [Draft(text=rule) for rule in rules or ()]
