"""Texts that nearly say the same: clusters by the overlap of their 5-grams."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence

ALIKE = 0.7  # the Jaccard index from which two texts are near duplicates
_GRAM = 5
# Texts of fewer than 40 words are compared by characters, those of 20 and more by words: two texts
# of which one is below both bounds and one above cannot overlap by 0.7, so no pair is missed.
_SHORT, _LONG = 40, 20
# 32 bands of 4 rows find 99.98 % of the pairs with an overlap of 0.7; all found are then checked.
_BANDS, _ROWS = 32, 4

Grams = frozenset[str]


class Clusters:
    """Union-find over 0..n-1: which elements hang together."""

    def __init__(self, n: int) -> None:
        self._parents = list(range(n))

    def find(self, element: int) -> int:
        """The smallest element of the cluster."""
        while (parent := self._parents[element]) != element:
            self._parents[element] = self._parents[parent]
            element = parent
        return element

    def join(self, one: int, other: int) -> None:
        """Make two clusters one."""
        low, high = sorted((self.find(one), self.find(other)))
        self._parents[high] = low

    def members(self) -> list[tuple[int, ...]]:
        """All clusters, each in rising order, by their first element."""
        found: dict[int, list[int]] = defaultdict(list)
        for element in range(len(self._parents)):
            found[self.find(element)].append(element)
        return [tuple(cluster) for cluster in found.values()]


def near_duplicates(texts: Sequence[str]) -> list[tuple[int, ...]]:
    """The indexes of texts that are alike, two or more to a cluster, in rising order.

    Alike are texts that differ in case and blanks only, or share 0.7 of their 5-grams (Jaccard; of
    characters, in texts of 20 and more words also of words); clusters are closed under it. The
    result does not depend on the order of the texts, apart from the indexes.

    >>> near_duplicates(["What is the capital of France?", "Hi", "what is the capital of  France"])
    [(0, 2)]
    """
    plain = [" ".join(text.casefold().split()) for text in texts]
    firsts: dict[str, int] = {}
    clusters = Clusters(len(plain))
    for index, text in enumerate(plain):
        clusters.join(firsts.setdefault(text, index), index)
    words = {index: text.split(" ") for text, index in firsts.items()}
    short = {i: _grams(plain[i]) for i, split in words.items() if len(split) < _SHORT}
    long = {i: _grams(split, " ") for i, split in words.items() if len(split) >= _LONG}
    for grams in (short, long):
        _join_alike(grams, clusters)
    return [cluster for cluster in clusters.members() if len(cluster) > 1]


def _grams(sequence: Sequence[str], glue: str = "") -> Grams:
    """All runs of five elements; the whole where there are fewer."""
    starts = range(max(1, len(sequence) - _GRAM + 1))
    return frozenset(glue.join(sequence[start : start + _GRAM]) for start in starts)


def _join_alike(grams: dict[int, Grams], clusters: Clusters) -> None:
    for one, other in _candidates(grams):
        if clusters.find(one) != clusters.find(other):
            shared = len(grams[one] & grams[other])
            if shared >= ALIKE * (len(grams[one]) + len(grams[other]) - shared):
                clusters.join(one, other)


def _candidates(grams: dict[int, Grams]) -> Iterator[tuple[int, int]]:
    """Pairs that may be alike, by locality-sensitive hashing of MinHash signatures."""
    if len(grams) < 2:
        return
    from datasketch import MinHashLSH  # noqa: PLC0415 - half a second, needed by few

    index = MinHashLSH(num_perm=_BANDS * _ROWS, params=(_BANDS, _ROWS))
    for key, found in grams.items():
        signature = _signature(found)
        for other in index.query(signature):
            yield other, key
        index.insert(key, signature)


def _signature(grams: Iterable[str]) -> object:
    from datasketch import MinHash  # noqa: PLC0415
    from datasketch.hashfunc import sha1_hash32  # noqa: PLC0415

    # seed and hash are named, so that no default of another version changes a split
    made = MinHash(num_perm=_BANDS * _ROWS, seed=1, hashfunc=sha1_hash32)
    made.update_batch([gram.encode("utf-8", "surrogatepass") for gram in grams])
    return made
