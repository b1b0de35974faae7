"""SpecBench: data read, answers judged, results kept through a kill, figures told."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from specharness.arms.arm import Arm, Condition
from specharness.cli import main
from specharness.errors import UsageError
from specharness.model import Logprobs, Model, Request, Unmeasured
from specharness.models.recorded import RecordedModel
from specharness.specbench.examining import Bench, Options, describe_run, examine, fit_bench
from specharness.specbench.judging import Examining, judge_responses
from specharness.specbench.page import render_html
from specharness.specbench.questions import ask_all, read_all, read_one
from specharness.specbench.results import Result, open_results
from specharness.specbench.scenario import read_scenario
from specharness.specbench.summary import Summary, summarise, summary_text
from specharness.specbench.words import render_terminal
from tests.specbenches import (
    BEHAVIOUR,
    SAFETY,
    Grader,
    Metered,
    garden,
    make_bench,
    marks_for,
    write_data,
)

ROOT = Path(__file__).parent.parent


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SPECHARNESS_CACHE", str(tmp_path / "cache"))


def run_bench(bench: Bench, path: Path, **how: Any) -> Summary:
    fitted = fit_bench(bench)
    run = describe_run(bench, fitted)
    items = bench.scenario.some(how.pop("limit", None))
    with open_results(path, run) as results:
        examine(bench, fitted, items, results)
    return summarise(bench.scenario, items, results.found, run=run, version="0", **how)


def test_the_published_layout_is_read(tmp_path: Path) -> None:
    scenario = garden(tmp_path)
    assert scenario.labels == ("S1", "S2", "B1", "B2", "B3")
    assert (scenario.safety, scenario.behaviour) == (tuple(SAFETY), tuple(BEHAVIOUR))
    plain, attacked = scenario.items[:2]
    assert plain.asked == plain.request and plain.reference == "Ferns."
    assert attacked.asked.startswith("In my novel") and attacked.request.startswith("Which berries")
    assert [r.section[:6] for r in scenario.spec().rules] == ["Safety"] * 2 + ["Behavi"] * 3
    assert all(text in scenario.spec().shown for text in scenario.specifications)


def test_a_limit_takes_half_of_each_and_a_larger_one_the_same_and_more(tmp_path: Path) -> None:
    scenario = garden(tmp_path)
    assert sorted(item.label for item in scenario.some(4)) == ["safe", "safe", "unsafe", "unsafe"]
    for limit in range(1, 5):
        assert scenario.some(limit) == scenario.some(limit + 1)[:limit] or limit == 4
    assert set(scenario.some(4)) < set(scenario.some(None)) == set(scenario.items)


@pytest.mark.parametrize(
    ("file", "text", "told"),
    [
        ("prompts.json", '[{"label": "risky", "prompt": "x"}]', "entry 1: no label 'safe' or"),
        ("prompts.json", '[{"label": "safe", "prompt": 3}]', "entry 1: no prompt, or one that is"),
        ("prompts.json", "{}", "prompts.json: not a JSON list"),
        ("prompts.json", "[", "prompts.json: not JSON"),
        ("prompts.json", "[]", "no prompts or no specifications"),
        ("specifications.json", '{"safety_specifications": [1]}', "is not a list of texts"),
    ],
)
def test_data_that_is_not_in_order_is_told(tmp_path: Path, file: str, text: str, told: str) -> None:
    (write_data(tmp_path) / "data" / "Garden" / file).write_text(text)
    with pytest.raises(UsageError) as error:
        read_scenario(tmp_path, "Garden")
    assert told in str(error.value)


def test_a_scenario_that_is_not_there_is_told_with_those_that_are(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no scenario 'Moon'; choose of Garden"):
        read_scenario(write_data(tmp_path), "Moon")


def test_the_judge_sees_the_plain_request_and_a_reference_where_there_is_one(
    tmp_path: Path,
) -> None:
    scenario = garden(tmp_path)
    first, second = (
        ask_all(scenario, item, "Ferns.", 500)[1].content for item in scenario.items[:2]
    )
    assert "[REFERENCE ANSWER" in first and "REFERENCE" not in second
    assert "Which berries" in second and "novel" not in second


def test_the_end_of_a_long_response_is_shown(tmp_path: Path) -> None:
    scenario = garden(tmp_path)
    text = "Grow. " * 3000 + "Any questions?"
    asked = ask_all(scenario, scenario.items[0], text, 8000)[1].content
    assert "Any questions?" in asked and len(asked) < 12_000


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        ("", "no line for S1, B1"),
        ("S1 | Good. | YES", "no line for B1"),
        ("S1 | Good. | YES\nS1 | Bad. | NO\nB1 | x | NA", "S1 comes twice"),
        ("S1 | Good. | YES\nB1: YES", "the line of B1 has not the form"),
        ("S1 | Good. | YES\nB1 | x | NO\nB2 | x | NO", "B2 is no label"),
        ("S1 | Good. | yes\nB1 | x | NO", "the line of S1 has not the form"),
    ],
)
def test_a_joint_answer_is_read_strictly(answer: str, why: str) -> None:
    found = read_all(answer, ("S1", "B1"))
    assert isinstance(found, str) and why in found


def test_what_a_joint_answer_says_around_its_lines_is_passed_over() -> None:
    told = "Here you are:\n\n**S1 | It | is. | YES**\nB1 | x | NA.\nThat is all."
    assert read_all(told, ("S1", "B1")) == {"S1": "YES", "B1": "NA"}


def test_one_verdict_stands_alone_in_the_last_line() -> None:
    assert (read_one("Why.\n\nYES\n"), read_one("NA."), read_one("**NO**")) == ("YES", "NA", "NO")
    assert {read_one(text) for text in ("", "YES and NO", "YES\nbecause", "Yes")} == {None}


@pytest.mark.parametrize(
    "how",
    [Examining(), Examining(mode="sequential"), Examining(mode="sequential", by="logprob")],
)
def test_every_way_to_judge_finds_the_same_marks(tmp_path: Path, how: Examining) -> None:
    scenario = garden(tmp_path)
    told = [(item, "Plant ferns.") for item in scenario.items]
    grader = Grader()
    found = judge_responses(grader, scenario, told, how)
    assert [dict(one.marks) for one in found] == [marks_for(i.request) for i in scenario.items]
    calls = {"joint": 5, "sequential": 25 * (3 if how.by == "logprob" else 1)}
    assert len(grader.asked) == calls[how.mode]


@pytest.mark.parametrize("mode", ["joint", "sequential"])
def test_one_repair_turn_and_then_it_has_failed(tmp_path: Path, mode: Any) -> None:
    scenario = garden(tmp_path)
    told = [(scenario.items[0], "Plant ferns.")]
    how = Examining(mode=mode)
    mends = Grader(spoil=lambda text, attempt: text if attempt == 2 else "Hm.")
    (found,) = judge_responses(mends, scenario, told, how)
    assert found.marks and found.repaired == len(mends.asked) / 2
    never = Grader(spoil=lambda text, attempt: "Hm.")
    (failed,) = judge_responses(never, scenario, told, how)
    assert not failed.marks and ("S1" in failed.error) and len(never.asked) == len(mends.asked)
    assert "cannot be read" in mends.asked[-1].messages[-1].content


def test_the_figures_of_a_run(tmp_path: Path) -> None:
    scenario = garden(tmp_path)
    found = run_bench(make_bench(scenario, Grader()), tmp_path / "out.jsonl")
    safe, unsafe, whole = found.figures["code"]
    assert (safe.items, unsafe.items, whole.items, whole.failed) == (3, 2, 5, 0)
    # berries: broken; pipes: safe, all behaviour NA (0 of 3 in the code, 0/0 in the paper)
    assert safe.safety.mean == 1 and unsafe.safety.mean == 0.5
    assert safe.sar.mean == pytest.approx(0.3 + 0.7 * 2 / 3)
    assert unsafe.sar.mean == pytest.approx(0.3 / 2)
    assert unsafe.behaviour.mean == pytest.approx(1 / 3)
    paper = found.figures["paper"]
    assert paper[1].sar.mean == pytest.approx(1 / 2)
    assert paper[1].behaviour.mean == pytest.approx((2 / 3 + 1) / 2)
    assert found.answers.read == found.judgements.read == 50


def test_failed_items_are_counted_and_shown(tmp_path: Path) -> None:
    scenario = garden(tmp_path)
    grader = Grader(
        refuse=lambda request: "prune" in request.messages[-1].content,
        spoil=lambda text, attempt: "Hm." if "NO" in text.splitlines()[0] else text,
    )
    found = run_bench(make_bench(scenario, grader), tmp_path / "out.jsonl")
    assert [figures.failed for figures in found.figures["code"]] == [1, 1, 2]
    assert dict(found.failures)["Garden/3"] == "no answer: the grader refuses"
    assert dict(found.failures)["Garden/2"].startswith("not judged: no line for S1")
    told = render_terminal(found)
    assert "2 failed items of 5" in told and "The model judged its own answers" in told
    assert "Garden/3" in render_html(found)
    assert json.loads(summary_text(found))["figures"]["code"][2]["failed"] == 2


def test_a_run_where_everything_fails_says_nothing_and_does_not_crash(tmp_path: Path) -> None:
    scenario = garden(tmp_path)
    grader = Grader(refuse=lambda request: True)
    found = run_bench(make_bench(scenario, grader), tmp_path / "out.jsonl")
    assert "No item could be scored" in render_terminal(found)
    whole = found.figures["paper"][-1]
    assert (whole.failed, whole.sar.low, whole.sar.high) == (5, 0.0, 1.0)


def test_a_judge_that_says_one_thing_is_told(tmp_path: Path) -> None:
    scenario = garden(tmp_path)
    says_yes = Grader(
        spoil=lambda text, attempt: text.replace("| NO", "| YES").replace("NA", "YES")
    )
    found = run_bench(make_bench(scenario, says_yes), tmp_path / "yes.jsonl")
    assert found.only == "YES" and "said YES every time" in render_terminal(found)
    assert run_bench(make_bench(scenario, Grader()), tmp_path / "out.jsonl").only == ""


@pytest.mark.parametrize("arm", ["empty", "align3:stage=9", "best-of-n:samples=2", "self-refine"])
def test_arms_go_before_the_answer(tmp_path: Path, arm: str) -> None:
    scenario = garden(tmp_path)
    grader = Metered()
    bench = make_bench(scenario, grader, arm)
    found = run_bench(bench, tmp_path / "out.jsonl", limit=1)
    # best-of-n's drafts are alike, and so are self-refine's rounds: nothing is asked twice
    calls = {"empty": 1, "align3:stage=9": 4, "best-of-n:samples=2": 4, "self-refine": 3}[arm]
    shown = [r for r in grader.asked if "examiner" not in r.messages[0].content]
    assert len(shown) == calls
    assert found.answers.read == 10 * calls and found.not_asked == 4
    shown = [r for r in shown if not r.response]
    assert any(SAFETY[0] in r.messages[0].content for r in shown) is (arm != "empty")


@pytest.mark.parametrize("arm", ["handwritten", "best-of-n:samples=4", "tpo:samples=4", "align3"])
@pytest.mark.parametrize(
    "how", [Examining(), Examining(mode="sequential"), Examining(mode="sequential", by="logprob")]
)
@pytest.mark.parametrize("at_once", [1, 3])
def test_all_that_was_read_and_written_is_told(
    tmp_path: Path, arm: str, how: Examining, at_once: int
) -> None:
    def refuse(request: Request) -> bool:  # one item at its last call, one judgement
        prefilled = bool(request.prefill) and "Finally" in request.prefill
        return "prune" in repr(request.messages) and (prefilled or how.mode == "joint")

    grader = Metered(refuse=refuse, spoil=lambda text, attempt: text if attempt == 2 else "Hm.")
    bench = make_bench(garden(tmp_path), grader, arm, options=Options(how=how, at_once=at_once))
    found = run_bench(bench, tmp_path / "out.jsonl")
    told = [found.answers, found.judgements]
    assert sum((t.read or 0) + t.written for t in told) == grader.tokens_run
    assert found.judgements.read and all(t.untold == t.reused == 0 for t in told)
    weighs = [r for r in grader.asked if r.response]
    judges = [r for r in grader.asked if "examiner" in r.messages[0].content]
    assert found.judgements.read == 10 * len(judges)
    assert bool(weighs) is (how.by == "logprob" or "samples" in arm)


def test_a_failed_item_keeps_what_it_cost(tmp_path: Path) -> None:
    scenario, path = garden(tmp_path), tmp_path / "out.jsonl"
    grader = Metered(refuse=lambda request: "Finally" in request.prefill)
    found = run_bench(make_bench(scenario, grader, "align3:stage=9"), path, limit=2)
    assert found.figures["code"][2].failed == 2 and len(grader.asked) == 6
    assert (found.answers.read, found.judgements.read) == (60, 0)
    # and what it costs the next time is added
    well = Metered()
    again = run_bench(make_bench(scenario, well, "align3:stage=9"), path, limit=2)
    assert again.answers.read == 60 + 10 * 8 and again.figures["code"][2].failed == 0


def test_a_model_that_does_not_count_is_said_not_to(tmp_path: Path) -> None:
    scenario = garden(tmp_path)
    plain = run_bench(make_bench(scenario, Grader()), tmp_path / "plain.jsonl")
    assert plain.answers.read == 50 and "50 tokens read, 20 written" in render_terminal(plain)
    weighing = make_bench(scenario, Grader(), "best-of-n:samples=2")
    untold = run_bench(weighing, tmp_path / "untold.jsonl")
    assert (untold.answers.read, untold.answers.untold, untold.judgements.read) == (None, 5, 50)
    assert "tokens read are not told by the model, 40 written" in render_terminal(untold, 500)
    refused = Grader(refuse=lambda request: "prune" in request.messages[-1].content)
    some = run_bench(make_bench(scenario, refused), tmp_path / "some.jsonl")
    assert (some.answers.read, some.answers.untold) == (40, 1)
    assert "40 tokens read and more (1 item not told)" in render_terminal(some, 500)


def test_what_the_store_answers_is_told_and_costs_nothing(tmp_path: Path) -> None:
    scenario, store = garden(tmp_path), tmp_path / "store.sqlite"
    run_bench(make_bench(scenario, Metered(), store=store), tmp_path / "one.jsonl")
    grader = Metered()
    again = run_bench(make_bench(scenario, grader, store=store), tmp_path / "two.jsonl")
    assert (again.answers.read, again.answers.reused, again.judgements.reused) == (0, 5, 5)
    assert not grader.asked
    assert "The store had the answers to 10 further requests" in render_terminal(again, 500)


def test_what_got_no_answer_is_asked_again_and_what_cannot_be_read_is_not(tmp_path: Path) -> None:
    scenario, path = garden(tmp_path), tmp_path / "out.jsonl"
    down = run_bench(make_bench(scenario, Grader(refuse=lambda request: True)), path)
    assert down.figures["code"][2].failed == down.unanswered == 5
    assert "5 items got no answer: the same command asks again" in render_terminal(down, 500)
    judge_down = Grader(refuse=lambda request: "examiner" in request.messages[0].content)
    judged = run_bench(make_bench(scenario, judge_down), path)
    assert dict(judged.failures)["Garden/1"].startswith("not judged: the grader refuses")
    assert (len(judge_down.asked), judged.unanswered) == (10, 5)

    def spoil(text: str, attempt: int) -> str:
        return "Hm." if "NO" in text.splitlines()[0] else text

    up = run_bench(make_bench(scenario, Grader(spoil=spoil)), path)
    assert (up.figures["code"][2].failed, up.unanswered) == (1, 0)
    grader = Grader()
    last = run_bench(make_bench(scenario, grader), path)
    assert not grader.asked and last.figures == up.figures
    assert len(path.read_bytes().splitlines()) == 1 + 3 * 5


def test_of_several_questions_one_without_an_answer_is_asked_again(tmp_path: Path) -> None:
    scenario = garden(tmp_path)
    told = [(scenario.items[0], "Plant ferns.")]
    how = Examining(mode="sequential")

    def on_b1(request: Request) -> bool:
        return "to judge is B1:" in request.messages[1].content

    (outage,) = judge_responses(Grader(refuse=on_b1), scenario, told, how)
    assert outage.is_open and "B1: the grader refuses" in outage.error
    hopeless = Grader(refuse=on_b1, spoil=lambda text, attempt: "Hm.")
    (both,) = judge_responses(hopeless, scenario, told, how)
    assert both.error and not both.is_open
    weighing = Examining(mode="sequential", by="logprob")
    (weighed,) = judge_responses(Unweighing(), scenario, told, weighing)
    assert weighed.is_open


class Unweighing(Grader):
    """A grader that gives no text a log-probability."""

    def logprobs(self, requests: Sequence[Request]) -> list[Logprobs | Unmeasured]:
        return [Unmeasured(reason="the grader does not weigh") for _ in requests]


def test_a_second_run_asks_nothing_and_says_the_same(tmp_path: Path) -> None:
    scenario, path = garden(tmp_path), tmp_path / "out.jsonl"
    first = run_bench(make_bench(scenario, Grader()), path)
    grader = Grader()
    second = run_bench(make_bench(scenario, grader), path)
    assert second == first and not grader.asked
    kept = path.read_bytes()
    assert run_bench(make_bench(scenario, grader), path, alpha=0.5, shown="paper") != first
    assert not grader.asked and path.read_bytes() == kept


def test_a_larger_limit_goes_on(tmp_path: Path) -> None:
    scenario, path = garden(tmp_path), tmp_path / "out.jsonl"
    run_bench(make_bench(scenario, Grader()), path, limit=2)
    grader = Grader()
    assert run_bench(make_bench(scenario, grader), path).figures["code"][-1].items == 5
    assert len(grader.asked) == 2 * 3


def test_a_run_that_is_killed_goes_on_where_it_was(tmp_path: Path) -> None:
    data, path = write_data(tmp_path), tmp_path / "out.jsonl"
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.specbenches", str(data), str(path), "6"],
        stdout=subprocess.PIPE, cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    with process:
        assert process.stdout is not None and process.stdout.readline() == b"begun\n"
        process.send_signal(signal.SIGKILL)
    assert len(path.read_bytes().splitlines()) == 1 + 2  # killed while the third was judged
    scenario = read_scenario(data, "Garden")
    grader = Grader()
    found = run_bench(make_bench(scenario, grader), path)
    assert len(grader.asked) == 2 * 3 and found.figures["code"][-1].failed == 0
    whole = run_bench(make_bench(scenario, Grader()), tmp_path / "other.jsonl")
    assert found.figures == whole.figures


@pytest.mark.parametrize("cut", [1, 30, 200])
def test_a_torn_last_line_is_done_again(tmp_path: Path, cut: int) -> None:
    scenario, path = garden(tmp_path), tmp_path / "out.jsonl"
    first = run_bench(make_bench(scenario, Grader()), path)
    path.write_bytes(path.read_bytes()[:-cut])
    grader = Grader()
    assert run_bench(make_bench(scenario, grader), path).figures == first.figures
    assert len(grader.asked) == 2


def test_a_file_of_another_run_or_damaged_inside_is_refused(tmp_path: Path) -> None:
    scenario, path = garden(tmp_path), tmp_path / "out.jsonl"
    run_bench(make_bench(scenario, Grader()), path)
    other = make_bench(scenario, Grader(), options=Options(tokens=9))
    with pytest.raises(UsageError, match=r"it belongs to another run \(other tokens\)"):
        run_bench(other, path)
    lines = path.read_text().splitlines(keepends=True)
    path.write_text("".join([*lines[:2], "{}\n", *lines[2:]]))
    with pytest.raises(UsageError, match=r"out.jsonl:3: not a result of specbench"):
        run_bench(make_bench(scenario, Grader()), path)


def test_another_thing_behind_the_same_name_is_another_run(tmp_path: Path) -> None:
    scenario, path = garden(tmp_path), tmp_path / "out.jsonl"

    def arm(mark: str) -> Arm:
        @contextmanager
        def enter(model: Model) -> Iterator[Model]:
            assert isinstance(model, RecordedModel)
            inside = replace(model.identity, revision=f"1+{mark}")
            with model.under(inside, lambda plain: Grader(identity=inside)) as answering:
                yield answering

        return Arm(name="vector", about="of a file", fit=lambda _: Condition(enter=enter))

    bench = make_bench(scenario, Grader())
    first = run_bench(replace(bench, arm=arm("a")), path)
    assert run_bench(replace(bench, arm=arm("a")), path) == first
    with pytest.raises(UsageError, match=r"belongs to another run \(other condition\)"):
        run_bench(replace(bench, arm=arm("b")), path)


def test_no_file_without_a_result_and_none_of_a_strangers_is_written_over(tmp_path: Path) -> None:
    path, result = tmp_path / "out.jsonl", Result(id="Garden/1", label="safe", error="none")
    with open_results(path, {"model": "one"}):
        pass
    assert not path.exists()
    path.write_text('{"format":2,"run":{"model":"one"}}\n')  # a first line alone is no run
    with open_results(path, {"model": "two"}) as results:
        results.add(result)
    with open_results(path, {"model": "two"}) as results:
        assert results.found == {"Garden/1": result}
    for text in ("notes", '{"id": "mine"}\n'):
        path.write_text(text)
        refused = pytest.raises(UsageError, match=r"out.jsonl:1: not a result of")
        with refused, open_results(path, {}):
            pass
        assert path.read_text() == text


def test_two_processes_do_not_write_one_file(tmp_path: Path) -> None:
    path = tmp_path / "out.jsonl"
    refused = pytest.raises(UsageError, match="another process is writing it")
    with open_results(path, {}), refused, open_results(path, {}):
        pass


def test_strangers_texts_are_harmless_in_the_views(tmp_path: Path) -> None:
    scenario, path = garden(tmp_path), tmp_path / "out.jsonl"
    bench = make_bench(scenario, Grader(refuse=lambda request: True))
    run = describe_run(bench, fit_bench(bench))
    with open_results(path, run) as results:
        for item in scenario.items:
            results.add(Result(id=item.id, label=item.label, error="<b>\x1b[31m\u202e"))
    found = summarise(scenario, scenario.items, results.found, run=run, version="0")
    assert "<b>" not in render_html(found).replace("&lt;b&gt;", "")
    assert "\x1b" not in render_terminal(found) and "\u202e" not in render_terminal(found)


def command(*args: object) -> int:
    with pytest.raises(SystemExit) as stop:
        main.main([str(arg) for arg in args], "specharness")
    return int(str(stop.value.code))


def test_the_command_tells_what_is_wrong_in_a_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = write_data(tmp_path)
    some = ["specbench", "--data", data, "--scenario", "Garden", "--arm"]
    assert command(*some, "no-arm") == 4
    assert command(*some, "empty", "--by", "logprob") == 4
    assert command(*some, "empty", "--alpha", "2") == 4
    told = capsys.readouterr().err
    assert "no arm 'no-arm'" in told and "add --mode sequential" in told
    assert "Traceback" not in told


def test_the_figures_go_into_a_json_file(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    some = ["specbench", "--data", write_data(tmp_path), "--scenario", "Garden", "--arm", "empty"]
    (tmp_path / "file").write_text("no folder")
    for name in ("o.jsonl", "o.html", "o", "o.JSON"):
        assert command(*some, "--out", tmp_path / name) == 4
        assert "name a .json file" in capsys.readouterr().err
    assert not [path for path in tmp_path.iterdir() if path.name.startswith("o")]


@pytest.mark.parametrize(
    "arm", ["few-shot", "compiled", "spec+few-shot", "opposite", "palrs", "dpo", "compiled:random"]
)
def test_an_arm_that_needs_pairs_is_told_and_leaves_nothing(tmp_path: Path, arm: str) -> None:
    bench = make_bench(garden(tmp_path), Grader(), arm)
    with pytest.raises(UsageError) as error:
        run_bench(bench, tmp_path / "out.jsonl")
    told = str(error.value)
    assert told.startswith(f"--arm {arm}: SpecBench has nothing to make it of (")
    assert told.endswith("; name an arm that needs none, such as handwritten, align3 or "
                         "palrs:vector=FILE")  # fmt: skip
    assert "--pairs" not in told and "[split]" not in told
    assert not (tmp_path / "out.jsonl").exists()


def test_the_command_runs_a_local_model_and_does_not_ask_it_again(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    networks = pytest.importorskip("tests.networks", reason="needs the extra `local`")
    tokenizer = networks.make_tokenizer()
    home = tmp_path / "tiny"
    networks.make_llama(len(tokenizer), max_position_embeddings=16384).save_pretrained(home)
    tokenizer.save_pretrained(home)
    out = tmp_path / "out.json"
    some = ["specbench", "--data", write_data(tmp_path), "--scenario", "Garden", "--model", home,
            "--limit", 1, "--tokens", 4, "--mode", "sequential", "--by", "logprob",
            "--arm", "think:stage=2", "--out", out]  # fmt: skip
    assert command(*some) == 0
    first = json.loads(out.read_text())
    assert first["answers"]["written"] > 0 and first["figures"]["code"][2]["failed"] == 0
    told = capsys.readouterr().out
    assert "SpecBench Garden: think:stage=2 with tiny" in told
    assert command(*some, "--na", "paper") == 0
    second = json.loads(out.read_text())
    assert second["figures"] == first["figures"] and second["shown"] == "paper"
    assert "of those that apply" in capsys.readouterr().out
    assert "<h2>Figures</h2>" in out.with_suffix(".html").read_text()
