"""Texts that nearly say the same: clusters by the overlap of their 5-grams.

MinHash and its bands are worked out with numpy for many texts at once: a MinHash object per text,
as libraries have it, takes minutes for 100,000 texts. What the bands find is compared exactly.
"""

import hashlib
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from itertools import chain, combinations
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Numbers = NDArray[np.uint64]

ALIKE = 0.7  # the Jaccard index from which two texts are near duplicates
_GRAM = 5
# Texts of fewer than 40 words are compared by characters, those of 20 and more by words: two texts
# of which one is below both bounds and one above cannot overlap by 0.7, so no pair is missed.
_SHORT, _LONG = 40, 20
# 32 bands of 4 rows find 99.98 % of the pairs with an overlap of 0.7; all found are then checked.
_BANDS, _ROWS = 32, 4
# Texts that are half alike by the thousand would all be compared with all: buckets are cut into
# pieces of so many texts, and so many exact comparisons (about 10 s) are made at most.
_BUCKET, _MOST = 64, 2_000_000
# Exact comparison is for pairs that agree in so many MinHashes: with an overlap of 0.7 they agree
# in 89.6 on average, standard deviation 5.2.
_AGREED = 64
_AT_ONCE = 1 << 16  # 5-grams hashed at a time: they stay in the processor's cache
_KEPT = 1 << 14  # texts whose 5-grams are kept between comparisons
_PAD = "\uffff"

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
    result does not depend on the order of the texts, apart from the indexes. (In large sets where
    hundreds of texts are half alike, comparing has a bound, and a cluster may be missed.)

    >>> near_duplicates(["What is the capital of France?", "Hi", "what is the capital of  France"])
    [(0, 2)]
    """
    plain = [plain_text(text) for text in texts]
    firsts: dict[str, int] = {}
    clusters = Clusters(len(plain))
    for index, text in enumerate(plain):
        clusters.join(firsts.setdefault(text, index), index)
    unique = list(firsts.values())
    _join_alike(plain, [i for i in unique if _words(plain[i]) < _SHORT], _by_characters, clusters)
    _join_alike(plain, [i for i in unique if _words(plain[i]) >= _LONG], _by_words, clusters)
    return [cluster for cluster in clusters.members() if len(cluster) > 1]


def plain_text(text: str) -> str:
    r"""A text without what is no difference: case and the width of blanks.

    >>> plain_text(" The\n End ")
    'the end'
    """
    return " ".join(text.casefold().split())


def _words(plain: str) -> int:
    return plain.count(" ") + 1


def _by_characters(plain: str) -> Grams:
    return _grams(plain, "")


def _by_words(plain: str) -> Grams:
    return _grams(plain.split(" "), " ")


def _grams(sequence: Sequence[str], glue: str) -> Grams:
    """All runs of five elements; the whole where there are fewer."""
    starts = range(max(1, len(sequence) - _GRAM + 1))
    return frozenset(glue.join(sequence[start : start + _GRAM]) for start in starts)


def _overlap(one: Grams, other: Grams) -> bool:
    shared = len(one & other)
    return shared >= ALIKE * (len(one) + len(other) - shared)


def _join_alike(
    plain: Sequence[str], indexes: list[int], cut: Callable[[str], Grams], clusters: Clusters
) -> None:
    if len(indexes) < 2:
        return
    grams = lru_cache(_KEPT)(lambda index: cut(plain[index]))
    codes = _character_codes if cut is _by_characters else _word_codes
    compared: set[tuple[int, int]] = set()

    def joined() -> list[int]:
        return [clusters.find(index) for index in indexes]

    for one, other in _candidates([plain[index] for index in indexes], codes, joined):
        pair = indexes[one], indexes[other]
        if clusters.find(pair[0]) == clusters.find(pair[1]) or pair in compared:
            continue
        if len(compared) == _MOST:
            return
        compared.add(pair)
        if _overlap(grams(pair[0]), grams(pair[1])):
            clusters.join(*pair)


# Locality-sensitive hashing (Broder 1997; Leskovec, Rajaraman & Ullman, Mining of Massive Datasets,
# chapter 3): texts of one bucket have equal MinHashes in all rows of a band.

Codes = Callable[[Sequence[str]], "tuple[Numbers, list[int]]"]


def _candidates(
    plain: Sequence[str], codes: Codes, joined: Callable[[], list[int]]
) -> Iterator[tuple[int, int]]:
    """The places of two texts that may be alike, the lower first; often twice and more.

    `joined` says at any time to which cluster each text belongs: those of one are left out.
    """
    import numpy as np  # noqa: PLC0415 - splits with one side do not need it

    signatures = np.concatenate([_signatures(*codes(part)) for part in _parts(plain)])
    bands = np.split(signatures.astype(np.uint64), _BANDS, axis=1)
    keys = [_mixed(band.T) for band in bands]
    for key, next_key in zip(keys, [*keys[1:], keys[0]], strict=True):
        order = np.lexsort((next_key, key))
        pieces = list(_pieces(key[order], np.array(joined())[order]))
        found = [pair for piece in pieces for pair in combinations(order[piece].tolist(), 2)]
        pairs = np.array(found, np.int64).reshape(-1, 2)
        for some in np.array_split(pairs, len(pairs) // _AT_ONCE + 1):
            agreed = (signatures[some[:, 0]] == signatures[some[:, 1]]).sum(axis=1)
            yield from map(tuple, np.sort(some[agreed >= _AGREED], axis=1).tolist())


def _pieces(keys: "Numbers", clusters: "NDArray[np.int64]") -> Iterator[slice]:
    """Where, among sorted keys, two and more equal ones lie that are not all of one cluster."""
    import numpy as np  # noqa: PLC0415

    begins = np.r_[True, keys[1:] != keys[:-1]]
    first = np.maximum.accumulate(np.where(begins, np.arange(len(keys)), 0))
    starts = np.flatnonzero((np.arange(len(keys)) - first) % _BUCKET == 0)
    ends = np.r_[starts[1:], len(keys)]
    several = np.minimum.reduceat(clusters, starts) < np.maximum.reduceat(clusters, starts)
    for start, end in zip(starts[several].tolist(), ends[several].tolist(), strict=True):
        yield slice(start, end)


def _parts(plain: Sequence[str]) -> Iterator[Sequence[str]]:
    """The texts in runs that are hashed at once, by their length."""
    start = length = 0
    for place, text in enumerate(plain):
        if length > _AT_ONCE:
            yield plain[start:place]
            start, length = place, 0
        length += len(text)
    yield plain[start:]


def _character_codes(plain: Sequence[str]) -> "tuple[Numbers, list[int]]":
    """One number for each character, and how many each text has (5 at least)."""
    import numpy as np  # noqa: PLC0415

    texts = [text.ljust(_GRAM, _PAD) for text in plain]
    data = "".join(texts).encode("utf-32-le", "surrogatepass")
    return np.frombuffer(data, "<u4").astype(np.uint64), [len(text) for text in texts]


def _word_codes(plain: Sequence[str]) -> "tuple[Numbers, list[int]]":
    """One number for each word, and how many each text has; they do not depend on other texts."""
    import numpy as np  # noqa: PLC0415

    words = [text.split(" ") for text in plain]
    codes = np.fromiter(map(_word_code, chain.from_iterable(words)), np.uint64)
    return codes, [len(split) for split in words]


@lru_cache(1 << 18)
def _word_code(word: str) -> int:
    data = word.encode("utf-8", "surrogatepass")
    return int.from_bytes(hashlib.blake2b(data, digest_size=8).digest(), "little")


def _signatures(codes: "Numbers", lengths: list[int]) -> Any:
    """(elements,) -> (texts, bands * rows): the MinHashes of each text's runs of five elements."""
    import numpy as np  # noqa: PLC0415

    windows = len(codes) - _GRAM + 1
    hashes = _mixed([codes[step : step + windows] for step in range(_GRAM)])
    ends = np.cumsum(lengths)
    within = np.ones(windows, bool)
    for end in ends[:-1]:
        within[end - _GRAM + 1 : end] = False  # these run on into the next text
    kept = (hashes[within] >> np.uint64(32)).astype(np.uint32)
    starts = np.r_[0, np.cumsum(np.array(lengths) - _GRAM + 1)[:-1]]
    return np.stack([np.minimum.reduceat(kept * a + b, starts) for a, b in _permutations()], axis=1)


@lru_cache(1)
def _permutations() -> list[tuple[Any, Any]]:
    """(a, b) of x -> a x + b modulo 2**32 with odd a; PCG64's raw draws never change."""
    import numpy as np  # noqa: PLC0415

    drawn = np.random.PCG64(1).random_raw(2 * _BANDS * _ROWS) >> np.uint64(32)
    numbers = drawn.astype(np.uint32).reshape(-1, 2)
    return [(a | np.uint32(1), b) for a, b in numbers]


def _mixed(columns: "Sequence[Numbers] | Numbers") -> Any:
    """Rows of numbers as one 64-bit hash each (the finisher of splitmix64 after every column)."""
    import numpy as np  # noqa: PLC0415

    total = np.zeros(len(columns[0]), np.uint64)
    for column in columns:
        total = total * np.uint64(0x9E3779B97F4A7C15) + column
        total = (total ^ (total >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        total = (total ^ (total >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        total ^= total >> np.uint64(31)
    return total
