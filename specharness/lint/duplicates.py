"""Pairs that say what another says already (SH102, SH103, SH104, SH109, SH110)."""

from collections import defaultdict
from collections.abc import Iterator, Sequence

from specharness.lint.alike import alike_responses
from specharness.lint.finding import Finding
from specharness.lint.subject import Subject, place
from specharness.neighbours import near_duplicates, plain_text
from specharness.records import Message, Pair

_GROUP = ", or give both one group"

Content = tuple[tuple[Message, ...], str, str]
Sides = tuple[int, int]


def content(pair: Pair) -> Content:
    """What a pair says."""
    return pair.prompt, pair.chosen, pair.rejected


def check_duplicates(subject: Subject) -> Iterator[Finding]:
    """Lines whose pair, or whose id, stands further up."""
    firsts: dict[Content, Pair] = {}
    names: dict[str, Pair] = {}
    for pair in subject.pairs:
        same = firsts.setdefault(content(pair), pair)
        other = names.setdefault(pair.id, pair)
        if same is not pair:
            told = f"the same pair as in {place(same)}"
            yield subject.at_pair("SH102", pair, told, "remove one of them")
        elif other is not pair:
            told = f"the id '{pair.id}' stands in {place(other)} already"
            yield subject.at_pair("SH103", pair, told, "give one of them another id")


def check_near_duplicates(subject: Subject) -> Iterator[Finding]:
    """Pairs that are nearly an earlier one, with the same label or with the opposite one."""
    unique = list({content(pair): pair for pair in reversed(subject.pairs)}.values())[::-1]
    for members in _alike(unique):
        firsts: dict[Sides, Pair] = {}
        for sides, pair in members:
            same, opposite = firsts.get(sides), firsts.get(sides[::-1])
            if same is not None:
                told = f"nearly the same pair as in {place(same)}"
                remedy = "remove one" + ("" if pair.group == same.group else _GROUP)
                yield subject.at_pair("SH104", pair, told, remedy)
            elif opposite is not None and content(opposite) != _turned(pair):
                told = f"nearly the pair of {place(opposite)}, with the opposite label"
                yield subject.at_pair("SH110", pair, told, "mend the label that is wrong")
            firsts.setdefault(sides, pair)


def check_hardly_different(subject: Subject) -> Iterator[Finding]:
    """Pairs whose responses differ in case and blanks only."""
    for pair in subject.pairs:
        starts = [text.lstrip()[:1].casefold() for text in (pair.chosen, pair.rejected)]
        if starts[0] == starts[1] and plain_text(pair.chosen) == plain_text(pair.rejected):
            told = "the responses differ in case and blanks only"
            yield subject.at_pair("SH109", pair, told, "check the label, or remove the line")


def _alike(pairs: Sequence[Pair]) -> Iterator[list[tuple[Sides, Pair]]]:
    """Pairs, two and more at a time, whose prompts are alike and whose responses are so in twos.

    With each pair come the clusters of its chosen and of its rejected response.
    """
    numbers: dict[str, int] = {}
    for number, cluster in enumerate(alike_responses(pairs)):
        numbers.update(dict.fromkeys(cluster, number))
    for text in (text for pair in pairs for text in (pair.chosen, pair.rejected)):
        numbers.setdefault(text, -1 - len(numbers))
    groups: dict[frozenset[int], list[tuple[Sides, Pair]]] = defaultdict(list)
    for pair in pairs:
        sides = numbers[pair.chosen], numbers[pair.rejected]
        groups[frozenset(sides)].append((sides, pair))
    for group in groups.values():
        if len(group) > 1:
            prompts = near_duplicates([_asked(pair) for _, pair in group])
            yield from ([group[index] for index in cluster] for cluster in prompts)


def _asked(pair: Pair) -> str:
    return "\n".join(turn.content for turn in pair.prompt)


def _turned(pair: Pair) -> Content:
    return pair.prompt, pair.rejected, pair.chosen
