"""What do the preferred responses of several pairs have in common?"""

from collections.abc import Sequence
from functools import partial

from specharness.compile.llm.answers import read_rules
from specharness.compile.llm.asking import Interview, Question
from specharness.compile.llm.draft import Draft
from specharness.compile.llm.explain import RULES_FORM, rules_tokens
from specharness.compile.llm.options import Options
from specharness.compile.llm.prompts import render
from specharness.compile.llm.quoting import mark_for, quote_pair
from specharness.records import Pair

_SHARE = 2  # pairs shown together get shorter texts: `characters` x this / batch each


def contrast(pairs: Sequence[Pair], interview: Interview, options: Options) -> list[Draft]:
    """Up to `options.rules` drafts from each batch of neighbours; all its pairs gave rise to them.

    A batch of one pair is left out: it would be an explanation.
    """
    if not options.batch:
        return []
    starts = range(0, len(pairs), options.batch)
    batches = [range(start, min(start + options.batch, len(pairs))) for start in starts]
    batches = [batch for batch in batches if len(batch) > 1]
    questions = [_question([pairs[i] for i in batch], options) for batch in batches]
    answers = interview.ask("contrast", questions, rules_tokens(options))
    return [
        Draft(text=rule, pairs=frozenset(batch))
        for batch, rules in zip(batches, answers, strict=True)
        for rule in rules or ()
    ]


def _question(pairs: Sequence[Pair], options: Options) -> Question[tuple[str, ...]]:
    limit = max(200, _SHARE * options.characters // len(pairs))
    quoted = [quote_pair(pair, limit) for pair in pairs]
    texts = [text for one in quoted for text in (one.prompt, one.chosen, one.rejected)]
    prompt = render(
        "contrast",
        pairs=quoted,
        mark=mark_for(texts, options.seed),
        most=options.rules,
        words=options.words,
        form=RULES_FORM,
    )
    return Question(prompt=prompt, read=partial(read_rules, most=options.rules), form=RULES_FORM)
