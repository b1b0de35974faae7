"""What is lost since the anchor: which edits carry it, which pairs, and what a user reads of it."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from specharness.baseline import find_baseline
from specharness.blame.finding import find_blame
from specharness.blame.record import blame_text
from specharness.keeping import kept_path
from specharness.ledger.verifying import run_difference
from specharness.model import Request
from specharness.panel import Asking, open_panel
from specharness.report.html import render_html
from specharness.report.markdown import render_markdown
from specharness.report.terminal import render_terminal
from specharness.run import Options, run_suite
from specharness.runfile import Gate, SuiteRun, read_run, write_run, write_text
from specharness.runsince import LostPair, SinceAnchor
from specharness.suitefile import Suite, load_suite
from tests.rulebooks import History, Reader, make_suite
from tests.runs import HOSTILE, hostile_suite, make_run

FIRST = """# How to answer

- Be brief. {#brief}
- Be kind. {#kind}
- Be tidy. {#tidy}
"""
SECOND = FIRST.replace("- Be kind. {#kind}\n", "")
THIRD = SECOND.replace("Be brief", "Be calm")
PAIRS = {"other": 348, "brief": 6, "kind": 6}
LOST = {f"{sign}-{n:02}" for sign in ("brief", "kind") for n in range(6)}


ASKING = Asking(room="blame", command="specharness blame tone")


class Forgetful(list[Request]):
    """Keeps nothing, so that nothing is searched for what was asked before."""

    def append(self, request: Request) -> None:
        pass


def reader() -> Reader:
    return Reader(asked=Forgetful())


def project(root: Path, settings: str = "") -> tuple[Suite, str]:
    """Two edits of -1.7 points each after a release, the second one not committed yet."""
    suite = make_suite(root, FIRST, PAIRS)
    (suite.folder / "suite.toml").write_text(f'model = "reader"\n[gate]\nmargin = 0.05\n{settings}')
    history = History(root)
    released = history.commit("Base")
    history.git("tag", "v1.0")
    history.commit("Merged", SECOND)
    (suite.folder / "spec.md").write_text(THIRD)
    return load_suite(suite.folder), released


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SPECHARNESS_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("GITHUB_BASE_REF", raising=False)


def run(suite: Suite, mode: Any = "live", **options: Any) -> SuiteRun:
    return run_suite(suite, Options(mode=mode, **options), model=reader())


def test_a_fail_by_the_anchor_names_edits_and_pairs_since_then(tmp_path: Path) -> None:
    suite, released = project(tmp_path)
    found = run(suite)
    assert found.against_base and found.since_anchor
    assert (found.gate.verdict, found.against_base.verdict) == ("FAIL", "PASS")
    assert (found.gate.lost, found.since_anchor.blamed) == (6, True)
    assert {(effect.kind, effect.rule, effect.regained) for effect in found.edit_effects} == {
        ("reworded", "brief", 6), ("removed", "kind", 6),
    }  # fmt: skip
    assert all(effect.p <= 0.05 for effect in found.edit_effects)
    assert found.blame[0].startswith("With the anchor as base: Reverting ")
    assert {"'brief' (line 3)", "'kind' (line 4 at base)"} == {
        told.partition(" rule ")[2].partition(" alone ")[0] for told in found.blame
    }
    lost = found.since_anchor.lost
    assert {pair.id for pair in lost} == LOST
    assert all(pair.margin > 0 and pair.preference > 0.5 for pair in lost)
    assert found.gate.next_command == f"specharness blame tone --spec-base={released[:10]}"


def test_the_next_command_finds_the_same(tmp_path: Path) -> None:
    suite, released = project(tmp_path)
    found = run(suite)
    panel = open_panel(suite, ASKING, reader())
    before = find_baseline(suite, released[:10], panel.pairs)
    blame = find_blame(panel, before.spec, before.label)
    assert blame.verdict == "FAIL" and set(blame.lost) == LOST
    assert f"With the anchor as base: {' '.join(blame.sentences)}" == " ".join(found.blame)


def test_it_is_replayed_and_verified(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    suite, _ = project(tmp_path)
    monkeypatch.chdir(tmp_path)
    recorded = run(suite, "record")
    write_run(make_run(recorded), tmp_path / "run.json")
    assert read_run(tmp_path / "run.json").suites == (recorded,)
    again = run(suite, "replay")
    assert again.since_anchor == recorded.since_anchor
    assert again.blame == recorded.blame
    assert run_difference(suite, recorded) == ""
    less = replace(recorded, since_anchor=replace(recorded.since_anchor, lost=()))  # type: ignore[type-var]
    assert run_difference(suite, less).startswith("since_anchor.lost has 0 entries, but 12 when")


def test_what_nobody_recorded_names_the_command_with_the_anchor(tmp_path: Path) -> None:
    suite, released = project(tmp_path)
    recorded = tmp_path / "fixtures/recordings/tone/reader.jsonl"
    lines: set[str] = set()
    for spec in (FIRST, THIRD):  # as head each, so that no edit of one by one is there
        (suite.folder / "spec.md").write_text(spec)
        run(load_suite(suite.folder), "record", anchor="none")
        header, *found_lines = recorded.read_text().splitlines()
        lines.update(found_lines)
    recorded.write_text("\n".join([header, *sorted(lines)]) + "\n")
    found = run(load_suite(suite.folder), "replay")
    assert found.gate.verdict == "FAIL" and found.edit_effects == ()
    assert found.blame == (
        f"With the anchor as base: `specharness blame tone --spec-base={released[:10]}` says which "
        "edit carries it (with a model).",
    )


def test_a_fail_against_the_base_is_blamed_on_the_edit(tmp_path: Path) -> None:
    suite, _ = project(tmp_path)
    (suite.folder / "spec.md").write_text("- Be tidy. {#tidy}\n- Write code.\n")
    found = run(load_suite(suite.folder), base="v1.0", anchor="main")
    assert found.against_base and found.since_anchor
    assert found.against_base.verdict == found.gate.verdict == "FAIL"
    assert not found.since_anchor.blamed
    assert found.blame and not any(told.startswith("With the anchor") for told in found.blame)


def test_a_loss_within_the_budget_is_listed_and_blamed_on_no_one(tmp_path: Path) -> None:
    suite, _ = project(tmp_path, "budget = 0.2\n")
    found = run(suite)
    assert found.gate.verdict == "PASS" and (found.blame, found.edit_effects) == ((), ())
    assert found.since_anchor and len(found.since_anchor.lost) == 12
    assert "lost since the anchor" not in render_markdown(make_run(found))


def test_nothing_is_told_of_hidden_pairs(tmp_path: Path) -> None:
    suite, _ = project(tmp_path, 'hidden = "hide"\n')
    path = suite.pairs_path
    lines = path.read_text().splitlines()
    tagged = [line.replace('{"id"', '{"tags": ["hide"], "id"') for line in lines]
    path.write_text("\n".join([*lines[:342], *tagged[342:]]) + "\n")
    root = History(tmp_path)
    root.commit("hidden from the first", FIRST)
    root.git("tag", "-f", "v1.0")
    root.commit("Merged", SECOND)
    (suite.folder / "spec.md").write_text(THIRD)
    found = run(load_suite(suite.folder))
    assert found.gate.verdict == "FAIL" and found.gate.hidden == 18
    assert found.since_anchor and found.since_anchor.lost == ()
    assert not any(f"{name}" in repr(found) for name in LOST)


# --- what a user reads ---------------------------------------------------------------------------


@pytest.fixture(scope="module")
def failed(tmp_path_factory: pytest.TempPathFactory) -> SuiteRun:
    root = tmp_path_factory.mktemp("since")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SPECHARNESS_CACHE", str(root / "cache"))
        patch.delenv("GITHUB_BASE_REF", raising=False)
        return run(project(root)[0])


def since(page: str) -> str:
    """The part of a page about the anchor."""
    return page.partition('<section class="since')[2].partition("</section>")[0]


def test_the_report_shows_edits_and_pairs_since_the_anchor(failed: SuiteRun) -> None:
    page = render_html(make_run(failed))
    part = since(page)
    assert "Since the anchor" in part and "12 pairs lost since then" in part
    assert all(f'href="#tone/{name}"' in part for name in LOST)
    assert "line 4 at the anchor" in part and part.count("it carries loss") == 2
    assert page.count("it carries loss") == 2  # not at the rule as the last edit has it
    assert page.count('id="tone/rule/brief') == 1
    static = page.partition('<ol class="list">')[2].partition("</ol>")[0]
    assert all(name in static for name in LOST)


def test_many_lost_pairs_leave_the_page_small(failed: SuiteRun) -> None:
    assert failed.since_anchor
    many = replace(
        failed.since_anchor,
        lost=tuple(replace(failed.since_anchor.lost[0], id=f"p-{i}") for i in range(1200)),
    )
    part = since(render_html(make_run(replace(failed, since_anchor=many))))
    assert part.count("<li") < 1010 and "200 more are in run.json" in part


def test_markdown_and_terminal_count_them(failed: SuiteRun) -> None:
    comment = render_markdown(make_run(failed))
    assert "<summary>12 pairs lost since the anchor</summary>" in comment
    assert "<summary>2 rules edited since the anchor</summary>" in comment
    assert "12 of 360 pairs lost and 0 won since then" in comment
    assert "| -1.7 [-3.2, -0.9]; since the anchor -3.3 [-5.3, -2.1], 12 lost, 0 won |" in comment
    screen = render_terminal(make_run(failed))
    assert "losses have added up, 12 of 360 pairs lost" in " ".join(screen.split())
    assert "which edit: With the anchor as base: Reverting " in screen


def test_effects_measured_later_stand_where_they_belong(tmp_path: Path) -> None:
    suite, released = project(tmp_path)
    found = replace(run(suite), edit_effects=())
    reports = tmp_path / "reports"

    def page(base: str | None) -> str:
        panel = open_panel(suite, ASKING, reader())
        before = find_baseline(suite, base, panel.pairs)
        text = blame_text(find_blame(panel, before.spec, before.label))
        write_text(kept_path(reports, "blame", "tone"), text)
        return render_html(make_run(found), reports)

    by_anchor, by_base = page(released), page(None)
    assert since(by_anchor).count("it carries loss") == by_anchor.count("it carries loss") == 2
    assert since(by_base).count("it carries loss") == 0 < by_base.count("it carries loss")


def test_what_an_anchor_says_stays_text() -> None:
    suite = hostile_suite()
    lost = tuple(LostPair(id=case.id, margin=0.1, preference=0.6) for case in suite.cases)
    found = SinceAnchor(spec=f"{HOSTILE}\n1. less\n{HOSTILE}", lost=lost, blamed=True)
    hostile = replace(
        suite, since_anchor=found, anchor=suite.gate, anchor_label=HOSTILE,
        against_base=replace(suite.gate, verdict="PASS"),
    )  # fmt: skip
    part = since(render_html(make_run(hostile)))
    assert f"{len(lost)} pairs lost since then" in part
    assert "<script" not in part and "<img" not in part and "\x1b" not in part


def test_without_an_anchor_nothing_of_it_is_shown(failed: SuiteRun) -> None:
    gate: Gate | None = failed.against_base
    assert gate is not None
    alone = replace(
        failed, gate=gate, against_base=None, anchor=None, anchor_label="", since_anchor=None
    )
    assert since(render_html(make_run(alone))) == ""
