"""What judges a spec and has itself changed since the base: its held-out pairs, its settings.

An edit of a spec is judged by pairs and settings that stay as they were. A change that also drops
the pairs it loses, turns their labels round or widens the margin could make a loss look like none.
"""

import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, fields, is_dataclass

from specharness.records import Pair
from specharness.settings import SuiteSettings

_LISTED = 5  # pairs that a sentence names
# What decides how a spec is judged; the rest of a suite's settings is about files and machines.
_DECIDING = ("model", "placement", "gate", "split", "score", "judge", "generate", "engine.dtype")
_BESIDE = ("score.diagnostics",)  # what is shown and decides nothing
# Tables that decide where one of these scorers does.
_ASKED = {"judge": ("judge", "generate"), "generate": ("generate",)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Drift:
    """Ids of held-out pairs, and settings in words, that are not what they were at the base.

    `removed` pairs gate no longer, `relabelled` ones have chosen and rejected turned round,
    `edited` ones another text, group, weight or `must`. `unknown` is why it cannot be told, `note`
    a remark; `command` shows the changes. Added pairs are welcome: they are only told.
    """

    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    relabelled: tuple[str, ...] = ()
    edited: tuple[str, ...] = ()
    settings: tuple[str, ...] = ()
    unknown: str = ""
    note: str = ""
    command: str = ""

    @property
    def may_hide_a_loss(self) -> bool:
        """Whether, made along with an edit of the spec, it could turn a FAIL into a PASS."""
        return any((self.removed, self.relabelled, self.edited, self.settings, self.unknown))

    @property
    def listed(self) -> str:
        """All of it in words ("" for nothing): "2 pairs removed (p-1, p-2), gate.margin ..."."""
        kinds = {"removed": self.removed, "relabelled": self.relabelled, "edited": self.edited}
        parts = [_named(ids, kind) for kind, ids in (kinds | {"added": self.added}).items() if ids]
        unread = [f"how it was cannot be read ({self.unknown})"] if self.unknown else []
        return ", ".join([*parts, *self.settings, *unread])

    def explain(self, *, failed: bool, diluted: bool) -> tuple[str, ...]:
        """Tell it to whoever edited the spec too; see `judging` for `failed` and `diluted`."""
        if not self.listed:
            return (self.note,) if self.note else ()
        if not self.may_hide_a_loss:
            told = f"Since then: {self.listed}."
            return (told, _OUTNUMBERED, _APART) if diluted and not failed else (told,)
        told = f"The change touches what judges the spec, too: {self.listed}."
        return (told, "The loss shows all the same.") if failed else (told, _HIDES, _APART)


_HIDES = "That can turn a loss into a pass, so this is no verdict; the figures are those of today."
_OUTNUMBERED = (
    "The pairs that were there before show a loss, which the added ones only outnumber: "
    "this is no verdict."
)
_APART = "Make that change on its own, with the spec left as it is, and merge it first."


def compare_pairs(then: Sequence[Pair], now: Sequence[Pair]) -> Drift:
    """How held-out pairs changed, told by id and by what they say.

    A pair under a new id is the same pair, and one with its sides exchanged is relabelled, whatever
    its id; tags and sources judge nothing.
    """
    left = {pair.id: pair for pair in now}
    same = [(old, left.pop(old.id)) for old in then if old.id in left]
    met = {old.id for old, _ in same}
    twins = _by_content(left.values())
    gone: list[Pair] = []
    for old in (pair for pair in then if pair.id not in met):
        waiting = twins[_content(old)] or twins[_content(old, turned=True)]
        if waiting:
            same.append((old, left.pop(waiting.pop(0).id)))
        else:
            gone.append(old)
    kinds: dict[str, list[str]] = defaultdict(list)
    for old, new in same:
        kinds[_change(old, new)].append(new.id)
    return Drift(
        added=tuple(pair.id for pair in now if pair.id in left),
        removed=tuple(pair.id for pair in gone),
        relabelled=tuple(kinds["relabelled"]),
        edited=tuple(kinds["edited"]),
    )


def compare_settings(then: SuiteSettings, now: SuiteSettings) -> tuple[str, ...]:
    """The settings that decide how a spec is judged and changed: "gate.margin 0.05 -> 0.2".

    >>> compare_settings(SuiteSettings(), SuiteSettings(model="toy"))
    ('model "qwen2.5-coder-0.5b" -> "toy"',)
    """
    before, after = _flat(then), _flat(now)
    scorers = {then.score.scorer, now.score.scorer}
    idle = [table for table, asked in _ASKED.items() if not scorers & set(asked)]
    return tuple(
        f"{key} {_shown(before[key])} -> {_shown(after[key])}"
        for key in after
        if before[key] != after[key] and key not in _BESIDE and key.partition(".")[0] not in idle
    )


def _content(pair: Pair, *, turned: bool = False) -> tuple[object, str, str]:
    sides = (pair.rejected, pair.chosen) if turned else (pair.chosen, pair.rejected)
    return (pair.prompt, *sides)


def _by_content(pairs: Iterable[Pair]) -> defaultdict[object, list[Pair]]:
    found: defaultdict[object, list[Pair]] = defaultdict(list)
    for pair in pairs:
        found[_content(pair)].append(pair)
    return found


def _change(old: Pair, new: Pair) -> str:
    if _content(old, turned=True) == _content(new):
        return "relabelled"
    about = [(pair.group, pair.must, pair.weight) for pair in (old, new)]
    return "edited" if _content(old) != _content(new) or about[0] != about[1] else "same"


def _flat(settings: SuiteSettings) -> dict[str, object]:
    """The deciding settings by key, tables taken apart."""
    flat: dict[str, object] = {}
    for field in fields(settings):
        value = getattr(settings, field.name)
        table = asdict(value) if is_dataclass(value) and not isinstance(value, type) else None
        inner = {"": value} if table is None else {f".{key}": v for key, v in table.items()}
        flat |= {field.name + key: v for key, v in inner.items()}
    return {k: v for k, v in flat.items() if k in _DECIDING or k.partition(".")[0] in _DECIDING}


def _shown(value: object) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 60 else text[:59] + "…"


def _named(ids: Sequence[str], kind: str) -> str:
    """How many pairs, and the first of them: "2 pairs removed (p-1, p-2)"."""
    listed = ", ".join(ids[:_LISTED]) + (", ..." if ids[_LISTED:] else "")
    return f"{len(ids)} {'pair' if len(ids) == 1 else 'pairs'} {kind} ({listed})"
