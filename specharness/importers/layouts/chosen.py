"""A prompt with a better and a worse answer, under whatever names: the plainest layout there is.

Answers are texts or messages; the prompt is a text (with `system` and `history` where they are
given) or messages. Where no column asks, the prompt is what both texts begin with (TRL calls it
implicit).
"""

import re
from bisect import bisect_left
from collections.abc import Iterator
from typing import Any

from specharness.importers.columns import PROMPTS, prompt_names
from specharness.importers.compared import compared, find_compared
from specharness.importers.extras import extras, verdict
from specharness.importers.fields import text, user
from specharness.importers.judgement import Judgement, Layout, Options, Row, Unusable
from specharness.importers.turns import (
    answered,
    asked,
    blank_system,
    readable_history,
    settled,
    unpacked,
)

# Scripts that put no blanks between words: every character may begin one.
_NO_BLANKS = re.compile(
    "[\u3000-\u30ff\u3400-\u9fff\uf900-\ufaff\uff00-\uffef\U00020000-\U0003ffff]"
)

# What can stand beside two texts without being what was asked.
_BESIDE = re.compile(
    r"(.*_)?(id|uid|uuid|hash|model|policy|name|source|dataset|subset|split|type|status|date)s?"
    r"|category|domain|topic|tags|task|lang(uage)?|licen[sc]e|annotator|created_at|timestamp"
    r"|meta(data)?|attributes|extra|info"
    r"|.*(score|rating|reward|margin|weight|tokens|length|logps?).*"
)


def _fits_pairs(row: Row) -> bool:
    found = find_compared(row)
    if found is None or found.kind != "answers":
        return False
    return bool(prompt_names(found.row)) and readable_history(found.row)


def _fits_implicit(row: Row) -> bool:
    found = find_compared(row)
    if found is None or found.kind != "answers" or found.names[0] == "response":
        return False
    texts = any(isinstance(v, str) for v in found.values) and not any(map(_nested, found.values))
    beside = [name for name, value in found.row.items() if isinstance(value, str) or _nested(value)]
    known = all(name in found.names or _BESIDE.fullmatch(name) for name in beside)
    return texts and known and not any(name in found.row for name in PROMPTS)


def _nested(value: Any) -> bool:
    return isinstance(value, list | dict)


def _convert_pairs(row: Row, options: Options) -> Iterator[Judgement]:
    found = compared(row)
    question = asked(found.row)
    lead, first, second = answered(found.values, found.names)
    if question and (question[-1].role, question[-1].content) == ("assistant", first):
        question = question[:-1]  # messages that go on to the chosen answer
    asking = (unpacked(found.row[name]) for name in prompt_names(found.row))
    yield Judgement(
        prompt=settled(question, lead),
        first=first,
        second=second,
        better=verdict(found.row, found.names, options),
        shown=False,
        where=row.where,
        notes=blank_system(*found.values, *asking),
        **extras(found.row),
    )


def _convert_implicit(row: Row, options: Options) -> Iterator[Judgement]:
    found = compared(row)
    first, second = map(text, found.values, found.names)
    if not (first.strip() and second.strip()):
        raise Unusable("empty side")
    if first == second:
        raise Unusable("identical sides")
    cut = prompt_end(first, second)
    if not cut:
        raise Unusable("empty prompt", "the two texts have no beginning in common")
    yield Judgement(
        prompt=user(first[:cut]),
        first=first[cut:],
        second=second[cut:],
        better=verdict(found.row, found.names, options),
        shown=False,
        where=row.where,
        **extras(found.row),
    )


def prompt_end(first: str, second: str) -> int:
    """Where the common beginning of two texts ends, at the end of a word.

    Blanks after it belong to the responses, as TRL's `extract_prompt` has it.

    >>> prompt_end("The sky is blue.", "The sky is black.")
    10
    """
    ends = range(1, min(len(first), len(second)) + 1)
    cut = bisect_left(ends, True, key=lambda end: first[:end] != second[:end])
    while cut and not (_ends_word(first, cut) and _ends_word(second, cut)):
        cut -= 1
    return cut


def _ends_word(said: str, at: int) -> bool:
    if said[at - 1].isspace():
        return False
    return at == len(said) or said[at].isspace() or bool(_NO_BLANKS.search(said[at - 1 : at + 1]))


LAYOUTS: tuple[Layout, ...] = (
    Layout(
        name="pairs",
        title="a prompt with a chosen and a rejected answer (TRL, Orca, axolotl, ShareGPT, ...)",
        fits=_fits_pairs,
        convert=_convert_pairs,
    ),
    Layout(
        name="pairs-implicit",
        title="two texts that begin with the same prompt (TRL, implicit prompt)",
        fits=_fits_implicit,
        convert=_convert_implicit,
    ),
)
