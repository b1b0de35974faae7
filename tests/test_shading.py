"""Where a spec moved the model: tokens' texts and moves, from the tokenizer to the run file."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from specharness.errors import UsageError
from specharness.keys import cuts_key, pack_result, unpack_result
from specharness.model import Cuts, Cutter, Logprobs
from specharness.models.recorded import RecordedModel
from specharness.nats import read_counts, write_counts
from specharness.recordings import Recordings, read_recordings, write_recordings
from specharness.run import Options, run_suite
from specharness.runfile import Run, SuiteRun, read_run, write_run
from specharness.score.logprob import Reading
from specharness.score.margins import shift
from specharness.score.shading import MOST_PAIRS, MOST_TOKENS, shade_cases, worth_shading
from specharness.store import Store
from specharness.suitefile import load_suite
from tests import measured
from tests.rulebooks import IDENTITY, Reader
from tests.runs import make_case, make_cases, make_score

TEXT = "answer 3 in brief form"


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SPECHARNESS_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("GITHUB_BASE_REF", raising=False)


@pytest.fixture(scope="module")
def shaded(tmp_path_factory: pytest.TempPathFactory) -> SuiteRun:
    root = tmp_path_factory.mktemp("shaded")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SPECHARNESS_CACHE", str(root / "cache"))
        patch.delenv("GITHUB_BASE_REF", raising=False)
        return measured.make_project(root).run()


# how a model cuts texts


def model(mode: str = "auto", **changes: object) -> RecordedModel:
    values = {"mode": mode, "factory": measured.Cutter, "expected": IDENTITY}
    return RecordedModel(**values | changes)  # type: ignore[arg-type]


def test_cuts_survive_store_and_recordings(tmp_path: Path) -> None:
    cuts = Cuts(sizes=(6, 2, 0, 900))
    assert unpack_result(pack_result(cuts)) == cuts
    assert read_counts(write_counts(cuts.sizes)) == list(cuts.sizes)
    path = tmp_path / "r.jsonl"
    key, other = cuts_key(IDENTITY, TEXT), "0" * 32
    write_recordings(path, IDENTITY, {key: cuts, other: Logprobs(tokens=(-0.5,))})
    assert read_recordings(path).results == {key: cuts, other: Logprobs(tokens=(-0.5,))}
    line = next(line for line in path.read_text().splitlines() if "cuts" in line)
    assert ',"cuts":"GCAkc","count":4,"characters":908,' in line
    path.write_text(path.read_text().replace('"characters":908', '"characters":907'))
    with pytest.raises(UsageError, match="count and characters do not belong"):
        read_recordings(path)


def test_cuts_are_those_of_a_model_and_a_text() -> None:
    keys = {cuts_key(i, t) for i in (IDENTITY, replace(IDENTITY, revision="2")) for t in ("a", "b")}
    assert len(keys) == 4


def test_a_model_is_loaded_for_cuts_only_where_it_is_asked_anyway(tmp_path: Path) -> None:
    for mode in ("auto", "replay"):
        asked = model(mode, store=Store(tmp_path / "none.sqlite"))
        assert asked.cut([TEXT]) == [None]
        assert asked.inner is None
    live = model("live", store=Store(tmp_path / "store.sqlite"))
    assert live.cut([TEXT, TEXT]) == [Cuts(sizes=(6, 2, 3, 6, 5))] * 2
    again = model("auto", store=Store(tmp_path / "store.sqlite"))
    assert again.cut([TEXT]) == [Cuts(sizes=(6, 2, 3, 6, 5))] and again.inner is None


def test_recorded_cuts_are_replayed_and_none_is_no_miss() -> None:
    found = {cuts_key(IDENTITY, TEXT): Cuts(sizes=(22,))}
    replayed = model("replay", recordings=Recordings(identity=IDENTITY, results=found))
    assert replayed.cut([TEXT, "another"]) == [Cuts(sizes=(22,)), None]
    assert set(replayed.used) == set(found)


def test_a_model_that_does_not_say_leaves_all_unshaded() -> None:
    asked = model("live", factory=Reader)
    assert isinstance(asked, Cutter) and asked.cut([TEXT]) == [None]
    cases = make_cases(lost=1, kept=1)
    assert shade_cases(Reader(), Reading(), (), cases, ("h", "b", "n")) == cases


# which pairs


def test_flips_and_large_moves_are_shaded_first() -> None:
    must = make_case("must", "won", must=True)
    moved = make_case("moved", "kept", head=make_score(5.0), base=make_score(0.1))
    few = (*make_cases(kept=2, lost=2, error=1), moved, must)
    assert worth_shading(few) == {case.id for case in few if case.outcome != "error"}
    many = (*make_cases(kept=300, lost=30), moved, must)
    chosen = worth_shading(many)
    assert len(chosen) == MOST_PAIRS
    assert {c.id for c in many if c.outcome in ("lost", "won")} <= chosen and "moved" in chosen


# the run


def test_moves_add_up_to_the_shifts_that_make_the_margin(shaded: SuiteRun) -> None:
    assert shaded.gate.verdict == "FAIL"
    lost = [case for case in shaded.cases if case.outcome == "lost"]
    assert len(lost) == 15 and all(case.moves for case in shaded.cases)
    for case in lost:
        moves = case.moves
        assert moves is not None and case.head is not None and case.base is not None
        for text, side in ((case.chosen, moves.chosen), (case.rejected, moves.rejected)):
            assert sum(side.sizes) == len(text) and len(side.head) == len(side.base)
        means = [
            [sum(getattr(side, arm)) / len(side.sizes) for side in (moves.chosen, moves.rejected)]
            for arm in ("head", "base")
        ]
        for (chosen, rejected), score in zip(means, (case.head, case.base), strict=True):
            assert chosen - rejected == pytest.approx(score.margin, abs=0.02)


def test_a_run_with_moves_is_written_and_read_back(shaded: SuiteRun, tmp_path: Path) -> None:
    run = Run(version="0", suites=(shaded,))
    write_run(run, tmp_path / "run.json")
    assert read_run(tmp_path / "run.json") == run


def test_a_failed_run_says_what_reverting_each_edit_does(shaded: SuiteRun) -> None:
    (edit,) = shaded.edit_effects
    assert (edit.kind, edit.rule, edit.regained) == ("reworded", "brief", 15)
    assert edit.low > 0 and edit.p <= 0.05


def test_recording_keeps_the_cuts_for_a_replay_without_a_model(tmp_path: Path) -> None:
    project = measured.make_project(tmp_path)
    first = run_suite(project.suite, Options(mode="record"), model=measured.Cutter())
    again = run_suite(project.suite, Options(mode="replay"), model=Reader())
    assert [case.moves for case in again.cases] == [case.moves for case in first.cases]
    assert all(case.moves for case in again.cases)
    file = tmp_path / "fixtures" / "recordings" / "tone" / "reader.jsonl"
    kept = [line for line in file.read_text().splitlines() if '"cuts"' not in line]
    file.write_text("\n".join(kept) + "\n")  # as recordings of before: still a whole replay
    older = run_suite(project.suite, Options(mode="replay"), model=Reader())
    assert older.gate == again.gate and not any(case.moves for case in older.cases)


def test_cuts_of_another_tokenizer_are_not_believed(tmp_path: Path) -> None:
    class Wrong(measured.Cutter):
        def cut(self, texts: object) -> list[Cuts | None]:
            return [Cuts(sizes=(1,)) for _ in texts]  # type: ignore[attr-defined]

    assert not any(case.moves for case in measured.make_project(tmp_path).run(Wrong()).cases)


def test_a_long_response_is_shaded_to_a_limit(tmp_path: Path) -> None:
    project = measured.make_project(tmp_path)
    pairs = project.suite.pairs_path.read_text().replace("in any form", "in any form" + " x" * 3000)
    project.suite.pairs_path.write_text(pairs)
    moves = project.run().cases[0].moves
    assert moves is not None
    assert len(moves.rejected.sizes) == len(moves.rejected.head) == MOST_TOKENS
    assert len(moves.chosen.sizes) < 10


def test_a_shift_is_the_mean_of_the_moves() -> None:
    spec, reference = Logprobs(tokens=(-1.0, -2.0)), Logprobs(tokens=(-1.5, -2.25))
    assert shift(spec, reference, "mean") == pytest.approx((0.5 + 0.25) / 2)


def test_hidden_pairs_are_neither_shaded_nor_cut(tmp_path: Path) -> None:
    project = measured.make_project(tmp_path)
    rows = [json.loads(line) for line in project.suite.pairs_path.read_text().splitlines()]
    for row in rows:
        row["tags"] = ["held"] if row["id"].startswith("code") else []
    project.suite.pairs_path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    with (project.suite.folder / "suite.toml").open("a") as settings:
        settings.write('hidden = "held"\n')
    suite = load_suite(project.suite.folder)
    found = run_suite(suite, Options(mode="record"), model=measured.Cutter())
    assert {case.id.partition("-")[0] for case in found.cases} == {"brief", "short"}
    assert all(case.moves for case in found.cases) and found.gate.hidden == 15
    kept = (tmp_path / "fixtures" / "recordings" / "tone" / "reader.jsonl").read_text()
    assert kept.count('"cuts"') == len({t for c in found.cases for t in (c.chosen, c.rejected)})
