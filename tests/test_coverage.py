"""Rule coverage, on a suite whose rules are known to be covered, redundant, idle or harmful."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from specharness.coverage.commands import coverage_command
from specharness.coverage.measuring import measure_coverage
from specharness.coverage.record import LEVEL, Coverage, coverage_text
from specharness.coverage.words import mark_lines, render_terminal
from specharness.effects import measure_effect
from specharness.errors import ModelError, RecordingMiss, UsageError
from specharness.model import Identity
from specharness.panel import Asking
from tests.obedient import Obedient
from tests.rulebooks import SPEC, Reader, make_suite

STATES = {
    "brief": "covered",
    "short": "redundant",
    "words": "redundant",
    "tidy": "uncovered",
    "code": "hurting",
}


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SPECHARNESS_CACHE", str(tmp_path / "cache"))


def ask(**changes: object) -> Asking:
    return Asking(room="coverage", command="specharness coverage tone", **changes)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Coverage:
    root = tmp_path_factory.mktemp("coverage")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SPECHARNESS_CACHE", str(root / "cache"))
        return measure_coverage(make_suite(root), ask(), Reader())


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project whose coverage is recorded, so that no model is needed."""
    measure_coverage(make_suite(tmp_path), ask(mode="record"), Reader())
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CI", "true")
    return tmp_path


def command(*words: str) -> Result:
    return CliRunner().invoke(coverage_command, words, standalone_mode=False)


def test_every_rule_is_in_the_state_that_is_known(found: Coverage) -> None:
    assert {rule.id: rule.state for rule in found.rules} == STATES
    assert found.covered == 0.2


def test_effects_have_the_size_and_the_pairs_that_are_known(found: Coverage) -> None:
    brief, short, _, tidy, code = found.rules
    assert (brief.worth.up, brief.worth.down, brief.alone.up) == (15, 0, 15)
    assert (short.worth.up, short.alone.up) == (0, 15)
    assert tidy.worth.mean == tidy.alone.mean == 0.0
    assert code.worth.down == code.alone.down == 15 and code.worth.high < 0
    exercised = found.exercised()
    assert exercised["brief"] == tuple(f"brief-{n:02}" for n in range(15))
    assert exercised["code"] == tuple(f"code-{n:02}" for n in range(15))
    assert exercised["tidy"] == exercised["short"] == ()
    assert {rule.id: rule.moves for rule in found.rules} == {
        name: len(pairs) for name, pairs in exercised.items()
    }


def test_adjusted_p_values_count_all_rules(found: Coverage) -> None:
    for rule in found.rules:
        assert rule.worth.p_value <= rule.worth_p <= 5 * rule.worth.p_value
        assert rule.alone.p_up <= rule.alone_p <= 1


def test_all_texts_are_read_in_one_batch_after_the_examination(tmp_path: Path) -> None:
    model = Reader()
    measure_coverage(make_suite(tmp_path), ask(), model)
    texts = {spec for spec in model.specs if spec.startswith("# How to answer")}
    assert len(texts) == 12  # the spec, no rule, 5 without one, 5 alone
    before = len(model.specs)
    again = measure_coverage(make_suite(tmp_path), ask(), model)
    assert len(model.specs) == before and again.covered == 0.2  # all of it was in the store


def test_a_sample_is_always_the_same_and_is_told(tmp_path: Path) -> None:
    one, two = (measure_coverage(make_suite(tmp_path), ask(sample=9), Reader()) for _ in range(2))
    assert one == two
    assert len(one.measured.pairs) == 9 and one.measured.held_out == 45
    assert "Only 9 of 45 gate pairs were read." in " ".join(render_terminal(one, 400).split())


def test_what_cannot_be_measured_counts_nowhere_and_is_told(tmp_path: Path) -> None:
    found = measure_coverage(make_suite(tmp_path), ask(), Reader(refuse="About code"))
    assert len(found.measured.pairs) == 30 and len(found.measured.unscored) == 15
    assert found.measured.unscored[0] == ("code-00", "chosen: the toy refuses")
    assert found.rules[-1].state == "uncovered"
    with pytest.raises(ModelError, match="no pair could be measured"):
        measure_coverage(make_suite(tmp_path), ask(mode="live"), Reader(
            refuse="About", identity=Identity(name="x", revision="2", engine="", template="")
        ))  # fmt: skip


def test_a_model_that_reads_nothing_gives_no_coverage(tmp_path: Path) -> None:
    class Deaf(Obedient):
        def weigh(self, request):  # type: ignore[no-untyped-def]
            spec = request.messages[0]
            plain = request.messages[1:] if spec.role == "system" else request.messages
            return super().weigh(type(request)(messages=plain, response=request.response))

    with pytest.raises(ModelError, match="cannot tell edits apart"):
        measure_coverage(make_suite(tmp_path), ask(), Deaf())


@pytest.mark.parametrize("reference", ["empty", "neutral", "placebo", "base"])
def test_states_do_not_hang_on_the_reference(tmp_path: Path, reference: str) -> None:
    suite = make_suite(tmp_path)
    settings = suite.folder / "suite.toml"
    settings.write_text(f'{settings.read_text()}[score]\nreference = "{reference}"\n')
    from specharness.suitefile import load_suite

    found = measure_coverage(load_suite(suite.folder), ask(), Reader())
    assert {rule.id: rule.state for rule in found.rules} == STATES


def test_a_spec_without_rules_is_a_mistake(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no rules to cover"):
        measure_coverage(make_suite(tmp_path, "# Only a heading\n"), ask(), Reader())


def test_few_pairs_that_a_rule_moves_are_told_and_not_called_none(tmp_path: Path) -> None:
    # four pairs fall by far without the rule, and four can never show it (p is 1/16 at best)
    spec = "- Be brief. {#brief}\n- Be tidy. {#tidy}\n"
    suite = make_suite(tmp_path, spec, {"brief": 4, "x": 36})
    found = measure_coverage(suite, ask(), Reader())
    brief, tidy = found.rules
    assert (brief.state, brief.moves, brief.worth.up) == ("uncovered", 4, 4)
    assert (tidy.state, tidy.moves) == ("uncovered", 0)
    text = " ".join(render_terminal(found, 400).split())
    assert text.startswith(
        "tone: 0 of 2 rules covered (0 %) on 40 gate pairs, by reader; 1 more moves too few to "
        "show it rule line state moves keeping it"
    )
    assert "Too few pairs to show it: brief (4 pairs). It takes 7 or more" in text
    assert "Moves no pair by 5 points: tidy. Such a rule may matter" in text
    assert "no pair shows it" not in text and "redundant" not in text
    told = json.loads(coverage_text(found))
    assert [rule["moves"] for rule in told["rules"]] == [4, 0]
    # seven do show it, as the sentence says
    assert found.fewest == 7
    more = make_suite(tmp_path / "b", spec, {"brief": 7, "x": 33})
    assert measure_coverage(more, ask(), Reader()).rules[0].state == "covered"


def test_what_redundant_does_not_prove_is_told(found: Coverage) -> None:
    text = " ".join(render_terminal(found, 400).split())
    assert "'redundant' is no proof that the pairs are about the rule." in text


def test_the_fewest_pairs_are_those_of_a_sign_flip_test_by_holm(found: Coverage) -> None:
    k = found.fewest
    least = measure_effect([0.1] * k).p_value * len(found.rules)
    assert least <= LEVEL < measure_effect([0.1] * (k - 1)).p_value * len(found.rules)


# the recordings


def test_coverage_is_replayed_without_a_model(project: Path) -> None:
    done = command("tone")
    assert done.return_value == 0, done.exception
    assert done.output.startswith("tone: 1 of 5 rules covered (20 %) on 45 gate pairs, by reader\n")
    lines = (project / "fixtures/recordings/tone").iterdir()
    assert {path.name for path in lines} == {"reader.coverage.jsonl"}


def test_what_is_not_recorded_is_told_with_the_command(project: Path) -> None:
    (project / "suites/tone/spec.md").write_text(SPEC.replace("Be kind", "Be mild") + "- New.\n")
    done = command("tone")
    assert isinstance(done.exception, RecordingMiss)
    assert "`specharness coverage tone --spec-mode=record`" in str(done.exception)


# what is shown


@pytest.mark.parametrize("width", [24, 40, 60, 80, 120])
def test_no_line_is_wider_than_the_terminal(found: Coverage, width: int) -> None:
    assert max(map(len, render_terminal(found, width).splitlines())) <= width
    assert max(map(len, mark_lines(found, SPEC, width).splitlines())) <= width


def test_the_spec_is_marked_line_by_line(found: Coverage) -> None:
    lines = mark_lines(found, SPEC).splitlines()
    marks = [line[:1] for line in lines]
    assert "".join(mark or " " for mark in marks) == "  +==!-"
    assert lines[0].endswith("# How to answer") and lines[2].endswith("- Be brief. {#brief}")
    assert lines[2].split()[2] == f"+{100 * found.rules[0].worth.mean:.1f}"
    assert "\x1b" not in "".join(lines)
    coloured = mark_lines(found, SPEC, colour=True).splitlines()
    assert coloured[2].startswith("\x1b[32m+") and coloured[2].endswith("\x1b[0m")


def test_hostile_text_is_made_visible(found: Coverage) -> None:
    assert "\x1b" not in mark_lines(found, SPEC.replace("Be brief", "\x1b[31mBe brief"))


def test_the_threshold_blocks(project: Path) -> None:
    assert command("tone", "--fail-under", "20").return_value == 0
    done = command("tone", "--fail-under", "21")
    assert done.return_value == 1
    assert "tone: rules covered: 20 %, under 21 %" in done.output


def test_the_record_is_printed_and_written(project: Path) -> None:
    done = command("tone", "--json", "--out", "reports/coverage.json")
    told = json.loads(done.output)
    assert told["covered"] == 0.2 and [rule["state"] for rule in told["rules"]] == [
        *STATES.values()
    ]
    assert told["rules"][0]["lines"] == [3] and len(told["rules"][0]["changes"]) == 45
    assert told["measured"]["spec_path"] == "suites/tone/spec.md"
    assert Path("reports/coverage.json").read_text() == done.output
    assert str(project) not in done.output


def test_lines_are_shown_on_request(project: Path) -> None:
    assert "\n+    3 " in command("tone", "--lines").output
    assert "\n+    3 " not in command("tone").output


def test_records_are_the_same_every_time(found: Coverage, tmp_path: Path) -> None:
    again = measure_coverage(make_suite(tmp_path), ask(), Reader())
    assert coverage_text(again) == coverage_text(found)
