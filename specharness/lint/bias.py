"""What tells chosen from rejected without reading them: length and place (SH401, SH402)."""

from collections.abc import Iterator

from specharness.gate.stats import wilson
from specharness.judging import length_rule
from specharness.lint.finding import Finding
from specharness.lint.subject import Subject

_LEAST = 20  # pairs; with fewer a fair coin would be accused too often
_SHARE = 0.6  # how far a rule may be right before it is told


def check_length(subject: Subject) -> Iterator[Finding]:
    """Whether the longer response, or the shorter one, is nearly always the chosen one."""
    share = length_rule(subject.pairs)
    if not _is_biased(share.count, share.n):
        return
    longer = share.count > share.n / 2
    rule = "longer" if longer else "shorter"
    told = _told(share.count if longer else share.n - share.count, share.n)
    message = f"'the {rule} response is better' is right for {told}"
    remedy = f"add pairs whose {'shorter' if longer else 'longer'} response is better"
    yield subject.at_line("SH401", 1, message, remedy)


def check_position(subject: Subject) -> Iterator[Finding]:
    """Whether the response that was shown first, or second, is nearly always the chosen one."""
    places = [str(pair.position) for pair in subject.pairs if pair.position]
    first = places.count("first")
    if not _is_biased(first, len(places)):
        return
    place = "first" if first > len(places) / 2 else "second"
    told = _told(places.count(place), len(places))
    message = f"the chosen response was shown {place} in {told}"
    yield subject.at_line("SH402", 1, message, "have pairs judged in the other order too")


def _is_biased(count: float, n: int) -> bool:
    low, high = wilson(count, n)
    return n >= _LEAST and (low > _SHARE or high < 1 - _SHARE)


def _told(count: float, n: int) -> str:
    """A share with its interval, in words.

    >>> _told(72, 100)
    '72 of 100 pairs (72 %, 95 % interval 63 to 80 %)'
    """
    low, high = wilson(count, n)
    interval = f"95 % interval {100 * low:.0f} to {100 * high:.0f} %"
    return f"{count:g} of {n} pairs ({100 * count / n:.0f} %, {interval})"
