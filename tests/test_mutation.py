"""Mutants by rule, and the score of suites that are known to notice them or not."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from specharness.errors import RecordingMiss, UsageError
from specharness.mutation.commands import mutate_command
from specharness.mutation.mutants import OPERATORS, make_mutants
from specharness.mutation.record import Mutations, Tried
from specharness.mutation.trying import known_opposites, try_mutants
from specharness.mutation.wording import change_numbers, negate, paraphrase, weaken
from specharness.mutation.words import advice, render_terminal
from specharness.panel import Asking
from specharness.specfile import load_spec, parse_spec
from tests.rulebooks import Reader, make_suite

SPEC = """- Be brief. {#brief opposite: Ramble on.}
- Use at most 3 sentences. {#few}
"""
PAIRS = {"brief": 40, "other": 10}


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SPECHARNESS_CACHE", str(tmp_path / "cache"))


def ask(**changes: object) -> Asking:
    return Asking(room="mutation", command="specharness mutate tone", **changes)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Mutations:
    root = tmp_path_factory.mktemp("mutation")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SPECHARNESS_CACHE", str(root / "cache"))
        return try_mutants(make_suite(root, SPEC, PAIRS), ask(), model=Reader())


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    try_mutants(make_suite(tmp_path, SPEC, PAIRS), ask(mode="record"), model=Reader())
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CI", "true")
    return tmp_path


def command(*words: str) -> Result:
    return CliRunner().invoke(mutate_command, words, standalone_mode=False)


def named(found: Mutations, name: str) -> Tried:
    return next(one for one in found.tried if one.id == name)


# the edits


@pytest.mark.parametrize(
    ("rule", "opposite"),
    [
        ("Never use lists.", "Use lists."),
        ("Don't guess.", "Guess."),
        ("Be brief: leave out summaries.", "Do not be brief: do not leave out summaries."),
        ("Be kind; do not flatter.", "Do not be kind; flatter."),
        ("The assistant should not refuse.", "The assistant should refuse."),
        ("You must cite.", "You must not cite."),
        ("If asked (at all, that is), say so.", "If asked (at all, that is), do not say so."),
        ("Answers are short.", "It is not so that answers are short."),
        ("It is good: what is left is bad.", "It is not so that it is good: what is left is bad."),
    ],
)  # fmt: skip
def test_a_negation_turns_every_order_round(rule: str, opposite: str) -> None:
    assert negate(rule) == opposite


@pytest.mark.parametrize(
    ("rule", "tenfold"),
    [
        ("Use 3 to 5 words.", "Use 30 to 50 words."),
        ("Write one to four sentences.", "Write ten to forty sentences."),
        ("One short sentence is enough.", "Ten short sentence is enough."),
        ("Keep it under 20 %.", "Keep it under 200 %."),
        ("The one you mean, and no one else.", ""),
        ("Write Python 3.11 and HTTP/2, as in 1986.", ""),
        ("Start at 10:30 or on 2/3.", ""),
        ("Two heads are better.", "Twenty heads are better."),
    ],
)
def test_numbers_that_are_amounts_become_ten_times_as_large(rule: str, tenfold: str) -> None:
    assert change_numbers(rule) == tenfold


def test_weakening_never_makes_a_rule_stronger() -> None:
    assert weaken("Never lie.") == "Rarely lie."
    assert weaken("It should not lie.") == "It may or may not lie."
    assert weaken("JSON comes first.") == "If you like, JSON comes first."


def test_a_paraphrase_keeps_what_is_asked() -> None:
    assert paraphrase("I want lists.") == "Note: I want lists."
    assert paraphrase("Always be kind.") == "Please always be kind."


def test_a_rule_with_code_is_never_put_into_one_line() -> None:
    spec = parse_spec("- Write so: {#code}\n  ```\n  a\n\n  b\n  ```\n- Be kind. {#kind}")
    operators = {m.operator for m in make_mutants(spec) if m.rule == "code"}
    assert operators == {"drop", "reorder"}
    moved = next(m for m in make_mutants(spec) if m.operator == "reorder")
    assert moved.shown == "- Be kind.\n- Write so:\n  ```\n  a\n\n  b\n  ```"


def test_the_only_rule_is_dropped_to_what_is_left_and_nothing_moves() -> None:
    mutants = make_mutants(parse_spec("Be brief."))
    assert [m.operator for m in mutants] == ["drop", "negate", "weaken", "paraphrase"]
    assert mutants[0].shown == ""
    headed = make_mutants(parse_spec("# How to answer\n\n- Be brief."))
    assert headed[0].operator == "drop" and headed[0].shown == "# How to answer"


def test_a_spec_of_one_rule_is_scored_against_no_spec(tmp_path: Path) -> None:
    suite = make_suite(tmp_path, "- Be brief. {#brief}\n", PAIRS)
    tried = try_mutants(suite, ask(), operators=("drop",), model=Reader()).tried
    assert [(one.id, one.verdict, one.lost) for one in tried] == [("brief:drop", "FAIL", 40)]


def test_items_with_items_below_them_stay_in_place() -> None:
    spec = parse_spec("- a b {#a}\n- c d {#c}\n  - e f {#e}\n- g h {#g}")
    assert [m.rule for m in make_mutants(spec) if m.operator == "reorder"] == []


def test_our_own_suites_have_every_mutant_once() -> None:
    for folder in sorted((Path(__file__).parent.parent / "suites").glob("*/")):
        spec = load_spec(folder / "spec.md") if (folder / "spec.md").exists() else None
        if spec is None:
            continue
        mutants = make_mutants(spec)
        drops = [m for m in mutants if m.operator == "drop"]
        assert len(drops) == len(spec.rules) and len({m.id for m in mutants}) == len(mutants)


def test_opposites_come_from_the_spec_then_from_the_lock(tmp_path: Path) -> None:
    suite = make_suite(tmp_path, SPEC + "- Be kind. {#kind}\n- Be plain. {#plain}\n", PAIRS)
    rules = [
        {"id": "kind", "text": "Be kind.", "opposite": "Be cruel."},
        {"id": "brief", "text": "Be brief.", "opposite": "From the lock."},
        {"id": "plain", "text": "Be something else.", "opposite": "Not of this text."},
    ]
    lock = {
        "format": 1, "spec": "", "rules": rules, "race": None,
        "accepted": {"suggestive": False, "confirm": []},
        "inputs": dict.fromkeys(("instruction", "pairs", "select", "settings", "proposer"), ""),
    }  # fmt: skip
    (suite.folder / "spec.lock.json").write_text(json.dumps(lock))
    opposites = {"kind": "Be cruel.", "brief": "Ramble on."}
    assert known_opposites(suite) == opposites
    after = {m.rule: m.after for m in make_mutants(suite.spec, opposites) if m.operator == "negate"}
    assert after == {
        "brief": "Ramble on.", "few": "Do not use at most 3 sentences.", "kind": "Be cruel.",
        "plain": "Do not be plain.",
    }  # fmt: skip


# the score


def test_what_the_pairs_are_about_is_caught_and_the_rest_survives(found: Mutations) -> None:
    states = {one.id: one.is_caught for one in found.of("harmful")}
    assert states == {
        "brief:drop": True, "brief:negate": True, "brief:weaken": True,
        "few:drop": False, "few:negate": False, "few:weaken": False, "few:numbers": False,
    }  # fmt: skip
    assert found.caught == pytest.approx(3 / 7)
    # the toy knows "Be brief" only so: a paraphrase is as bad as no rule, and that is told
    assert {one.id for one in found.of("harmless") if one.is_caught} == {"brief:paraphrase"}
    assert found.left_alone == pytest.approx(3 / 4)


def test_a_mutant_is_what_an_edit_to_it_would_be(found: Mutations) -> None:
    drop = named(found, "brief:drop")
    assert (drop.verdict, drop.lost, drop.won) == ("FAIL", 40, 0)
    assert drop.is_lower and drop.effect.down == 40 and drop.effect.high < 0
    assert named(found, "brief:negate").after == "Ramble on."
    assert not named(found, "brief:negate").template and named(found, "few:negate").template


def test_survivors_name_the_rule_and_the_pairs_to_write(found: Mutations) -> None:
    assert [one.id for one in found.survivors] == [
        "few:drop", "few:negate", "few:weaken", "few:numbers",
    ]  # fmt: skip
    told = {one.operator: advice(one) for one in found.survivors}
    assert all("'few'" in text for text in told.values())
    assert "'Use at most 3 sentences.'" in told["numbers"]
    assert "'Use at most 30 sentences.'" in told["numbers"]
    assert "Do not use at most 3 sentences." in told["negate"]
    shown = render_terminal(found, 300)
    assert shown.startswith(
        "tone: 3 of 7 harmful mutants caught (43 %), 3 of 4 harmless left alone"
    )
    assert "few:drop  survived (line 2, PASS)" in shown and "brief:drop" not in shown
    assert "brief:drop  caught" in render_terminal(found, 300, whole=True)


def test_a_lost_must_pair_is_caught_however_few_there_are(tmp_path: Path) -> None:
    suite = make_suite(tmp_path, SPEC, {"brief": 2, "other": 60})
    rows = [json.loads(line) for line in suite.pairs_path.read_text().splitlines()]
    few = try_mutants(suite, ask(), operators=("drop",), model=Reader())
    assert not named(few, "brief:drop").is_caught
    rows[0]["must"] = True
    suite.pairs_path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    assert named(
        try_mutants(suite, ask(), operators=("drop",), model=Reader()), "brief:drop"
    ).is_caught


@pytest.mark.parametrize("width", [40, 60, 80, 120])
def test_no_line_is_wider_than_the_terminal(found: Mutations, width: int) -> None:
    assert max(map(len, render_terminal(found, width, whole=True).splitlines())) <= width


def test_the_score_is_replayed_and_can_block(project: Path) -> None:
    assert command("tone", "--fail-under", "42").return_value == 0
    done = command("tone", "--fail-under", "50")
    assert done.return_value == 1
    assert "tone: harmful mutants caught: 43 %, under 50 %" in done.output


def test_edits_and_rules_can_be_chosen(project: Path) -> None:
    done = command("tone", "--operators", "drop,negate", "--rule", "few", "--json")
    assert [one["id"] for one in json.loads(done.output)["tried"]] == ["few:drop", "few:negate"]
    for words, told in (
        (("--operators", "spoil"), "--operators: no 'spoil'; choose of drop, negate"),
        (("--rule", "gone"), "--rule: no 'gone'; choose of brief, few"),
    ):
        mistake = command("tone", *words)
        assert isinstance(mistake.exception, UsageError)
        assert str(mistake.exception).startswith(told)


def test_what_is_not_recorded_is_told_with_the_command(project: Path) -> None:
    (project / "suites/tone/spec.md").write_text(SPEC + "- Be new.\n")
    done = command("tone")
    assert isinstance(done.exception, RecordingMiss)
    assert "`specharness mutate tone --spec-mode=record`" in str(done.exception)


def test_help_names_every_edit() -> None:
    assert all(operator in command("--help").output for operator in OPERATORS)
