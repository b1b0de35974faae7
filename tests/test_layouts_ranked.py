"""Layouts whose preferences come out of ranks, ratings, joined rows and annotation tools."""

import copy
import csv
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from specharness.errors import UsageError
from specharness.importers.judgement import REASONS, Dropped, Finding, Layout, Options, Row
from specharness.importers.known import LAYOUTS
from specharness.importers.layouts import (
    argilla,
    braintrust,
    crscore,
    kto,
    labelstudio,
    langsmith,
    oasst,
    promptfoo,
    ranked,
    rated,
)
from specharness.importers.recognise import Recogniser
from specharness.importers.tally import Kept, Tally, settle

DATA = Path(__file__).parent / "data" / "layouts_ranked"
FILES = sorted(path.name for path in DATA.iterdir() if path.suffix != ".md")
MODULES = (
    argilla, braintrust, crscore, kto, labelstudio, langsmith, oasst, promptfoo, ranked, rated,
)  # fmt: skip
OURS = [layout for module in MODULES for layout in module.LAYOUTS]
SIGNS = {"first": ">", "second": "<", "neither": "="}


def rows_of(name: str) -> list[Row]:
    with (DATA / name).open(encoding="utf-8", newline="") as file:
        if name.endswith(".csv"):
            return placed(list(csv.DictReader(file)))
        if name.endswith(".jsonl"):
            return placed([json.loads(line) for line in file])
        whole = json.load(file)
    if isinstance(whole, list):
        return placed(whole)
    results = whole["results"]
    return placed(results["results"] or results["table"]["body"], whole)


def placed(datas: list[Any], document: Any = None) -> list[Row]:
    return [
        Row(data=data, where=f"f:{n}", document=document or {}) for n, data in enumerate(datas, 1)
    ]


def read(rows: list[Row], **choices: Any) -> list[Finding]:
    return [finding for finding, _ in Recogniser(OURS, Options(**choices)).read(rows)]


def shown(finding: Finding) -> str:
    """`u:question: first > second @annotator #group`, or the reason and the line."""
    if isinstance(finding, Dropped):
        return f"{finding.where[2:]} {finding.reason}"
    asked = " / ".join(f"{turn.role[0]}:{turn.content}" for turn in finding.prompt)
    said = f"{asked}: {finding.first} {SIGNS[finding.better]} {finding.second}"
    said += f" @{finding.annotator}" if finding.annotator else ""
    return said + (f" #{finding.group}" if finding.group else "")


EXPECTED: dict[str, list[str]] = {
    "kto.jsonl": [
        "5 no label",
        "u:Name a fruit.: Pear. > Chair.",
        "u:Name a fruit.: Chair. < Plum.",
        "4 no partner",
    ],
    "kto_conversational.jsonl": ["s:Be brief. / u:Name a fruit.: Pear. < Plum."],
    "kto_llamafactory.jsonl": [
        "u:Hi / a:Hello. / u:Name a fruit.: Pear. > Chair.",
        "u:Sort these.\n\nb, a: a, b > b, a",
    ],
    "nectar.jsonl": [
        "u:Name a fruit. / a:Pear. / u:Another.: Plum. > Chair.",
        "u:Name a fruit. / a:Pear. / u:Another.: Plum. > Fig.",
        "u:Name a fruit. / a:Pear. / u:Another.: Chair. < Fig.",
    ],
    "stack_exchange.jsonl": [
        "u:How do I leave vi?: Press Escape, then type :q! < Type ZQ.",
        "u:How do I leave vi?: Press Escape, then type :q! = Pull the plug.",
        "u:How do I leave vi?: Type ZQ. > Pull the plug.",
    ],
    "rated_lists.jsonl": [
        "1 no label",
        "u:Name a fruit.: Pear. > Chair.",
        "u:Name a tool.: Saw. < Cloud.",
        "u:Name a bird.: Owl. > Pike.",
        "4 missing field",
    ],
    # means: Pear 4, Chair 1.5 (two aspects), Plum 4
    "ultrafeedback.jsonl": [
        "u:Name a fruit.: Pear. > Chair.",
        "u:Name a fruit.: Pear. = Plum.",
        "u:Name a fruit.: Chair. < Plum.",
        "2 no partner",
    ],
    "helpsteer.jsonl": [
        "u:Name a fruit.: Pear. > Chair.",
        "u:Hi / a:Hello. / u:Name a tool.: Saw. = Axe.",
    ],
    "oasst_tree.jsonl": [
        "1 no label",
        "u:Name a fruit.: Pear. < A pear. #t1",
        "u:Name a fruit.: Pear. > Chair. #t1",
        "u:Name a fruit.: A pear. > Chair. #t1",
        "1 withdrawn",
        "u:Name a fruit. / a:Pear. / u:Another.: Fig. < Plum. #t1",
        "2 no partner",
        "3 no partner",
    ],
    "oasst_messages.jsonl": [
        "9 no label",
        "u:Name a fruit.: Pear. < A pear. #t1",
        "u:Name a fruit.: Pear. > Chair. #t1",
        "u:Name a fruit.: A pear. > Chair. #t1",
        "6 withdrawn",
        "u:Name a fruit. / a:Pear. / u:Another.: Fig. < Plum. #t1",
        "10 missing field",
    ],
    "argilla.json": [
        "u:Name a fruit.: Pear. > Chair. @ann",
        "u:Name a fruit.: Pear. < Chair. @bob",
        "u:Name a fruit.: Pear. = Chair. @cid",
        "u:Name a fruit.: Pear. < Chair. @ann",
        "u:Name a fruit.: Pear. = Chair. @ann",
        "u:Name a fruit.: Pear. > Chair. @ann",
        "5 withdrawn",
        "6 no label",
        "u:Name a fruit.: Pear. > Chair. @ann",
        "u:Name a tool.: Saw. > Cloud. @ann",
        "u:Name a tool.: Saw. < Axe. @ann",
        "u:Name a tool.: Cloud. < Axe. @ann",
    ],
    "argilla_flat.json": [
        "u:Name a fruit.: Pear. > Chair. @ann",
        "u:Name a fruit.: Pear. < Chair. @bob",
        "1 withdrawn",
        "2 no label",
    ],
    "argilla_v1.json": [
        "u:Name a fruit.: Pear. < Chair. @ann",
        "1 withdrawn",
        "u:Name a fruit.: Pear. > Chair. @ann",
        "2 withdrawn",
        "u:Name a fruit.: Pear. > Chair. @ann",
        "3 withdrawn",
        "4 no label",
    ],
    "label_studio.json": [
        "u:Name a fruit.\nOnly one.: Pear.\n > Chair. @3",
        "u:Name a fruit.\nOnly one.: Pear.\n < Chair. @bob@example.org",
        "1 withdrawn",
        "u:Name a fruit.\nOnly one.: Pear.\n = Chair. @3",
        "3 no label",
        "4 no label",
        "u:Name a tool.: Saw. < Axe. @3",
        "u:Name a fruit.\nOnly one.: Pear.\n = Chair. @3",
    ],
    "label_studio_min.json": [
        "u:Name a fruit.: Pear. < Chair. @3",
        "u:Name a fruit.: Pear. = Chair. @4",
        "3 no label",
        "u:Name a fruit.: Pear. > Chair. @3",
        "u:Name a fruit.: Pear. < Chair. @3",
    ],
    "label_studio.csv": ["u:Name a fruit.: Pear. < Chair. @3"],
    # a person's word turns test 1 round; test 2 has two prompts; in test 3 one provider failed
    "promptfoo.json": [
        "8 withdrawn",
        "u:Name a fruit.: Pear. > Chair.",
        "u:Name a fruit.: Pear. > A plum, of course.",
        "u:Name a fruit.: Chair. < A plum, of course.",
        "u:Name a tool.: Saw. < Cloud.",
        "u:bird: Owl. > An owl it is.",
        "9 no partner",
    ],
    "promptfoo_v2.json": ["u:Name a fruit.: Chair. < Pear.", "u:tool: Saw. > An axe."],
    "langsmith_dataset.jsonl": [
        "u:Name a fruit.: Pear. > Chair.",
        "u:Name a tool.: Saw. > Cloud.",
        "u:Name a bird.: Owl. > Pike.",
        "4 missing field",
    ],
    "langsmith_feedback.jsonl": [
        "5 missing field",
        "6 no partner",
        "u:Name a fruit.: Pear. > Chair. @ann",
        "u:Name a tool.: Saw. = Axe.",
    ],
    "braintrust.jsonl": [
        "u:Name a fruit.: Pear. > Chair.",
        "u:Name a tool.: Saw. > Cloud.",
        "u:Name a bird.: Owl. > Pike.",
        "4 no label",
        "5 missing field",
    ],
    "crscore.csv": [
        "4 no label",
        "7 no label",
        "u:-    x = 1\n+    x = 2: Why two? > Fine, \"looks\" good.",
        "u:-    x = 1\n+    x = 2: Why two? > ",
        "u:-    x = 1\n+    x = 2: Fine, \"looks\" good. = ",
        "u:- y: Is y used? = And z?",
    ],
}  # fmt: skip

ALONE = {"langsmith_dataset_unmapped.jsonl", "langsmith_feedback_alone.jsonl"}
ALONE |= {"braintrust_unmapped.jsonl"}


def test_every_file_has_an_expectation() -> None:
    assert set(FILES) == set(EXPECTED) | ALONE


@pytest.mark.parametrize("name", EXPECTED)
def test_a_file_reads_as_its_layout_says(name: str) -> None:
    assert [shown(finding) for finding in read(rows_of(name))] == EXPECTED[name]


@pytest.mark.parametrize("name", FILES)
def test_one_layout_alone_claims_each_row(name: str) -> None:
    for row in rows_of(name):
        assert len([layout.name for layout in LAYOUTS if layout.fits(row)]) == 1


@pytest.mark.parametrize("name", EXPECTED)
def test_every_row_is_accounted_for(name: str) -> None:
    tally = Tally()
    for outcome in settle(Recogniser(OURS, Options()).read(rows_of(name))):
        tally.count(outcome)
    assert tally.read == tally.kept + tally.dropped.total() > 0
    assert set(tally.dropped) <= set(REASONS)


@pytest.mark.parametrize(
    ("name", "choices", "expected"),
    [
        ("ultrafeedback.jsonl", {"axis": "truthfulness"},
         ["1 no label", "u:Name a fruit.: Pear. < Plum.", "2 no partner"]),
        ("ultrafeedback.jsonl", {"axis": "overall_score", "min_gap": 1.0},
         ["u:Name a fruit.: Pear. = Chair.", "u:Name a fruit.: Pear. = Plum.",
          "u:Name a fruit.: Chair. = Plum.", "2 no partner"]),
        ("ultrafeedback.jsonl", {"min_gap": 2.5},
         ["u:Name a fruit.: Pear. > Chair.", "u:Name a fruit.: Pear. = Plum.",
          "u:Name a fruit.: Chair. < Plum.", "2 no partner"]),
        ("ultrafeedback.jsonl", {"min_gap": 2.75},
         ["1 small gap", "u:Name a fruit.: Pear. = Plum.", "1 small gap", "2 no partner"]),
        ("helpsteer.jsonl", {"axis": "correctness"},
         ["u:Name a fruit.: Pear. < Chair.", "u:Hi / a:Hello. / u:Name a tool.: Saw. = Axe."]),
        ("helpsteer.jsonl", {"min_gap": 3},
         ["1 small gap", "u:Hi / a:Hello. / u:Name a tool.: Saw. = Axe."]),
        ("stack_exchange.jsonl", {"axis": "selected"},
         ["u:How do I leave vi?: Press Escape, then type :q! > Type ZQ.",
          "u:How do I leave vi?: Press Escape, then type :q! > Pull the plug.",
          "u:How do I leave vi?: Type ZQ. = Pull the plug."]),
        # ranks are no ratings: a gap is not asked of them
        ("nectar.jsonl", {"min_gap": 9}, EXPECTED["nectar.jsonl"]),
        ("crscore.csv", {"axis": "Con (P)"},
         ["4 no label", "7 no label", "u:-    x = 1\n+    x = 2: Why two? > Fine, \"looks\" good.",
          "u:-    x = 1\n+    x = 2: Why two? > ",
          "u:-    x = 1\n+    x = 2: Fine, \"looks\" good. = ",
          "u:- y: Is y used? < And z?"]),
        ("label_studio_min.json", {"axis": "rating"},
         ["1 no label", "2 no label", "3 no label", "4 no label",
          "u:Name a fruit.: Pear. < Chair. @3"]),
        ("label_studio_min.json", {"axis": "rating", "min_gap": 4},
         ["1 no label", "2 no label", "3 no label", "4 no label", "5 small gap"]),
    ],
)  # fmt: skip
def test_axis_and_gap(name: str, choices: dict[str, Any], expected: list[str]) -> None:
    assert [shown(finding) for finding in read(rows_of(name), **choices)] == expected


def test_a_named_score_of_promptfoo_decides() -> None:
    found = [shown(finding) for finding in read(rows_of("promptfoo.json"), axis="brevity")]
    assert found[-3:] == [
        "u:Name a fruit.: Pear. < Chair.",
        "u:Name a fruit.: Pear. = A plum, of course.",
        "u:Name a fruit.: Chair. > A plum, of course.",
    ]
    assert found[:-3] == [f"{n} {'withdrawn' if n == 8 else 'no label'}" for n in range(4, 10)]


@pytest.mark.parametrize(
    ("name", "choices", "told"),
    [
        ("ultrafeedback.jsonl", {"axis": "style"}, "choose --axis among instruction_following"),
        ("helpsteer.jsonl", {"axis": "style"}, "choose --axis among helpfulness, correctness"),
        ("stack_exchange.jsonl", {"axis": "style"}, "choose --axis among answer_id"),
        ("crscore.csv", {"axis": "style"}, "choose among 'Con (P)', 'Comp (R)', 'Rel (F)'"),
        ("langsmith_feedback.jsonl", {"axis": "style"}, "the keys ranked_preference"),
        ("langsmith_feedback_alone.jsonl", {}, "export the runs as well"),
        ("langsmith_dataset_unmapped.jsonl", {}, "--map prompt=inputs.question"),
        ("braintrust_unmapped.jsonl", {}, "--map prompt=input.question --map chosen=expected"),
    ],
)
def test_the_user_has_to_choose(name: str, choices: dict[str, Any], told: str) -> None:
    with pytest.raises(UsageError) as raised:
        read(rows_of(name), **choices)
    assert told in str(raised.value)
    assert str(raised.value).isprintable()


def test_errors_show_the_fields_and_a_mapping() -> None:
    with pytest.raises(UsageError) as raised:
        read(rows_of("braintrust_unmapped.jsonl"))
    assert str(raised.value) == (
        "f:1: Braintrust rows have no pair of their own; fields: id, _xact_id, created, "
        "project_id, dataset_id, input.question, expected, metadata.bad answer, tags[0], span_id, "
        "root_span_id, is_root; say which fields are which: --map prompt=input.question --map "
        "chosen=expected --map 'rejected=metadata.bad answer'"
    )


def argilla_record(**responses: Any) -> list[Row]:
    row = copy.deepcopy(rows_of("argilla.json")[0])
    return [Row(data={**row.data, "responses": responses}, where="f:1")]


RANKED = [{"user_id": "ann", "value": [{"value": "response_1", "rank": 1},
                                       {"value": "response_2", "rank": 2}]}]  # fmt: skip


@pytest.mark.parametrize(
    ("responses", "axis", "expected"),
    [
        ({"preference": RANKED, "preferred": [{"user_id": "ann", "value": "response_1"}]}, "",
         ["u:Name a fruit.: Pear. > Chair. @ann"]),
        ({"preference": RANKED, "safer": [{"user_id": "ann", "value": "response_2"}]}, "safer",
         ["u:Name a fruit.: Pear. < Chair. @ann"]),
        ({"preference": RANKED, "rating_1": [{"user_id": "ann", "value": 1}]}, "",
         ["u:Name a fruit.: Pear. > Chair. @ann"]),
        ({"safer": [{"user_id": "ann", "value": "neither of them is"}]}, "",
         ["u:Name a fruit.: Pear. = Chair. @ann"]),
        ({"safer": [{"user_id": "ann", "value": "1"}]}, "",
         ["u:Name a fruit.: Pear. > Chair. @ann"]),
        ({"safer": [{"user_id": "ann", "value": "0"}]}, "", ["1 unknown label"]),
        ({"response_2-style": [{"user_id": "ann", "value": 2}],
          "response_1-style": [{"user_id": "ann", "value": 1}]}, "style",
         ["u:Name a fruit.: Pear. < Chair. @ann"]),
        ({"stars": [{"user_id": "ann", "value": 2}]}, "", ["1 no label"]),
    ],
)  # fmt: skip
def test_argilla_questions(responses: dict[str, Any], axis: str, expected: list[str]) -> None:
    assert [shown(found) for found in read(argilla_record(**responses), axis=axis)] == expected


def test_questions_that_disagree_take_an_axis() -> None:
    rows = argilla_record(preference=RANKED, safer=[{"user_id": "ann", "value": "response_2"}])
    with pytest.raises(UsageError, match="'preference' and 'safer' say different things"):
        read(rows)


def test_votes_of_several_annotators_make_one_pair() -> None:
    rows = rows_of("argilla_flat.json")[:1]
    rows[0].data["preferred.responses.status"][2] = "submitted"
    (kept,) = settle(Recogniser(OURS, Options()).read(rows))
    assert isinstance(kept, Kept)
    assert (kept.pair.chosen, kept.votes) == ("Pear.", 3)
    assert kept.pair.weight == pytest.approx(1 / 3)


@pytest.mark.parametrize("unnamed", ["argilla.json", "label_studio.json"])
def test_fields_that_cannot_be_told_apart_ask_for_a_mapping(unnamed: str) -> None:
    data = rows_of(unnamed)[0].data
    key = "fields" if "fields" in data else "data"
    other = {"topic": "Name a fruit.", "mine": "Pear.", "yours": "Chair."}
    responses = {"best": [{"user_id": "ann", "value": "mine"}]}
    row = Row(data={**data, key: other, "responses": responses}, where="f:1")
    if key == "data":
        row.data.pop("responses")
    with pytest.raises(UsageError, match="--map"):
        read([row])


def test_feedback_may_carry_its_own_texts() -> None:
    rows = rows_of("langsmith_feedback_alone.jsonl")
    for row, said in zip(rows, ("Pear.", "Chair."), strict=True):
        row.data.update(inputs={"question": "Name a fruit."}, outputs={"answer": said})
    assert [shown(finding) for finding in read(rows)] == ["u:Name a fruit.: Pear. > Chair."]


def test_a_comparison_of_runs_is_read_with_the_runs() -> None:
    runs = rows_of("langsmith_feedback.jsonl")[-4:]
    comparison = Row(data={"key": "best", "scores": {"ra": 0, "rb": 1}}, where="f:9")
    found = read([comparison, *runs])
    assert [shown(finding) for finding in found] == ["u:Name a fruit.: Pear. < Chair."]


def test_two_keys_of_feedback_take_an_axis() -> None:
    rows = rows_of("langsmith_feedback.jsonl")
    rows[2].data["key"] = rows[3].data["key"] = "brevity"
    with pytest.raises(UsageError, match="keys ranked_preference, brevity; choose one with --axis"):
        read(rows)
    assert [shown(one) for one in read(rows, axis="brevity")] == ["u:Name a tool.: Saw. = Axe."]


def test_results_of_promptfoo_without_numbers_are_joined_by_their_variables() -> None:
    rows = rows_of("promptfoo.json")
    for row in rows:
        del row.data["testIdx"]
    assert [shown(finding) for finding in read(rows)] == EXPECTED["promptfoo.json"]


def test_a_whole_promptfoo_file_reads_like_its_results() -> None:
    for name in ("promptfoo.json", "promptfoo_v2.json"):
        whole = json.loads((DATA / name).read_text(encoding="utf-8"))
        found = read([Row(data=whole, where="f#1")])
        judged = [shown(one) for one in found if not isinstance(one, Dropped)]
        assert judged == [line for line in EXPECTED[name] if line[0] == "u"]


def test_flat_messages_that_go_in_circles_end() -> None:
    rows = rows_of("oasst_messages.jsonl")
    circle = {**rows[1].data, "parent_id": rows[2].data["message_id"]}
    found = read([*rows, Row(data=circle, where="f:11")])
    assert sum(not isinstance(one, Dropped) for one in found) == 3 + 3


def test_a_deep_tree_is_read() -> None:
    message = {"message_id": "0", "parent_id": None, "text": "Q", "role": "prompter", "rank": None}
    datas = [
        {**message, "message_id": str(n), "parent_id": str(n - 1) if n else None,
         "role": "assistant" if n % 2 else "prompter"}
        for n in range(3000)
    ]  # fmt: skip
    found = read(placed(datas))
    assert {one.reason for one in found if isinstance(one, Dropped)} == {"no partner"}
    assert len(found) == 1500


def test_too_many_answers_to_one_prompt_are_refused() -> None:
    answers = [{"answer": str(n), "rank": n} for n in range(1001)]
    with pytest.raises(UsageError, match="1001 responses to one prompt"):
        read(placed([{"prompt": "Q", "answers": answers}]))


def everywhere(data: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The ways to all values of a record."""
    inner = data.items() if isinstance(data, dict) else enumerate(data)
    for key, value in inner:
        yield (*path, key)
        if isinstance(value, dict | list):
            yield from everywhere(value, (*path, key))


ODD = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=3),
    lambda inner: (
        st.lists(inner, max_size=2)
        | st.dictionaries(
            st.sampled_from(["rank", "value", "text", "role", "x", "score"]), inner, max_size=2
        )
    ),
    max_leaves=4,
)
ANY_ROW = st.sampled_from([row for name in FILES for row in rows_of(name)])


def changed(row: Row, path: tuple[Any, ...], value: Any) -> Row:
    data = copy.deepcopy(row.data)
    inner = data
    for key in path[:-1]:
        inner = inner[key]
    inner[path[-1]] = value
    return Row(data=data, where=row.where)


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_odd_values_end_in_findings_or_one_clear_error(data: st.DataObject) -> None:
    row = data.draw(ANY_ROW)
    for _ in range(data.draw(st.integers(1, 3))):
        path = data.draw(st.sampled_from(list(everywhere(row.data))))
        row = changed(row, path, data.draw(ODD))
    axis = data.draw(st.sampled_from(["", "rating", "helpfulness", "Con (P)"]))
    for layout in OURS:
        if layout.fits(row):
            assert_reads(layout, row, Options(axis=axis))


def assert_reads(layout: Layout, row: Row, options: Options) -> None:
    try:
        outcomes = list(settle(Recogniser([layout], options).read([row, row])))
    except UsageError as error:
        assert str(error).isprintable()
        return
    assert outcomes
    assert all(one.reason in REASONS for one in outcomes if isinstance(one, Dropped))
