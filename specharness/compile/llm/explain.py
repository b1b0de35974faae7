"""Why was this one preferred? One pair at a time, with the label revealed."""

from collections.abc import Sequence
from functools import partial

from specharness.compile.llm.answers import read_rules
from specharness.compile.llm.asking import Interview, Question
from specharness.compile.llm.draft import Draft
from specharness.compile.llm.options import Options
from specharness.compile.llm.prompts import render
from specharness.compile.llm.quoting import mark_for, quote_pair
from specharness.records import Pair

RULES_FORM = 'Answer with one rule on each line, every line beginning with "- ", and nothing else.'


def explain(pairs: Sequence[Pair], interview: Interview, options: Options) -> list[Draft]:
    """Up to `options.rules` drafts from each pair, one call a pair.

    The preferred response is shown first in every other pair, so that a liking for one place
    favours neither side.
    """
    questions = [_question(pair, place, options) for place, pair in enumerate(pairs)]
    answers = interview.ask("explain", questions, rules_tokens(options))
    return [
        Draft(text=rule, pairs=frozenset({place}))
        for place, rules in enumerate(answers)
        for rule in rules or ()
    ]


def rules_tokens(options: Options) -> int:
    """Room for the rules, at two tokens a word; small models go on and on otherwise."""
    return 20 + 2 * options.rules * options.words


def _question(pair: Pair, place: int, options: Options) -> Question[tuple[str, ...]]:
    quoted = quote_pair(pair, options.characters)
    sides = [
        {"name": "PREFERRED", "text": quoted.chosen},
        {"name": "OTHER", "text": quoted.rejected},
    ]
    first, second = sides if place % 2 == 0 else sides[::-1]
    prompt = render(
        "explain",
        prompt=quoted.prompt,
        first=first,
        second=second,
        mark=mark_for([quoted.prompt, quoted.chosen, quoted.rejected], options.seed),
        most=options.rules,
        words=options.words,
        form=RULES_FORM,
    )
    return Question(prompt=prompt, read=partial(read_rules, most=options.rules), form=RULES_FORM)
