"""One line of a pairs file read into a pair, and a pair written as one line."""

import json
import math
from collections.abc import Callable
from difflib import get_close_matches
from typing import Any, Literal, TypeVar

from specharness.pairturns import Unreadable, as_text, kind_of, read_texts
from specharness.records import Message, Pair, digest

KEYS = (
    "id", "prompt", "chosen", "rejected", "group", "tags", "must", "weight", "source", "agreement",
    "position",
)  # fmt: skip
ALSO = ("license",)  # accepted and left alone, like every key that begins with `_`
T = TypeVar("T")

_SHAPE = "write one JSON object with prompt, chosen and rejected on each line"


def content_id(prompt: tuple[Message, ...], chosen: str, rejected: str) -> str:
    """The id of a pair that has none of its own: 10 hex digits of what it says, wherever it is."""
    return content_digest(prompt, chosen, rejected)[:10]


def content_digest(prompt: tuple[Message, ...], chosen: str, rejected: str) -> str:
    """All 64 hex digits of what a pair says."""
    return digest([(turn.role, turn.content) for turn in prompt], chosen, rejected)


def prompt_group(prompt: tuple[Message, ...]) -> str:
    """The group of a pair that names none: pairs with the same prompt belong together."""
    return "p-" + digest([(turn.role, turn.content) for turn in prompt])[:10]


def read_pair(text: str, line: int) -> Pair:
    """Read one line; Unreadable when it is not a pair."""
    row = _row(text)
    _refuse_unknown(row)
    prompt, chosen, rejected = read_texts(row)
    return Pair(
        id=_optional(row, "id", _name, content_id(prompt, chosen, rejected)),
        prompt=prompt,
        chosen=chosen,
        rejected=rejected,
        group=_optional(row, "group", _name, prompt_group(prompt)),
        tags=_optional(row, "tags", _tags, ()),
        must=_optional(row, "must", _flag, False),
        weight=_optional(row, "weight", _weight, 1.0),
        source=_optional(row, "source", _source, ""),
        agreement=_optional(row, "agreement", _agreement, 1.0),
        position=_optional(row, "position", _position, ""),
        line=line,
    )


def dump_pair(pair: Pair) -> str:
    """One JSON line (no newline at its end), its keys in a fixed order, defaults left out.

    `parse_pairs` reads the same pair from it, `line` apart.
    """
    one_user_turn = len(pair.prompt) == 1 and pair.prompt[0].role == "user"
    turns = [{"role": turn.role, "content": turn.content} for turn in pair.prompt]
    row: dict[str, object] = {
        "id": pair.id,
        "prompt": pair.prompt[0].content if one_user_turn else turns,
        "chosen": pair.chosen,
        "rejected": pair.rejected,
    }
    defaults = {"group": prompt_group(pair.prompt), "tags": (), "must": False, "weight": 1.0}
    defaults |= {"source": "", "agreement": 1.0, "position": ""}
    for key, default in defaults.items():
        if getattr(pair, key) != default:
            row[key] = getattr(pair, key)
    return json.dumps(row, ensure_ascii=False)


def _row(text: str) -> dict[str, Any]:
    try:
        row = json.loads(text, object_pairs_hook=_object, parse_constant=_constant)
    except json.JSONDecodeError as error:
        what = f"not valid JSON ({error.msg} at column {error.colno})"
        raise Unreadable(what, _SHAPE) from None
    except ValueError:
        raise Unreadable("a number with too many digits", "write a shorter one") from None
    except RecursionError:
        raise Unreadable("lists or objects nested too deep", _SHAPE) from None
    if not isinstance(row, dict):
        raise Unreadable(f"this is {kind_of(row)}, not an object", _SHAPE)
    return row


def _object(items: list[tuple[str, Any]]) -> dict[str, Any]:
    row = dict(items)
    if len(row) < len(items):
        names = [name for name, _ in items]
        twice = next(name for name in names if names.count(name) > 1)
        raise Unreadable(f"the key {_shown(twice)} stands twice", "keep one of them")
    return row


def _constant(name: str) -> float:
    raise Unreadable(f"{name} is no JSON", "write a finite number, or null")


def _refuse_unknown(row: dict[str, Any]) -> None:
    for key in row:
        if key in KEYS or key in ALSO or key.startswith("_"):
            continue
        close = get_close_matches(key, KEYS, n=1)
        ours = f"did you mean '{close[0]}'?" if close else f"the keys are {', '.join(KEYS)}"
        raise Unreadable(f"unknown key {_shown(key)}", f"{ours} (keys of your own begin with '_')")


def _shown(key: str) -> str:
    return repr(key if len(key) <= 40 else key[:39] + "…")


def _optional(row: dict[str, Any], key: str, read: Callable[[object, str], T], default: T) -> T:
    """The value of a key; null, which many tools write for a missing value, is missing."""
    value = row.get(key)
    return default if value is None else read(value, f"'{key}'")


def _name(value: object, name: str) -> str:
    text = as_text(value, name, "write a name, or leave it out")
    if not text.isprintable() or text != text.strip():
        raise Unreadable(f"{name} has control characters or outer blanks", "write a plain name")
    return text


def _source(value: object, name: str) -> str:
    return as_text(value, name, "write where the pair is from, or leave it out")


def _tags(value: object, name: str) -> tuple[str, ...]:
    if not isinstance(value, list):
        raise Unreadable(f"{name} is {kind_of(value)}, not a list", 'write it as ["one", "two"]')
    return tuple(_name(tag, f"tag {n}") for n, tag in enumerate(value, 1))


def _flag(value: object, name: str) -> bool:
    if not isinstance(value, bool):
        raise Unreadable(f"{name} is {kind_of(value)}, not a boolean", "write true or false")
    return value


def _weight(value: object, name: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise Unreadable(f"{name} is {kind_of(value)}, not a number", "write a number above 0")
    try:
        weight = float(value)
    except OverflowError:
        weight = math.inf
    if not 0 < weight < math.inf:
        raise Unreadable(f"{name} is not a finite number above 0", "write one, such as 1")
    return weight


def _agreement(value: object, name: str) -> float:
    share = _weight(value, name)
    if share > 1:
        raise Unreadable(f"{name} is above 1", "write the share of annotators who agree, 0 to 1")
    return share


def _position(value: object, name: str) -> Literal["first", "second"]:
    if value not in ("first", "second"):
        remedy = 'write "first" or "second", or leave it out'
        raise Unreadable(f"{name} is neither first nor second", remedy)
    return "first" if value == "first" else "second"
