"""Near duplicates at the size lint needs: many texts, alike or half alike, in bounded time."""

import random
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from specharness.neighbours import near_duplicates
from tests.lintsets import words

TEXTS = st.lists(st.sampled_from(["one", "two", "three", "Four"]), max_size=60).map(" ".join)


@given(st.lists(TEXTS, max_size=6), st.randoms(use_true_random=False))
@settings(max_examples=60, deadline=None)
def test_the_order_of_texts_does_not_matter(texts: list[str], rng: random.Random) -> None:
    order = rng.sample(range(len(texts)), len(texts))
    shuffled = near_duplicates([texts[place] for place in order])
    back = sorted(tuple(sorted(order[place] for place in cluster)) for cluster in shuffled)
    assert back == near_duplicates(texts)


@pytest.mark.parametrize("length", [10, 30, 90])
def test_planted_copies_among_many_are_found(length: int) -> None:
    rng = random.Random(length)
    texts = [words(rng, length) for _ in range(3000)]
    copies = [text.title() + " too" for text in texts[::10]]
    expected = [(10 * n, 3000 + n) for n in range(300)]
    assert near_duplicates([*texts, *copies]) == expected


def test_thousands_of_copies_are_one_cluster_soon() -> None:
    rng = random.Random(0)
    template = words(rng, 80)
    start = time.process_time()
    assert near_duplicates([f"{template} {words(rng, 3)}" for _ in range(4000)]) == [
        tuple(range(4000))
    ]
    # all pairs compared would be 8,000,000 comparisons: minutes
    assert time.process_time() - start < 20


def test_half_alike_texts_are_no_copies_and_end_soon() -> None:
    rng = random.Random(0)
    template = words(rng, 60)
    start = time.process_time()
    assert near_duplicates([f"{template} {words(rng, 40)}" for _ in range(2000)]) == []
    assert time.process_time() - start < 20
