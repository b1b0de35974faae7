"""What names of fields say: which field asks, which hold responses, which one a label means."""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal

from specharness.importers.fields import Prompt, prompt, response, text
from specharness.importers.judgement import Unusable
from specharness.importers.turns import refuse_media

ASKING = (
    "prompt", "instruction", "question", "query", "input", "user_prompt", "question_text",
    "problem", "messages", "conversation", "conversations", "chat", "history", "context",
)  # fmt: skip
BESIDE = ("input", "context")  # what an instruction or a question may be about
OUTPUTS = ("output", "answer", "response", "completion", "text", "content", "result", "messages")
SYSTEM = ("system", "system_prompt", "system_message")
ANSWERING = (
    "response", "answer", "output", "completion", "generation", "generations", "candidate", "text",
    "reply", "option", "summary", "model", "choice", "message",
)  # fmt: skip

_APART = r"(?:^|[\s_.\-]+|(?<=[a-z])(?=[A-Z]))"  # a letter or a word stands apart: not "phone"
_LETTER = re.compile(rf"(.*?){_APART}([A-Za-z])$", re.S)
_WORD = re.compile(rf"(.*?){_APART}((?i:left|right|first|second|one|two))$", re.S)
_NUMBER = re.compile(r"(.*?)[\s_.\-]*(\d{1,2})$", re.S)
_TIES = frozenset({
    "tie", "tied", "ties", "draw", "equal", "equally", "both", "neither", "same", "similar",
    "preference", "difference",
})  # fmt: skip
_BESIDE_TIES = frozenset({
    "a", "are", "about", "bad", "better", "good", "great", "is", "no", "of", "quality", "roughly",
    "the", "them", "these", "two", "answers", "options", "outputs", "responses", "texts",
})  # fmt: skip
_LONGEST = 60  # characters of a label; what is longer is a comment
_WORDS = {"left": 0, "first": 0, "one": 0, "right": 1, "second": 1, "two": 1}


def asked(fields: Mapping[str, Any], without: Iterable[str] = ()) -> Prompt:
    """The prompt among named fields, with the system text if there is one.

    A field of ASKING, and after a blank line what `input` or `context` beside it say, as in
    Alpaca's data. Without any such field, the only other field that is a text is the prompt.
    Unusable("missing field") where two fields ask different things or none asks, "empty prompt"
    where it is blank, and "not text" where an image or a sound belongs to it.
    """
    beside = set(without)
    left = {name: fields[name] for name in fields if name not in beside}
    refuse_media(left)
    system = next((left[name] for name in SYSTEM if left.get(name)), None)
    name, *others = _asking(left)
    if not left[name]:
        raise Unusable("empty prompt", name)
    if not isinstance(left[name], str):
        return _agreed(left, [prompt(left[other], system) for other in (name, *others)])
    about = [other for other in others if other in BESIDE and isinstance(left[other], str)]
    whole = "\n\n".join(dict.fromkeys(left[one] for one in (name, *about)))
    rest = [prompt(left[other], system) for other in others if other not in about]
    return _agreed(left, [prompt(whole, system), *rest])


def _asking(fields: Mapping[str, Any]) -> list[str]:
    """The fields that ask and have something, else the first that asks."""
    named = [name for name in ASKING if name in fields]
    if said := [name for name in named if fields[name]]:
        return said
    texts = [name for name in fields if name not in SYSTEM and isinstance(fields[name], str)]
    if not named and len(texts) != 1:
        raise Unusable("missing field", "which field is the prompt?")
    return (named or texts)[:1]


def _agreed(fields: Mapping[str, Any], prompts: Sequence[Prompt]) -> Prompt:
    """The longest of several prompts that end with the same turn."""
    if any(one[-1:] != prompts[0][-1:] for one in prompts):
        both = ", ".join(other for other in ASKING if fields.get(other))
        raise Unusable("missing field", f"which field is the prompt: {both}?")
    return max(prompts, key=len)


def answered(value: Any, name: str) -> str:
    """The response in what a run put out: a text, messages, or an object that holds one of them.

    Of an object the first field of OUTPUTS counts, or its only text.
    """
    if isinstance(value, Mapping) and "role" not in value:
        texts = [key for key in value if isinstance(value[key], str)]
        named = [key for key in OUTPUTS if value.get(key)] or (texts if len(texts) == 1 else [])
        if not named:
            raise Unusable("missing field", f"which field of {name} is the response?")
        return reply(value[named[0]], named[0])[1]
    return reply(value, name)[1]


def reply(value: Any, name: str) -> tuple[Prompt, str]:
    """`fields.response` for values of any kind: the turns before a response, and the response."""
    if isinstance(value, list) and not all(isinstance(turn, Mapping) for turn in value):
        raise Unusable("not text", f"{name} is a list of other things than messages")
    return response(value, name)


def siblings(fields: Mapping[str, Any]) -> tuple[str, ...]:
    """The fields that differ in a number, a letter or a side only, in order; () if not clear.

    `response_1, response_2`, `answerA, answerB`, `text-left, text-right`. Of several such families
    the one with a name that responses have (ANSWERING) counts, if just one has.

    >>> siblings({"prompt": "Q", "answer1": "A", "answer2": "B", "score1": "x", "score2": "y"})
    ('answer1', 'answer2')
    """
    families: dict[tuple[str, str], dict[int, str]] = {}
    for name, value in fields.items():
        end = ending(name)
        if end and isinstance(value, str | list):
            families.setdefault((end[0], end[1]), {})[end[2]] = name
    whole = {key: family for key, family in families.items() if _in_a_row(family)}
    named = [family for (stem, _), family in whole.items() if stem in ANSWERING]
    clear = named if named else list(whole.values())
    return tuple(name for _, name in sorted(clear[0].items())) if len(clear) == 1 else ()


def _in_a_row(family: Mapping[int, str]) -> bool:
    places = sorted(family)
    return len(places) > 1 and places == list(range(places[0], places[0] + len(places)))


def ending(name: str) -> tuple[str, Literal["number", "letter", "word"], int] | None:
    """The stem of a name, the kind of its ending and the place it means (0-based, numbers as are).

    >>> ending("Answer A"), ending("response_2"), ending("prompt")
    (('answer', 'letter', 0), ('response', 'number', 2), None)
    """
    if found := _LETTER.fullmatch(name.strip()):
        return found[1].lower(), "letter", ord(found[2].lower()) - ord("a")
    if found := _WORD.fullmatch(name.strip()):
        return found[1].lower(), "word", _WORDS[found[2].lower()]
    if found := _NUMBER.fullmatch(name.strip()):
        return found[1].lower(), "number", int(found[2])
    return None


def named_side(label: str, names: Sequence[str]) -> int | Literal["tie"] | None:
    """Which of the responses a label means, by its place in `names`; None if it means none.

    A label may be the name itself, or end like it ("Answer A", "left"). Letters and sides count
    from the first. A bare number has to end one of the names: a 1 says nothing about text_a and
    text_b, since some count from 0.

    >>> names = ("answer1", "answer2")
    >>> named_side("Answer A", names), named_side("2", names), named_side("0", names)
    (0, 1, None)
    """
    plain = _plain(label)
    same = [place for place, name in enumerate(names) if _plain(name) == plain]
    if same:
        return same[0]
    if is_tie(label):
        return "tie"
    end = ending(label)
    if not end or (end[0] and end[0] not in {*ANSWERING, *_stems(names)}):
        return None
    place = end[2]
    if end[1] == "number":
        numbers = [found[2] for name in names if (found := ending(name)) and found[1] == "number"]
        return numbers.index(place) if place in numbers else None
    return place if place < len(names) else None


def is_tie(label: str) -> bool:
    """Whether a label says that neither response is better, and nothing besides.

    >>> is_tie("Tie (both bad)"), is_tie("About the same"), is_tie("Both are too long.")
    (True, True, False)
    """
    words = set(re.findall(r"[a-z]+", label[:_LONGEST].lower()))
    return bool(words & _TIES) and words <= _TIES | _BESIDE_TIES and len(label) <= _LONGEST


def _stems(names: Iterable[str]) -> set[str]:
    return {found[0] for name in names if (found := ending(name))}


def _plain(label: str) -> str:
    return "".join(letter for letter in label.lower() if letter.isalnum())


def texts_of(fields: Mapping[str, Any], names: Iterable[str]) -> list[str]:
    """The responses with these names."""
    return [text(fields[name], name) for name in names]
