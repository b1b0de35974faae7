"""A vector added to the residual stream: the arithmetic, the fit, the controls, the file."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from specharness.arms.known import find_arms
from specharness.arms.options import given_options
from specharness.arms.steering.blocks import adding, block_inputs
from specharness.arms.steering.palrs import fit_vector
from specharness.arms.steering.states import Means, mean_states, rank_spots, template_tail
from specharness.arms.steering.vector import SteeringVector, load_vector, save_vector
from specharness.errors import ModelError, UsageError
from specharness.models.changed import changed_model
from specharness.models.engine import Engine
from specharness.score.margins import shift_margin
from tests.inside import TINY, make_local, materials, moves, planted, weights
from tests.networks import NETWORKS, SHAPE, make_gpt2, make_llama, torch
from tests.test_engine import padded_batch, random_runs, weigh, worst

WIDTH = SHAPE["hidden_size"]
IDS = (5, 9, 3, 77, 12, 40)


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SPECHARNESS_CACHE", str(tmp_path / "cache"))


def draw(scale: float = 1.0) -> Any:
    return scale * np.random.default_rng(3).standard_normal(WIDTH)


@torch.inference_mode()
def logits(network: Any, ids: Any = IDS) -> Any:
    return network(input_ids=torch.tensor([ids]), use_cache=False).logits


@torch.inference_mode()
def by_hand(network: Any, layer: int, vector: Any) -> Any:
    """A Llama written out: embed, run blocks, add before one of them, normalise, project."""
    core = network.model
    states = core.embed_tokens(torch.tensor([IDS]))
    places = torch.arange(len(IDS))[None]
    angles = core.rotary_emb(states, places)
    mask = torch.full((len(IDS), len(IDS)), float("-inf")).triu(1)[None, None]
    for number, block in enumerate(core.layers):
        if number == layer:
            states = states + torch.tensor(vector, dtype=states.dtype)
        found = block(states, attention_mask=mask, position_embeddings=angles, position_ids=places)
        states = found[0] if isinstance(found, tuple) else found
    return network.lm_head(core.norm(states))


@pytest.mark.parametrize("layer", [0, 1, 2])
def test_steering_is_the_residual_addition_done_by_hand(layer: int) -> None:
    network = make_llama()
    assert torch.allclose(logits(network), by_hand(network, layer, np.zeros(WIDTH)), atol=1e-6)
    with adding(network, layer, draw()):
        steered = logits(network)
    assert torch.allclose(steered, by_hand(network, layer, draw()), atol=1e-6)
    assert not torch.allclose(steered, logits(network), atol=1e-2)


@pytest.mark.parametrize("name", NETWORKS)
def test_a_vector_times_zero_changes_no_bit_and_nothing_stays(name: str) -> None:
    network = NETWORKS[name]()
    width = network.config.get_text_config().hidden_size
    plain = logits(network)
    with adding(network, 1, np.zeros(width)):
        assert torch.equal(logits(network), plain)
    with adding(network, 1, np.ones(width)):
        assert not torch.equal(logits(network), plain)
    assert torch.equal(logits(network), plain)


def test_the_hook_is_gone_after_an_error() -> None:
    network = make_llama()
    plain = logits(network)
    with pytest.raises(RuntimeError, match="broken"), adding(network, 1, draw()):
        raise RuntimeError("broken")
    assert torch.equal(logits(network), plain)


@pytest.mark.parametrize("side", ["left", "right"])
def test_padding_on_either_side_cached_prefixes_and_one_by_one_agree(side: str) -> None:
    network = make_llama()
    runs = random_runs(5, prompts=6)
    plain = weigh(Engine(network, 64), runs)
    with adding(network, 1, draw()):
        engine = Engine(network, 16)  # small steps: prefixes come from the cache
        alone = [engine.weigh_alone(run) for run in runs]
        assert worst(weigh(engine, runs), alone) < 1e-4
        assert worst(padded_batch(network, runs, side), alone) < 1e-4
    assert worst(alone, plain) > 0.1


@pytest.mark.parametrize("make", [make_llama, make_gpt2])
def test_cached_generation_equals_uncached(make: Any) -> None:
    network = make()
    how: Any = {"max_new_tokens": 12, "do_sample": False, "eos_token_id": None, "pad_token_id": 0}
    ids = torch.tensor([IDS])
    with torch.inference_mode(), adding(network, 1, draw(3.0)):
        cached, plain = (
            network.generate(ids, attention_mask=torch.ones_like(ids), use_cache=on, **how)
            for on in (True, False)
        )
    unsteered = network.generate(ids, attention_mask=torch.ones_like(ids), **how)
    assert cached.tolist() == plain.tolist() != unsteered.tolist()


def test_what_blocks_read_is_what_transformers_calls_hidden_states() -> None:
    network = make_llama()
    with torch.inference_mode():
        shown = network(input_ids=torch.tensor([IDS]), output_hidden_states=True).hidden_states
    found = block_inputs(network, IDS, 2)
    assert found.shape == (3, 2, WIDTH)
    for layer in range(3):
        assert np.allclose(found[layer], shown[layer][0, -2:].double().numpy(), atol=1e-6)


def test_a_network_without_a_list_of_blocks_is_told() -> None:
    network = torch.nn.Linear(2, 2)
    network.config = make_llama().config
    with pytest.raises(ModelError, match="has no list of 3 blocks"):
        block_inputs(network, IDS, 1)


def test_the_template_tail_is_what_stands_between_text_and_answer() -> None:
    assert template_tail(make_local().template) == len("\n") + 1 + 1 + len("assistant\n")


def test_means_are_those_of_the_states_one_by_one() -> None:
    model = make_local()
    pairs = planted(3)
    found = mean_states(model, pairs, "response", "arm")
    tail = template_tail(model.template)
    states = []
    for pair in pairs:
        ids = model.template.prompt((replace(pair.prompt[0], content=pair.rejected),))
        states.append(block_inputs(model.network, ids, tail))
    assert found.n == 3
    assert np.allclose(found.rejected, np.mean(states, axis=0), atol=1e-12)
    turned = mean_states(
        model, [replace(p, chosen=p.rejected, rejected=p.chosen) for p in pairs], "response", ""
    )
    assert np.array_equal(turned.chosen, found.rejected)
    talk = mean_states(model, pairs, "conversation", "arm")
    assert talk.chosen.shape == (3, 1, WIDTH)


def test_places_are_ranked_on_pairs_kept_apart() -> None:
    chosen = np.zeros((3, 1, 2))
    chosen[1], chosen[2] = (3.0, 4.0), (1.0, 0.0)
    rejected = np.zeros((3, 1, 2))
    rejected[1] = (3.0, 0.0)  # a difference of (0, 4); of (1, 0) in block 2, none in block 0
    fitted = Means(chosen=chosen, rejected=rejected, n=2)
    apart = np.zeros((2, 2, 3, 1, 2))  # pair, side, block, position, number
    apart[:, 0, 1, 0] = (3.0, 3.0), (3.0, 5.0)
    apart[:, 0, 2, 0] = (1.0, 0.0), (7.0, 0.0)
    apart[:, 1, 2, 0] = (4.0, 0.0), (8.0, 0.0)

    def ranked(how: str) -> list[tuple[int, int, float]]:
        found = rank_spots(fitted, list(apart), how)
        return [(spot.layer, spot.position, round(spot.score, 6)) for spot in found]

    # gaps along r: 3 and 5 in block 1, -3 and -1 in block 2, each with a standard error of 1
    assert ranked("separation") == [(1, -1, 4.0), (2, -1, -2.0)]
    assert ranked("cosine") == [(2, -1, 1.0), (1, -1, 0.8)]


def test_the_arm_moves_pairs_and_its_controls_do_not() -> None:
    model = make_local()
    held_out = planted()[-4:]
    arms = find_arms(["palrs:alpha=0.4"])
    assert [arm.name.removeprefix("palrs:alpha=0.4") for arm in arms] == [
        "", ":zero", ":random", ":flipped"
    ]  # fmt: skip
    given = materials(model, planted()[:12])
    plain = weights(model, held_out)
    moved = {arm.name.split(":")[-1]: moves(model, arm.fit(given), held_out) for arm in arms}
    found, zero, drawn, flipped = moved.values()
    assert min(found) > 0 > max(flipped)
    assert zero == [0.0] * 4
    assert drawn != found
    assert weights(model, held_out) == plain


def test_random_vectors_move_nothing_on_the_whole() -> None:
    model = make_local()
    pairs = planted(4)
    vector = fit_vector(materials(model), given_options("palrs:alpha=0.4", ("alpha",)))

    def mean(one: SteeringVector) -> float:
        with changed_model(model, one.mark, one.change, "arm") as steered:
            found, plain = weights(steered, pairs), weights(model, pairs)
        return float(np.mean([shift_margin(found[p.id], plain[p.id], "sum") for p in pairs]))

    drawn = [mean(vector.random(seed)) for seed in range(12)]
    assert abs(np.mean(drawn)) < 0.4 * mean(vector)


def test_settings_are_chosen_on_select_pairs_alone() -> None:
    given = given_options("palrs", ("layer",))
    pairs, select = planted()[:10], planted()[10:]
    vector = fit_vector(materials(make_local(), pairs, select=select), given)
    assert (vector.made["fitted_on"], vector.made["chosen_on"]) == (10, 6)
    turned = tuple(replace(p, chosen=p.rejected, rejected=p.chosen) for p in select)
    other = fit_vector(materials(make_local(), pairs, select=turned), given)
    assert (vector.alpha, other.alpha) == (0.4, 0.05)  # where it harms, the least of it is chosen
    third = fit_vector(materials(make_local(), planted()), given)
    assert third.made["fitted_on"] + third.made["chosen_on"] == 16


def test_a_fit_is_kept_and_another_model_has_its_own(tmp_path: Path) -> None:
    (arm, *_) = find_arms(["palrs:alpha=0.2:layer=1"])
    arm.fit(materials(make_local()))
    (kept,) = (tmp_path / "cache" / "fitted").iterdir()
    before = kept.stat().st_mtime_ns
    arm.fit(materials(make_local()))
    assert kept.stat().st_mtime_ns == before
    arm.fit(materials(make_local(identity=replace(TINY, revision="2"))))
    assert len(list(kept.parent.iterdir())) == 2


def test_a_saved_vector_is_the_same_vector_and_says_where_it_is_from(tmp_path: Path) -> None:
    vector = fit_vector(materials(make_local()), given_options("palrs", ("layer",)))
    path = tmp_path / "vector.safetensors"
    save_vector(vector, path)
    found = load_vector(path)
    assert np.array_equal(found.direction, vector.direction)
    assert (found.layer, found.alpha, found.mark) == (vector.layer, vector.alpha, vector.mark)
    assert found.made["method"] == "palrs" and found.model == "tiny"
    (arm, *_) = find_arms([f"palrs:vector={path}"])
    model = make_local()
    named, fitted = (a.fit(materials(model)) for a in (arm, find_arms(["palrs"])[0]))
    assert moves(model, named, planted(3)) == moves(model, fitted, planted(3))
    stranger = make_local(identity=replace(TINY, revision="2"))
    with pytest.raises(UsageError, match="fitted on tiny"):
        arm.fit(materials(stranger))


def test_a_file_that_is_no_vector_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "vector.safetensors"
    with pytest.raises(UsageError, match="not a steering vector"):
        load_vector(path)
    path.write_bytes(b"\0" * 40)
    with pytest.raises(UsageError, match="not a steering vector"):
        load_vector(path)


def test_marks_tell_vectors_apart() -> None:
    one = SteeringVector(
        direction=np.ones(4, dtype=np.float32), layer=1, alpha=0.5, model="m", revision="1"
    )
    others = [
        one.scaled(0.0),
        one.scaled(-0.5),
        one.random(0),
        one.random(1),
        replace(one, layer=2),
    ]
    assert len({one.mark, *(other.mark for other in others)}) == 6
    assert np.linalg.norm(one.random(0).direction) == pytest.approx(2.0)


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("palrs:depth=3", "no option 'depth=3'"),
        ("palrs:layer=9", "no such place"),
        ("palrs:rank=best", "rank=best is no choice; give separation or cosine"),
        ("palrs:alpha=much", "alpha=much cannot be read"),
        ("palrs:alpha=nan", "alpha=nan cannot be read"),
        ("palrs:alpha=inf/0.1", "alpha=inf/0.1 cannot be read"),
        ("palrs:spots=0", "spots=0 is no choice; give 1 or more"),
        ("palrs:spots=-1", "spots=-1 is no choice; give 1 or more"),
        (
            "palrs:alpha=1e300/1e301",
            "not finite in the network's precision .*; give a smaller alpha",
        ),
    ],
)
def test_wrong_options_are_told(typed: str, told: str) -> None:
    with pytest.raises(UsageError, match=told):
        find_arms([typed])[0].fit(materials(make_local()))


def test_few_pairs_are_told() -> None:
    with pytest.raises(UsageError, match="11 pairs to fit an arm on, fewer than 12"):
        find_arms(["palrs"])[0].fit(materials(make_local(), planted(11)))
