"""The temperature of a compiled spec: fitted off the gate, kept in the lock, read by the scorer."""

from math import log
from pathlib import Path

import numpy as np
import pytest

from specharness.choice import choose_model
from specharness.compilation.compiling import (
    NOTHING_MORE,
    compile_suite,
    ensure_compiled,
    locked_sources,
    write_compiled,
)
from specharness.compilation.places import read_suite_lock
from specharness.compilation.racing import SuiteScorer
from specharness.compilation.sources import NOBODY, open_sources
from specharness.compilation.words import compiled_lines
from specharness.compile.lockfile import locked_temperature
from specharness.compile.temperature import LEAST, fit_temperature
from specharness.records import Spec
from specharness.run import Options, run_suite
from specharness.suitefile import Suite, load_suite
from tests.armsuites import LONG, SHORT, Listener, make_suite, split_of

SPLIT = "compile = 0.6\nselect = 0.2\ngate = 0.2\n"


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SPECHARNESS_CACHE", str(tmp_path / "cache"))


def raced(root: Path, extra: str = "") -> Suite:
    """A suite compiled and written with a model that follows its rule."""
    suite = make_suite(root, spec=None, instruction="Answer.", split=SPLIT + extra)
    compiled = compile_suite(suite, open_sources(suite, own=Listener()))
    write_compiled(suite, compiled)
    return load_suite(suite.folder)


def test_the_closed_form_where_all_margins_are_one_size() -> None:
    # 8 of 10 right: Platt's target makes it q = .8 t + .2 (1 - t), and T = m / logit(q)
    target = 11 / 12
    right = 0.8 * target + 0.2 * (1 - target)
    found = fit_temperature([3.0] * 8 + [-3.0] * 2)
    assert found == pytest.approx(3.0 / log(right / (1 - right)), rel=1e-4)
    assert fit_temperature([3.0] * 20) == pytest.approx(3.0 / log(21), rel=1e-4)


@pytest.mark.parametrize("temperature", [0.02, 0.7, 30.0])
def test_a_planted_temperature_is_found(temperature: float) -> None:
    rng = np.random.default_rng(1)
    margins = rng.normal(0, 2 * temperature, 20_000)
    prefers = rng.random(len(margins)) < 1 / (1 + np.exp(-margins / temperature))
    found = fit_temperature(np.where(prefers, margins, -margins))
    assert found == pytest.approx(temperature, rel=0.05)


def test_margins_that_tell_nothing_have_no_temperature() -> None:
    assert fit_temperature([]) is None
    assert fit_temperature([1.0] * (LEAST - 1)) is None
    assert fit_temperature([1.0, -1.0] * 10) is None
    assert fit_temperature([-1.0] * 20) is None
    assert fit_temperature([0.0] * 20) is None
    assert fit_temperature([float("nan")] * 20) is None
    known = [1.0] * 15 + [-1.0] * 5
    assert fit_temperature([*known, float("nan")]) == fit_temperature(known)


def test_a_race_leaves_a_temperature_from_pairs_that_no_gate_sees(tmp_path: Path) -> None:
    suite = raced(tmp_path)
    assert SHORT in suite.spec.shown
    lock, split = read_suite_lock(suite), split_of(suite)
    assert lock.calibration is not None
    assert lock.calibration.pairs == len(split.compile) + len(split.select) == 21
    chosen = choose_model(suite, "live", tmp_path, Listener())
    spec = Spec(text=suite.spec.shown, shown=suite.spec.shown)
    again = SuiteScorer(chosen=chosen).calibrate(spec, (*split.compile, *split.select))
    assert again == lock.calibration
    reading = chosen.reading
    read = (reading.reduce, reading.reference, reading.placement)
    assert lock.calibration.holds_for(chosen.digest, *read)
    assert not lock.calibration.holds_for("another", *read)
    assert not lock.calibration.holds_for(chosen.digest, "sum", *read[1:])
    path = suite.folder / "spec.lock.json"
    assert locked_temperature(path, chosen.digest, *read) == lock.calibration.nats > 0
    assert locked_temperature(path, "another", *read) == 0
    assert locked_temperature(tmp_path / "none", chosen.digest, *read) == 0


def test_the_temperature_is_frozen_and_told(tmp_path: Path) -> None:
    suite = raced(tmp_path)
    again = compile_suite(suite, locked_sources(suite, NOBODY, NOTHING_MORE))
    assert again.lock == (suite.folder / "spec.lock.json").read_text()
    assert again.calibration is not None
    told = f"temperature: {again.calibration.nats:g} nats, fitted on 21 pairs"
    assert told in "\n".join(compiled_lines("arms", again))


def test_without_a_model_there_is_none(tmp_path: Path) -> None:
    suite = make_suite(tmp_path, spec=None, split=SPLIT)
    write_compiled(suite, compile_suite(suite))
    assert read_suite_lock(suite).calibration is None


def test_measured_from_the_base_there_is_none(tmp_path: Path) -> None:
    suite = raced(tmp_path, '[score]\nreference = "base"\n')
    assert read_suite_lock(suite).calibration is None


def test_measured_from_the_opposites_of_the_lock(tmp_path: Path) -> None:
    suite = raced(tmp_path, '[score]\nreference = "opposite"\n')
    found = read_suite_lock(suite).calibration
    plain = read_suite_lock(raced(tmp_path / "plain")).calibration
    assert found is not None
    assert plain is not None
    assert found.reference == "opposite"
    # rule and opposite each move the toy by half a nat, so the scale is twice that of either
    assert found.nats == pytest.approx(2 * plain.nats, rel=0.01)
    assert ensure_compiled(suite, write=False).spec.text != suite.spec.text


def test_a_run_measures_from_the_opposites_of_the_lock(tmp_path: Path) -> None:
    suite = raced(tmp_path, '[score]\nreference = "opposite"\n')
    model, options = Listener(), Options(mode="live", base="empty")
    run = run_suite(ensure_compiled(suite, write=False), options, model=model)
    assert run.gate.verdict != "UNVERIFIABLE"
    assert any(LONG in request.messages[0].content for request in model.asked)
    assert all(case.head and case.head.margin > 0 for case in run.cases)


def test_a_run_reads_with_the_temperature_of_the_lock(tmp_path: Path) -> None:
    suite = raced(tmp_path)
    found = read_suite_lock(suite).calibration
    options = Options(mode="live", base="empty")
    run = run_suite(ensure_compiled(suite, write=False), options, model=Listener())
    assert found is not None
    assert run.temperature == found.nats
