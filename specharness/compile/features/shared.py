"""What several families need: words that carry content, and sentences that ask."""

from collections.abc import Iterable

_LISTED = (
    "a about above after again all also am an and any are as at be because been before being "
    "below between both but by can could did do does doing don't down during each few for from "
    "further give had has have having he her here hers him his how i i'm if in into is it it's "
    "its just let make me more most my no nor not now of off on once one only or other our out "
    "over own please same she should so some such than that the their them then there these they "
    "this those through to too under until up us use very want was we were what what's when where "
    "which while who whom why will with would you your"
)
STOP_WORDS = frozenset(_LISTED.split())


def content_words(words: Iterable[str]) -> set[str]:
    """The distinct words that are no English stop words and longer than one character.

    Words of other languages pass, so overlaps are measured on them too, a little too high.
    """
    return {word for word in words if len(word) > 1 and word not in STOP_WORDS}
