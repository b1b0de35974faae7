"""The race on made-up margins: who wins, by how much, and at what cost."""

from collections.abc import Sequence

import numpy as np
import pytest
from numpy.typing import NDArray

from specharness.compile.race import Variant, race
from specharness.records import Message, Pair

PAIRS = [
    Pair(id=f"p{n}", prompt=(Message(role="user", content="?"),), chosen="a", rejected="b",
         group=f"g{n}") for n in range(40)
]  # fmt: skip


def variant(name: str, words: int = 10) -> Variant:
    return Variant(name=name, text=" ".join([name] * words), rules=words)


class Margins:
    """A scorer whose texts have a known worth, the same noise for all, and a counter."""

    def __init__(self, noise: float = 0.1, **worth: float) -> None:
        self.worth = worth
        shared = np.random.default_rng(0).normal(0, 1, 40)
        self.noise = {pair.id: x for pair, x in zip(PAIRS, shared, strict=True)}
        self.spread = noise
        self.scored = 0

    def __call__(self, text: str, pairs: Sequence[Pair]) -> NDArray[np.float64]:
        self.scored += len(pairs)
        name = text.split(maxsplit=1)[0]
        own = np.random.default_rng(len(name) + ord(name[0])).normal(0, self.spread, 40)
        index = [int(p.id[1:]) for p in pairs]
        return np.array([self.noise[p.id] for p in pairs]) + self.worth[name] + own[index]


def test_a_clearly_better_challenger_wins() -> None:
    margins = Margins(full=0.0, small=-0.5, persona=0.5)
    found = race([variant("full"), variant("small"), variant("persona")], PAIRS, margins)
    assert found.winner == "persona"
    best = found.laps[-1]
    assert (best.variant, best.pairs) == ("persona", 40)
    assert best.gain == pytest.approx(0.5, abs=3 * best.error)


def test_between_equals_the_shorter_wins_and_the_longer_does_not() -> None:
    margins = Margins(full=0.0, small=0.0, wordy=0.0)
    equal = [variant("full"), variant("small", 4), variant("wordy", 30)]
    assert race(equal, PAIRS, margins).winner in ("small", "full")
    exact = Margins(noise=0.0, full=0.0, small=0.0)
    assert race([variant("full"), variant("small", 4)], PAIRS, exact).winner == "small"
    assert race([variant("full"), variant("small", 30)], PAIRS, exact).winner == "full"


def test_a_worse_shorter_text_does_not_win() -> None:
    margins = Margins(full=0.0, small=-0.5)
    assert race([variant("full"), variant("small", 2)], PAIRS, margins).winner == "full"


def test_losers_leave_early_so_many_variants_cost_little() -> None:
    names = {f"v{chr(97 + n)}": -1.0 - n for n in range(8)}
    margins = Margins(full=0.0, **names)
    found = race([variant("full"), *map(variant, names)], PAIRS, margins)
    assert found.winner == "full"
    assert [lap.pairs for lap in found.laps] == [8] * 4 + [16] * 2 + [32, 40]
    assert margins.scored == 8 * 9 + 16 * 5 + 32 * 3 + 40 * 2


def test_pairs_without_a_score_count_for_nobody() -> None:
    def score(text: str, pairs: Sequence[Pair]) -> NDArray[np.float64]:
        found = np.full(len(pairs), 1.0 if text.startswith("new") else 0.0)
        found[::2] = np.nan
        return found

    found = race([variant("full"), variant("new")], PAIRS[:8], score)
    assert found.winner == "new"
    assert found.laps[0].pairs == 4
    nothing = race(
        [variant("full"), variant("new")], PAIRS[:8], lambda t, p: np.full(len(p), np.nan)
    )
    assert nothing.winner == "full"


def test_no_pairs_or_no_challengers_keep_the_incumbent() -> None:
    margins = Margins(full=0.0, small=9.0)
    assert race([variant("full"), variant("small")], [], margins).winner == "full"
    assert race([variant("full")], PAIRS, margins).winner == "full"


def test_noise_alone_seldom_makes_a_winner() -> None:
    wins = 0
    for seed in range(200):
        source = np.random.default_rng(seed)
        table = {name: source.normal(size=40) for name in ("full", "other")}

        def score(text: str, pairs: Sequence[Pair], table: dict = table) -> NDArray[np.float64]:
            return np.array([table[text.split(maxsplit=1)[0]][int(p.id[1:])] for p in pairs])

        wins += race([variant("full"), variant("other")], PAIRS, score).winner == "other"
    assert wins <= 200 * 0.16 + 2.6 * np.sqrt(200 * 0.16 * 0.84)  # one standard error: 16 %
