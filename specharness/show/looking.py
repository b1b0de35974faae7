"""The whole look, every step in order."""

import numpy as np

from specharness.show.counting import count_pairs, count_positions, find_slices
from specharness.show.examples import find_examples
from specharness.show.facts import Facts
from specharness.show.lengths import measure_lengths
from specharness.show.noise import estimate_noise
from specharness.show.separating import separate
from specharness.show.subject import Subject


def look(subject: Subject, rng: np.random.Generator) -> Facts:
    """Everything the page shows of at least one pair; `rng` draws the sample and the permutations.

    10,000 pairs of ordinary length take a few seconds: properties are measured on a sample.
    """
    pairs, split = subject.pairs, subject.split
    separation = separate(pairs, rng)
    return Facts(
        name=subject.name,
        description=subject.description,
        file=subject.file,
        origin=subject.origin,
        counts=count_pairs(pairs, split),
        slices=find_slices(pairs, split),
        lengths=measure_lengths(pairs),
        separation=separation,
        noise=estimate_noise(pairs, separation),
        position=count_positions(pairs),
        examples=find_examples(pairs),
    )
