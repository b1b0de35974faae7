"""Specs turned round, and what margins are measured from: the base spec, or an opposite."""

import json
from pathlib import Path

import pytest

from specharness import load_spec, logprob_preferences
from specharness.errors import UsageError
from specharness.opposites import opposite_text
from specharness.run import Options, run_suite
from specharness.runfile import SuiteRun
from specharness.score.logprob import Reading
from specharness.score.reference import reference_text
from specharness.specfile import parse_spec
from specharness.suitefile import load_suite
from tests.obedient import Obedient
from tests.projects import commit_all, make_project, write_spec
from tests.test_score import make_pair

SPEC = """# Tone

Speak plainly. {#plain opposite: Speak in riddles.}

1. Answer in one sentence,
   or in two. {#brief}
2. Be polite, as in

   > Thank you. {#polite}

   - to strangers too
<!-- {#brief opposite: Answer at length,
with {{name}} in it.} and why {#polite opposite: Be rude.} -->
3. End with a question.
"""
TURNED = """# Tone

Speak in riddles.

1. Answer at length, with {{name}} in it.
2. Be rude.


   - to strangers too
3. End with a question."""


def test_rules_with_an_opposite_are_replaced_whole() -> None:
    spec = parse_spec(SPEC)
    assert opposite_text(spec) == TURNED
    assert "opposite" not in spec.shown and "riddles" not in spec.shown and "rude" not in spec.shown


def test_without_opposites_there_is_none() -> None:
    assert opposite_text(parse_spec("- Be brief. {#brief}\n<!-- opposite: x -->")) == ""


def test_code_is_no_place_for_an_opposite() -> None:
    fenced = "```\n- B {#b opposite: y}\n<!-- {#a opposite: z} -->\n```"
    assert opposite_text(parse_spec(f"- Write `{{#a opposite: x}}` {{#a}}\n\n{fenced}\n")) == ""


def test_a_rule_without_an_anchor_is_named_by_its_id() -> None:
    (rule,) = parse_spec("- Be brief.").rules
    text = f"- Be brief.\n<!-- {{#{rule.id} opposite: Ramble.}} -->\r\n"
    assert opposite_text(parse_spec(text)) == "- Ramble."


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("- A {#a opposite: }", "spec:1: the opposite of 'a' is empty; write it out"),
        (
            "<!--\n{#b opposite: B} -->\n- A {#a}",
            "spec:2: an opposite of 'b', but no rule has that id; end",
        ),
        (
            "- A {#a opposite: B}\n\n<!-- why\n{#a opposite: C} -->",
            "spec:4: a second opposite of 'a'; keep one of them",
        ),
    ],
)
def test_mistakes_name_the_line(text: str, told: str) -> None:
    with pytest.raises(UsageError) as caught:
        opposite_text(parse_spec(text))
    assert told in str(caught.value)


def test_the_reference_is_the_bases_opposite_while_it_has_one() -> None:
    head, base = (parse_spec(f"- {t} {{#a opposite: not {t}}}") for t in ("Head", "Base"))
    plain, broken = parse_spec("- Plain"), parse_spec("- Base {#a opposite:}")
    assert reference_text("opposite", head, base) == "- not Base"
    assert reference_text("opposite", plain, base) == "- not Base"
    assert reference_text("opposite", head, plain) == "- not Head"
    assert reference_text("opposite", head, broken) == "- not Head"
    assert reference_text("base", head, base) == "- Base"
    with pytest.raises(UsageError, match=r"prompt.md: no rule has an opposite to measure from; "):
        reference_text("opposite", plain, plain, "prompt.md")


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SPECHARNESS_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("GITHUB_BASE_REF", raising=False)
    return make_project(tmp_path / "project", pairs=60)


def run(project: Path, reference: str, model: Obedient | None = None) -> SuiteRun:
    suite = project / "suites" / "tone"
    (suite / "suite.toml").write_text(f'[score]\nreference = "{reference}"\n')
    options = Options(mode="live")
    return run_suite(load_suite(suite), options, model=model or Obedient())


def test_a_suite_measured_from_its_opposite(project: Path) -> None:
    write_spec(project, "Prefer the best. {#rule opposite: Prefer the worst.}")
    model = Obedient()
    found = run(project, "opposite", model)
    assert found.reference == "opposite"
    assert found.spec_sentence.startswith("The spec beats its opposite: ")
    systems = {r.messages[0].content for r in model.asked if "Question" in r.messages[-1].content}
    assert systems == {"Prefer the best.", "Prefer the worst.", "Question 0?"} | {
        f"Question {i}?" for i in range(60)
    }
    case = found.cases[0]
    assert case.head and case.head.margin == pytest.approx(2.0)  # each side moves by a nat
    assert found.gate.verdict in ("PASS", "UNPROVEN")


def test_an_edit_is_measured_from_where_its_base_was(project: Path) -> None:
    write_spec(project, "Prefer the best. {#rule opposite: Prefer the worst.}")
    run(project, "opposite")
    commit_all(project)
    write_spec(project, "Prefer the worst. {#rule opposite: Do as you like.}")
    found = run(project, "opposite")
    assert found.gate.verdict == "FAIL"
    assert found.cases[1].head and found.cases[1].head.margin == 0.0


def test_without_an_opposite_the_remedy_is_told(project: Path) -> None:
    model = Obedient()
    with pytest.raises(UsageError, match=r"spec.md: no rule has an opposite .*; end one with"):
        run(project, "opposite", model)
    assert not model.asked


def test_from_the_base_every_move_counts(project: Path) -> None:
    run(project, "base")
    commit_all(project)
    write_spec(project, "Prefer the best, but not Question 1? Question 2? Question 3?")
    found = run(project, "base")
    assert {c.base.margin for c in found.cases if c.base} == {0.0}
    assert [c.id for c in found.cases if c.outcome == "lost"] == ["p-01", "p-02", "p-03"]
    assert {c.outcome for c in found.cases} == {"lost", "tie"}
    assert "base spec" in found.spec_sentence


def test_one_spec_alone_from_python(tmp_path: Path) -> None:
    pairs = [make_pair(i) for i in range(3)]
    path = tmp_path / "spec.md"
    path.write_text("Prefer the best. {#rule opposite: Prefer the worst.}")
    values = logprob_preferences(Obedient(), load_spec(path), pairs, Reading(reference="opposite"))
    assert values.shape == (3,)
    with pytest.raises(UsageError, match="one spec alone has no base"):
        logprob_preferences(Obedient(), "Be kind.", pairs, Reading(reference="base"))


def test_the_base_is_what_the_suite_showed_then(project: Path) -> None:
    suite = project / "suites" / "tone"
    (suite / "spec.md").unlink()
    (suite / "suite.toml").write_text('instruction = "Prefer the worst."\n')
    commit_all(project)
    write_spec(project, "Prefer the best.")
    found = run_suite(load_suite(suite), Options(mode="live"), model=Obedient())
    assert (found.base_spec, found.head_spec) == ("Prefer the worst.", "Prefer the best.")
    commit_all(project)
    (suite / "spec.md").unlink()
    found = run_suite(load_suite(suite), Options(mode="live"), model=Obedient())
    assert (found.base_spec, found.head_spec) == ("Prefer the best.", "Prefer the worst.")


def test_a_new_suite_around_an_old_prompt_has_that_as_its_base(project: Path) -> None:
    new = project / "suites" / "new"
    commit_all(project)
    new.mkdir()
    (new / "suite.toml").write_text('spec = "../tone/spec.md"\n')
    pair = {"prompt": "Q?", "chosen": "Good.", "rejected": "Bad."}
    (new / "pairs.jsonl").write_text(json.dumps(pair))
    write_spec(project, "Prefer the worst.")
    found = run_suite(load_suite(new), Options(mode="live"), model=Obedient())
    assert found.base_spec == "Prefer the best."
    assert any(s.startswith("Git has no earlier pairs") for s in found.gate.sentences)
