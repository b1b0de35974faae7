"""Layouts with two responses and a label: what every row of our own samples says, by hand."""

import csv
import json
from pathlib import Path

import pytest

from specharness.errors import UsageError
from specharness.importers.judgement import REASONS, Dropped, Options, Row, Unusable
from specharness.importers.known import LAYOUTS

DATA = Path(__file__).parent / "data" / "layouts_labelled"
BY_NAME = {layout.name: layout for layout in LAYOUTS}


def rows(name):
    path = DATA / name
    if path.suffix == ".csv":
        with path.open(encoding="utf-8-sig", newline="") as file:
            return [
                Row(data=row, where=f"{name}#{n}") for n, row in enumerate(csv.DictReader(file))
            ]
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".jsonl":
        found, document = [json.loads(line) for line in text.splitlines()], {}
    else:
        document = json.loads(text)
        found = document["comparisons"] if isinstance(document, dict) else document
    document = document if isinstance(document, dict) else {}
    return [Row(data=row, where=f"{name}#{n}", document=document) for n, row in enumerate(found)]


def layout_of(row):
    fitting = [layout for layout in LAYOUTS if layout.fits(row)]
    assert [layout.name for layout in fitting] and len(fitting) == 1, [x.name for x in fitting]
    return fitting[0]


def read(row, **options):
    layout = layout_of(row)
    try:
        return list(layout.convert(row, Options(**options)))
    except Unusable as error:
        assert error.reason in REASONS
        return [Dropped(reason=error.reason, where=row.where, detail=error.detail)]


def brief(finding):
    """A finding as the tables below write it."""
    if isinstance(finding, Dropped):
        return finding.reason
    turns = [turn.content if turn.role == "user" else (turn.role, turn.content)
             for turn in finding.prompt]  # fmt: skip
    prompt = turns[0] if len(turns) == 1 else turns
    return (prompt, finding.first, finding.second, finding.better, finding.annotator)


def problem(row, **options):
    with pytest.raises(UsageError) as caught:
        read(row, **options)
    told = str(caught.value)
    assert told.startswith(row.where) and "\n" not in told
    return told


HELLO = ["Hi.", ("assistant", "Hello.")]
FIRST, SECOND, TIE = "first", "second", "neither"

EXPECTED = {
    "spellings.jsonl": [
        ("Name a river.", "The Elbe.", "Water.", FIRST, ""),
        ("Name a river.", "Fish.", "The Oder.", SECOND, ""),
        ("Name a lake.", "Como.", "Garda.", TIE, ""),
        ("Translate.\n\nGuten Tag", "Bye", "Good day", SECOND, ""),
        ("Translate.", "What?", "No.", FIRST, ""),
        ("2+2?", "4", "5", FIRST, ""),
        ("2+3?", "4", "5", SECOND, ""),
        ("Rhyme on tree.", "bee", "dog", FIRST, ""),
        ("Rhyme on cat.", "cow", "hat", SECOND, ""),
        ("A colour?", "Seven.", "Red.", SECOND, ""),
        ("A colour?", "Blue.", "Eight.", FIRST, ""),
        ("A month?", "May.", "Monday.", FIRST, ""),
        ("A month?", "Noon.", "June.", SECOND, ""),
        ("A bird?", "Wren.", "Trout.", FIRST, ""),
        ("A fish?", "Wren.", "Trout.", SECOND, ""),
        ("A tree?", "Oak.", "Iron.", FIRST, ""),
        ("A metal?", "Oak.", "Iron.", SECOND, ""),
        ("A metal?", "Tin.", "Iron.", TIE, ""),
        "no label",
        "unknown label",
        ([("system", "Be brief."), "Hi", ("assistant", "Hello."), "A sea?"],
         "Baltic.", "Alps.", FIRST, ""),
        ("A hill?", "Brocken.", "Rhine.", FIRST, ""),
        "not text",
        ("A planet?", "Mars.", "Soup.", FIRST, ""),
    ],
    "families.jsonl": [
        ("Unit of force?", "Newton.", "Watt.", FIRST, ""),  # JudgeBench
        ("Unit of power?", "Newton.", "Watt.", SECOND, ""),
        ("Plural of mouse?", "Mouses.", "Mice.", SECOND, ""),  # PPE
        ("Plural of ox?", "Oxes.", "Ox.", TIE, ""),
        ("Spell seven.", "sevn", "seven", SECOND, ""),  # Preference Collection (Prometheus)
        ("A verb?", "Run.", "Blue.", FIRST, ""),  # the second competition at Kaggle
        ("Sort.\n\nc a b", "a b c", "c b a", FIRST, ""),  # AlpacaFarm
        ("Is it safe?", "No idea.", "Yes, with gloves.", SECOND, ""),  # PKU, one dimension
        ("Which is prime?", "7", "9", FIRST, "anna"),
    ],
    "export.csv": [
        ("Name a spice.", "Salt?", "Cumin.", SECOND, ""),
        ("Name a herb.", "Mint,\r\nfresh.", "Stone.", FIRST, ""),
        ("Name a tea.", "Earl Grey.", "Assam.", TIE, ""),
        "no label",
    ],
    "icai.csv": [
        ("Name a bird.", "A wren.", "A trout.", FIRST, ""),
        ("Continue.\n\nOutput: one", "two", "nine", SECOND, ""),
        "differs early",
        ("", "A wren.", "A trout.", FIRST, ""),  # --prompt may say
        ("Name a star.", "Vega.", "Deneb.", TIE, ""),
    ],
    "icai_prompt.csv": [
        ("Name a bird.", "A wren.", "Instruction: none. Output: a trout.", FIRST, ""),
        ("Name a cheese.", "Brie.", "Chalk.", FIRST, ""),
    ],
    "annotated_pairs.json": [
        ("Name a bird.", "A wren.", "Trout.", FIRST, "aa11"),
        ("Name a fish.", "A wren.", "Trout.", SECOND, "aa11"),
        ("", "A wren.", "Trout.", FIRST, "aa11"),
        "no label",
    ],
    "lmsys_kaggle.csv": [
        ("Name a bird.", "A wren.", "A trout.", FIRST, ""),
        ("Name a fish.", "A wren.", "A trout.", SECOND, ""),
        ("Name a tree.", "Oak.", "Ash.", TIE, ""),
        ([*HELLO, "Name a sea."], "Baltic.", "Alps.", FIRST, ""),
        "differs early",
        ("Name a town.", "", "Bonn.", SECOND, ""),
        "wrong turn",
        "no label",
        "unknown label",
        "malformed",
    ],
    "arena.jsonl": [
        ("Name a bird.", "A wren.", "A trout.", FIRST, "arena_user_7"),
        ("Name a fish.", "A wren.", "An oak.", TIE, "arena_user_8"),
        ("Name a sea.", "Alps.", "Bonn.", TIE, ""),
        ("Name a sea.", "Alps.", "Baltic.", SECOND, ""),
        "not text",
        ([*HELLO, "A hill?"], "Rhine.", "Brocken.", SECOND, ""),
        "differs early",
        ("A lake?", "Como.", "Sand.", FIRST, ""),
        ("A gem?", "Opal.", "Clay.", FIRST, ""),
        "wrong turn",
    ],
    "mt_bench.jsonl": [
        ("Write a line.", "No.", "Rain again.", SECOND, "author_2"),
        ("Write a line.", "No.", "Rain again.", TIE, "expert_9"),
        "differs early",
        ([*HELLO, "A sea?"], "Baltic.", "Alps.", FIRST, "gpt-4 pair-v2"),
        "wrong turn",
    ],
    "alpaca_eval.json": [
        ("Name a bird.", "A wren.", "A trout.", FIRST, "w"),
        ("Name a fish.", "A wren.", "A trout.", SECOND, "w"),
        ("Name a tree.", "Oak.", "Ash.", TIE, "w"),
        ("Sort.\n\nb a", "a b", "b a", FIRST, "4"),
        ("Name a sea.", "Alps.", "Baltic.", SECOND, "old"),
        ("Name a sea.", "Alps.", "Bonn.", TIE, "old"),
        "no label",
        "unknown label",
    ],
    "pandalm.json": [
        ("Shorten.\n\nIt is raining now.", "It rains.", "Yes.", FIRST, "annotator1"),
        ("Shorten.\n\nIt is raining now.", "It rains.", "Yes.", FIRST, "annotator2"),
        ("Shorten.\n\nIt is raining now.", "It rains.", "Yes.", SECOND, "annotator3"),
        *[("Name a star.", "Vega.", "Deneb.", TIE, f"annotator{n}") for n in (1, 2, 3)],
        "not text",
        ("Name a moon.", "", "Io.", SECOND, "annotator1"),
        "unknown label",
    ],
    "llmbar.json": [
        ("Name a bird.", "A wren.", "A trout.", FIRST, ""),
        ("Name a fish.", "A wren.", "A trout.", SECOND, ""),
    ],
    "shp.jsonl": [
        ("How long for rice?", "Twelve minutes.", "A week.", FIRST, ""),
        ("Salt?", "Never.", "A pinch.", SECOND, ""),
        "unknown label",
    ],
    "webgpt.jsonl": [
        ("Why is the sky blue?", "Scattering [1].", "Paint [1].", FIRST, ""),
        ("Why is grass green?", "Paint.", "Chlorophyll.", SECOND, ""),
        ("Why is snow white?", "Light.", "Ice.", TIE, ""),
    ],
    "summaries.jsonl": [
        ("SUBREDDIT: r/cycling\n\nTITLE: Bike\n\nPOST: My bike was stolen. I found it.\n\nTL;DR:",
         " Bike found.", " A bike.", FIRST, "w1"),
        ("TITLE: Rain\n\nARTICLE: It rained all day.\n\nTL;DR:", "Sun.", "Rain all day.", SECOND,
         "w2"),
        "missing field",
    ],
    "helpsteer2.jsonl": [
        ("Name a bird.", "A wren.", "A trout.", FIRST, ""),
        ("Name a fish.", "A wren.", "A trout.", SECOND, ""),
        ("Name a tree.", "Oak.", "Ash.", TIE, ""),
        ([*HELLO, "Name a sea."], "Alps.", "Baltic.", SECOND, ""),
        "unknown label",
    ],
    "helpsteer3.jsonl": [
        ([*HELLO, "Name a sea."], "Baltic.", "Alps.", FIRST, ""),
        ("Print 1.", "pass", "print(1)", SECOND, ""),
        ("Print 2.", "print(2)", "print(1+1)", TIE, ""),
        "no label",
    ],
}  # fmt: skip

LAYOUT_NAMES = {
    "spellings.jsonl": {"labelled"},
    "families.jsonl": {"labelled", "labelled-votes"},
    "export.csv": {"labelled"},
    "icai.csv": {"icai"},
    "icai_prompt.csv": {"icai"},
    "annotated_pairs.json": {"annotated-pairs"},
    "lmsys_kaggle.csv": {"lmsys-kaggle"},
    "arena.jsonl": {"lmsys-arena"},
    "mt_bench.jsonl": {"mt-bench"},
    "alpaca_eval.json": {"alpaca-eval"},
    "pandalm.json": {"pandalm"},
    "llmbar.json": {"llmbar"},
    "shp.jsonl": {"shp"},
    "webgpt.jsonl": {"webgpt"},
    "summaries.jsonl": {"summarize-from-feedback"},
    "helpsteer2.jsonl": {"helpsteer2"},
    "helpsteer3.jsonl": {"helpsteer3"},
}


@pytest.mark.parametrize("name", EXPECTED)
def test_every_row_reads_as_it_should(name):
    assert [brief(finding) for row in rows(name) for finding in read(row)] == EXPECTED[name]


@pytest.mark.parametrize("name", EXPECTED)
def test_one_layout_claims_each_row(name):
    assert {layout_of(row).name for row in rows(name)} == LAYOUT_NAMES[name]


def test_several_judges_of_one_comparison_are_votes():
    votes = {layout.name for layout in LAYOUTS if layout.votes}
    mine = set().union(*LAYOUT_NAMES.values())
    assert votes & mine == {
        "mt-bench", "pandalm", "alpaca-eval", "summarize-from-feedback", "labelled-votes",
    }  # fmt: skip


def test_what_goes_with_a_judgement():
    judgebench = read(rows("families.jsonl")[0])[0]
    assert (judgebench.id, judgebench.source) == ("5f0e", "mmlu-pro-physics")
    assert read(rows("shp.jsonl")[0])[0].tags == ("askcooks_test",)
    assert read(rows("lmsys_kaggle.csv")[0])[0].id == "11"
    assert read(rows("annotated_pairs.json")[0])[0].id == "c1"
    turns = rows("mt_bench.jsonl")
    assert read(turns[0])[0].group == read(turns[1])[0].group == "81"
    # a question_id of the arena names one battle; the same prompt may come in another
    assert read(rows("arena.jsonl")[0])[0].group == ""


def labelled(**fields):
    return Row(data={"prompt": "Q", **fields}, where="x.jsonl:3")


AB = {"response_a": "A", "response_b": "B"}
ONE_TWO = {"output_1": "A", "output_2": "B"}
ZERO_ONE = {"answer_0": "A", "answer_1": "B"}


@pytest.mark.parametrize(
    ("sides", "value"),
    [
        *[(AB, value) for value in (0, 1, 2, "1", 1.0, -1, 0.5, True, "no", "response_1", "1>2")],
        *[(ONE_TWO, value) for value in (0, 3, -1, 1.5, False, "output_0")],
        *[(ZERO_ONE, value) for value in (2, -1, 0.5, True)],
        ({"left": "A", "right": "B"}, 0),
    ],
)
def test_a_label_that_names_do_not_explain_is_asked_for(sides, value):
    told = problem(labelled(**sides, label=value))
    assert "--first-wins-when" in told and "label is" in told and next(iter(sides)) in told


@pytest.mark.parametrize(
    ("when", "value", "better"),
    [
        ("1", 1, FIRST), ("1", "1.0", FIRST), ("1", 0, SECOND), ("0", 0, FIRST), ("0", 1, SECOND),
        ("True", True, FIRST), ("true", False, SECOND), ("yes", "No", SECOND), ("-1", -1, FIRST),
        ("1", "tie", TIE), ("good", "Good", FIRST), ("good", "bad", SECOND),
    ],
)  # fmt: skip
def test_the_user_says_which_value_means_first(when, value, better):
    assert read(labelled(**AB, label=value), first_wins_when=when)[0].better == better


def test_no_label_stays_no_label_whatever_the_user_says():
    assert brief(read(labelled(**AB, label=None), first_wins_when="1")[0]) == "no label"


def test_a_strength_alone_is_nobodys_layout():
    row = labelled(response_a="A", response_b="B", margin=-2.0, preference_strength=-2)
    assert not [layout.name for layout in LAYOUTS if layout.fits(row)]


def test_two_labels_that_differ_ask_for_an_axis():
    row = labelled(**AB, helpful_preference="a", safe_preference="b")
    assert "--axis" in problem(row)
    assert read(row, axis="safe_preference")[0].better == SECOND
    assert read(row, axis="Helpful Preference")[0].better == FIRST
    assert "helpful_preference, safe_preference" in problem(row, axis="style")


def test_a_label_without_a_value_leaves_the_word_to_the_other():
    row = labelled(**AB, helpful_preference=None, safe_preference="b")
    assert read(row)[0].better == SECOND


@pytest.mark.parametrize(
    "fields",
    [
        {"response_a": "A", "response_b": "B", "response_c": "C", "winner": "a"},
        {"output_1": "A", "output_2": "B", "output_3": "C", "label": 1},
        {**AB, "text_1": "A", "text_2": "B", "winner": "a"},
        {**AB, "winner": ["a"]},
        {**AB, "score": 3},
        {"response_a": "A", "winner": "a"},
        {**AB, "winner": "a", "lead_time": 3.5, "annotation_id": 4},
        {"model_a": "A", "model_b": "B", "winner": "model_a"},
    ],
)
def test_rows_that_are_something_else(fields):
    mine = [layout for layout in LAYOUTS if layout.name in set().union(*LAYOUT_NAMES.values())]
    assert not [layout.name for layout in mine if layout.fits(labelled(**fields))]


def test_safety_and_help_may_disagree():
    agreeing, differing = rows("saferlhf.jsonl")
    assert layout_of(agreeing).name == "pku-saferlhf"
    asked = "How do I clean an oven?"
    expected = (asked, "With soda, gloves on.", "With fire.", FIRST, "")
    assert brief(read(agreeing)[0]) == expected
    told = problem(differing)
    assert "--axis helpful" in told and "--axis safe" in told
    assert read(differing, axis="helpful")[0].better == SECOND
    assert read(differing, axis="safe")[0].better == FIRST
    assert read(differing, axis="better_response_id")[0].better == SECOND
    assert "helpful" in problem(differing, axis="kind")


def test_an_annotator_is_chosen_by_key_or_name():
    pairs = rows("annotated_pairs.json")
    assert brief(read(pairs[0], annotator="bb22")[0])[3:] == (SECOND, "bb22")
    assert brief(read(pairs[0], annotator="preferred_text")[0])[3:] == (FIRST, "preferred_text")
    assert brief(read(pairs[1], annotator="bb22")[0]) == "no label"
    assert "aa11, bb22" in problem(pairs[0], annotator="nobody")


def test_annotators_without_a_default_have_to_agree():
    first, second, _, last = rows("annotated_pairs.json")
    alone = [Row(data=row.data, where=row.where) for row in (first, second, last)]
    assert "--annotator" in problem(alone[0])
    assert brief(read(alone[1])[0])[3:] == (SECOND, "aa11")  # nobody else judged it
    assert brief(read(alone[2])[0])[3:] == (FIRST, "bb22")
    alone[0].data["annotations"] = {"x": {"pref": "b"}, "y": {"pref": "b"}}
    assert brief(read(alone[0])[0])[3:] == (SECOND, "")


def test_annotated_pairs_of_the_first_version_have_texts():
    data = {"id": "c", "prompt": "Q", "text_a": "A", "text_b": "B",
            "annotations": {"x": {"pref": "text_b"}}}  # fmt: skip
    assert brief(read(Row(data=data, where="x#1"))[0]) == ("Q", "A", "B", SECOND, "x")


@pytest.mark.parametrize("name", ["webgpt.jsonl", "helpsteer2.jsonl", "shp.jsonl"])
def test_a_gap_may_be_too_small(name):
    assert brief(read(rows(name)[0], min_gap=99)[0]) == "small gap"


def test_a_smaller_gap_than_asked_for_is_no_tie():
    near, far = rows("webgpt.jsonl")[:2]  # gaps of 1 and 2
    assert brief(read(near, min_gap=1.5)[0]) == "small gap"
    assert read(far, min_gap=1.5)[0].better == SECOND
    assert read(near, min_gap=1)[0].better == FIRST
