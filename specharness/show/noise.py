"""What the data say about their own labels: annotators, repeats, near-identical prompts."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence

from specharness.gate.stats import wilson
from specharness.neighbours import near_duplicates
from specharness.records import Pair
from specharness.show.facts import Noise, Separation

_ALPHA = 0.05
_TRUSTED = 0.8  # how often a property must be right for its exceptions to be worth a look
_TOLD = 0.3  # a bound above says so little that it is left out


def estimate_noise(pairs: Sequence[Pair], separation: Separation) -> Noise:
    """The signs of wrong labels that the data hold; see `Noise` for what each is."""
    shares = [pair.agreement for pair in pairs]
    both_ways = [len(labels) > 1 for labels in _repeated(pairs)]
    alike = list(_alike_votes(pairs, separation))
    bound = _bound(separation)
    return Noise(
        split_labels=sum(share < 1 for share in shares),
        agreement=sum(shares) / len(shares) if min(shares) < 1 else None,
        repeated=len(both_ways),
        contradictory=sum(both_ways),
        alike=len(alike),
        alike_both=sum(len(set(votes)) > 1 for votes in alike),
        at_most=bound,
        bounded_by=separation.separators[0].label if bound is not None else "",
    )


def _repeated(pairs: Iterable[Pair]) -> list[set[str]]:
    """The responses that were chosen in each comparison that stands there more than once."""
    chosen: dict[object, list[str]] = defaultdict(list)
    for pair in pairs:
        chosen[pair.prompt, frozenset((pair.chosen, pair.rejected))].append(pair.chosen)
    return [set(labels) for labels in chosen.values() if len(labels) > 1]


def _alike_votes(pairs: Sequence[Pair], separation: Separation) -> Iterator[list[int]]:
    """The best property's votes in each set of near-identical prompts where it has two and more."""
    leader = separation.leader
    if leader is None or leader.held_out < _TRUSTED:
        return
    speaking = [pair for pair in pairs if separation.leader_votes.get(pair.id)]
    for members in near_duplicates([conversation(pair) for pair in speaking]):
        yield [separation.leader_votes[speaking[index].id] for index in members]


def conversation(pair: Pair) -> str:
    """The turns of a prompt without system texts, which whole suites share."""
    turns = [turn for turn in pair.prompt if turn.role not in ("system", "developer")]
    return "\n".join(turn.content for turn in turns)


def _bound(separation: Separation) -> float | None:
    """At most so many labels are wrong at random; None where the data bound them hardly.

    Were a share e < 1/2 of the labels turned round at random, no property could agree with more
    than 1 - e of them: so e is at most 1 minus the lower end of the accuracy's interval, which is
    widened (Bonferroni) since the best of all properties was taken.
    """
    leader = separation.leader
    if leader is None:
        return None
    alpha = 2 * _ALPHA / separation.properties  # one-sided
    lowest = wilson(leader.held_out * leader.worth, leader.worth, alpha)[0]
    return 1 - lowest if 1 - lowest <= _TOLD else None
