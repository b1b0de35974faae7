"""Bisections and timelines over real git histories that are made here."""

import json
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from specharness.errors import RecordingMiss, UsageError
from specharness.history.bisecting import Bisection, find_first_bad
from specharness.history.commands import bisect_command, history_command
from specharness.history.commits import list_versions, with_working
from specharness.history.page import render_html
from specharness.history.timeline import Timeline, read_timeline
from specharness.history.words import draw, render_timeline, tell_bisection
from specharness.ledger.chain import LEDGER, Entry, ledger_text
from specharness.panel import Asking, Panel, open_panel
from specharness.runfile import Share
from specharness.suitefile import load_suite
from tests.rulebooks import History, Reader, make_suite

GOOD = "- Be brief. {#brief}\n- Be kind. {#kind}\n"
PAIRS = {"brief": 30, "kind": 20, "other": 14}
STEPS = [  # what each commit says, and the spec it leaves
    ("Add the suite", GOOD),
    ("Say it more kindly", GOOD + "- Be tidy.\n"),
    ("Only a remark", GOOD + "- Be tidy.\n<!-- nobody sees this -->\n"),
    ("Break the file", GOOD + "- Twice. {#kind}\n"),
    ("Mend it", GOOD + "- Be neat.\n"),
    ("Drop brevity", "- Be kind. {#kind}\n- Be neat.\n"),
    ("Tidy up after that", "- Be kind. {#kind}\n- Be very neat.\n"),
    ("Drop kindness, too", "- Be very neat.\n"),
]


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SPECHARNESS_CACHE", str(tmp_path / "cache"))


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, str]]:
    """A project with those commits (and others between them), and their hashes."""
    root = tmp_path_factory.mktemp("project")
    make_suite(root, GOOD, PAIRS)
    history, hashes = History(root), {}
    for number, (message, spec) in enumerate(STEPS):
        hashes[message] = history.commit(message, spec)
        (root / "README").write_text(f"Elsewhere {number}\n")
        history.commit(f"Something else {number}")
    return root, hashes


def panel(root: Path, room: str = "bisect", **changes: Any) -> Panel:
    asking = Asking(room=room, command=f"specharness {room} ...", **changes)
    return open_panel(load_suite(root / "suites" / "tone"), asking, Reader())


def bisect(root: Path, good: str, bad: str = "HEAD", pair: str = "") -> Bisection:
    suite = load_suite(root / "suites" / "tone")
    only = (pair,) if pair else ()
    return find_first_bad(panel(root, only=only), list_versions(suite, bad, good), pair)


# which commits


def test_only_commits_that_change_what_a_model_sees_are_versions(repository: Any) -> None:
    root, hashes = repository
    found = list_versions(load_suite(root / "suites" / "tone"))
    said = [version.label.partition(" ")[2] for version in found]
    assert said == [message for message, _ in STEPS if message != "Only a remark"]
    assert [v.commit for v in found] == [hashes[message] for message in said]
    broken = found[2]
    assert broken.spec is None and "{#kind} stands in line 2 already" in broken.problem
    assert all(version.date.count("-") == 2 for version in found)


def test_what_is_not_committed_is_the_last_version(repository: Any, tmp_path: Path) -> None:
    root, _ = repository
    suite = load_suite(root / "suites" / "tone")
    versions = list_versions(suite)
    assert with_working(suite, versions) == versions
    file = suite.folder / "spec.md"
    was = file.read_text()
    try:
        file.write_text("- Be other.\n")
        now = with_working(load_suite(suite.folder), versions)[-1]
    finally:
        file.write_text(was)
    assert now.commit == "" and now.spec and now.spec.shown == "- Be other."


def test_a_merge_is_one_step_of_the_line(tmp_path: Path) -> None:
    make_suite(tmp_path, GOOD, PAIRS)
    history = History(tmp_path)
    first = history.commit("Base")
    history.git("checkout", "-q", "-b", "side")
    history.commit("Side one", "- Be one.\n")
    history.commit("Side two", "- Be two.\n")
    history.git("checkout", "-q", "main")
    history.git("merge", "-q", "--no-ff", "-m", "Merge side", "side")
    suite = load_suite(tmp_path / "suites" / "tone")
    found = list_versions(suite, "HEAD", first)
    assert [v.label.partition(" ")[2] for v in found] == ["Base", "Merge side"]


def test_an_instruction_in_the_settings_is_a_spec_with_a_history(tmp_path: Path) -> None:
    suite = make_suite(tmp_path, GOOD, PAIRS)
    (suite.folder / "spec.md").unlink()
    settings = suite.folder / "suite.toml"
    rest = settings.read_text()
    history = History(tmp_path)
    for text in ("Be kind.", "Be very kind."):
        settings.write_text(f'instruction = "{text}"\n{rest}')
        history.commit(text)
    found = list_versions(load_suite(suite.folder))
    assert [v.spec.shown for v in found if v.spec] == ["Be kind.", "Be very kind."]


@pytest.mark.parametrize(
    ("good", "bad", "told"),
    [("nowhere", "HEAD", "no commit 'nowhere'"), ("HEAD", "HEAD~3", "no ancestor of HEAD~3")],
)
def test_mistaken_commits_are_told(repository: Any, good: str, bad: str, told: str) -> None:
    with pytest.raises(UsageError, match=told):
        list_versions(load_suite(repository[0] / "suites" / "tone"), bad, good)


def test_no_repository_is_told(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no git repository"):
        list_versions(make_suite(tmp_path, GOOD, PAIRS))


# bisecting


def test_the_first_commit_that_lost_it_is_found(repository: Any) -> None:
    root, hashes = repository
    found = bisect(root, hashes["Add the suite"])
    assert found.first and found.first.commit == hashes["Drop brevity"]
    assert found.first.verdict == "FAIL" and len(found.first.lost) == 30
    assert found.edits[0] == ("removed", "brief", "Be brief.", "")
    assert found.before == () and found.versions == 7
    assert [step.state for step in found.steps].count("bad") >= 2
    assert len(found.steps) <= 4 < found.versions - 1  # the end, and halves of what is left


def test_the_loss_of_one_pair_is_found_where_it_happened(repository: Any) -> None:
    root, hashes = repository
    found = bisect(root, hashes["Add the suite"], pair="kind-03")
    assert found.first and found.first.commit == hashes["Drop kindness, too"]
    assert found.measured.pairs == ("kind-03",)
    early = bisect(root, hashes["Add the suite"], pair="brief-07")
    assert early.first and early.first.commit == hashes["Drop brevity"]
    with pytest.raises(UsageError, match="no gate pair 'gone'"):
        bisect(root, hashes["Add the suite"], pair="gone")


def test_what_cannot_be_measured_is_skipped_and_may_be_it(tmp_path: Path) -> None:
    make_suite(tmp_path, GOOD, PAIRS)
    history = History(tmp_path)
    good = history.commit("Good")
    history.commit("Broken", "- One. {#kind}\n- Two. {#kind}\n")
    history.commit("Bad", "- Be kind. {#kind}\n")
    found = bisect(tmp_path, good)
    assert found.first and found.first.label.endswith("Bad")
    assert [label.partition(" ")[2] for label in found.before] == ["Broken"]
    told = tell_bisection(found)
    assert "or one that could not be measured" in told and "Broken" in told


def test_no_loss_is_no_culprit(repository: Any) -> None:
    root, hashes = repository
    found = bisect(root, hashes["Add the suite"], hashes["Mend it"])
    assert found.first is None and [step.state for step in found.steps] == ["good"]
    assert "no loss is shown (PASS)" in tell_bisection(found)
    same = bisect(root, hashes["Say it more kindly"], hashes["Only a remark"])
    assert same.versions == 1 and "The spec is the same at both" in tell_bisection(same)


@pytest.mark.parametrize("width", [24, 50, 100])
def test_a_bisection_fits_the_terminal(repository: Any, width: int) -> None:
    found = bisect(repository[0], repository[1]["Add the suite"])
    assert max(map(len, tell_bisection(found, width).splitlines())) <= width


# the timeline


@pytest.fixture(scope="module")
def timeline(repository: Any, tmp_path_factory: pytest.TempPathFactory) -> Timeline:
    root, _ = repository
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SPECHARNESS_CACHE", str(tmp_path_factory.mktemp("cache")))
        suite = load_suite(root / "suites" / "tone")
        entry = accepted(suite.spec.digest, "FAIL", "We <b>know</b>")
        (suite.folder / LEDGER).write_text(ledger_text([entry]))
        found = read_timeline(panel(root, "history"), list_versions(suite))
        (suite.folder / LEDGER).unlink()
        return found


def accepted(spec: str, verdict: Any, reason: str) -> Entry:
    return Entry(
        number=1, reason=reason, anyway=True, verdict=verdict, n=64, lost=30, won=0,
        difference=-0.4, interval=(-0.5, -0.3), model="reader", model_digest="", scorer="logprob",
        reduce="mean", reference="empty", placement="system", temperature=0.5, spec=spec,
        base_spec="", base="", anchor="", pairs="", settings="", lock="", recordings="",
        previous="start",
    )  # fmt: skip


def test_every_version_has_its_share_and_its_verdict(timeline: Timeline) -> None:
    told = [(p.label.partition(" ")[2], p.verdict, p.since, p.lost) for p in timeline.points]
    assert told == [
        ("Add the suite", None, None, 0),
        ("Say it more kindly", "PASS", "PASS", 0),
        ("Break the file", None, None, 0),
        ("Mend it", "PASS", "PASS", 0),
        ("Drop brevity", "FAIL", "FAIL", 30),
        ("Tidy up after that", "PASS", "FAIL", 0),
        ("Drop kindness, too", "FAIL", "FAIL", 20),
    ]
    shares = [p.preferred.count for p in timeline.points if p.preferred]
    assert shares == [57.0, 57.0, 57.0, 42.0, 42.0, 32.0]  # 14 ties count half
    assert timeline.points[2].problem and timeline.points[2].preferred is None
    for point in timeline.points:
        if point.preference is not None and point.interval is not None:
            assert 0 <= point.interval[0] <= point.preference <= point.interval[1] <= 1


def test_ledger_lines_stand_beside_the_spec_they_accepted(timeline: Timeline) -> None:
    assert [len(point.accepted) for point in timeline.points] == [0, 0, 0, 0, 0, 0, 1]
    line = timeline.points[-1].accepted[0]
    assert (line.number, line.verdict, line.anyway) == (1, "FAIL", True)
    assert "1: FAIL (anyway)" in render_timeline(timeline, 160)


@pytest.mark.parametrize("width", [24, 60, 80, 100, 160])
def test_a_timeline_fits_the_terminal(timeline: Timeline, width: int) -> None:
    text = render_timeline(timeline, width)
    assert max(map(len, text.splitlines())) <= width
    assert "FAIL" in text


def test_the_plot_of_a_share_is_as_long_as_its_interval() -> None:
    assert draw(Share(count=0, n=4, low=0.0, high=0.5)) == "o----------          "
    assert draw(Share(count=4, n=4, low=1.0, high=1.0)) == " " * 20 + "o"


def test_the_page_says_the_same_and_runs_nothing(timeline: Timeline) -> None:
    page = render_html(timeline)
    assert "default-src &#39;none&#39;" in page and "<script" not in page and "://" not in page
    assert "We &lt;b&gt;know&lt;/b&gt;" in page and "<b>know" not in page
    text = unescape(page)
    for point in timeline.points:
        assert point.label in text
    assert page.count('class="point"') == 6


# the commands


@pytest.fixture
def recorded(repository: Any, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """The project with everything recorded, so that the commands need no model."""
    root, hashes = repository
    suite = load_suite(root / "suites" / "tone")
    for room in ("bisect", "history"):
        asking = panel(root, room, mode="record")
        read_timeline(asking, list_versions(suite))
        asking.save()
    monkeypatch.chdir(root)
    monkeypatch.setenv("CI", "true")
    return dict(hashes)


def invoke(command: Any, *words: str) -> Result:
    return CliRunner().invoke(command, words, standalone_mode=False)


def test_bisect_is_replayed_and_says_where(recorded: dict[str, str]) -> None:
    span = f"{recorded['Add the suite']}..HEAD"
    done = invoke(bisect_command, span, "--suite", "tone")
    assert done.return_value == 1, done.exception
    lines = done.output.splitlines()
    assert lines[0].startswith("bad     ") and "Drop kindness, too: FAIL" in lines[0]
    first = f"The first with a loss is {recorded['Drop brevity'][:7]} Drop brevity ("
    assert any(line.startswith(first) for line in lines)
    told = json.loads(invoke(bisect_command, span, "--suite", "tone", "--json").output)
    assert told["first"]["commit"] == recorded["Drop brevity"]
    early = f"{recorded['Add the suite']}..{recorded['Mend it']}"
    assert invoke(bisect_command, early, "--suite", "tone").return_value == 0


@pytest.mark.parametrize("span", ["v1", "..HEAD", "a...b", ".."])
def test_a_range_that_is_none_is_a_mistake(recorded: dict[str, str], span: str) -> None:
    done = invoke(bisect_command, span, "--suite", "tone")
    assert isinstance(done.exception, UsageError) and "no range of commits" in str(done.exception)


def test_history_writes_its_page(recorded: dict[str, str], tmp_path: Path) -> None:
    page = tmp_path / "history.html"
    done = invoke(history_command, "--suite", "tone", "--html", str(page))
    assert done.exception is None and done.output.startswith("tone: 7 versions of the spec on 64")
    assert "Drop brevity" in page.read_text()
    told = json.loads(invoke(history_command, "--suite", "tone", "--last", "2", "--json").output)
    assert [point["verdict"] for point in told["points"]] == [None, "FAIL"]


def test_what_is_not_recorded_is_told(recorded: dict[str, str]) -> None:
    file = Path("suites/tone/spec.md")
    was = file.read_text()
    try:
        file.write_text("- Be new.\n")
        done = invoke(history_command, "--suite", "tone")
    finally:
        file.write_text(was)
    assert isinstance(done.exception, RecordingMiss)
    assert "`specharness history --suite tone --spec-mode=record`" in str(done.exception)
