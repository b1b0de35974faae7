"""Which responses are nearly the same, worked out once for all the checks that ask."""

from collections.abc import Iterable, Sequence
from functools import lru_cache

from specharness.neighbours import near_duplicates
from specharness.records import Pair


def alike_responses(pairs: Iterable[Pair]) -> list[tuple[str, ...]]:
    """Clusters of two and more different responses that are near duplicates."""
    return _clusters(tuple(dict.fromkeys(t for p in pairs for t in (p.chosen, p.rejected))))


def alike_texts(texts: Sequence[str]) -> list[tuple[str, ...]]:
    """Clusters of two and more texts that are near duplicates, as texts."""
    return [tuple(texts[index] for index in cluster) for cluster in near_duplicates(texts)]


@lru_cache(1)  # 200,000 responses take some 6 s, and two checks need them
def _clusters(texts: tuple[str, ...]) -> list[tuple[str, ...]]:
    return alike_texts(texts)
