"""What fit steps are handed, and how a setting is chosen."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from specharness.arms.arm import Arm, Condition, Materials
from specharness.arms.fitting import choose, keep_apart
from specharness.arms.known import find_arms
from specharness.arms.options import given_options, one_of
from specharness.compare.comparing import Options, compare
from specharness.errors import UsageError
from specharness.model import Logprobs, Model, Request, Unmeasured
from specharness.models.changed import Change
from specharness.models.recorded import RecordedModel
from specharness.recordings import Recordings
from tests.armsuites import Listener, make_suite, row, rows, split_of, write_pairs
from tests.inside import TINY, make_local, materials, planted
from tests.networks import torch


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SPECHARNESS_CACHE", str(tmp_path / "cache"))


@dataclass
class Listening:
    """An arm that keeps what it is handed."""

    given: Materials | None = None

    @property
    def arm(self) -> Arm:
        return Arm(name="listening", about="keeps its materials", fit=self.fit)

    def fit(self, given: Materials) -> Condition:
        self.given = given
        return Condition()


def handed(root: Path, **changes: Any) -> Materials:
    listening = Listening()
    compare(make_suite(root, **changes), [listening.arm], Options(), Listener())
    assert listening.given is not None
    return listening.given


def test_a_suites_select_pairs_are_for_choosing(tmp_path: Path) -> None:
    split = "compile = 0.5\nselect = 0.2\ngate = 0.3\n"
    given = handed(tmp_path, split=split)
    sides = split_of(make_suite(tmp_path, split=split))
    assert (given.pairs, given.select) == (sides.compile, sides.select)
    assert keep_apart(given) == (sides.compile, sides.select)


def test_without_them_a_third_of_the_others_is_kept_apart(tmp_path: Path) -> None:
    given = handed(tmp_path)
    fitted, select = keep_apart(given)
    assert given.select == () and len(select) == round(len(given.pairs) / 3)
    assert sorted(p.id for p in (*fitted, *select)) == sorted(p.id for p in given.pairs)


def test_further_pairs_are_refused_where_a_gate_pair_is_among_them(tmp_path: Path) -> None:
    given = handed(tmp_path)
    assert given.more is not None
    new = [row(f"subject {n}", n, prompt=f"Tell me of {word}.") for n, word in
           enumerate(("granite", "teacups"))]  # fmt: skip
    assert len(given.more(write_pairs(tmp_path / "new.jsonl", new))) == 2
    gate = {pair.id for pair in split_of(make_suite(tmp_path)).gate}
    leaking = [one | {"id": f"x{one['id']}"} for one in rows() if one["id"] in gate]
    with pytest.raises(UsageError, match=r"its pair and the gate pair .* nearly the same"):
        given.more(write_pairs(tmp_path / "leak.jsonl", leaking))


def test_a_select_pair_that_says_what_a_gate_pair_says_is_refused(tmp_path: Path) -> None:
    split = "compile = 0.5\nselect = 0.2\ngate = 0.3\n"
    sides = split_of(make_suite(tmp_path, split=split))
    copied, onto = sides.gate[0], sides.select[0]
    pairs = [
        one | {"chosen": copied.chosen + " Yes.", "rejected": copied.rejected, "group": onto.group}
        if one["id"] == onto.id else one
        for one in rows()
    ]  # fmt: skip
    assert split_of(make_suite(tmp_path, pairs, split=split)).select[0].id == onto.id
    with pytest.raises(UsageError, match=f"'{onto.id}' and '{copied.id}' say nearly the same"):
        handed(tmp_path, pairs=pairs, split=split)


@contextmanager
def rounding(model: Model) -> Iterator[Model]:
    """The same model with its last digits changed, as other batches change them."""

    class Rounded(Listener):
        def logprobs(self, requests: Sequence[Request]) -> list[Logprobs | Unmeasured]:
            return [
                replace(one, tokens=tuple(t * (1 - 1e-7 * (i % 3)) for t in one.tokens))
                for i, one in enumerate(model.logprobs(requests))
                if isinstance(one, Logprobs)
            ]

    yield Rounded()


def test_what_rounding_moves_counts_as_nothing(tmp_path: Path) -> None:
    arm = Arm(name="rounded", about="last digits", fit=lambda _: Condition(enter=rounding))
    found = compare(make_suite(tmp_path), [arm], Options(), Listener()).arms[0]
    assert found.moved.count == found.moved.n / 2
    assert set(found.margins) == {0.0}


def tilted(strength: float) -> tuple[str, Change]:
    """The output map of letters that praise, louder or softer."""

    @contextmanager
    def change(network: Any) -> Iterator[None]:
        before = network.lm_head.weight.data
        moved = before.clone()
        moved[torch.tensor(list({ord(c) - 31 for c in "good"}))] *= 1 + strength
        network.lm_head.weight.data = moved
        try:
            yield
        finally:
            network.lm_head.weight.data = before

    return f"tilt-{strength}", change


def test_the_setting_that_moves_most_pairs_is_chosen() -> None:
    given = materials(make_local())
    tries = (-0.5, 0.0, 0.5)
    best, how = choose(given, planted()[:6], tries, tilted, "arm")
    others = [choose(given, planted()[:6], (one, one), tilted, "arm")[1] for one in tries]
    assert how == max(others, key=lambda one: (one.moved, one.margin))
    assert best != 0.0 and how.n == 6
    assert others[1].moved == 0.5 and others[1].margin == 0  # a tie is half a pair
    assert choose(given, (), (0.5,), tilted, "arm")[1].n == 0  # nothing to choose


def test_a_fit_in_replay_mode_is_told() -> None:
    replayed = RecordedModel(mode="replay", recordings=Recordings(identity=TINY))
    with pytest.raises(UsageError, match="arm 'palrs': has to be fitted on the model itself"):
        find_arms(["palrs"])[0].fit(materials(replayed))


def test_options_are_read_as_typed() -> None:
    given = given_options("arm:a=1:b=x/y:a=2", ("a", "b"))
    assert given.each("a", int) == (1, 2) and given.last("a", 0, int) == 2
    assert given.last("b", "", one_of("x/y")) == "x/y"
    assert given.last("c", 7) == 7
    with pytest.raises(UsageError, match="arm 'arm:a': no option 'a'; it has a, b"):
        given_options("arm:a", ("a", "b"))
    with pytest.raises(UsageError, match="b=x/y is no choice; give x or y"):
        given.last("b", "", one_of("x", "y"))


def test_names_of_families_are_told_beside_the_others() -> None:
    with pytest.raises(UsageError, match=r"no arm 'steer'; choose of empty, .*palrs"):
        find_arms(["steer"])
    with pytest.raises(UsageError, match=r"no arm is named; name some of empty, .*palrs"):
        find_arms([" "])
