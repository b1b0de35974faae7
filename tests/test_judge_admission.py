"""Admission of judges: its bounds, its file, and drift."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner

from specharness.errors import IntegrityError, UsageError
from specharness.gate.stats import wilson
from specharness.judgescli import judges
from specharness.model import Logprobs, Request, Unmeasured
from specharness.pairs import dump_pair
from specharness.records import Pair
from specharness.score.judge.admission import (
    CONSISTENCY,
    PAIRS,
    Admission,
    admit_judge,
    why_not,
)
from specharness.score.judge.admissionfile import admission_text, read_admission, write_admission
from specharness.score.judge.anchor import ANCHORS, anchor_pairs
from specharness.score.judge.drift import LIMIT, drifted
from specharness.score.judge.manner import Manner
from specharness.score.judge.scorer import judge_pairs
from tests.judges import JUDGE, Taste, ToyJudge, always_a, erring, honest, make_pair, make_pairs


def tried(taste: Taste = honest, count: int = 100, spec: str = "", proposer: str = "") -> Admission:
    return admit_judge(ToyJudge(taste=taste), make_pairs(count), spec, proposer=proposer)


def test_a_good_judge_is_admitted() -> None:
    found = tried(erring(0.9))
    assert found.admitted
    assert (found.right.count, found.right.n, found.errors) == (90, 100, 0)
    assert (found.right.low, found.right.high) == wilson(90, 100)
    assert (found.consistency.count, found.first.count) == (100, 100)
    assert found.confusion.chosen_first == (90, 10, 0)
    assert found.confusion.chosen_second == (10, 90, 0)
    assert found.sentence == (
        "toyjudge judged 100 labelled pairs: right on 90 (90%, 95 % interval 83% to 94%), the same "
        "in both orders on 100 (100%). It may gate."
    )


def test_91_pairs_are_too_few_and_92_are_enough() -> None:
    assert (PAIRS, tried(count=92).admitted, tried(count=91).admitted) == (92, True, False)
    assert tried(count=91).sentence.endswith(
        "Refused: 92 judged pairs are needed, and there are 91."
    )


def test_the_lower_bound_has_to_lie_above_a_half() -> None:
    assert wilson(60, 100)[0] > 0.5 > wilson(59, 100)[0]
    assert tried(erring(0.60)).admitted
    refused = tried(erring(0.59))
    assert not refused.admitted
    assert refused.sentence.endswith("Refused: a coin might be right as often.")


def test_both_orders_have_to_agree_on_four_fifths() -> None:
    assert CONSISTENCY == 0.8
    assert tried(erring(0.8, steady=0.80)).admitted
    refused = tried(erring(0.79, steady=0.79))
    assert not refused.admitted
    assert refused.consistency.count == 79
    assert refused.right.count == 79 + 21 / 2  # ties count half
    assert refused.sentence.endswith("Refused: both orders have to agree on 80% of the pairs.")


def test_a_judge_that_always_says_a_is_refused_and_its_matrix_shows_why() -> None:
    found = tried(always_a)
    assert not found.admitted
    assert found.confusion.chosen_first == found.confusion.chosen_second == (100, 0, 0)
    assert (found.first.count, found.first.n) == (200, 200)
    assert (found.right.count, found.consistency.count, found.anchors) == (50, 0, ())


def test_a_judge_without_opinion_says_neither() -> None:
    found = tried(lambda shown: 0.5)
    assert found.confusion.chosen_first == found.confusion.chosen_second == (0, 0, 100)
    assert not found.admitted


@pytest.mark.parametrize(
    ("proposer", "admitted"),
    [("", True), ("qwen2.5-1.5b", True), ("toyjudge-7b", False), ("litellm:x/ToyJudge@1", False)],
)
def test_a_judge_of_the_proposers_family_is_refused(proposer: str, admitted: bool) -> None:
    found = tried(proposer=proposer)
    assert found.admitted is admitted
    assert admitted or found.sentence.endswith("the family that wrote the spec (toyjudge).")


def test_pairs_of_one_group_are_worth_less() -> None:
    pairs = [make_pair(i, group=f"g{i // 10}") for i in range(100)]
    judge = ToyJudge(taste=erring(0.7))  # wrong on three whole groups
    assert admit_judge(judge, make_pairs(100)).admitted
    found = admit_judge(judge, pairs)
    assert (found.right.count, found.admitted) == (70, False)
    assert found.right.low < 0.5


def test_a_pair_counts_once() -> None:
    pairs = [replace(make_pair(i % 91), id=f"copy {i}") for i in range(120)]
    found = admit_judge(ToyJudge(taste=honest), pairs)
    assert (found.n, found.admitted) == (91, False)
    assert {a.id for a in found.anchors} <= {f"copy {i}" for i in range(91)}


class Silent(ToyJudge):
    """Cannot judge the last pairs."""

    def _weigh(self, request: Request) -> Logprobs | Unmeasured:
        known = any(f"Question {i}?" in request.messages[-1].content for i in range(100, 120))
        return Unmeasured(reason="too long") if known else super()._weigh(request)


def test_errors_are_counted_shown_and_not_many() -> None:
    few, many = (admit_judge(Silent(taste=honest), make_pairs(n)) for n in (111, 112))
    assert (few.n, few.errors, few.admitted) == (100, 11, True)
    assert "; 11 could not be judged. It may gate." in few.sentence
    assert (many.n, many.errors, many.admitted) == (100, 12, False)
    assert many.sentence.endswith("Refused: 12 of 112 pairs could not be judged.")


def test_votes_are_tried_like_weighed_verdicts() -> None:
    judge = ToyJudge(taste=lambda s: float(honest(s) > 0.5), weighs=False)
    found = admit_judge(judge, make_pairs(92), manner=None)
    assert (found.manner.by, found.admitted, found.unreadable) == ("votes", True, 0)


def test_no_pairs_are_no_admission() -> None:
    assert not admit_judge(ToyJudge(taste=honest), []).admitted


def test_why_not_says_what_is_in_the_way() -> None:
    found = tried()
    assert why_not(found, JUDGE) == ""
    assert why_not(None, JUDGE) == "has not been admitted"
    assert why_not(tried(always_a), JUDGE) == "was refused when it was tried"
    other = replace(JUDGE, revision="2")
    assert why_not(found, other).startswith("is not the one that was admitted (toyjudge,")
    assert "worded differently" in why_not(replace(found, question="0"), JUDGE)


def test_a_file_gives_back_what_was_written(tmp_path: Path) -> None:
    path = tmp_path / "judges" / "toy.json"
    for found in (tried(erring(0.9), spec="Be good."), tried(always_a)):
        write_admission(found, path)
        assert admission_text(read_admission(path)) == path.read_text() == admission_text(found)
        assert replace(read_admission(path), anchors=(), right=found.right,
                       consistency=found.consistency, first=found.first) == replace(
            found, anchors=())  # fmt: skip
    assert list(json.loads(path.read_text())) == sorted(json.loads(path.read_text()))


def test_a_file_that_was_changed_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "toy.json"
    write_admission(tried(always_a), path)
    path.write_text(path.read_text().replace('"admitted": false', '"admitted": true'))
    with pytest.raises(IntegrityError, match="was changed after it was written"):
        read_admission(path)


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"format": 9}', "\xff", "null", "[" * 9999])
def test_what_is_no_admission_is_told(text: str, tmp_path: Path) -> None:
    path = tmp_path / "toy.json"
    path.write_bytes(text.encode("latin-1"))
    with pytest.raises(UsageError, match="specharness judges admit"):
        read_admission(path)
    with pytest.raises(UsageError, match="no admission is stored here"):
        read_admission(tmp_path / "none.json")


def test_anchors_are_clear_pairs_that_can_be_judged_again() -> None:
    found = tried(erring(0.8, steady=0.9))
    assert len(found.anchors) == ANCHORS
    assert all(anchor.preference != 0.5 for anchor in found.anchors)
    assert found.anchors == tried(erring(0.8, steady=0.9)).anchors
    known = {pair.id: dump_pair(pair) for pair in make_pairs(100)}
    assert {a.id: a.pair for a in found.anchors}.items() <= known.items()
    pairs: tuple[Pair, ...] = anchor_pairs(found.anchors)
    assert [dump_pair(pair) for pair in pairs] == [anchor.pair for anchor in found.anchors]


def test_drift_is_a_mean_change_above_the_limit_of_what_is_weighed() -> None:
    found = tried(erring(0.9))
    then = {anchor.id: anchor.preference for anchor in found.anchors}
    moved = {name: p + (LIMIT if p < 0.5 else -LIMIT) for name, p in then.items()}
    further = {name: p + (1.01 * LIMIT if p < 0.5 else -1.01 * LIMIT) for name, p in then.items()}
    assert [drifted(found, now) for now in (then, moved, further)] == [False, False, True]
    voted = replace(found, manner=Manner(by="votes"))
    assert not drifted(voted, {name: 0.6 if p > 0.5 else 0.4 for name, p in then.items()})


def test_anchors_of_votes_are_the_clearest_and_seldom_turn_by_chance() -> None:
    """A judge that votes for the better one four times out of five, asked under other seeds."""
    judge = ToyJudge(taste=lambda shown: 0.5 + (honest(shown) - 0.5) * 0.75, weighs=False)
    found = admit_judge(judge, make_pairs(92))
    assert [anchor.preference for anchor in found.anchors] == [1.0] * ANCHORS
    pairs, alarms = anchor_pairs(found.anchors), 0
    for seed in range(1, 21):
        again = judge_pairs(judge, pairs, [""], Manner(by="votes", seed=seed))[""]
        now = {j.id: j.preference for j in again.measured if j.preference is not None}
        assert any(p < 1 for p in now.values())
        alarms += drifted(found, now)
    assert alarms == 0
    biased = judge_pairs(ToyJudge(taste=always_a), pairs, [""], Manner(by="votes"))[""]
    assert drifted(found, {j.id: j.preference or 0.0 for j in biased.measured})


def test_drift_is_a_quarter_of_the_verdicts_turned_however_little() -> None:
    found = tried(lambda shown: 0.5 + (honest(shown) - 0.5) / 100)
    then = {anchor.id: anchor.preference for anchor in found.anchors}
    turned = [dict(list({n: 1 - p for n, p in then.items()}.items())[:k]) for k in (3, 4)]
    assert [drifted(found, then | some) for some in turned] == [False, True]


def test_what_was_not_judged_again_counts_as_changed() -> None:
    found = tried()
    then = {anchor.id: anchor.preference for anchor in found.anchors}
    then.popitem()
    assert drifted(found, then)
    assert drifted(found, {})
    assert drifted(tried(always_a), {})  # it has none


@pytest.fixture
def tiny(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A network of random weights in a folder: it has no opinions."""
    networks = pytest.importorskip("tests.networks")
    monkeypatch.setenv("SPECHARNESS_CACHE", str(tmp_path / "cache"))
    monkeypatch.chdir(tmp_path)
    tokenizer = networks.make_tokenizer()
    networks.make_llama(len(tokenizer)).save_pretrained(tmp_path / "tiny-1")
    tokenizer.save_pretrained(tmp_path / "tiny-1")
    rows = [{"prompt": f"Q{i}?", "chosen": f"Yes {i}.", "rejected": "No."} for i in range(7)]
    (tmp_path / "rows.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    (tmp_path / "spec.md").write_text("Be brief.\n")
    return tmp_path


def test_the_command_tries_a_model_and_writes_what_came_of_it(tiny: Path) -> None:
    arguments = ["admit", "tiny-1", "--pairs", "rows.jsonl", "--most", "2", "--spec", "spec.md"]
    first = CliRunner().invoke(judges, arguments, standalone_mode=False)
    assert (first.exception, first.return_value) == (None, 1)
    assert "Refused: 92 judged pairs are needed, and there are 2" in first.output
    assert "chosen was shown      said first    said second    neither" in first.output
    assert first.output.endswith("wrote judges/tiny-1.json\n")
    found = read_admission(tiny / "judges" / "tiny-1.json")
    assert (found.n, found.manner.by, found.judge.name) == (2, "logprob", "tiny-1")
    written = (tiny / "judges" / "tiny-1.json").read_bytes()
    again = CliRunner().invoke(judges, [*arguments, "--out", "j.json"], standalone_mode=False)
    assert (again.return_value, (tiny / "j.json").read_bytes()) == (1, written)


def test_a_judge_is_tried_as_its_suite_runs_it_and_as_often_as_is_said(tiny: Path) -> None:
    folder = tiny / "suites" / "tone"
    folder.mkdir(parents=True)
    (folder / "spec.md").write_text("Be brief.\n")
    (folder / "suite.toml").write_text('[engine]\ndtype = "bfloat16"\n')
    arguments = ["admit", "tiny-1", "--pairs", "rows.jsonl", "--most", "1", "--suite", "tone"]
    how = ["--by", "votes", "--votes", "1", "--more", "0", "--seed", "5"]
    done = CliRunner().invoke(judges, [*arguments, *how], standalone_mode=False)
    assert (done.exception, done.return_value) == (None, 1)
    found = read_admission(tiny / "judges" / "tiny-1.json")
    assert found.judge.engine == "local-bfloat16"
    assert found.manner == Manner(by="votes", votes=1, more=0, seed=5)


def test_mistakes_are_told(tiny: Path) -> None:
    for arguments in (
        ["admit", "nobody", "--pairs", "rows.jsonl"],
        ["admit", "tiny-1", "--pairs", "none.jsonl"],
        ["admit", "tiny-1", "--pairs", "rows.jsonl", "--spec", "none.md"],
    ):
        done = CliRunner().invoke(judges, arguments, standalone_mode=False)
        assert "; " in str(done.exception)
