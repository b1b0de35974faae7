"""What was found, in sentences: the same in the terminal and on the page."""

from collections.abc import Iterator

from specharness.show.facts import Counts, Facts, Lengths, Noise, Separation, Separator
from specharness.show.figures import count_of, percent, plural, rate
from specharness.visible import excerpt

_MOST = 0.7  # the share of labels from which the length rule "explains most labels"
_FEW = 3  # properties that are shown though they may be chance
_SOURCES = 3  # that are named in one line
NO_LICENCE = "no licence in a .source.json or licence file beside the pairs"
NOT_EVIDENCE = (
    "Not evidence for a spec: these are picked on the very pairs they are counted on, and most are "
    "style. `specharness compile` finds out what holds on pairs it did not look at."
)


def count_words(counts: Counts) -> list[str]:
    """What there is, a few words each, without what there is none of."""
    told = [plural(counts.pairs, "pair"), plural(counts.groups, "group")]
    told.append(plural(counts.prompts, "different prompt"))
    rest = {
        "multi-turn": counts.conversations,
        "with a system text": counts.systems,
        "must hold": counts.must,
        "weighted": counts.weighted,
    }
    return told + [f"{count:,} {name}" for name, count in rest.items() if count]


def split_words(counts: Counts) -> str:
    """How the suite divides its pairs: "the split: 30 compile, 10 select, 60 gate"."""
    sides = counts.sides
    if sides is None:
        return "no split: a file on its own gates nothing"
    if not sides.divided:
        return "no split: all pairs gate"
    return f"the split: {sides.compile:,} compile, {sides.select:,} select, {sides.gate:,} gate"


def explained_by_length(lengths: Lengths) -> bool:
    """Whether the length rule, or its opposite, is right on 70 % and more, and not by chance."""
    longer = lengths.longer
    share = max(longer.count, longer.n - longer.count) / longer.n
    return share >= _MOST and not longer.low <= 0.5 <= longer.high


def length_words(lengths: Lengths) -> str:
    """What length says about the labels, and what to beware of where it explains them."""
    longer = lengths.longer
    told = f"The longer response is chosen in {count_of(longer)} pairs, {rate(longer)}"
    if lengths.equal:
        told += f"; {plural(lengths.equal, 'pair')} of equal length count half"
    if explained_by_length(lengths):
        return (
            f"{told}. Length alone explains most labels: who only counts words would score as "
            "well, so compare every result with that."
        )
    if longer.low <= 0.5 <= longer.high:
        return f"{told}. That does not tell the two apart."
    return f"{told}."


COLUMNS = (
    "Right: where the two differ in it, each group judged by the direction of the other groups. "
    "Length aside: pairs with the longer and with the shorter response chosen weigh alike."
)
UNSPACED = (
    "These texts have hardly any blanks: words are counted between blanks, so their lengths say "
    "little here."
)


def style_warning(separation: Separation) -> str:
    """What to beware of when a property other than length explains the labels; "" if none does."""
    found = [s for s in separation.separators if _explains(s) and s.family != "length"]
    if not found:
        return ""
    best = found[0]
    return (
        f"One property alone explains most labels: “{best.label}” agrees with "
        f"{percent(best.held_out)} of the labels on the {percent(best.coverage)} of the pairs "
        "where the responses differ in it."
    )


def _explains(separator: Separator) -> bool:
    """Whether more than half of all labels are as the property says, and not by chance."""
    return separator.tier == "supported" and separator.held_out * separator.coverage > 0.5


def worth_showing(separation: Separation) -> list[Separator]:
    """The separators that are no chance finding; where there are none, the best three."""
    supported = [s for s in separation.separators if s.tier == "supported"]
    return supported or list(separation.separators[:_FEW])


def separation_words(separation: Separation) -> str:
    """What was looked at, and whether anything was found."""
    told = f"{separation.properties} measured properties, each looked at alone, on "
    if separation.measured == separation.pairs:
        told += f"all {plural(separation.pairs, 'pair')}"
    else:
        told += f"{separation.measured:,} of {separation.pairs:,} pairs, drawn at random"
    if separation.too_long:
        told += f" ({separation.too_long:,} are too long to be measured)"
    if separation.leader is None:
        return told + ". None separates the two sides more clearly than chance would."
    return told + (
        ". p: the chance that the best of so many looks so good for no reason; above 0.1 it is no "
        "finding."
    )


def noise_words(facts: Facts) -> list[str]:
    """What the data say of wrong labels, and what they cannot say."""
    noise, pairs = facts.noise, facts.counts.pairs
    told = [*_annotators(noise, pairs), *_repeats(noise)]
    if noise.alike:
        told.append(
            f"“{facts.separation.separators[0].label}” points both ways within "
            f"{noise.alike_both:,} of {plural(noise.alike, 'set')} of near-identical prompts: "
            "noise, or something else decides there."
        )
    if noise.at_most is not None:
        told.append(
            f"If labels were wrong at random, at most {percent(noise.at_most)} are, where "
            f"“{noise.bounded_by}” speaks: it could not agree so well otherwise. Errors that go "
            "along with it do not show."
        )
    return told


def _annotators(noise: Noise, pairs: int) -> Iterator[str]:
    if noise.agreement is None:
        return
    yield (
        f"Annotators disagreed on {noise.split_labels:,} of {pairs:,} labels; on average "
        f"{percent(noise.agreement)} of a pair's annotators agree with its label (at best: "
        "one alone counts as agreement, and ties are not among the pairs)."
    )


def _repeats(noise: Noise) -> Iterator[str]:
    if noise.repeated:
        yield (
            f"{plural(noise.repeated, 'comparison')} of the same texts "
            f"{'stands' if noise.repeated == 1 else 'stand'} here more than once, "
            f"{noise.contradictory:,} of them with both labels."
        )
    elif noise.agreement is None:
        yield (
            "How many labels are wrong cannot be told: every comparison is judged once, and no "
            "annotator is on record who disagreed. Have some 50 pairs judged again to find out."
        )


def position_words(facts: Facts) -> str:
    """Whether the chosen response was shown first more often, and what that means."""
    position = facts.position
    first = position.first
    if not first.n:
        return "The data do not say which response was shown first."
    if position.one_sided:
        return (
            "Every chosen response stands on the same side, as where columns are named chosen and "
            "rejected: nothing is known of the order in which they were shown."
        )
    told = f"The chosen response stood first in {count_of(first)} pairs, {rate(first)}"
    if position.unknown:
        told += f" ({position.unknown:,} do not say)"
    if first.low <= 0.5 <= first.high:
        return told + ": no bias shown."
    side = "first" if first.count > first.n / 2 else "second"
    return told + f": the {side} place may have swayed whoever judged."


def origin_words(facts: Facts) -> list[str]:
    """Where the pairs are from and under which licence."""
    origin = facts.origin
    sources = [part for part in facts.slices if part.kind == "source" and part.name]
    named = [f"{excerpt(part.name, 60)} ({part.pairs:,})" for part in sources[:_SOURCES]]
    if len(sources) > _SOURCES:
        named.append(f"{len(sources) - _SOURCES:,} more")
    told = [f"from {', '.join(named)}" if named else "no pair names its source"]
    if origin.file and origin.file not in {part.name for part in sources}:
        told.append(f"imported from {origin.file}")
    told.append(f"licence: {origin.licence}" if origin.licence else NO_LICENCE)
    return told
