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
from specharness.arms.provenance import marks_of
from specharness.compare.comparing import Options, compare
from specharness.errors import ModelError, UsageError
from specharness.model import Logprobs, Model, Request, Unmeasured
from specharness.models.changed import Change
from specharness.models.recorded import RecordedModel
from specharness.recordings import Recordings
from specharness.records import Message
from tests.armsuites import Listener, make_suite, row, rows, split_of, write_pairs
from tests.inside import TINY, make_local, materials, planted
from tests.networks import torch
from tests.toy import ToyModel


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


SELECT = "compile = 0.5\nselect = 0.2\ngate = 0.3\n"


def test_an_artefact_with_a_gate_pair_in_it_is_refused(tmp_path: Path) -> None:
    given = handed(tmp_path)
    assert given.refuse is not None
    given.refuse(marks_of(given.pairs), tmp_path / "vector")
    gate = split_of(make_suite(tmp_path)).gate
    with pytest.raises(UsageError, match=f"vector: .* the gate pair '{gate[0].id}' say the same"):
        given.refuse(marks_of([*given.pairs, gate[0]]), tmp_path / "vector")


def test_a_file_of_pairs_gives_no_select_pair_to_fit_on(tmp_path: Path) -> None:
    sides = split_of(make_suite(tmp_path, split=SELECT))
    ids = {pair.id for pair in (*sides.compile, *sides.select)}
    own = write_pairs(tmp_path / "own.jsonl", [one for one in rows() if one["id"] in ids])
    listening = Listening()
    suite = make_suite(tmp_path, split=SELECT)
    found = compare(suite, [listening.arm], Options(pairs=own), Listener())
    given = listening.given
    assert given is not None and given.select == sides.select
    assert {pair.id for pair in given.pairs} == {pair.id for pair in sides.compile}
    assert (found.fitted_on, found.taken_out) == (len(sides.compile), len(sides.select))
    assert (given.source, given.select_source) == ("own.jsonl", "pairs.jsonl")
    assert given.more is not None and len(given.more(own)) == len(sides.compile)
    alone = [one for one in rows() if one["id"] in {pair.id for pair in sides.select}]
    with pytest.raises(UsageError, match="all of its pairs are select pairs of the suite"):
        given.more(write_pairs(tmp_path / "alone.jsonl", alone))


@pytest.mark.parametrize("with_file", [False, True])
def test_a_select_pair_that_is_like_a_gate_pair_is_refused_with_any_pairs(
    with_file: bool, tmp_path: Path
) -> None:
    sides = split_of(make_suite(tmp_path, split=SELECT))
    copied, onto = sides.gate[0], sides.select[0]
    pairs = [
        one | {"chosen": copied.chosen + " Yes.", "rejected": copied.rejected, "group": onto.group}
        if one["id"] == onto.id else one
        for one in rows()
    ]  # fmt: skip
    apart = [row(f"apart {t}", 7) for t in "abcdefghijkl"]
    own = write_pairs(tmp_path / "own.jsonl", apart) if with_file else None
    suite = make_suite(tmp_path, pairs, split=SELECT)
    with pytest.raises(UsageError, match=f"'{onto.id}' and '{copied.id}' say nearly the same"):
        compare(suite, [Listening().arm], Options(pairs=own), Listener())


def test_a_model_without_sense_is_found_out_before_anything_is_fitted(tmp_path: Path) -> None:
    listening = Listening()
    with pytest.raises(ModelError, match="cannot tell the arms apart"):
        compare(make_suite(tmp_path), [listening.arm], Options(), ToyModel())
    assert listening.given is None


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


def test_a_choice_that_cannot_be_made_says_why() -> None:
    """Pairs that are too long are not the fault of a strength, nor the other way round."""
    asked = Message(role="user", content="word " * 4000)
    long = [replace(pair, prompt=(asked,)) for pair in planted(4)]
    with pytest.raises(UsageError, match=r"\(chosen: .*\); give shorter pairs"):
        choose(given := materials(make_local()), long, (0.1, 0.2), tilted, "arm")
    with pytest.raises(UsageError, match=r"no numbers\); give smaller strengths"):
        choose(given, planted(4), (float("nan"), float("inf")), tilted, "arm")


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
