"""Differences of weights: endpoints, sums, adapters, refusals, the choice of lambda."""

import json
from copy import deepcopy
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from specharness.arms.known import find_arms
from specharness.arms.weights.blend import Blend
from specharness.arms.weights.difference import Difference, random_like, read_difference
from specharness.errors import UsageError
from tests.inside import VOCABULARY, make_local, materials, moves, planted, weights
from tests.networks import make_gpt2, make_llama, make_tokenizer, torch

from safetensors.torch import save_file  # isort: skip - needs the extra that `networks` asks for


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SPECHARNESS_CACHE", str(tmp_path / "cache"))


def moved(network: Any, seed: int, scale: float = 0.05) -> Any:
    """A copy with noise added to every parameter."""
    found = deepcopy(network)
    source = torch.Generator().manual_seed(seed)
    for parameter in found.parameters():
        parameter.data += scale * torch.randn(parameter.shape, generator=source)
    return found


def saved(network: Any, folder: Path) -> Path:
    network.save_pretrained(folder)
    make_tokenizer().save_pretrained(folder)
    return folder


def state(network: Any) -> dict[str, Any]:
    return {name: tensor.clone() for name, tensor in network.state_dict().items()}


def distance(left: dict[str, Any], right: dict[str, Any]) -> float:
    assert left.keys() == right.keys()
    return max(float((left[n].float() - right[n].float()).abs().max()) for n in left)


def same_bits(left: dict[str, Any], right: dict[str, Any]) -> bool:
    return all(left[n].numpy().tobytes() == right[n].numpy().tobytes() for n in left)


def under(network: Any, *parts: tuple[Difference, float]) -> dict[str, Any]:
    with Blend(parts=parts).change(network):
        return state(network)


@pytest.mark.parametrize("make", [make_llama, make_gpt2])
def test_lambda_0_is_the_base_to_the_bit_and_1_the_aligned_model(make: Any, tmp_path: Path) -> None:
    base = make(VOCABULARY)
    base.lm_head.weight.data[0, 0] = -0.0
    aligned = moved(base, 1)
    before = state(base)
    found = read_difference(saved(aligned, tmp_path / "aligned"), base, make_tokenizer())
    assert same_bits(under(base, (found, 0.0)), before)
    assert distance(under(base, (found, 1.0)), state(aligned)) < 1e-7
    half = under(base, (found, 0.5))
    middle = {n: before[n] + 0.5 * (aligned.state_dict()[n] - before[n]) for n in before}
    assert distance(half, middle) < 1e-7
    assert same_bits(state(base), before)  # undone, not subtracted


def test_the_endpoint_answers_as_the_aligned_model_does(tmp_path: Path) -> None:
    model, pairs = make_local(), planted(4)
    aligned = make_local(moved(model.network, 1))
    folder = saved(aligned.network, tmp_path / "aligned")
    arm, zero, *_ = find_arms([f"alignment-vector:from={folder}:lambda=1"])
    plain = weights(model, pairs)
    with arm.fit(materials(model)).enter(model) as answering:
        found = weights(answering, pairs)
    wanted = weights(aligned, pairs)
    for pair in pairs:
        for side in ("chosen", "rejected"):
            here, there = (getattr(w[pair.id], side).tokens for w in (found, wanted))
            assert here == pytest.approx(there, abs=1e-4)
    assert moves(model, zero.fit(materials(model)), pairs) == [0.0] * 4
    assert weights(model, pairs) == plain


def test_differences_of_several_domains_add_up(tmp_path: Path) -> None:
    base = make_llama(VOCABULARY)
    folders = [saved(moved(base, n), tmp_path / f"domain-{n}") for n in (1, 2)]
    one, two = (read_difference(folder, base, make_tokenizer()) for folder in folders)
    found = under(base, (one, 0.3), (two, -0.7))
    plain = state(base)
    ends = [state(moved(base, n)) for n in (1, 2)]
    wanted = {
        n: plain[n] + 0.3 * (ends[0][n] - plain[n]) - 0.7 * (ends[1][n] - plain[n]) for n in plain
    }
    assert distance(found, wanted) < 1e-6


def test_half_precision_is_summed_in_float32_and_cast_once(tmp_path: Path) -> None:
    base = make_llama(VOCABULARY).to(torch.bfloat16)
    aligned = moved(base.float(), 1).to(torch.bfloat16)
    base = base.to(torch.bfloat16)
    found = read_difference(saved(aligned, tmp_path / "aligned"), base, make_tokenizer())
    ends = under(base, (found, 0.0)), under(base, (found, 1.0))
    assert distance(ends[0], state(base)) == 0
    assert distance(ends[1], state(aligned)) == 0
    plain, there = state(base), state(aligned)
    half = {n: (plain[n].float() + 0.5 * (there[n].float() - plain[n].float())) for n in plain}
    assert (
        distance(under(base, (found, 0.5)), {n: t.to(torch.bfloat16) for n, t in half.items()}) == 0
    )


def test_tied_weights_move_once_and_stay_tied(tmp_path: Path) -> None:
    base = make_llama(VOCABULARY, tie_word_embeddings=True)
    aligned = moved(base, 1)
    found = read_difference(saved(aligned, tmp_path / "aligned"), base, make_tokenizer())
    assert "lm_head.weight" not in found.deltas
    with Blend(parts=((found, 1.0),)).change(base):
        assert base.lm_head.weight is base.model.embed_tokens.weight
        assert distance(state(base), state(aligned)) < 1e-7


def test_weights_are_undone_after_an_error(tmp_path: Path) -> None:
    base = make_llama(VOCABULARY)
    before = state(base)
    folder = saved(moved(base, 1), tmp_path / "aligned")
    found = read_difference(folder, base, make_tokenizer())
    with pytest.raises(RuntimeError, match="broken"), Blend(parts=((found, 1.0),)).change(base):
        raise RuntimeError("broken")
    assert same_bits(state(base), before)
    far = Blend(parts=((found, 1e39),)).change(base)
    with pytest.raises(UsageError, match="moved weights are not finite"), far:
        pass
    assert same_bits(state(base), before)


def adapter(folder: Path, network: Any, **config: Any) -> Path:
    """A LoRA adapter in peft's files for two matrices, written by hand."""
    folder.mkdir()
    source = torch.Generator().manual_seed(5)
    tensors = {}
    for target in ("model.layers.0.self_attn.q_proj", "model.layers.2.mlp.down_proj"):
        out, inner = network.get_submodule(target).weight.shape
        for part, shape in (("A", (4, inner)), ("B", (out, 4))):
            name = f"base_model.model.{target}.lora_{part}.weight"
            tensors[name] = 0.1 * torch.randn(shape, generator=source)
    save_file(tensors, folder / "adapter_model.safetensors")
    told = {
        "peft_type": "LORA", "r": 4, "lora_alpha": 6, "bias": "none",
        "target_modules": ["layers.0.self_attn.q_proj", "layers.2.mlp.down_proj"],
    } | config  # fmt: skip
    (folder / "adapter_config.json").write_text(json.dumps(told))
    return folder


@pytest.mark.parametrize("is_rs", [False, True])
def test_an_adapter_is_the_low_rank_sum_it_stands_for(is_rs: bool, tmp_path: Path) -> None:
    base = make_llama(VOCABULARY)
    before = state(base)
    folder = adapter(tmp_path / "adapter", base, use_rslora=is_rs)
    found = read_difference(folder, base, None)
    assert sorted(found.deltas) == [
        "model.layers.0.self_attn.q_proj.weight", "model.layers.2.mlp.down_proj.weight"
    ]  # fmt: skip
    assert found.sizes == dict(zip(sorted(found.deltas), (32 * 32, 64 * 32), strict=True))
    assert same_bits(under(base, (found, 0.0)), before)
    after = under(base, (found, 1.0))
    from safetensors.torch import load_file

    parts = load_file(folder / "adapter_model.safetensors")
    key = "base_model.model.model.layers.0.self_attn.q_proj"
    product = parts[f"{key}.lora_B.weight"] @ parts[f"{key}.lora_A.weight"]
    wanted = before["model.layers.0.self_attn.q_proj.weight"] + 6 / (2 if is_rs else 4) * product
    assert torch.allclose(after["model.layers.0.self_attn.q_proj.weight"], wanted, atol=1e-6)


@pytest.mark.filterwarnings("ignore:.*is_gradient_checkpointing:FutureWarning")  # peft 0.21
def test_an_adapter_merges_as_peft_merges_it(tmp_path: Path) -> None:
    peft = pytest.importorskip("peft", reason="needs the extra `train`")
    base = make_llama(VOCABULARY)
    folder = adapter(tmp_path / "adapter", base, use_rslora=True)
    found = under(base, (read_difference(folder, base, None), 1.0))
    merged = peft.PeftModel.from_pretrained(deepcopy(base), str(folder)).merge_and_unload()
    assert distance(found, state(merged)) < 1e-6


@pytest.mark.parametrize(
    ("config", "told"),
    [
        ({"use_dora": True}, "uses use_dora"),
        ({"alpha_pattern": {"q_proj": 3}}, "uses alpha_pattern"),
        ({"peft_type": "IA3"}, "not a LoRA adapter"),
        ({"bias": "all"}, "not a LoRA adapter without biases"),
        ({"lora_alpha": None}, "not an adapter's settings"),
        (
            {"init_lora_weights": "pissa"},
            "init_lora_weights=pissa changes the base as well; let peft",
        ),
        (
            {"init_lora_weights": "loftq"},
            "init_lora_weights=loftq changes the base as well; let peft",
        ),
        ({"fan_in_fan_out": True}, r"makes \(64, 32\), the model has \(32, 64\)"),
    ],
)
def test_other_adapters_are_refused(config: dict[str, Any], told: str, tmp_path: Path) -> None:
    base = make_llama(VOCABULARY)
    with pytest.raises(UsageError, match=told):
        read_difference(adapter(tmp_path / "adapter", base, **config), base, None)


@pytest.mark.filterwarnings("ignore:.*is_gradient_checkpointing:FutureWarning")  # peft 0.21
@pytest.mark.filterwarnings("ignore:.*changes the base weights:UserWarning")
@pytest.mark.parametrize("start", [True, "gaussian", "pissa", "olora"])
def test_an_adapter_however_it_began_is_read_as_it_answers_or_refused(
    start: Any, tmp_path: Path
) -> None:
    """What begins with a part of the base is read once peft has converted it."""
    peft = pytest.importorskip("peft", reason="needs the extra `train`")
    base, ids = make_llama(VOCABULARY), torch.arange(5, 25)[None]
    how = peft.LoraConfig(
        r=4, lora_alpha=4, target_modules="all-linear", task_type="CAUSAL_LM",
        init_lora_weights=start,
    )  # fmt: skip
    network = peft.get_peft_model(deepcopy(base), how)
    network.peft_config["default"].init_lora_weights = True  # saved as it is, before training
    network.save_pretrained(tmp_path / "begun")
    network.peft_config["default"].init_lora_weights = start
    steps = torch.optim.SGD(network.parameters(), lr=0.5)
    for _ in range(3):
        network(ids, labels=ids).loss.backward()
        steps.step()
        steps.zero_grad()
    folder = tmp_path / "trained"
    network.save_pretrained(folder)
    with torch.no_grad():
        wanted, plain = network(ids).logits, base(ids).logits
    if isinstance(start, str) and start != "gaussian":
        with pytest.raises(UsageError, match=f"init_lora_weights={start} changes the base as well"):
            read_difference(folder, base, None)
        begun = {"path_initial_model_for_weight_conversion": str(tmp_path / "begun")}
        network.save_pretrained(folder, **begun)
    with torch.no_grad(), Blend(parts=((read_difference(folder, base, None), 1.0),)).change(base):
        found = base(ids).logits
    assert float((wanted - plain).abs().max()) > 0.1
    assert torch.allclose(found, wanted, atol=1e-4)


def test_parameters_are_those_that_really_change(tmp_path: Path) -> None:
    base = make_llama(VOCABULARY)
    aligned = deepcopy(base)
    aligned.model.layers[1].mlp.up_proj.weight.data += 0.1
    found = read_difference(saved(aligned, tmp_path / "aligned"), base, make_tokenizer())
    assert list(found.deltas) == ["model.layers.1.mlp.up_proj.weight"]
    assert distance(under(base, (found, 1.0)), state(aligned)) < 1e-7
    both = Blend(parts=((found, 0.5), (replace(found, name="again"), 0.5)))
    assert (both.size, Blend(parts=((found, 0.0),)).size) == (32 * 64, 0)


def test_an_adapter_of_another_model_is_refused(tmp_path: Path) -> None:
    folder = adapter(tmp_path / "adapter", make_llama(VOCABULARY))
    with pytest.raises(UsageError, match="belongs to no matrix of the model"):
        read_difference(folder, make_gpt2(VOCABULARY), None)
    with pytest.raises(UsageError, match="the model has"):
        read_difference(folder, make_llama(VOCABULARY, intermediate_size=48), None)


def test_checkpoints_that_do_not_fit_are_refused(tmp_path: Path) -> None:
    base = make_llama(VOCABULARY)
    other = saved(make_llama(VOCABULARY, num_hidden_layers=2), tmp_path / "shallow")
    with pytest.raises(UsageError, match=r"lacks model\.layers\.2"):
        read_difference(other, base, make_tokenizer())
    deep = saved(make_llama(VOCABULARY, num_hidden_layers=4), tmp_path / "deep")
    with pytest.raises(UsageError, match="which the model has not"):
        read_difference(deep, base, make_tokenizer())
    wide = saved(make_llama(VOCABULARY + 1), tmp_path / "wide")
    with pytest.raises(UsageError, match=r"there and \(260, 32\) here"):
        read_difference(wide, base, make_tokenizer())
    words = make_tokenizer()
    words.add_tokens(["word"])
    with pytest.raises(UsageError, match="another vocabulary"):
        read_difference(saved(base, tmp_path / "same"), base, words)
    for missing in (tmp_path / "none", tmp_path):
        with pytest.raises(UsageError, match=r"no such folder|no \*.safetensors"):
            read_difference(missing, base, None)


def test_a_random_control_has_the_same_norms(tmp_path: Path) -> None:
    base = make_llama(VOCABULARY)
    found = read_difference(saved(moved(base, 1), tmp_path / "aligned"), base, make_tokenizer())
    drawn = random_like(found, 0)
    for name, parameter in base.named_parameters():
        true, noise = found.deltas[name](parameter.data), drawn.deltas[name](parameter.data)
        assert float(noise.norm()) == pytest.approx(float(true.norm()), rel=1e-4)
        assert abs(float((true * noise).sum() / true.norm() ** 2)) < 0.6
    assert drawn.digest != found.digest


def test_lambda_is_chosen_on_select_pairs(tmp_path: Path) -> None:
    model = make_local()
    folder = saved(moved(model.network, 3, 0.02), tmp_path / "aligned")
    pairs, select = planted()[:8], planted()[8:]
    typed = f"alignment-vector:from={folder}:lambda=-0.2/0.2"
    (arm, *_) = find_arms([typed])
    ahead = arm.fit(materials(model, pairs, select=select))
    turned = tuple(replace(p, chosen=p.rejected, rejected=p.chosen) for p in select)
    behind = arm.fit(materials(model, pairs, select=turned))
    assert {ahead.note, behind.note} == {
        f"lambda {n} of aligned, chosen on 8 pairs kept apart; aligned: pairs unknown"
        for n in ("0.2", "-0.2")
    }
    assert (ahead.provenance.fitted, ahead.provenance.chosen_on) == (0, 8)
    right, wrong = (
        sum(m > 0 for m in moves(model, one, select, "mean")) for one in (ahead, behind)
    )
    assert right > 4 > wrong


def test_each_domain_may_have_its_own_lambdas(tmp_path: Path) -> None:
    model = make_local()
    one, two = (saved(moved(model.network, n, 0.02), tmp_path / f"d{n}") for n in (1, 2))
    typed = f"alignment-vector:from={one}:lambda=0.5:from={two}:lambda=-0.25"
    arm, _, _, flipped = find_arms([typed])
    told = "lambda 0.5 of d1, -0.25 of d2; d1: pairs unknown; d2: pairs unknown"
    assert arm.fit(materials(model)).note == told
    assert flipped.fit(materials(model)).note.endswith("turned round")


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ("", "no aligned model is named"),
        (":from=x:lambda=0.5:lambda=1", "2 lambdas for 1 differences"),
        (":from=x:lambda=a/b", "lambda=a/b cannot be read"),
        (":from=x:lambda=nan", "lambda=nan cannot be read"),
        (":from=x:lambda=0/inf", "lambda=0/inf cannot be read"),
        (f":from=x:lambda={'/'.join(map(str, range(70)))}", "70 combinations of lambdas"),
    ],
)
def test_wrong_options_are_told(options: str, told: str) -> None:
    with pytest.raises(UsageError, match=told):
        find_arms([f"alignment-vector{options}"])[0].fit(materials(make_local()))
