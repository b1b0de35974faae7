"""What was measured beside a run, in its report: only what belongs to that very run."""

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from specharness.baseline import find_baseline
from specharness.blame.finding import find_blame
from specharness.blame.record import blame_text
from specharness.coverage.commands import coverage_command
from specharness.history.commands import history_command
from specharness.keeping import kept_path
from specharness.mutation.commands import mutate_command
from specharness.panel import Asking, open_panel
from specharness.report.beside import Beside, find_beside
from specharness.report.html import render_html
from specharness.report.noticed import view_coverage
from specharness.runfile import Run, SuiteRun
from tests import measured
from tests.measured import Cutter, Project
from tests.runs import failing, make_run, make_suite, make_trust, unproven
from tests.test_report_html import Outline

ROOMS = ("coverage", "mutation", "history")


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    """A suite of which everything was measured."""
    root = tmp_path_factory.mktemp("beside")
    with measured.whole_project(root) as found:
        yield found


@pytest.fixture(scope="module")
def run(project: Project) -> SuiteRun:
    return project.run()


def beside(suite: SuiteRun, folder: Path | None) -> Beside:
    return find_beside(Run(version="0", suites=(suite,)), folder)[suite.folder]


def test_records_of_this_very_run_are_found(project: Project, run: SuiteRun) -> None:
    found = beside(run, project.reports)
    assert found.coverage and found.mutations and found.timeline and found.told == ()
    assert found.effects == run.edit_effects != ()
    assert found.coverage.measured.judged == run.judged != ""


def test_without_records_there_is_a_line_with_a_command(run: SuiteRun, tmp_path: Path) -> None:
    for folder in (None, tmp_path):
        found = beside(run, folder)
        assert (found.coverage, found.mutations, found.timeline) == (None, None, None)
        assert [text.split("`")[1] for text in found.told] == [
            "specharness coverage tone",
            "specharness mutate tone",
            "specharness history --suite tone",
        ]
        assert all("is not measured yet" in text for text in found.told)


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"head_spec": "- Another. "}, "for another spec"),
        ({"judged": "0" * 64}, "with other pairs"),
        ({"judged": ""}, "with other pairs"),
        ({"model_digest": "0" * 64}, "with another model"),
        ({"reduce": "sum"}, "with another reading"),
    ],
)
def test_what_belongs_to_another_run_is_never_shown(
    project: Project, run: SuiteRun, changes: dict[str, Any], told: str
) -> None:
    other = replace(run, **changes)
    found = beside(other, project.reports)
    assert (found.coverage, found.mutations, found.timeline) == (None, None, None)
    assert len(found.told) == 3 and all(f"was last measured {told}" in text for text in found.told)
    page = render_html(make_run(other), project.reports)
    assert "rules covered" not in page and 'class="timeline"' not in page


def test_a_record_of_another_suite_under_its_name_is_none(
    project: Project, run: SuiteRun, tmp_path: Path
) -> None:
    text = kept_path(project.reports, "coverage", "tone").read_text()
    other = text.replace('"suite": "tone"', '"suite": "b"')
    kept_path(tmp_path, "coverage", "tone").write_text(other)
    assert "is not measured yet" in beside(run, tmp_path).told[0]


BREAKS: dict[str, Callable[[str], str]] = {
    "cut": lambda text: text[:50],
    "no object": lambda text: "[]",
    "another format": lambda text: text.replace('"format": 1', '"format": 99'),
    "a text for a number": lambda text: text.replace('"mean": ', '"mean": "x", "was": '),
    "not a number": lambda text: text.replace('"low": ', '"low": NaN, "was": '),
    "another state": lambda text: text.replace('"redundant"', '"<script>"'),
    "deep": lambda text: "[" * 100_000,
}


@pytest.mark.parametrize("name", BREAKS)
def test_a_broken_record_says_so(
    project: Project, run: SuiteRun, tmp_path: Path, name: str
) -> None:
    text = kept_path(project.reports, "coverage", "tone").read_text()
    kept_path(tmp_path, "coverage", "tone").write_text(BREAKS[name](text))
    found = beside(run, tmp_path)
    assert found.coverage is None
    assert found.told[0] == (
        "coverage-tone.json cannot be read: `specharness coverage tone` writes it again."
    )
    render_html(make_run(run), tmp_path)


def test_a_reviewed_coverage_beside_the_suite_counts(
    project: Project, run: SuiteRun, tmp_path: Path
) -> None:
    folder = tmp_path / "suites" / "tone"
    folder.mkdir(parents=True)
    text = kept_path(project.reports, "coverage", "tone").read_text()
    (folder / "coverage.json").write_text(text)
    assert beside(run, tmp_path / "reports").coverage is not None
    stale = replace(run, judged="0" * 64)
    assert "with other pairs" in beside(stale, tmp_path / "reports").told[0]


@pytest.mark.parametrize(
    "suite",
    [
        make_suite(scorer="judge"),
        make_suite(trust=make_trust(may_gate=False)),
        make_suite(held_out=60, selected=14),
    ],
)
def test_nothing_is_said_where_nothing_could_be_measured(suite: SuiteRun, tmp_path: Path) -> None:
    assert beside(suite, tmp_path) == Beside()


def test_an_edit_has_its_effect_from_blame_where_the_run_measured_none(
    project: Project, run: SuiteRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(project.root)
    asking = Asking(room="blame", command="specharness blame tone", mode="live")
    panel = open_panel(project.suite, asking, Cutter())
    base = find_baseline(project.suite, None, panel.pairs)
    project.keep("blame", blame_text(find_blame(panel, base.spec, base.label)))
    silent = replace(run, edit_effects=())
    assert beside(silent, project.reports).effects == run.edit_effects
    other = replace(silent, base_spec="- Another base.")
    assert beside(other, project.reports).effects == ()


# the page


def test_the_page_marks_the_spec_and_shows_what_survived(project: Project, run: SuiteRun) -> None:
    page = render_html(make_run(run, failing(), unproven()), project.reports)
    Outline(page)
    assert "tone: 0 of 5 rules covered (0 %) on 45 gate pairs, by reader" in page
    assert '<tr class="hurting"><td class="sign"><span aria-hidden="true">−</span>' in page
    assert '<td class="at">7</td><td class="worth">−7.8</td><td class="text">- Write code.' in page
    assert '<th scope="col" class="num">Moves</th>' in page
    assert '<td class="num" data-value="15">15</td>' in page
    assert "15 mutants judged wrongly, and the pairs to write" in page
    assert "<del>Be</del><ins>Do not be</ins> calm." in page
    assert page.count('<rect class="point"') == 1 and page.count("4 versions of the spec") == 1
    assert "Taking this back alone wins back <b>7.8 points</b>" in page
    assert '<b class="carries">it carries loss</b>' in page
    assert page.count("is not measured yet") == 6  # of the two other suites


def test_a_bar_of_the_map_goes_the_way_of_its_pair(project: Project, run: SuiteRun) -> None:
    found = beside(run, project.reports).coverage
    assert found is not None
    rules = {rule.id: rule for rule in view_coverage(found, run.head_spec).rules}
    assert rules["code"].down.count("M") == 15 and rules["code"].up == ""
    assert rules["tidy"].up == rules["tidy"].down == ""
    assert (rules["code"].moves, rules["tidy"].moves) == (15, 0)
    # more pairs than columns: neighbours share one, and the largest of them shows
    wide = replace(found.rules[0], changes=(0.0,) * 9_999 + (0.5,))
    (rule,) = view_coverage(replace(found, rules=(wide,)), "- Be brief.").rules
    assert rule.up == "M319.5 12v-11"


# the commands


@pytest.fixture
def replayed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    """A project whose readings are recorded, so that the commands need no model."""
    monkeypatch.setenv("SPECHARNESS_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("GITHUB_BASE_REF", raising=False)
    found = measured.make_project(tmp_path)
    found.measure("record")
    for file in found.reports.iterdir():
        file.unlink()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CI", "true")
    return found


def test_the_commands_keep_their_records_where_the_report_looks(replayed: Project) -> None:
    def typed(command: Any, *words: str) -> str:
        done = CliRunner().invoke(command, words, standalone_mode=False, catch_exceptions=False)
        return done.output

    told = typed(coverage_command, "tone")
    assert told.endswith("kept: reports/coverage-tone.json; `specharness report` shows it\n")
    json.loads(typed(mutate_command, "tone", "--json"))
    typed(history_command, "--suite", "tone")
    assert {file.name for file in replayed.reports.iterdir()} == {
        f"{room}-tone.json" for room in ROOMS
    }
    before = kept_path(replayed.reports, "mutation", "tone").read_bytes()
    typed(mutate_command, "tone", "--operators", "drop")  # some mutants are no score
    assert kept_path(replayed.reports, "mutation", "tone").read_bytes() == before
