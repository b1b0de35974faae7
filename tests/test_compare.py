"""Arms on the same pairs, by a model whose preferences are known: shares, differences, costs."""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, replace
from math import exp, log
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner

from specharness.arms.arm import Arm, Condition
from specharness.arms.known import find_arms
from specharness.arms.provenance import Provenance
from specharness.compare.commands import compare_command
from specharness.compare.comparing import Options, compare
from specharness.compare.comparison import ArmResult, Comparison, Contrast, comparison_text
from specharness.compare.contrasts import implied_share, share_ahead
from specharness.errors import ModelError, RecordingMiss, UsageError
from specharness.gate import stats
from specharness.model import Identity, Logprobs, Model, Request, Sampling, Unmeasured
from specharness.runfile import Share
from tests.armsuites import (
    LONG,
    SHORT,
    SPEC,
    Listener,
    make_suite,
    row,
    rows,
    split_of,
    write_pairs,
)
from tests.toy import ToyModel


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SPECHARNESS_CACHE", str(tmp_path / "cache"))


def run(
    root: Path, arms: str, model: Any = None, options: Options | None = None, **changes: Any
) -> Comparison:
    chosen = find_arms(arms.split(",")) if arms else ()
    return compare(make_suite(root, **changes), chosen, options or Options(), model or Listener())


def named(found: Comparison, name: str) -> ArmResult:
    return next(arm for arm in found.arms if arm.name == name)


def against(found: Comparison, arm: str, other: str) -> Contrast:
    return next(c for c in found.contrasts if (c.arm, c.against) == (arm, other))


def missing_out(root: Path, count: int) -> str:
    """A spec that follows the best on all gate pairs but `count`."""
    gate = split_of(make_suite(root)).gate
    return "Prefer the best, but not " + " ".join(p.prompt[-1].content for p in gate[:count])


# what is measured


def test_shares_and_differences_are_exact(tmp_path: Path) -> None:
    found = run(tmp_path, "empty,instruction,handwritten", spec=missing_out(tmp_path, 2))
    n = len(found.pairs)
    assert n == found.held_out == len(split_of(make_suite(tmp_path)).gate)
    spec, worst = named(found, "handwritten"), named(found, "instruction")
    assert (spec.moved.count, worst.moved.count, spec.effective) == (n - 2, 0, n)
    assert (spec.moved.low, spec.moved.high) == pytest.approx(stats.wilson(n - 2, n))
    assert named(found, "empty").moved.count == n / 2  # it ties with itself
    assert [arm.is_reference for arm in found.arms] == [True, False, False]

    contrast = against(found, "handwritten", "instruction")
    assert (contrast.won, contrast.lost, contrast.difference) == (n - 2, 0, (n - 2) / n)
    assert contrast.ahead.count == n - 2 + 2 / 2  # two pairs tie: both arms like the worst there
    tango = stats.tango_lower(0, n - 2, n, 0.025), stats.tango_upper(0, n - 2, n, 0.025)
    assert contrast.interval == pytest.approx(tango)
    assert against(found, "handwritten", "empty").ahead == spec.moved


def test_margins_and_preferences_follow_from_the_models_numbers(tmp_path: Path) -> None:
    found = run(tmp_path, "instruction,handwritten")
    # every token of the liked response gains 1 nat, and the reduction is a mean
    assert named(found, "handwritten").margins == pytest.approx([1.0] * len(found.pairs))
    assert named(found, "instruction").margin == pytest.approx(-1.0)
    assert found.temperature == pytest.approx(1.0)
    assert named(found, "handwritten").preference == pytest.approx(1 / (1 + exp(-1)))
    assert against(found, "handwritten", "instruction").shift == pytest.approx(
        1 / (1 + exp(-1)) - 1 / (1 + exp(1))
    )


def test_one_temperature_is_shared_by_all_arms(tmp_path: Path) -> None:
    arms = "handwritten,compiled"
    found = run(tmp_path, arms, instruction="Answer.")
    assert found.temperature == pytest.approx(1.0)  # of the larger of both margins
    assert named(found, "compiled").margin == pytest.approx(0.5)
    assert named(found, "compiled").preference == pytest.approx(1 / (1 + exp(-0.5)))
    alone = run(tmp_path, "compiled", instruction="Answer.")
    assert alone.temperature == pytest.approx(0.5)


def test_pairs_of_one_group_widen_the_interval(tmp_path: Path) -> None:
    grouped = [row(t["id"], n, group=f"g{n // 4}") for n, t in enumerate(rows())]
    found = run(tmp_path, "handwritten", pairs=grouped, split="gate = 1\n")
    arm = named(found, "handwritten")
    assert (found.groups, len(found.pairs), arm.moved.count) == (7, 26, 26)
    assert 1 <= arm.effective < 26
    assert (arm.moved.low, arm.moved.high) == pytest.approx(
        stats.wilson(int(arm.effective), int(arm.effective))
    )


def test_a_pair_that_one_arm_cannot_measure_is_scored_under_none(tmp_path: Path) -> None:
    gate = split_of(make_suite(tmp_path)).gate

    def refuse(request: Request) -> bool:
        spec = request.messages[0].content
        return spec == SPEC and gate[1].prompt[-1].content in request.messages[-1].content

    found = run(tmp_path, "instruction,handwritten", Listener(refuse=refuse))
    assert [(u.pair, u.arm) for u in found.unscored] == [(gate[1].id, "handwritten")]
    assert found.unscored[0].reason == "chosen: the toy refuses"
    assert found.pairs == tuple(p.id for p in gate if p is not gate[1])
    assert (found.held_out, named(found, "instruction").moved.n) == (len(gate), len(gate) - 1)


def test_an_arm_nothing_can_be_measured_under_is_told_in_one_line(tmp_path: Path) -> None:
    model = Listener(refuse=lambda request: request.messages[0].content == SPEC)
    told = r"^arms: no pair could be measured under every arm \(handwritten: chosen: the toy ref"
    with pytest.raises(ModelError, match=told):
        run(tmp_path, "instruction,handwritten", model)


def test_a_model_that_does_not_react_compares_nothing(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="toy cannot tell the arms apart"):
        run(tmp_path, "empty,handwritten", ToyModel())


def test_results_are_the_same_again_and_in_any_order_of_arms(tmp_path: Path) -> None:
    def told(arms: str) -> dict[str, Any]:
        found = run(tmp_path / "one", arms, pairs=rows())
        return {a.name: asdict(a) | {"cost": None} for a in found.arms}

    arms = "few-shot,handwritten,compiled,opposite"
    assert told(arms) == told(arms) == told(",".join(reversed(arms.split(","))))


# costs


def test_costs_are_counted_for_each_arm(tmp_path: Path) -> None:
    model = Listener()
    found = run(tmp_path, "empty,instruction,handwritten,spec+few-shot", model)
    n, gate = len(found.pairs), split_of(make_suite(tmp_path)).gate
    for arm in found.arms:
        assert (arm.cost.calls, arm.cost.reused, arm.cost.parameters) == (2 * n, 0, 0)
        assert arm.cost.words == len(arm.text.split())
        asked = 2 * sum(len(p.prompt[-1].content.split()) for p in gate)
        assert arm.cost.tokens == asked + 2 * n * arm.cost.words
        assert (arm.cost.fit_tokens, arm.cost.seconds >= 0) == (0, True)
    again = run(tmp_path, "handwritten", model)  # all of it is in the store
    cost = named(again, "handwritten").cost
    assert (cost.calls, cost.reused, cost.tokens) == (0, 2 * n, 0)


def test_what_arms_were_fitted_on_is_in_their_record(tmp_path: Path) -> None:
    provenance = Provenance(
        fitted=5, chosen_on=3, files=("a.jsonl",), is_elsewhere=True, is_kept=True
    )
    condition = Condition(text="Prefer the best.", vector=4, provenance=provenance)
    own = Arm(name="own", about="one's own", fit=lambda _: condition)
    arms = (own, *find_arms(["few-shot", "compiled"]))
    found = compare(make_suite(tmp_path), arms, Options(shots=2), Listener())
    told = {a.name: (a.fitted, a.chosen_on, a.files, a.fitted_elsewhere) for a in found.arms}
    assert told == {
        "own": (5, 3, ("a.jsonl",), True),
        "few-shot": (2, 0, ("pairs.jsonl",), False),
        "compiled": (found.fitted_on, 0, ("pairs.jsonl",), False),
    }
    costs = {a.name: (a.cost.fit_kept, a.cost.vector) for a in found.arms}
    assert costs == {"own": (True, 4), "few-shot": (False, 0), "compiled": (False, 0)}
    assert json.loads(comparison_text(found))["arms"][0]["files"] == ["a.jsonl"]


def test_a_model_that_does_not_count_tokens_has_none(tmp_path: Path) -> None:
    class Plain:
        identity = Identity(name="plain", revision="1", engine="toy", template="none")

        def __init__(self) -> None:
            self.listener = Listener()

        def logprobs(self, requests: Sequence[Request]) -> list[Logprobs | Unmeasured]:
            return self.listener.logprobs(requests)

        def generate(self, requests: Sequence[Request], sampling: Sampling) -> Any:
            return self.listener.generate(requests, sampling)

    assert named(run(tmp_path, "handwritten", Plain()), "handwritten").cost.tokens is None


def test_arms_of_one_text_share_a_measurement(tmp_path: Path) -> None:
    model = Listener()
    found = run(tmp_path, "instruction,handwritten", model, spec="Answer with the worst.")
    asked = [r for r in model.asked if r.messages[0].content == "Answer with the worst."]
    assert len(asked) == 2 * len(found.pairs)
    one, other = found.arms
    assert (one.margins, one.cost.calls) == (other.margins, other.cost.calls)
    assert against(found, "handwritten", "instruction").ahead.count == len(found.pairs) / 2


# an arm of one's own, which changes the model


class Turned:
    """A model whose likes are turned round."""

    identity = Identity(name="turned", revision="1", engine="toy", template="none")

    def __init__(self, model: Model) -> None:
        self.model = model

    def logprobs(self, requests: Sequence[Request]) -> list[Logprobs | Unmeasured]:
        spec = replace(requests[0].messages[0], role="system", content="Prefer the worst.")
        return self.model.logprobs([replace(r, messages=(spec, *r.messages)) for r in requests])

    def generate(self, requests: Sequence[Request], sampling: Sampling) -> Any:
        return self.model.generate(requests, sampling)


def changing(log: list[str]) -> Arm:
    @contextmanager
    def enter(model: Model) -> Iterator[Model]:
        log.append("changed")
        try:
            yield Turned(model)
        finally:
            log.append("undone")

    return Arm(
        name="turned", about="another model", fit=lambda _: Condition(enter=enter, parameters=7)
    )


def test_an_arm_may_change_the_model_and_undoes_it(tmp_path: Path) -> None:
    log: list[str] = []
    arms = (changing(log), *find_arms(["handwritten"]))
    found = compare(make_suite(tmp_path), arms, Options(), Listener())
    assert log == ["changed", "undone"]
    turned = named(found, "turned")
    assert (turned.moved.count, turned.cost.parameters, turned.is_reference) == (0, 7, False)
    assert named(found, "handwritten").moved.count == len(found.pairs)


def test_the_change_is_undone_after_an_error_too(tmp_path: Path) -> None:
    class Breaks(Listener):
        def logprobs(self, requests: Sequence[Request]) -> list[Logprobs | Unmeasured]:
            if any("worst" in r.messages[0].content for r in requests):
                raise ModelError("toy", "out of memory", "use less")
            return super().logprobs(requests)

    log: list[str] = []
    with pytest.raises(ModelError, match="out of memory"):
        compare(make_suite(tmp_path), (changing(log),), Options(), Breaks())
    assert log == ["changed", "undone"]


# where results come from


def test_a_recorded_comparison_replays_without_a_model(tmp_path: Path) -> None:
    first = run(tmp_path, "instruction,handwritten", options=Options(mode="record"))
    second = compare(
        make_suite(tmp_path), find_arms(["instruction", "handwritten"]), Options(mode="replay")
    )
    assert [a.margins for a in second.arms] == [a.margins for a in first.arms]
    assert second.arms[0].cost.calls == 0
    told = "record them with `specharness compare arms ... --spec-mode record`"
    with pytest.raises(RecordingMiss, match=told):
        compare(make_suite(tmp_path), find_arms(["few-shot"]), Options(mode="replay"))


# the arithmetic


def test_shares_ahead_at_the_edges() -> None:
    assert share_ahead(np.array([]), []) == (Share(count=0.0, n=0, low=0.0, high=1.0), 0.0)
    one, effective = share_ahead(np.array([0.5]), ["a"])
    assert (one.count, effective) == (1.0, 1.0)
    assert (one.low, one.high) == pytest.approx(stats.wilson(1, 1))


def test_the_implied_share_is_bradley_and_terrys() -> None:
    def share(count: float) -> Share:
        return Share(count=count, n=100, low=0.0, high=1.0)

    odds = log(70.5 / 30.5) - log(60.5 / 40.5)
    assert implied_share(share(70), share(60)) == pytest.approx(1 / (1 + exp(-odds)))
    assert implied_share(share(60), share(70)) == pytest.approx(1 - 1 / (1 + exp(-odds)))
    assert 0.99 < implied_share(share(100), share(0)) < 1


# what a user has to mend


@pytest.mark.parametrize("seed", ["-1", str(2**32)])
def test_a_seed_that_no_generator_takes_is_refused(seed: str) -> None:
    done = CliRunner().invoke(compare_command, ["tone", "--seed", seed])
    assert done.exit_code == 2
    assert f"{seed} is not in the range 0<=x<=4294967295" in done.output


@pytest.mark.parametrize(
    ("names", "told"),
    [
        (["handwritten", "tone"], "--arms: no arm 'tone'; choose of empty, instruction, few-shot"),
        ([" ", ""], "--arms: no arm is named"),
    ],
)
def test_unknown_arms_are_refused(names: list[str], told: str) -> None:
    with pytest.raises(UsageError, match=told):
        find_arms(names)


def test_an_arm_named_twice_is_one() -> None:
    assert [a.name for a in find_arms(["empty", " empty ", "few-shot"])] == ["empty", "few-shot"]


@pytest.mark.parametrize("arm", ["few-shot", "compiled", "spec+few-shot", "opposite"])
def test_arms_without_pairs_to_fit_on_say_what_to_set(tmp_path: Path, arm: str) -> None:
    told = r"suite.toml: no pairs are set apart .*; set \[split\] compile = 0.4, or give --pairs"
    with pytest.raises(UsageError, match=told):
        run(tmp_path, arm, split="gate = 1\n")


def test_a_file_of_pairs_to_fit_on_takes_their_place(tmp_path: Path) -> None:
    apart = write_pairs(tmp_path / "apart.jsonl", [row(f"apart {t}", 7) for t in "abcdefghijkl"])
    found = run(
        tmp_path, "compiled", options=Options(pairs=apart), split="gate = 1\n", instruction=""
    )
    assert (found.fitted_on, found.fitted_from, found.held_out) == (12, "apart.jsonl", 26)
    assert named(found, "compiled").text == f"- {SHORT}"
    assert named(found, "compiled").moved.count == 26


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({}, "'own' and 'bread' say nearly the same"),
        ({"chosen": "Yes.", "rejected": "No."}, "'own' and 'bread' ask nearly the same"),
    ],
)
def test_a_file_that_overlaps_the_gate_pairs_is_refused(
    tmp_path: Path, changes: dict[str, str], told: str
) -> None:
    leak = write_pairs(tmp_path / "leak.jsonl", [row("bread", 0, id="own", **changes)])
    with pytest.raises(UsageError, match=f"leak.jsonl: its pair and the gate pair {told}; take it"):
        run(tmp_path, "few-shot", options=Options(pairs=leak), split="gate = 1\n")


def test_compile_and_gate_pairs_that_are_alike_are_refused(tmp_path: Path) -> None:
    pairs = rows()
    long = " ".join(f"word{i}" for i in range(60))
    for n, pair in enumerate(pairs):  # other prompts, with the same two long answers
        pair |= {"prompt": f"{n} {pair['prompt']}", "chosen": f"Good {long}", "rejected": long}
    with pytest.raises(UsageError, match=r"the compile pair and the gate pair .* nearly the same"):
        run(tmp_path, "few-shot", pairs=pairs)


def test_without_names_the_suite_is_given_what_it_has(tmp_path: Path) -> None:
    found = run(tmp_path, "", split="gate = 1\n", instruction="")
    assert [arm.name for arm in found.arms] == ["empty", "handwritten"]
    assert [name for name, _ in found.left_out] == [
        "instruction", "few-shot", "compiled", "spec+few-shot",
    ]  # fmt: skip
    assert "set [split] compile" in dict(found.left_out)["compiled"]
    assert LONG not in str(found)
