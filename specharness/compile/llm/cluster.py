"""Rules that read alike, put together: k-means over TF-IDF, as no embedding model is at hand.

ICAI embeds the sentences with a hosted model. TF-IDF sees words, not meaning: "Be brief." and "Keep
it short." stay apart here, and are told to be alike by their votes later (`merging`).
"""

from collections import Counter
from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from specharness.compile.llm.draft import content
from specharness.compile.llm.wordlist import function_words

Vectors = NDArray[np.float64]


def cluster(sentences: Sequence[str], count: int) -> list[list[int]]:
    """At most `count` clusters of sentences, by index, each led by its most typical sentence.

    Clusters are in the order of their first sentences. Lloyd's algorithm (scipy) begins with
    sentences that are far from each other, the first one first, so nothing is left to chance.
    Where there are no more sentences than `count`, each is a cluster.
    """
    if len(sentences) <= count:
        return [[index] for index in range(len(sentences))]
    from scipy.cluster.vq import kmeans, vq  # noqa: PLC0415 - costs time to import

    vectors = tf_idf(sentences)
    centres, _ = kmeans(vectors, vectors[_apart(vectors, count)])
    homes, distances = vq(vectors, centres)
    members = [np.flatnonzero(homes == home) for home in range(len(centres))]
    found = [some[np.argsort(distances[some].round(9), kind="stable")] for some in members]
    return sorted((some.tolist() for some in found if len(some)), key=min)


def tf_idf(sentences: Sequence[str]) -> Vectors:
    """(sentences, terms), rows of length 1: stems of words and of two in a row, function words out.

    Weights are tf x (1 + ln((1 + n) / (1 + df))), smoothed as in scikit-learn's TfidfVectorizer.
    """
    counts = [Counter(_terms(sentence)) for sentence in sentences]
    terms = sorted(set().union(*counts))
    tf = np.array([[count[term] for term in terms] for count in counts], dtype=np.float64)
    df = (tf > 0).sum(axis=0)
    weighted = tf * (1 + np.log((1 + len(sentences)) / (1 + df)))
    lengths = np.linalg.norm(weighted, axis=1, keepdims=True)
    rows: Vectors = np.divide(weighted, lengths, out=np.zeros_like(weighted), where=lengths > 0)
    return rows


def _terms(sentence: str) -> list[str]:
    stems = content(sentence)
    words = [stem for stem in stems if stem not in function_words()]
    return words + [f"{one} {two}" for one, two in pairwise(stems)]


def _apart(vectors: Vectors, count: int) -> list[int]:
    """Indexes of rows, each as far as possible from those before it (Gonzalez 1985)."""
    chosen = [0]
    nearest = np.full(len(vectors), np.inf)
    while len(chosen) < count:
        distance = ((vectors - vectors[chosen[-1]]) ** 2).sum(axis=1)
        nearest = np.minimum(nearest, distance).round(9)
        chosen.append(int(np.argmax(nearest)))
    return chosen
