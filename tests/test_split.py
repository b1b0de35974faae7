import os
import random
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from specharness.neighbours import Clusters, near_duplicates
from specharness.records import Message, Pair
from specharness.settings import SplitSettings
from specharness.split import split_pairs

WORDS = [
    a + b for a in ("ba", "ke", "lo", "mi", "tu", "ra") for b in ("ne", "sko", "pti", "vul", "da")
]
THIRDS = SplitSettings(compile=0.5, select=0.2, gate=0.3)


def text(seed: object, length: int = 12) -> str:
    return " ".join(random.Random(str(seed)).choices(WORDS, k=length))


def pair(name: object, prompt: str, group: str = "") -> Pair:
    turn = Message(role="user", content=prompt)
    return Pair(id=str(name), prompt=(turn,), chosen="a", rejected="b", group=group or f"g{name}")


def many(n: int) -> list[Pair]:
    return [pair(i, text(i)) for i in range(n)]


def sides(pairs, wanted=THIRDS) -> dict[str, str]:
    split = split_pairs(pairs, wanted)
    return {p.id: side for side in ("compile", "select", "gate") for p in getattr(split, side)}


@given(
    st.lists(st.tuples(st.integers(0, 6), st.integers(0, 8)), max_size=25),
    st.tuples(*[st.sampled_from([0.0, 0.1, 1.0, 3.0])] * 2, st.sampled_from([0.1, 1.0])),
    st.randoms(use_true_random=False),
)
@settings(max_examples=60, deadline=None)
def test_a_split_keeps_every_pair_once_and_groups_together(rows, shares, rng):
    pairs = [pair(i, text(prompt), f"g{group}") for i, (group, prompt) in enumerate(rows)]
    wanted = SplitSettings(compile=shares[0], select=shares[1], gate=shares[2], seed=3)
    split = split_pairs(pairs, wanted)
    assert sorted(p.id for s in (split.compile, split.select, split.gate) for p in s) == sorted(
        p.id for p in pairs
    )
    for side in (split.compile, split.select, split.gate):
        assert list(side) == sorted(side, key=lambda p: int(p.id))
    of = sides(pairs, wanted)
    for one in pairs:
        for other in pairs:
            if one.group == other.group or one.prompt == other.prompt:
                assert of[one.id] == of[other.id]
    assert not pairs or split.gate
    assert all(shares[i] > 0 or not side for i, side in enumerate((split.compile, split.select)))
    shuffled = rng.sample(pairs, len(pairs))
    assert sides(shuffled, wanted) == of


@pytest.mark.parametrize("n", [3, 10, 101])
def test_shares_are_met_to_within_a_cluster(n):
    found = list(sides(many(n)).values())
    for side, share in (("compile", 0.5), ("select", 0.2), ("gate", 0.3)):
        assert abs(found.count(side) - share * n) <= 1
        assert side in found


def test_the_gate_comes_first_where_there_are_too_few_clusters():
    assert sides(many(1)) == {"0": "gate"}
    assert sorted(sides(many(2)).values()) == ["gate", "select"]
    assert sides([]) == {}


def test_a_new_pair_moves_few_others():
    for n in (20, 100):
        before, after = sides(many(n)), sides(many(n + 1))
        assert sum(before[name] != after[name] for name in before) <= 2


def test_the_seed_and_the_groups_decide_not_the_texts_of_responses():
    pairs = many(40)
    assert sides(pairs) == sides([replace(p, chosen="other", line=9) for p in pairs])
    assert sides(pairs) != sides(pairs, replace(THIRDS, seed=1))


def test_near_duplicates_of_other_groups_stay_together():
    pairs = many(30)
    copies = [pair(100 + i, text(i).replace(" ", "  ").upper() + "!") for i in range(30)]
    of = sides([*pairs, *copies])
    assert all(of[str(i)] == of[str(100 + i)] for i in range(30))


def test_a_shared_system_text_makes_no_neighbours():
    system = Message(role="system", content=text("system", 200))
    pairs = [replace(p, prompt=(system, *p.prompt)) for p in many(30)]
    assert set(sides(pairs).values()) == {"compile", "select", "gate"}


def run(code: str, seed: str = "0") -> str:
    env = os.environ | {"PYTHONHASHSEED": seed, "PYTHONPATH": str(Path(__file__).parent)}
    code = f"import sys; from test_split import *; print({code})"
    done = subprocess.run(
        [sys.executable, "-c", code], check=False, capture_output=True, text=True, env=env
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_one_side_needs_no_comparison():
    code = "len(split_pairs(many(5), SplitSettings()).gate), 'numpy' in sys.modules"
    assert run(code) == "5 False"


def test_the_hash_seed_does_not_matter():
    code = "sorted(sides(many(30)).items())"
    assert run(code, "1") == run(code, "2") == str(sorted(sides(many(30)).items()))


@pytest.mark.parametrize("length", [1, 8, 25, 39, 45, 400])
def test_one_changed_word_in_a_long_text_is_a_near_duplicate(length):
    one = text(length, length)
    words = one.split()
    words[-1] = "different"
    close = near_duplicates([one, text("far", length), " ".join(words), one.title()])
    assert close == ([(0, 2, 3)] if length > 8 else [(0, 3)])


def test_texts_on_both_sides_of_the_bound_between_short_and_long_are_compared():
    one = text("x", 39)
    assert near_duplicates([one, one + " and so on"]) == [(0, 1)]


def test_near_duplicates_of_little():
    assert near_duplicates([]) == []
    assert near_duplicates(["a"]) == []
    assert near_duplicates(["", " ", "?", "!", "1+1", "1-1", "\ud800"]) == [(0, 1)]


def test_near_duplicates_agree_with_all_pairs_compared():
    rng = random.Random(1)
    texts = []
    for i in range(60):
        words = text(i % 15, 30).split()
        for _ in range(rng.randrange(4)):
            words[rng.randrange(len(words))] = rng.choice(WORDS)
        texts.append(" ".join(words))
    clusters = Clusters(60)
    for i, one in enumerate(texts):
        for j in range(i):
            if max(jaccard(one, texts[j]), jaccard(one.split(), texts[j].split())) >= 0.7:
                clusters.join(i, j)
    assert near_duplicates(texts) == [c for c in clusters.members() if len(c) > 1]


def jaccard(one, other) -> float:
    grams = [{tuple(x[i : i + 5]) for i in range(len(x) - 4)} for x in (one, other)]
    return len(grams[0] & grams[1]) / len(grams[0] | grams[1])
