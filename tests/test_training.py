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
from specharness.arms.provenance import (
    Provenance,
    marks_of,
    provenance_data,
    read_provenance,
)
from specharness.arms.training.process import Job, encode_pair, read_training, train_adapter
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
    job = Job(triples=triples, recipe=recipe, provenance=provenance_data(
        Provenance(fitted=16, files=("own.jsonl",)), planted()))  # fmt: skip

    def fit(typed: str) -> Condition:
        (arm,) = find_arms([typed])
        return arm.fit(materials(models.pop(), source="own.jsonl"))

    def fail(_: str) -> str:
        broken = replace(job, recipe=replace(recipe, rate=1e30))
        with pytest.raises(ModelError) as told:
            train_adapter(models.pop(), broken, root / "failed", "arm 'dpo'")
        return str(told.value)

    def again(_: str) -> None:
        train_adapter(models.pop(), job, root / "again", "arm 'dpo'")

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
    kept = f"; kept as fitted/{folder(trained, name).name} in the cache"
    assert trained[name].note.startswith("16 pairs, 12 steps; trained, it rates ")
    assert trained[name].note.endswith(kept)


def test_the_accuracy_told_is_that_of_all_pairs_after_training(trained: Any) -> None:
    """Weighed here once more, by the code that weighs pairs, with the adapter as a condition."""
    pairs, model = planted(), make_local()
    told = read_training(folder(trained, "dpo"))
    moved = moves(model, trained["dpo"], pairs)
    assert told["accuracy"] == round(fmean(m > 0 for m in moved), 4)

    told = read_training(folder(trained, "simpo"))
    plain = weights(model, pairs)
    with trained["simpo"].enter(model) as answering:
        found = weights(answering, pairs)
    for key, weighed in (("accuracy", found), ("untrained", plain)):
        ahead = [fmean(one.chosen.tokens) > fmean(one.rejected.tokens) for one in weighed.values()]
        assert told[key] == round(fmean(ahead), 4)
    assert f"(untrained: {100 * told['untrained']:.0f} %)" in trained["simpo"].note


def test_what_training_ran_is_counted_with_the_rating(trained: Any) -> None:
    model = make_local()
    triples = [encode_pair(model, pair, 512) for pair in planted()]
    once = sum(2 * len(t.prompt_ids) + len(t.chosen_ids) + len(t.rejected_ids) for t in triples)
    assert read_training(folder(trained, "dpo"))["tokens"] == (2 * 3 + 2) * once
    assert read_training(folder(trained, "simpo"))["tokens"] == (1 * 3 + 2) * once


def test_an_adapter_tells_its_pairs_and_the_weights_it_changes(trained: Any) -> None:
    network = make_local().network
    changed = sum(p.numel() for name, p in network.named_parameters() if "proj" in name)
    found = trained["dpo"].provenance
    assert (found.fitted, found.files, found.is_kept) == (16, ("own.jsonl",), False)
    assert (trained["dpo"].parameters, trained["dpo"].vector) == (changed, 0)
    told = read_training(folder(trained, "dpo"))["provenance"]
    assert read_provenance(told).marks == tuple(marks_of(planted()))
    (arm,) = find_arms([ARMS["dpo"]])
    assert arm.fit(materials(make_local(), source="own.jsonl")).provenance.is_kept


def test_from_dpo_is_the_dpo_arm_of_the_run(trained: Any) -> None:
    model, pairs = make_local(), planted(4)
    beside = ["empty", ARMS["dpo"], "simpo", "alignment-vector:from=dpo:lambda=1"]
    arm = next(arm for arm in find_arms(beside) if arm.name == beside[-1])
    found = arm.fit(materials(model, source="own.jsonl"))
    name = folder(trained, "dpo").name
    assert found.note == (
        f"lambda 1 of {ARMS['dpo']}; {ARMS['dpo']}: 16 pairs, kept as fitted/{name} in the cache"
    )
    assert moves(model, found, pairs) == moves(model, trained["dpo"], pairs)
    assert (found.provenance.fitted, found.provenance.is_kept) == (16, True)


def test_from_dpo_with_several_of_them_is_refused() -> None:
    told = r"from=dpo may be any of dpo:length=256, dpo:most=20; compare one of them a run, or name"
    with pytest.raises(UsageError, match=told):
        find_arms(["dpo:length=256", "alignment-vector:from=dpo", "dpo:most=20"])


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
    assert trained["failure"] == (
        "arm 'dpo': training failed (ValueError: the trained weights give no finite "
        "log-probabilities); give shorter pairs (length=256), a smaller rate, or another model"
    )


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
    assert [costs[name].vector for name in costs] == [32, 0, 32, 32, 0]
    assert not any(cost.parameters for cost in costs.values())
    assert [costs[name].fit_kept for name in costs] == [False, True, True, True, False]
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
        return tuple(replace(pair, id=f"more-{pair.id}") for pair in planted()[10:])

    given = given_options("dpo:pairs=more.jsonl:most=12", OPTIONS)
    found, provenance = _pairs(
        materials(make_local(), planted(10), more=more, source="own.jsonl"), given
    )
    assert asked == [Path("more.jsonl")] and len(found) == 12
    assert len({pair.id for pair in found}) == 12
    assert (provenance.fitted, provenance.files) == (12, ("own.jsonl", "more.jsonl"))
    with pytest.raises(UsageError, match="no further pairs can be read here"):
        _pairs(materials(make_local(), planted(10)), given)


def test_a_pair_that_stands_twice_is_trained_on_once() -> None:
    from specharness.arms.training.preference import _pairs

    given = given_options("dpo:pairs=more.jsonl", OPTIONS)
    whole = materials(make_local(), planted(10), more=lambda _: planted(12), source="own.jsonl")
    found, provenance = _pairs(whole, given)
    assert found == planted(12) and provenance.fitted == 12
    select = planted()[10:11]  # nor on one that settings are chosen on
    assert _pairs(replace(whole, select=select), given)[0] == (*planted(10), planted(12)[11])
    turned = tuple(replace(p, chosen=p.rejected, rejected=p.chosen) for p in planted(1))
    other = replace(whole, more=lambda _: turned)  # another judgement is another pair
    assert len(_pairs(other, given)[0]) == 11
    same = replace(whole, more=lambda _: planted(10))
    assert _pairs(same, given)[1].files == ("own.jsonl",)


def test_simpo_without_a_target_margin_is_a_recipe() -> None:
    assert read_recipe("simpo", given_options("simpo:gamma=0", OPTIONS), 0).gamma == 0
    for value in ("-1", "inf", "nan"):
        with pytest.raises(UsageError, match=f"gamma={value} cannot be read"):
            read_recipe("simpo", given_options(f"simpo:gamma={value}", OPTIONS), 0)


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
