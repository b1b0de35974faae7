"""Transcripts in one string, whose turns open with "\\n\\nHuman: " and "\\n\\nAssistant: ".

The prompt is everything before the last "\\n\\nAssistant:" of both transcripts; one space after a
colon belongs to the marker. A marker that opens a second turn of the same speaker is text of the
turn before it, and any marker inside a turn is noted: nobody knows who spoke there.
"""

import re
from collections.abc import Iterator

from specharness.importers.compared import Compared, compared, is_compared
from specharness.importers.extras import extras, verdict
from specharness.importers.fields import Prompt, text
from specharness.importers.judgement import Judgement, Layout, Options, Row, Unusable
from specharness.importers.speakers import HUMAN, SPEAKERS, Speakers, speakers
from specharness.records import Message

_TURNS = {who: re.compile(rf"(?:\A\s*|\n\n)({who[0]}|{who[1]}): ?") for who in SPEAKERS}
# "H:", "A:" and "User:" are frequent within a sentence; "Human:" and "Assistant:" hardly ever.
_INSIDE = {who: re.compile(rf"(?m)^\s*({who[0]}|{who[1]}):") for who in SPEAKERS}
_INSIDE[HUMAN] = re.compile(r"\b(Human|Assistant):")


def _fits_transcripts(row: Row) -> bool:
    return is_compared(row, "transcripts")


def _fits_answers(row: Row) -> bool:
    return is_compared(row, "after a transcript")


def _convert_transcripts(row: Row, options: Options) -> Iterator[Judgement]:
    found = compared(row)
    whole = (text(found.values[0], found.names[0]), text(found.values[1], found.names[1]))
    if not all(said.strip() for said in whole):
        raise Unusable("empty side", "no transcript")
    who = speakers(whole[0]) or speakers(whole[1]) or HUMAN
    yield _judged(found, row, options, who, *(_parts(said, who) for said in whole))


def _convert_answers(row: Row, options: Options) -> Iterator[Judgement]:
    found = compared(row)
    asked = found.row["prompt"].rstrip()
    who = speakers(asked) or HUMAN
    turns = _turns(asked.removesuffix(f"\n\n{who[1]}:"), who)
    sides = zip(found.values, found.names, strict=True)
    parts = [(turns, text(value, name).removeprefix(" ")) for value, name in sides]
    yield _judged(found, row, options, who, *parts)


def _judged(
    found: Compared,
    row: Row,
    options: Options,
    who: Speakers,
    *parts: tuple[Prompt, str],
) -> Judgement:
    (asked, first), (also_asked, second) = parts
    said = (first, second, *(turn.content for turn in (*asked, *also_asked)))
    marked = any(_INSIDE[who].search(one) for one in said)
    if asked != also_asked:
        raise Unusable("differs early", "a role marker stands inside a turn" if marked else "")
    return Judgement(
        prompt=asked,
        first=first,
        second=second,
        better=verdict(found.row, found.names, options),
        shown=False,
        where=row.where,
        notes=("role marker",) if marked else (),
        **extras(found.row),
    )


def _parts(transcript: str, who: Speakers) -> tuple[Prompt, str]:
    """The turns before the last one of the assistant, and what stands in that."""
    if speakers(transcript) != who:
        raise Unusable("differs early", "only one of the two is a transcript")
    asked, _, response = transcript.rpartition(f"\n\n{who[1]}:")
    return _turns(asked, who), response.removeprefix(" ")


def _turns(transcript: str, who: Speakers) -> Prompt:
    """The turns of a prompt; what comes again from the same speaker stays within the turn."""
    opened: list[re.Match[str]] = []
    for match in _TURNS[who].finditer(transcript):
        if not opened or match[1] != opened[-1][1]:
            opened.append(match)
    ends = [match.start() for match in opened[1:]] + [len(transcript)]
    roles = dict(zip(who, ("user", "assistant"), strict=True))
    return tuple(
        Message(role=roles[match[1]], content=transcript[match.end() : end])
        for match, end in zip(opened, ends, strict=True)
    )


LAYOUTS: tuple[Layout, ...] = (
    Layout(
        name="hh-rlhf",
        title="two transcripts that differ in the last answer (Anthropic HH-RLHF)",
        fits=_fits_transcripts,
        convert=_convert_transcripts,
    ),
    Layout(
        name="hh-rlhf-prompt",
        title="a transcript as the prompt, with chosen and rejected answers (full-hh, rm-static)",
        fits=_fits_answers,
        convert=_convert_answers,
    ),
)
