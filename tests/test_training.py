"""Adapters trained with trl and peft: what is trained, what it does, and what is left behind."""

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from statistics import fmean
from typing import Any

import pytest

from specharness.arms.arm import Condition
from specharness.arms.known import find_arms
from specharness.arms.options import given_options
from specharness.arms.training.process import encode_pair, read_training, train_adapter
from specharness.arms.training.recipe import OPTIONS, RECIPES, read_recipe
from specharness.compare.measuring import fit_arms, weigh_arms
from specharness.errors import ModelError, UsageError
from specharness.models.recorded import RecordedModel
from tests.inside import TINY, make_local, materials, moves, planted, weights

for library in ("trl", "peft"):
    pytest.importorskip(library, reason="needs the extra `train`")

QUICK = "rate=0.003:epochs=3"
ARMS = {"dpo": f"dpo:{QUICK}", "simpo": f"simpo:{QUICK}"}


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Any]]:
    """Both arms fitted at once, DPO twice, each in a cache and a home folder of its own."""
    root = tmp_path_factory.mktemp("trained")
    before = dict(os.environ)
    os.environ |= {"HOME": str(root / "home"), "SPECHARNESS_CACHE": str(root / "cache")}
    (root / "home").mkdir()
    # made here: torch has one source of random numbers for all threads
    models = [make_local() for _ in range(4)]
    recipe = read_recipe("dpo", given_options(ARMS["dpo"], OPTIONS), 0)
    triples = [encode_pair(models[0], pair, recipe.length) for pair in planted()]
    wrong: Any = replace(recipe, loss="guess")

    def fit(typed: str) -> Condition:
        (arm,) = find_arms([typed])
        return arm.fit(materials(models.pop()))

    def fail(_: str) -> str:
        with pytest.raises(ModelError) as told:
            train_adapter(models.pop(), triples, wrong, root / "failed", "arm 'dpo'")
        return str(told.value)

    def again(_: str) -> None:
        train_adapter(models.pop(), triples, recipe, root / "again", "arm 'dpo'")

    try:
        with ThreadPoolExecutor(2) as pool:
            steps = ((fit, ARMS["dpo"]), (fit, ARMS["simpo"]), (again, ""), (fail, ""))
            jobs = [pool.submit(step, typed) for step, typed in steps]
            dpo, simpo, _, told = (job.result() for job in jobs)
        yield {"root": root, "dpo": dpo, "simpo": simpo, "failure": told}
    finally:
        os.environ.clear()
        os.environ.update(before)


def folder(trained: dict[str, Any], name: str) -> Path:
    (found,) = (trained["root"] / "cache" / "fitted").glob(f"{name}-*")
    return Path(found)


@pytest.mark.parametrize("name", ARMS)
def test_training_raises_the_reward_accuracy_of_its_pairs(name: str, trained: Any) -> None:
    pairs = planted()
    moved = moves(make_local(), trained[name], pairs)  # beta times it is the implicit reward
    assert fmean(m > 0 for m in moved) > 0.9 > 0.5  # without training no pair moves at all
    told = read_training(folder(trained, name))
    assert (told["pairs"], told["steps"]) == (16, 12)
    assert told["loss"][-1] < told["loss"][0]
    assert trained[name].note.startswith("16 pairs, 12 steps; at the end of training it rated ")


def test_the_reference_is_the_network_with_the_adapter_off(trained: Any) -> None:
    """At the first step the adapter is zero: DPO's loss is log 2 exactly, whatever the pairs."""
    assert read_training(folder(trained, "dpo"))["loss"][0] == 0.6931
    assert read_training(folder(trained, "simpo"))["loss"][0] != 0.6931


def test_simpos_first_loss_is_its_formula(trained: Any) -> None:
    """-log sigmoid(beta (mean log p_w - mean log p_l) - gamma), a mean over the step's pairs."""
    recipe = RECIPES["simpo"]
    found = weights(make_local(), planted())
    gaps = [
        one.chosen.total / len(one.chosen.tokens) - one.rejected.total / len(one.rejected.tokens)
        for one in found.values()
    ]
    import numpy as np

    losses = np.log1p(np.exp(-(recipe.beta * np.array(gaps) - recipe.gamma)))
    first = read_training(folder(trained, "simpo"))["loss"][0]
    assert losses.min() - 1e-3 < first < losses.max() + 1e-3
    assert losses.max() - losses.min() < 0.3  # so the bounds say something


def test_one_seed_gives_one_adapter(trained: Any) -> None:
    for name in ("adapter_model.safetensors", "adapter_config.json", "training.json"):
        there = (trained["root"] / "again" / name).read_bytes()
        assert (folder(trained, "dpo") / name).read_bytes() == there


def test_nothing_is_left_but_the_adapters(trained: Any) -> None:
    root = trained["root"]
    assert list((root / "home").iterdir()) == []
    assert sorted(path.name.split("-")[0] for path in (root / "cache" / "fitted").iterdir()) == [
        "dpo", "simpo",
    ]  # fmt: skip
    assert sorted(path.name for path in root.iterdir()) == ["again", "cache", "home"]
    text = (folder(trained, "dpo") / "adapter_config.json").read_text()
    assert str(root) not in text and '"base_model_name_or_path": "tiny"' in text


def test_a_failure_is_told_in_a_line(trained: Any) -> None:
    assert trained["failure"].startswith("arm 'dpo': training failed (KeyError: 'guess')")
    assert "\n" not in trained["failure"]


def test_an_adapter_feeds_alignment_vectors(trained: Any) -> None:
    model, pairs = make_local(), planted(4)
    at_one = find_arms([f"alignment-vector:from={folder(trained, 'dpo')}:lambda=1"])[0]
    given = materials(model)
    wanted = moves(model, trained["dpo"], pairs)
    assert moves(model, at_one.fit(given), pairs) == wanted
    half = find_arms([f"alignment-vector:from={folder(trained, 'dpo')}:lambda=0.5"])[0]
    assert 0 < fmean(moves(model, half.fit(given), pairs)) < fmean(wanted)


def test_costs_are_counted_past_requests_too(trained: Any, tmp_path: Path) -> None:
    """A comparison's steps with arms that change the model: what a fit ran is in its cost."""
    model = RecordedModel(mode="live", factory=make_local, expected=TINY)
    given = materials(model, planted()[:12])
    fitted, _ = fit_arms(find_arms(["palrs:alpha=0.2:spots=1", "empty"]), given, model)
    weighed = weigh_arms(model, planted()[12:], fitted, "system")
    costs = {column.name.split(":")[-1]: column.cost for column in weighed.arms}
    assert list(costs) == ["spots=1", "zero", "random", "flipped", "empty"]
    assert (costs["spots=1"].fit_tokens or 0) > 900
    assert costs["zero"].fit_tokens == 0  # the vector is at hand
    assert costs["zero"].calls == 8
    assert costs["spots=1"].parameters == 32
    assert weighed.arms[1].weights == weighed.reference


def test_what_is_trained_is_what_is_weighed() -> None:
    model = make_local()
    (pair,) = planted(1)
    whole = encode_pair(model, pair, 512)
    run = model.template.encode(pair.prompt, pair.chosen)
    assert whole.prompt_ids + whole.chosen_ids == run.ids
    assert len(whole.prompt_ids) == run.start
    short = encode_pair(model, pair, 40)
    assert len(short.prompt_ids) == 20 and len(short.chosen_ids) == 20
    assert short.prompt_ids == whole.prompt_ids[-20:]
    assert short.chosen_ids == whole.chosen_ids[:20]


def test_further_pairs_are_read_past_the_gate(tmp_path: Path) -> None:
    from specharness.arms.training.preference import _pairs

    asked = []

    def more(path: Path) -> tuple[Any, ...]:
        asked.append(path)
        return tuple(replace(pair, id=f"more-{pair.id}") for pair in planted(5))

    given = given_options("dpo:pairs=more.jsonl:most=12", OPTIONS)
    found = _pairs(materials(make_local(), planted(10), more=more), given)
    assert asked == [Path("more.jsonl")] and len(found) == 12
    assert len({pair.id for pair in found}) == 12
    with pytest.raises(UsageError, match="no further pairs can be read here"):
        _pairs(materials(make_local(), planted(10)), given)


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("dpo:beta=0", "beta=0 cannot be read"),
        ("dpo:epochs=1.5", "epochs=1.5 cannot be read"),
        ("simpo:depth=3", "no option 'depth=3'"),
        ("dpo:most=3", "most=3 is too few"),
        ("dpo:gamma=1", "gamma is SimPO's"),
        ("simpo:length=8", "length=8 is too short"),
    ],
)
def test_wrong_options_are_told(typed: str, told: str) -> None:
    with pytest.raises(UsageError, match=told):
        find_arms([typed])[0].fit(materials(make_local()))
