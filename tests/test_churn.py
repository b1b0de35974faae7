"""A/A runs: churn by hand, power by resampling against the simulation, and the command."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from specharness.cli import main
from specharness.errors import UsageError
from specharness.gate.aa import Options, run_again, write_quarantine
from specharness.gate.churn import explain_churn, measure_churn
from specharness.gate.commands import aa_command
from specharness.gate.gates import decide, level
from specharness.gate.quarantine import count_flips, read_quarantine
from specharness.model import Logprobs, Request, Unmeasured
from specharness.suitefile import Suite, load_suite
from tests.benchmarks.wholegate import mean_margin, preferences
from tests.projects import commit_all, make_project, write_spec
from tests.test_looks import Reader
from tests.toy import TOY

ROWS = np.array([[0.9, 0.9, 0.1, 0.5], [0.9, 0.1, 0.1, 0.5], [0.8, 0.9, 0.2, 0.9]])
IDS = ["a", "b", "c", "d"]


def test_churn_by_hand() -> None:
    # rows 1-2 differ in b, 1-3 in d, 2-3 in b and d: 4 of 12
    found = measure_churn(IDS, ROWS)
    assert found.share == pytest.approx(4 / 12)
    assert found.low < 4 / 12 < found.high
    assert (found.n, found.clusters, found.runs, found.alarms) == (4, 4, 3, 0)


def repeated(n: int, runs: int, seed: int) -> np.ndarray:
    """Preferences of `n` pairs measured so often: layout moves as much as an edit does."""
    rng = np.random.default_rng(seed)
    common = mean_margin() + np.sqrt(0.954) * rng.standard_normal(n)
    return preferences(common + np.sqrt(0.046) * rng.standard_normal((runs, n)))


def test_power_is_that_of_the_gate_on_fresh_pairs() -> None:
    n, margin = 200, 0.05
    found = measure_churn([str(i) for i in range(n)], repeated(n, 5, 0))
    rng = np.random.default_rng(1)
    said: dict[str, list[str]] = {"same": [], "worse": []}
    for seed in range(60):
        base, head = repeated(n, 2, seed + 10)
        said["same"].append(decide(base, head, seed=seed).verdict)
        turned = rng.permutation(np.flatnonzero(head > 0.5))[: round(margin * n)]
        head[turned] = 1 - head[turned]
        said["worse"].append(decide(base, head, seed=seed).verdict)
    # one suite's own figures scatter around those of all suites
    assert found.caught == pytest.approx(said["worse"].count("FAIL") / 60, abs=0.2)
    assert found.passed == pytest.approx(said["same"].count("PASS") / 60, abs=0.2)
    assert found.false_alarm <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / 200)


def test_nothing_turns_nothing_fails() -> None:
    same = np.tile(np.linspace(0.05, 0.95, 80), (4, 1))
    found = measure_churn([str(i) for i in range(80)], same)
    assert (found.share, found.false_alarm, found.unstable) == (0, 0, ())
    assert found.passed == 1
    assert explain_churn(found, 0)[0].startswith("80 pairs, measured 4 times under the same spec")


def test_a_layout_that_moves_the_model_one_way_is_an_alarm() -> None:
    rows = np.tile(np.linspace(0.3, 0.95, 60), (4, 1))
    rows[2] -= 0.1
    found = measure_churn([str(i) for i in range(60)], rows)
    assert found.alarms == 1
    assert explain_churn(found, 0)[2].startswith(
        "1 of 3 repeats would FAIL the gate although nothing changed but layout"
    )


def test_pairs_that_turned_are_counted_by_how_often() -> None:
    rows = np.tile(np.linspace(0.6, 0.95, 30), (5, 1))
    for pair in range(13):
        rows[1 + pair % 4, pair] = 0.2  # in one repeat each
    rows[1:3, 4] = 0.2
    found = measure_churn([f"p{i}" for i in range(30)], rows)
    turned = sum(n > 0 for n in count_flips(level(rows[1:])))
    assert (found.unstable, turned) == (("p4",), 13)
    assert explain_churn(found, turned)[-1] == (
        "1 pair turned in 2 or more of 4 repeats, as many as put a pair into quarantine (13 in "
        "any): p4."
    )
    none, more = replace(found, unstable=()), replace(found, runs=11)
    assert explain_churn(none, 13)[-1] == (
        "0 pairs turned in 2 or more of 4 repeats, as many as put a pair into quarantine (13 in "
        "any)."
    )
    assert "turned in 4 or more of 10 repeats" in explain_churn(more, 1)[-1]
    assert not any("quarantine" in line for line in explain_churn(none, 0))


def test_groups_make_the_interval_wider() -> None:
    rows = repeated(100, 4, 3)
    ids = [str(i) for i in range(100)]
    alone = measure_churn(ids, rows)
    grouped = measure_churn(ids, rows, groups=[i // 10 for i in range(100)])
    assert grouped.clusters == 10
    assert grouped.high - grouped.low > alone.high - alone.low


@pytest.mark.parametrize("rows", [ROWS[:2], ROWS[:, :3], [], [[1], [1, 2]]])
def test_three_measurements_of_the_same_pairs(rows: object) -> None:
    with pytest.raises(UsageError, match="rows: "):
        measure_churn(IDS, rows)  # type: ignore[arg-type]


# --- the command ---------------------------------------------------------------------------------


class Fickle(Reader):
    """Likes the answer to question 3 only where no heading, tag or rule stands around the spec."""

    def weigh(self, request: Request) -> Logprobs | Unmeasured:
        spec = request.messages[0].content
        framed = spec.startswith(("Instructions", "<instr"))
        if "Question 3?" in request.messages[-1].content and framed:
            bad = request.response.startswith("Bad")
            words = [*request.response.split(), "<end>"]
            return Logprobs(tokens=tuple(-0.5 - (not bad) for _ in words))
        return super().weigh(request)


@pytest.fixture
def suite(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Suite:
    monkeypatch.setenv("SPECHARNESS_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("GITHUB_BASE_REF", raising=False)
    make_project(tmp_path, 30)
    commit_all(tmp_path)
    monkeypatch.chdir(tmp_path)
    return load_suite(Path("suites/tone"))


def test_the_base_is_measured_and_not_the_edit(suite: Suite) -> None:
    write_spec(Path(), "Prefer the worst.")
    found = run_again(load_suite(suite.folder), Options(mode="live"), Fickle())
    assert found.spec.shown == "Prefer the best."
    assert found.rows.shape == (5, 30)
    assert found.churn.unstable == ("p-03",)
    again = run_again(suite, Options(mode="live"), Fickle())
    assert again.rows.tolist() == found.rows.tolist()


def test_unstable_pairs_go_into_quarantine(suite: Suite) -> None:
    found = run_again(suite, Options(mode="live"), Fickle())
    path, entries = write_quarantine(suite, found, looks=4)
    assert [(e.id, e.since, e.looks) for e in entries] == [("p-03", 0, 4)]
    assert read_quarantine(path) == entries
    steady = Reader(identity=replace(TOY, revision="2"))  # the store knows the other's answers
    write_quarantine(suite, run_again(suite, Options(mode="live"), steady))
    assert not path.exists()


def test_what_git_does_not_have_decides_on_no_quarantine(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SPECHARNESS_CACHE", str(tmp_path / "cache"))
    loose = load_suite(make_project(tmp_path / "loose", 30) / "suites" / "tone")
    found = run_again(loose, Options(mode="live"), Fickle())
    assert found.label == "the spec of tone as it stands"
    with pytest.raises(UsageError, match="commit the spec first"):
        write_quarantine(loose, found)


class Refusing(Reader):
    """Cannot measure question 5."""

    def weigh(self, request: Request) -> Logprobs | Unmeasured:
        if "Question 5?" in request.messages[-1].content:
            return Unmeasured(reason="the toy refuses")
        return super().weigh(request)


def test_pairs_without_a_number_are_left_out(suite: Suite) -> None:
    found = run_again(suite, Options(mode="live"), Refusing())
    assert (found.errors, found.rows.shape) == (1, (5, 29))
    assert found.explain()[-1] == "1 pair could not be measured."


def test_the_command_needs_a_model_or_recordings(suite: Suite) -> None:
    done = CliRunner().invoke(aa_command, ["tone", "--spec-mode", "replay"])
    assert done.exit_code != 0
    assert "record" in str(done.exception)


def test_the_command_replays_what_was_recorded(suite: Suite) -> None:
    (suite.folder / "suite.toml").write_text('model = "toy"\n')
    commit = load_suite(suite.folder)
    run_again(commit, Options(mode="record"), Fickle())
    rows = list(Path("fixtures/recordings").rglob("*.jsonl"))
    assert rows and json.loads(rows[0].read_text().splitlines()[0])
    done = CliRunner().invoke(aa_command, ["tone", "--spec-mode", "replay", "--quarantine"])
    assert done.exit_code == 0, done.exception
    assert "30 pairs, measured 5 times under the same spec in another layout" in done.output
    assert "1 in quarantine" in done.output


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--times", "1"], "1 is not in the range 2<=x<=1000"),
        (["--times", "-3"], "-3 is not in the range"),
        (["--looks", "0"], "0 is not in the range"),
        (["--until", "2099-01-01"], "--until is for --quarantine"),
        (["--quarantine", "--times", "3"], "--times: 3 layouts decide on no quarantine; ask for 4"),
        (["--quarantine", "--until", "yesterday"], "--until: 'yesterday' is no day; write it as 2"),
        (["--quarantine", "--until", "2020-01-01"], "--until: 2020-01-01 is no day to come; name"),
    ],
)
def test_mistakes_are_told_before_anything_is_asked(
    suite: Suite, words: list[str], told: str
) -> None:
    (suite.folder / "suite.toml").write_text('model = "no-such-model"\n')  # would be told later
    done = CliRunner().invoke(main, ["aa", "tone", *words])
    assert done.exit_code == 4 and told in done.output
    assert "no-such-model" not in done.output


def test_what_git_does_not_have_is_told_before_anything_is_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    loose = load_suite(make_project(tmp_path / "loose", 30) / "suites" / "tone")
    with pytest.raises(UsageError, match="commit the spec first"):
        run_again(loose, Options(mode="live", quarantine=True), Silent())
    with pytest.raises(UsageError, match="--times: 1 layouts; ask for 2 or more"):
        run_again(loose, Options(mode="live", times=1), Silent())


class Silent(Reader):
    """Nobody may ask it."""

    def weigh(self, request: Request) -> Logprobs | Unmeasured:
        raise AssertionError("it was asked")


def test_an_end_to_come_is_taken(suite: Suite) -> None:
    (suite.folder / "suite.toml").write_text('model = "toy"\n')
    run_again(load_suite(suite.folder), Options(mode="record"), Fickle())
    words = ["aa", "tone", "--spec-mode", "replay", "--quarantine", "--until", "2999-12-31"]
    done = CliRunner().invoke(main, words)
    assert done.exit_code == 0, done.output
    assert [e.until for e in read_quarantine(suite.folder / "quarantine.jsonl")] == ["2999-12-31"]
