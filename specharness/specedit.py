"""Edits of a spec by rule: taken out, reworded, exchanged, put back. Specs in, specs out.

Everything else stays as the model sees it. Anchors stay, comments do not. A list that counted 1, 2,
3 still does; where a paragraph goes, only one of the blank lines around it stays.
"""

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from specharness.records import Spec
from specharness.specfile import parse_spec
from specharness.specrules import marker, read_rules_with_lines
from specharness.spectext import Line, visible_lines

_BLANK = Line(number=0, text="")


@dataclass(frozen=True, slots=True)
class _Owned:
    """A visible line and the id of the rule it belongs to ("" for headings and blank lines)."""

    owner: str
    line: Line


def take_out(spec: Spec, rules: Collection[str]) -> Spec:
    """The spec without the rules of these ids.

    >>> take_out(parse_spec("1. Be brief.\\n2. Be kind. {#kind}\\n3. Be plain."), {"kind"}).shown
    '1. Be brief.\\n2. Be plain.'
    """
    return _written(spec, _without(_owned(spec), rules))


def keep_only(spec: Spec, rules: Collection[str]) -> Spec:
    """The spec with only the rules of these ids; headings and tags stay."""
    return take_out(spec, {rule.id for rule in spec.rules} - set(rules))


def reword(spec: Spec, rule: str, text: str) -> Spec:
    """The spec with another text, in one line, for one rule; its anchor and list marker stay.

    >>> reword(parse_spec("- Be brief. {#b}\\n- Be kind."), "b", "Ramble.").shown
    '- Ramble.\\n- Be kind.'
    """
    return _written(spec, _reworded(_owned(spec), rule, text))


def exchange(spec: Spec, first: str, second: str) -> Spec:
    """The spec with two rules in each other's place; list markers stay where they are."""
    owned = _owned(spec)
    lines = {name: [o for o in owned if o.owner == name] for name in (first, second)}
    starts = {name: next(i for i, o in enumerate(owned) if o.owner == name) for name in lines}
    moved: list[_Owned] = []
    for index, one in enumerate(owned):
        if index in starts.values():
            stays, comes = (first, second) if index == starts[first] else (second, first)
            moved += _marked(lines[comes], marker(lines[stays][0].line.text))
        elif one.owner not in lines:
            moved.append(one)
    return _written(spec, moved)


def put_in(spec: Spec, source: Spec, rule: str) -> Spec:
    """The spec with a rule of `source`, in words and place as near as there can be.

    A rule of that id that is in the spec already goes. It stands below what was above it in
    `source`, if that is here too and under the same heading; else above what was below it.
    """
    owned = _without(_owned(spec), {rule})
    theirs = _owned(source)
    block = [one for one in theirs if one.owner == rule]
    order = [one.id for one in source.rules]
    at = order.index(rule)
    section = {one.id: one.section for one in source.rules}
    here = {one.id: one.section for one in spec.rules if one.id != rule}
    same = {name for name in here if section.get(name) == section[rule]}  # headings are renamed
    near = {name for name in same if here[name] == section[rule]}
    tries = (
        _beside(owned, order, at, near),
        _beside(owned, order, at, same),
        _below_heading(owned, theirs, rule),
        _beside(owned, order, at, set(here)),
    )
    place = next((found for found in tries if found is not None), len(owned))
    return _written(spec, _thinned([*_spaced(owned[:place], block, owned[place:])], spec))


def _spaced(
    above: Sequence[_Owned], block: Sequence[_Owned], below: Sequence[_Owned]
) -> Iterator[_Owned]:
    """A rule between other lines, and blank lines where it would go on with them, or they with it.

    Items of a list need none between them.
    """
    paragraphs = {
        one.owner
        for one in {one.owner: one for one in reversed([*above, *below])}.values()
        if not marker(one.line.text)
    }
    loose = not marker(block[0].line.text)
    blank = _Owned("", _BLANK)
    below = list(below)
    yield from above
    if loose or (above and above[-1].owner in {"", *paragraphs}):
        yield blank
        below = below[1:] if below and _is_blank(below[0]) else below
    yield from block
    if loose or (below and below[0].owner in {"", *paragraphs}):
        yield blank
    yield from below


def _beside(
    owned: Sequence[_Owned], order: Sequence[str], at: int, fits: Collection[str]
) -> int | None:
    """Where a rule goes in, by the nearest rules around it that fit; above it comes first."""
    above = next((name for name in reversed(order[:at]) if name in fits), "")
    below = next((name for name in order[at + 1 :] if name in fits), "")
    ends = [i + 1 for i, one in enumerate(owned) if above and one.owner == above]
    starts = [i for i, one in enumerate(owned) if below and one.owner == below]
    return ends[-1] if ends else next(iter(starts), None)


def _below_heading(owned: Sequence[_Owned], theirs: Sequence[_Owned], rule: str) -> int | None:
    """Where a rule goes in that is alone under its heading; None where that is not there."""
    at = next(i for i, one in enumerate(theirs) if one.owner == rule)
    above = [one for one in theirs[:at] if not one.owner and not _is_blank(one)]
    if not above:
        return 0
    found = [i for i, one in enumerate(owned) if one.line.text == above[-1].line.text]
    return found[0] + 1 if found else None


def _owned(spec: Spec) -> list[_Owned]:
    lines = visible_lines(spec.text)
    owners = {n: rule.id for rule, numbers in read_rules_with_lines(lines) for n in numbers}
    return [_Owned(owners.get(line.number, ""), line) for line in lines]


def _without(owned: Iterable[_Owned], rules: Collection[str]) -> list[_Owned]:
    """Lines of the rules left out, and one of two blank lines that would then meet."""
    kept: list[_Owned] = []
    closing = False
    for one in owned:
        if one.owner in rules:
            closing = not kept or _is_blank(kept[-1])
        elif not (closing and _is_blank(one)):
            kept.append(one)
            closing = False
    return kept


def _thinned(owned: Sequence[_Owned], spec: Spec) -> list[_Owned]:
    """No two blank lines where the spec had none such."""
    if "\n\n\n" in spec.shown:
        return list(owned)
    return [
        one for i, one in enumerate(owned) if not (i and _is_blank(one) and _is_blank(owned[i - 1]))
    ]


def _is_blank(one: _Owned) -> bool:
    return not one.line.text.strip() and not one.line.fenced


def _reworded(owned: Sequence[_Owned], rule: str, text: str) -> list[_Owned]:
    mine = [one for one in owned if one.owner == rule]
    anchors = tuple(anchor for one in mine for anchor in one.line.anchors)
    first = mine[0].line
    line = replace(first, text=marker(first.text) + text, anchors=anchors, fenced=False)
    found = []
    for one in owned:
        if one is mine[0]:
            found.append(_Owned(rule, line))
        elif one.owner != rule:
            found.append(one)
    return found


def _marked(lines: Sequence[_Owned], sign: str) -> list[_Owned]:
    """A rule's lines with another list marker on the first."""
    first = lines[0].line
    text = sign + first.text.removeprefix(marker(first.text))
    return [_Owned(lines[0].owner, replace(first, text=text)), *lines[1:]]


def _written(spec: Spec, owned: Sequence[_Owned]) -> Spec:
    """Read again what the lines say, anchors put back."""
    if _counts(_owned(spec)):
        owned = _counted(owned)
    texts = [
        one.line.text + "".join(f" {{#{anchor}}}" for anchor in one.line.anchors) for one in owned
    ]
    return parse_spec("\n".join(texts))


def _numbers(owned: Sequence[_Owned]) -> list[tuple[int, int]]:
    """The places of ordered items' first lines, and what each should count."""
    open_lists: dict[int, int] = {}  # by indent: the last number
    found, seen = [], set()
    for index, one in enumerate(owned):
        if not one.owner:
            if not _is_blank(one):
                open_lists.clear()
            continue
        if one.owner in seen:
            continue
        seen.add(one.owner)
        sign = marker(one.line.text)
        indent = len(sign.expandtabs(4)) - len(sign.expandtabs(4).lstrip())
        open_lists = {wide: count for wide, count in open_lists.items() if wide <= indent}
        if re.search(r"\d", sign):
            open_lists[indent] = open_lists.get(indent, 0) + 1
            found.append((index, open_lists[indent]))
        else:
            open_lists.pop(indent, None)
    return found


def _counts(owned: Sequence[_Owned]) -> bool:
    """Whether every ordered list counts 1, 2, 3."""
    return all(
        re.search(rf"(?<!\d){count}(?!\d)", marker(owned[i].line.text))
        for i, count in _numbers(owned)
    )


def _counted(owned: Sequence[_Owned]) -> list[_Owned]:
    found = list(owned)
    for index, count in _numbers(owned):
        one = owned[index]
        sign = marker(one.line.text)
        text = re.sub(r"\d+", str(count), sign, count=1) + one.line.text.removeprefix(sign)
        found[index] = _Owned(one.owner, replace(one.line, text=text))
    return found
