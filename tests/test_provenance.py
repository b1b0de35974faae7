"""Where the rules of a compiled spec come from, in the run file and in the report."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from specharness.compilation.places import lock_path
from specharness.compilation.provenance import compiled_spec
from specharness.errors import UsageError
from specharness.report.html import render_html
from specharness.runcompiled import CompiledSpec
from specharness.runfile import read_run, write_run
from specharness.suitefile import load_suite
from tests import runs
from tests.proposing import LLM, compiled, make_suite
from tests.test_compile_llm import LIST, OPPOSITES, Honest

HOSTILE = "<script>alert(1)</script>"


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SPECHARNESS_CACHE", str(tmp_path / "cache"))


@pytest.fixture
def told(tmp_path: Path) -> CompiledSpec:
    suite = make_suite(tmp_path, LLM)
    compiled(suite, Honest())
    found = compiled_spec(load_suite(suite.folder))
    assert found is not None
    return found


def test_a_spec_that_was_not_compiled_has_none(tmp_path: Path) -> None:
    assert compiled_spec(make_suite(tmp_path)) is None


def test_the_record_says_what_the_lock_says(told: CompiledSpec) -> None:
    (rule,) = told.rules
    assert (rule.text, rule.opposite, rule.origin) == (LIST, OPPOSITES[LIST], "llm")
    assert len(rule.support) + len(rule.contradict) + rule.silent == told.pairs == 21
    assert not set(rule.proposers) & {*rule.support, *rule.contradict}
    assert (told.proposer, told.preset, told.author, told.placebos) == ("toy", "evidence", "", 20)
    assert 0.9 < told.held_out <= 1


def test_it_goes_through_the_run_file(told: CompiledSpec, tmp_path: Path) -> None:
    run = runs.make_run(runs.make_suite(compiled=told))
    write_run(run, tmp_path / "run.json")
    assert read_run(tmp_path / "run.json") == run


def test_the_page_shows_each_rule_with_its_evidence(told: CompiledSpec) -> None:
    page = render_html(runs.make_run(runs.make_suite(compiled=told)))
    assert "Where its rules come from" in page
    assert "compiled from 21 pairs that judge nothing here" in page
    assert LIST in page
    assert OPPOSITES[LIST] in page
    assert all(name in page for name in told.rules[0].proposers)
    assert "Where its rules come from" not in render_html(runs.make_run(runs.make_suite()))


def test_no_text_of_a_lock_becomes_markup(told: CompiledSpec) -> None:
    rule = replace(told.rules[0], text=HOSTILE, opposite=HOSTILE, support=(HOSTILE,))
    bad = replace(
        told, rules=(rule,), unexplained=(HOSTILE,), splits=(HOSTILE,), proposer=HOSTILE,
        reversed=((HOSTILE, HOSTILE),), author=HOSTILE, raced=HOSTILE,
    )  # fmt: skip
    assert HOSTILE not in render_html(runs.make_run(runs.make_suite(compiled=bad)))


def test_a_compilation_that_found_nothing_says_so(told: CompiledSpec) -> None:
    page = render_html(runs.make_run(runs.make_suite(compiled=replace(told, rules=()))))
    assert "No rule found: the spec is the instruction alone" in page


def test_a_lock_without_its_evidence_is_named(tmp_path: Path) -> None:
    suite = make_suite(tmp_path, LLM)
    compiled(suite, Honest())
    lock = json.loads(lock_path(suite).read_text())
    del lock["rules"][0]["evidence"]
    lock_path(suite).write_text(json.dumps(lock))
    with pytest.raises(UsageError, match=r"spec.lock.json: its evidence cannot be read; run"):
        compiled_spec(load_suite(suite.folder))
