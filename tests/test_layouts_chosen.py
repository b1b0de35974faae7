"""Layouts whose rows say which response is better: transcripts, pairs, conversations, lists."""

import csv
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from specharness.errors import UsageError
from specharness.importers.columns import columns, prompt_names, sides
from specharness.importers.extras import extras
from specharness.importers.judgement import (
    NOTES,
    REASONS,
    Dropped,
    Finding,
    Judgement,
    Options,
    Row,
)
from specharness.importers.layouts import chosen, conversations, hosted, listed, transcripts
from specharness.importers.layouts.chosen import prompt_end
from specharness.importers.recognise import Recogniser

DATA = Path(__file__).parent / "data" / "layouts_chosen"
LAYOUTS = [
    layout
    for module in (transcripts, chosen, conversations, listed, hosted)
    for layout in module.LAYOUTS
]


def parsed(path: Path) -> list[Any]:
    with path.open(encoding="utf-8", newline="") as file:
        if path.suffix == ".csv":
            return list(csv.DictReader(file))
        return [json.loads(line) for line in file] if path.suffix == ".jsonl" else json.load(file)


def read(*rows: Any, options: Options | None = None) -> list[Finding]:
    """The findings of rows of which every one must be claimed by exactly one layout."""
    recogniser = Recogniser(LAYOUTS, options or Options())
    located = [Row(data=row, where=f"f:{n}") for n, row in enumerate(rows, 1)]
    found = [finding for finding, votes in recogniser.read(located) if not votes]
    assert "unknown layout" not in [getattr(finding, "reason", "") for finding in found]
    return found


def layout_of(row: Any) -> list[str]:
    return [layout.name for layout in LAYOUTS if layout.fits(Row(data=row, where="f:1"))]


def shown(finding: Finding) -> Any:
    """A judgement as (prompt, better, worse), or as ("tie", ...); a dropped row by its reason."""
    if isinstance(finding, Dropped):
        return finding.reason
    sides = (finding.first, finding.second)
    if finding.better == "neither":
        return ("tie", *sides)
    ordered = sides if finding.better == "first" else sides[::-1]
    return (*(f"{turn.role}: {turn.content}" for turn in finding.prompt), *ordered)


def all_shown(findings: Iterable[Finding]) -> list[Any]:
    return [shown(finding) for finding in findings]


def only(*rows: Any, **changes: Any) -> Judgement:
    (judgement,) = read(*rows, **changes)
    assert isinstance(judgement, Judgement)
    return judgement


def talk(*turns: str) -> list[dict[str, str]]:
    """Messages from "user: Hi"."""
    return [dict(zip(("role", "content"), turn.split(": ", 1), strict=True)) for turn in turns]


def share(*turns: str) -> list[dict[str, str]]:
    """The same as ShareGPT writes it, from "human: Hi"."""
    return [dict(zip(("from", "value"), turn.split(": ", 1), strict=True)) for turn in turns]


SAMPLES: dict[str, tuple[str, list[Any]]] = {
    "hh.jsonl": (
        "hh-rlhf",
        [
            ("user: How long do eggs keep?", "About four weeks in the fridge.", "Eggs?"),
            ("user: Hi", "assistant: Hello!", "user: Name a tree.", "Oak.", "No."),
            "differs early",
            ("user: Say nothing.", "", "Ok"),
            ("user: Hi", "Human: Hello.", "Yes?"),
        ],
    ),
    "trl_standard_explicit.jsonl": ("pairs", [("user: Grass is", " green.", " red.")]),
    "trl_standard_implicit.jsonl": ("pairs-implicit", [("user: Grass is", " green.", " grey.")]),
    "trl_conversational_explicit.jsonl": (
        "pairs",
        [("user: What is grass like?", "Green.", "Red.")],
    ),
    "trl_conversational_implicit.jsonl": (
        "conversations",
        [("system: Be brief.", "user: What is grass like?", "Green.", "Red.")],
    ),
    "sharegpt.json": (
        "pairs",
        [
            ("user: Add 2 and 3.", "assistant: 5", "user: Add 1.", "6", "51"),
            ("system: You count.", "user: 2+3", "5", "23"),
        ],
    ),
    "llamafactory_v1.jsonl": (
        "conversations",
        [("system: Be kind.", "user: Hi", "Hello!", "What?")],
    ),
    "orca.csv": (
        "pairs",
        [
            ("user: What is 3+3?", "6", "33"),
            ("system: Answer in words.", "user: What is 3+3?", "Six.", "6"),
        ],
    ),
    "axolotl.jsonl": (
        "pairs",
        [
            ("user: Name a fish.", "Cod", "Cow"),
            ("system: S", "user: Name a fish.", "Cod", "Cow"),
            ("user: Name a fish.", "Cod", "Cow"),
            ("user: Name a fish.", "Cod", "Cow"),
            ("system: S", "user: Name a fish.", "Cod", "Cow"),
        ],
    ),
    "ultrafeedback_binarized.jsonl": (
        "conversations",
        [("user: Name a bird.", "Wren", "Bee"), ("tie", "Wren", "Bee")],
    ),
    "openai.jsonl": (
        "openai-dpo",
        [("user: How cold is it?", "Minus two.", "Cold."), "tool call", "wrong turn"],
    ),
    "swift.jsonl": (
        "rejected-answer",
        [("system: Be useful.", "user: Will it rain?", "Yes, at noon.", "Who knows.")],
    ),
    "rewardbench.jsonl": ("pairs", [("user: Name a gas.", "Neon", "Iron")]),
    "rewardbench2.jsonl": (
        "answer-lists",
        [
            ("user: Name a gas.", "Neon", "Iron"),
            ("user: Name a gas.", "Neon", "Tin"),
            ("user: Name a gas.", "Argon", "Iron"),
            ("user: Name a gas.", "Argon", "Tin"),
            "no partner",
        ],
    ),
    "generic.csv": (
        "pairs",
        [('user: One line\r\nand another, with "quotes"', "=1+1", "<i>no</i>")],
    ),
    "messages.csv": ("conversations", [("user: Hi", "Hello!", "What?")]),
    "promptfoo_dpo.json": (
        "promptfoo-dpo",
        [
            ("user: What is 3+3?", "6", "33"),
            ("user: What is 3+3?", "6", "nine"),
            "no partner",
            ("user: Context\n\nQuestion?", "yes", "no"),
        ],
    ),
    "nova.jsonl": ("nova-dpo", [("system: Be brief.", "user: Name a sea.", "Baltic", "River")]),
    "vertex.jsonl": (
        "vertex-preference",
        [("system: Be brief.", "user: Name a sea.", "Baltic", "River")],
    ),
}


@pytest.mark.parametrize("name", SAMPLES)
def test_samples_read_as_their_makers_mean_them(name: str) -> None:
    layout, expected = SAMPLES[name]
    rows = parsed(DATA / name)
    assert all_shown(read(*rows)) == expected
    assert {*map(tuple, map(layout_of, rows))} == {(layout,)}


def test_every_sample_is_tried() -> None:
    assert {path.name for path in DATA.iterdir()} == {*SAMPLES}


QUESTION = {"prompt": "Q", "chosen": "A", "rejected": "B"}
PLAIN = ("user: Q", "A", "B")
TALK = talk("user: Q", "assistant: A")
WORSE = talk("user: Q", "assistant: B")
LONG = talk("user: Q", "assistant: R", "user: S")

READINGS: dict[str, tuple[Any, Any]] = {
    # names
    "names in title case": ({"Prompt": "Q", "Chosen": "A", "Rejected": "B"}, PLAIN),
    "names with blanks": ({"query": "Q", "Chosen Response": "A", "rejected-response": "B"}, PLAIN),
    "preferred, dispreferred": ({"input": "Q", "preferred": "A", "dispreferred": "B"}, PLAIN),
    "preferred, rejected": ({"context": "Q", "preferred": "A", "rejected": "B"}, PLAIN),
    "better, worse": ({"question": "Q", "better": "A", "worse": "B"}, PLAIN),
    "accepted, rejected (ORPO)": ({"instruction": "Q", "accepted": "A", "rejected": "B"}, PLAIN),
    "winner_response": ({"prompt": "Q", "winner_response": "A", "loser_response": "B"}, PLAIN),
    "winning_answer": ({"prompt": "Q", "winning_answer": "A", "losing_answer": "B"}, PLAIN),
    "response_chosen": ({"prompt": "Q", "response_chosen": "A", "response_rejected": "B"}, PLAIN),
    "preferred_output": ({"input": "Q", "preferred_output": "A", "non_preferred_output": "B"},
                         PLAIN),
    "StackExchange paired": ({"qid": 4, "question": "Q", "date": "2020/01/01", "metadata": ["u"],
                              "response_j": "A", "response_k": "B"}, PLAIN),
    "swift query-response": ({"query": "S", "response": "A", "rejected_response": "B",
                              "history": [["Q", "R"]], "system": "T"},
                             ("system: T", "user: Q", "assistant: R", "user: S", "A", "B")),
    # what stands beside a plain pair
    "unknown columns": (QUESTION | {"margin": 2.5, "weight": 3, "note": "x", "response": "A"},
                        PLAIN),
    "truthy-dpo": (QUESTION | {"id": "6d", "source": "truthy_dpo", "system": "T"},
                   ("system: T", *PLAIN)),
    "py-dpo": (QUESTION | {"id": "a1"}, PLAIN),
    "Code_Vulnerability_Security_DPO": (
        {"lang": "c++", "vulnerability": "overflow", "system": "", "question": "Q", "chosen": "A",
         "rejected": "B"}, PLAIN),
    "math-preference-dpo": (
        {"metadata": "{}", "instruction": "Q", "chosen_response": "A", "chosen_rating": 5.0,
         "rejected_response": "B", "rejected_rating": 3.5}, PLAIN),
    "distilabel-intel-orca": (
        {"system": "", "input": "Q", "chosen": "A", "rejected": "B", "generations": ["A", "B"],
         "order": ["chosen", "rejected"], "rating": [9.0, 7.0], "status": "unchanged",
         "original_chosen": "A", "original_rejected": "B", "chosen_score": 9.0}, PLAIN),
    "NeMo": ({"prompt": "Q", "chosen_response": "A", "rejected_response": "B", "chosen_reward": 1,
              "rejected_reward": 0}, PLAIN),
    # prompts
    "Alpaca": ({"instruction": "Sum up.", "input": "T", "chosen": "A", "rejected": "B"},
               ("user: Sum up.\n\nT", "A", "B")),
    "Alpaca without input": ({"instruction": "Q", "input": "", "chosen": "A", "rejected": "B"},
                             PLAIN),
    "Alpaca with history": (
        {"instruction": "S", "input": "", "system": "T", "history": [["Q", "R"]], "chosen": "A",
         "rejected": "B"}, ("system: T", "user: Q", "assistant: R", "user: S", "A", "B")),
    "the same prompt twice": (QUESTION | {"question": "Q"}, PLAIN),
    "a blank second prompt": (QUESTION | {"context": None, "input": " "}, PLAIN),
    "a prompt in messages": (QUESTION | {"prompt": talk("system: T", "user: Q")},
                             ("system: T", *PLAIN)),
    "a prompt in JSON": (QUESTION | {"prompt": json.dumps(talk("system: T", "user: Q"))},
                         ("system: T", *PLAIN)),
    "a prompt in parts": (QUESTION | {"prompt": [{"type": "text", "text": "Q"}]}, PLAIN),
    "an empty prompt stays empty": (QUESTION | {"prompt": ""}, ("user: ", "A", "B")),
    "capybara: messages and texts": ({"messages": LONG, "chosen": "A", "rejected": "B"},
                                     ("user: Q", "assistant: R", "user: S", "A", "B")),
    "messages that end with the chosen": ({"messages": TALK, "chosen": "A", "rejected": "B"},
                                          PLAIN),
    "ShareGPT with roles": ({"conversations": talk("user: Q"), "chosen": talk("assistant: A")[0],
                             "rejected": talk("assistant: B")[0]}, PLAIN),
    "ShareGPT, lists": ({"conversations": share("human: Q"), "chosen": share("gpt: A"),
                         "rejected": share("gpt: B")}, PLAIN),
    "ShareGPT, strings": ({"conversations": share("human: Q"), "chosen": "A", "rejected": "B"},
                          PLAIN),
    "sides with a system message": (
        QUESTION | {"chosen": talk("system: T", "assistant: A"),
                    "rejected": talk("system: T", "assistant: B")}, ("system: T", *PLAIN)),
    "completions of several turns": (
        {"prompt": talk("user: Q"), "chosen": talk("assistant: R", "user: S", "assistant: A"),
         "rejected": talk("assistant: R", "user: S", "assistant: B")},
        ("user: Q", "assistant: R", "user: S", "A", "B")),
    # conversations
    "dpo-mix": ({"dataset": "d", "chosen": TALK, "rejected": WORSE, "chosen_rating": 5,
                 "rejected_rating": 3}, PLAIN),
    "a text prompt beside them": ({"prompt": "Q", "question": "other", "chosen": TALK,
                                   "rejected": WORSE}, PLAIN),
    "a prompt that is the first turn": (
        {"prompt": "Q", "chosen": [*LONG, *talk("assistant: A")],
         "rejected": [*LONG, *talk("assistant: B")]},
        ("user: Q", "assistant: R", "user: S", "A", "B")),
    "a prompt in messages beside them": (
        {"prompt": LONG, "chosen": talk("user: S", "assistant: A"),
         "rejected": talk("user: S", "assistant: B")},
        ("user: Q", "assistant: R", "user: S", "A", "B")),
    "a system column beside them": ({"system": "T", "chosen": TALK, "rejected": WORSE},
                                    ("system: T", *PLAIN)),
    "system in both": ({"system": "T", "chosen": talk("system: U", *("user: Q", "assistant: A")),
                        "rejected": talk("system: U", "user: Q", "assistant: B")},
                       ("system: U", *PLAIN)),
    "torchtune": ({"chosen_conversations": TALK, "rejected_conversations": WORSE}, PLAIN),
    "from and value": ({"chosen": share("human: Q", "gpt: A"),
                        "rejected": share("human: Q", "gpt: B")}, PLAIN),
    "one conversation, one text": ({"chosen": TALK, "rejected": "B"}, PLAIN),
    "rejected_messages (ms-swift)": ({"messages": TALK, "rejected_messages": WORSE}, PLAIN),
    "rejected_message (OpenPipe)": ({"messages": TALK, "rejected_message": WORSE[-1]}, PLAIN),
    "ShareGPT and a rejected text": ({"conversations": share("human: Q", "gpt: A"),
                                      "rejected_response": "B", "system": "T"},
                                     ("system: T", *PLAIN)),
    # transcripts
    "H and A": ({"chosen": "\n\nH: Q\n\nA: A", "rejected": "\n\nH: Q\n\nA: B"}, PLAIN),
    "User and Assistant": ({"chosen": "User: Q\n\nAssistant: A",
                            "rejected": "User: Q\n\nAssistant: B"}, PLAIN),
    "no blank lines before it": ({"chosen": "Human: Q\n\nAssistant: A",
                                  "rejected": "Human: Q\n\nAssistant: B"}, PLAIN),
    "paragraphs within turns": ({"chosen": "\n\nHuman: Q\n\nR\n\nAssistant: A\n\n\nC",
                                 "rejected": "\n\nHuman: Q\n\nR\n\nAssistant:  B"},
                                ("user: Q\n\nR", "A\n\n\nC", " B")),
    "one speaker twice": (
        {"chosen": "\n\nHuman: Q\n\nHuman: R\n\nAssistant: A",
         "rejected": "\n\nHuman: Q\n\nHuman: R\n\nAssistant: B"},
        ("user: Q\n\nHuman: R", "A", "B")),
    "full-hh-rlhf": ({"prompt": "\n\nHuman: Q\n\nAssistant: R\n\nHuman: S\n\nAssistant:",
                      "response": " A", "chosen": " A", "rejected": " B"},
                     ("user: Q", "assistant: R", "user: S", "A", "B")),
    "a prompt before whole transcripts": (
        {"prompt": "Q", "chosen": "\n\nHuman: Q\n\nAssistant: A",
         "rejected": "\n\nHuman: Q\n\nAssistant: B"}, PLAIN),
    # lists
    "one chosen, several rejected": ({"prompt": "Q", "chosen": "A", "rejected": ["B"]}, PLAIN),
    "a list of conversations": ({"prompt": "Q", "chosen": [TALK], "rejected": [WORSE]}, PLAIN),
    "chosen_responses": ({"prompt": "Q", "chosen_responses": ["A"], "rejected_responses": ["B"]},
                         PLAIN),
    "promptfoo with named vars": ({"chosen": ["A"], "rejected": ["B"], "vars": {"q": "Q"}}, PLAIN),
    # without a prompt
    "implicit, Japanese": ({"chosen": "空は青い", "rejected": "空は赤い"},
                           ("user: 空は", "青い", "赤い")),
    "implicit, lines": ({"chosen": "Q: why?\nA: x y", "rejected": "Q: why?\nA: x z", "id": "1"},
                        ("user: Q: why?\nA: x", " y", " z")),
    # hosted
    "OpenAI, strings": ({"input": {"messages": talk("user: Q")}, "preferred_output": "A",
                         "non_preferred_output": talk("assistant: B")[0]}, PLAIN),
    "Vertex, equal scores": (
        {"contents": [{"parts": [{"text": "Q"}]}],
         "completions": [{"score": 1, "completion": {"role": "model", "parts": [{"text": said}]}}
                         for said in "AB"]}, ("tie", "A", "B")),
}  # fmt: skip


@pytest.mark.parametrize("name", READINGS)
def test_relatives_are_read_by_the_same_rules(name: str) -> None:
    row, expected = READINGS[name]
    assert all_shown(read(row)) == [expected]


DROPPED: dict[str, tuple[Any, str]] = {
    "a boolean": (QUESTION | {"chosen": True}, "not text"),
    "a number": (QUESTION | {"rejected": 4}, "not text"),
    "two numbers": (QUESTION | {"chosen": 4, "rejected": 5}, "not text"),
    "a numeric prompt": (QUESTION | {"prompt": 4}, "not text"),
    "an object": (QUESTION | {"chosen": {"score": 1}}, "not text"),
    "an image beside the question": (QUESTION | {"images": ["a.png"]}, "not text"),
    "an image part": (
        QUESTION | {"prompt": [{"role": "user", "content": [{"type": "image_url"}]}]}, "not text"),
    "a boolean among messages": ({"chosen": TALK, "rejected": False}, "not text"),
    "null among answers": ({"prompt": "Q", "chosen": ["A"], "rejected": [7]}, "not text"),
    "a called tool": (
        {"chosen": [*talk("user: Q"), {"role": "assistant", "tool_calls": [{"id": "c"}]}],
         "rejected": WORSE}, "tool call"),
    "a tool that answers": ({"chosen": [*talk("user: Q"), {"role": "tool", "content": "4"},
                                        *talk("assistant: A")], "rejected": WORSE}, "tool call"),
    "ShareGPT's function_call": ({"conversations": share("human: Q", "function_call: f()"),
                                  "chosen": "A", "rejected": "B"}, "tool call"),
    "an unknown role": ({"chosen": TALK, "rejected": talk("user: Q", "narrator: B")},
                        "unknown role"),
    "conversations that part ways": ({"chosen": [*LONG, *talk("assistant: A")], "rejected": WORSE},
                                     "differs early"),
    "a prompt that contradicts them": (
        {"prompt": talk("user: Z"), "chosen": TALK, "rejected": WORSE}, "differs early"),
    "systems that contradict": (
        QUESTION | {"system": "T", "chosen": talk("system: U", "assistant: A"),
                    "rejected": talk("system: U", "assistant: B")}, "differs early"),
    "a conversation that ends with the user": ({"chosen": LONG, "rejected": WORSE}, "wrong turn"),
    "only one transcript": ({"chosen": "\n\nHuman: Q\n\nAssistant: A", "rejected": "B"},
                            "differs early"),
    "a missing transcript": ({"chosen": "\n\nHuman: Q\n\nAssistant: A", "rejected": None},
                             "empty side"),
    "nothing in common": ({"chosen": "Yes.", "rejected": "No."}, "empty prompt"),
    "half a word in common": ({"chosen": "Yesterday", "rejected": "Yes"}, "empty prompt"),
    "implicit and equal": ({"chosen": "Yes.", "rejected": "Yes."}, "identical sides"),
    "implicit and empty": ({"chosen": "Yes.", "rejected": ""}, "empty side"),
    "two output messages": (
        {"input": {"messages": talk("user: Q")}, "preferred_output": talk("assistant: A"),
         "non_preferred_output": talk("assistant: B", "assistant: C")}, "wrong turn"),
    "an output of the user": (
        {"input": {"messages": talk("user: Q")}, "preferred_output": talk("user: A"),
         "non_preferred_output": talk("assistant: B")}, "wrong turn"),
    "both lists empty": ({"prompt": "Q", "chosen": [], "rejected": []}, "no partner"),
    "an unknown Nova label": (
        {"messages": [*talk("user: Q"), {"role": "assistant", "candidates": [
            {"content": [{"text": "A"}], "preferenceLabel": "good"}]}]}, "unknown label"),
    "one Nova candidate": (
        {"messages": [*talk("user: Q"), {"role": "assistant", "candidates": [
            {"content": [{"text": "A"}], "preferenceLabel": "preferred"}]}]}, "no partner"),
    "a Vertex answer without a score": (
        {"contents": [{"parts": [{"text": "Q"}]}],
         "completions": [{"score": None, "completion": {"role": "model", "parts": []}}] * 2},
        "no label"),
}  # fmt: skip


@pytest.mark.parametrize("name", DROPPED)
def test_what_cannot_be_a_pair_is_dropped_with_its_reason(name: str) -> None:
    row, reason = DROPPED[name]
    assert reason in REASONS
    assert all_shown(read(row)) == [reason]


@pytest.mark.parametrize(
    "row",
    [
        {"prompt": "Q", "question": "Another", "chosen": "A", "rejected": "B"},
        {"question": "Q", "context": "What is it about", "chosen": "A", "rejected": "B"},
        {"prompt": "Q", "chosen": "A", "rejected": "B", "better": "C", "worse": "D"},
        {"prompt": "Q", "response_a": "x", "response_b": "y", "chosen": "a", "rejected": "b"},
        {"prompt": "Q", "responses": ["x", "y"], "chosen": 0, "rejected": 1},
        {"prompt": "Q", "r1": "x", "output_1": "x", "output_2": "y", "chosen": "output_1",
         "rejected": "output_2"},
        {"prompt": "Q", "winner": "model_a", "loser": "model_b"},
        {"prompt": "Q", "history": "earlier talk", "chosen": "A", "rejected": "B"},
        {"scenario": "You meet a bear.", "chosen": "You run.", "rejected": "You sing."},
        {"input": {"question": "Q"}, "chosen": "You run.", "rejected": "You sing."},
        {"inputs": {"question": "Q"}, "outputs": {"chosen": "A", "rejected": "B"}},
        {"prompt": "Q", "chosen": "A"},
        {"prompt": "Q", "completion": "A", "label": True},
        {"prompt": "Q", "answers": [{"answer": "A", "rank": 1}, {"answer": "B", "rank": 2}]},
        {"messages": talk("user: Q"), "rejected_response": "B"},
        {"messages": TALK, "rejected_response": "B", "rejected_messages": WORSE},
        {"messages": TALK},
        {"chosen": ["A"], "rejected": ["B"]},
        {},
    ],
)  # fmt: skip
def test_what_can_be_read_in_two_ways_or_in_none_has_no_layout(row: dict[str, Any]) -> None:
    assert layout_of(row) == []


def test_one_file_may_mix_layouts() -> None:
    rows = [row for name in sorted(SAMPLES) for row in parsed(DATA / name)]
    expected = [outcome for name in sorted(SAMPLES) for outcome in SAMPLES[name][1]]
    assert all_shown(read(*rows)) == expected


@pytest.mark.parametrize(
    ("chosen", "rejected", "noted"),
    [
        ("\n\nHuman: Q\n\nAssistant: A", "\n\nHuman: Q\n\nAssistant: B", False),
        ("\n\nHuman: Q\n\nAssistant: Human: A", "\n\nHuman: Q\n\nAssistant: B", True),
        ("\n\nHuman: Q\n\nAssistant: A", "\n\nHuman: Q\n\nAssistant: B.  Human: C", True),
        ("\n\nHuman: Q\n\nAssistant: A\n\nHuman: C", "\n\nHuman: Q\n\nAssistant: B", True),
        ("\n\nHuman: Q\nAssistant: R\n\nAssistant: A",
         "\n\nHuman: Q\nAssistant: R\n\nAssistant: B", True),
        ("\n\nHuman: Q\n\nHuman: R\n\nAssistant: A", "\n\nHuman: Q\n\nHuman: R\n\nAssistant: B",
         True),
        ("\n\nHuman: a human: no\n\nAssistant: A", "\n\nHuman: a human: no\n\nAssistant: B", False),
        ("\n\nH: Q\n\nA: plan A: go", "\n\nH: Q\n\nA: B", False),
        ("\n\nH: Q\n\nA: one\nH: two", "\n\nH: Q\n\nA: B", True),
    ],
)  # fmt: skip
def test_role_markers_inside_a_turn_are_noted(chosen: str, rejected: str, noted: bool) -> None:
    judgement = only({"chosen": chosen, "rejected": rejected})
    assert judgement.notes == (("role marker",) if noted else ())
    assert {*judgement.notes} <= {*NOTES}


def test_a_marker_within_a_turn_is_named_where_transcripts_part_ways() -> None:
    (dropped,) = read(
        {
            "chosen": "\n\nHuman: Q\n\nAssistant: R.  Human: S\n\nAssistant: A",
            "rejected": "\n\nHuman: Q\n\nAssistant: B",
        }
    )
    assert isinstance(dropped, Dropped)
    assert (dropped.reason, "marker" in dropped.detail) == ("differs early", True)


def test_two_answers_in_a_row_leave_a_prompt_that_does_not_end_with_the_user() -> None:
    row = {"chosen": "\n\nHuman: Q\n\nAssistant: R\n\nAssistant: A",
           "rejected": "\n\nHuman: Q\n\nAssistant: R\n\nAssistant: B"}  # fmt: skip
    assert [turn.role for turn in only(row).prompt] == ["user", "assistant"]


def test_an_empty_system_message_is_left_out_and_noted() -> None:
    lead = [{"role": "system", "content": ""}, *talk("user: Q")]
    rows = [
        {"chosen": [*lead, *talk("assistant: A")], "rejected": [*lead, *talk("assistant: B")]},
        QUESTION | {"prompt": lead},
        {"messages": [*lead, *talk("assistant: A")], "rejected_response": "B"},
        {"input": {"messages": lead}, "preferred_output": "A", "non_preferred_output": "B"},
    ]
    for row in rows:
        judgement = only(row)
        assert shown(judgement) == PLAIN
        assert judgement.notes == ("blank system",)
    assert only(QUESTION | {"system": ""}).notes == ()


@pytest.mark.parametrize(
    ("beside", "min_gap", "expected"),
    [
        ({"score_chosen": 6.0, "score_rejected": 6}, 0.0, ("tie", "A", "B")),
        ({"chosen_rating": "4.0", "rejected_rating": "4"}, 0.0, ("tie", "A", "B")),
        ({"chosen-rating": 4, "rejected-rating": 4}, 0.0, ("tie", "A", "B")),
        ({"chosen_avg_rating": 4.75, "rejected_avg_rating": 4.75}, 0.0, ("tie", "A", "B")),
        ({"status": "tie", "chosen_score": 9.0}, 0.0, ("tie", "A", "B")),
        ({"score_chosen": 6.5, "score_rejected": 6}, 0.0, PLAIN),
        ({"score_chosen": 6.5, "score_rejected": 6}, 0.5, PLAIN),
        ({"score_chosen": 6.5, "score_rejected": 6}, 0.6, "small gap"),
        ({"score_chosen": 6, "score_rejected": 6, "chosen_rating": 5, "rejected_rating": 4}, 0.0,
         PLAIN),
        ({"score_chosen": None, "score_rejected": None}, 1.0, PLAIN),
        ({"score_chosen": "n/a", "score_rejected": "n/a"}, 1.0, PLAIN),
        ({"score_chosen": True, "score_rejected": True}, 0.0, PLAIN),
    ],
)  # fmt: skip
def test_equal_scores_are_a_tie(beside: dict[str, Any], min_gap: float, expected: Any) -> None:
    rows = [QUESTION | beside, {"chosen": TALK, "rejected": WORSE} | beside]
    assert all_shown(read(*rows, options=Options(min_gap=min_gap))) == [expected, expected]


def test_names_beside_the_texts_are_kept() -> None:
    row = QUESTION | {
        "id": 12, "prompt_id": "p9", "subset": "safety", "category": "x", "domain": "safety",
        "tags": ["y", 3, None, {"no": 1}], "dataset": "mine", "weight": 7, "margin": 2,
    }  # fmt: skip
    judgement = only(row)
    assert (judgement.id, judgement.group, judgement.source) == ("12", "p9", "mine")
    assert judgement.tags == ("safety", "x", "y", "3")
    assert (judgement.weight, judgement.where, judgement.annotator) == (1.0, "f:1", "")


@pytest.mark.parametrize("value", [None, 1.0, True, "", " ", "a\nb", "x" * 201, [1], {"$oid": 1}])
def test_what_is_no_name_is_left_out(value: Any) -> None:
    row = {"id": value, "group": value, "source": value, "subset": value}
    assert {*extras(row).values()} == {"", ()} or value == [1]
    assert extras(row)["id"] == ""


def test_a_row_with_several_pairs_does_not_lend_them_its_id() -> None:
    judgements = read({"id": "7", "prompt": "Q", "chosen": ["A"], "rejected": ["B", "C"]})
    assert [j.id for j in judgements if isinstance(j, Judgement)] == ["", ""]
    assert only({"id": "7", "prompt": "Q", "chosen": ["A"], "rejected": ["B"]}).id == "7"


def test_an_answer_that_is_no_text_costs_its_own_pairs_only() -> None:
    found = read({"prompt": "Q", "chosen": ["A", 1], "rejected": ["B", "C"]})
    assert all_shown(found) == [
        ("user: Q", "A", "B"), ("user: Q", "A", "C"), "not text", "not text",
    ]  # fmt: skip


def test_lists_that_make_millions_of_pairs_are_refused() -> None:
    row = {"prompt": "Q", "chosen": ["A"] * 1001, "rejected": ["B"]}
    with pytest.raises(UsageError, match="1000 answers"):
        read(row)


def test_a_response_that_is_json_stays_text_unless_both_are_messages() -> None:
    said = json.dumps(TALK)
    assert only(QUESTION | {"chosen": said}).first == said
    assert only(QUESTION | {"chosen": '{"a": 1}', "rejected": "[1]"}).first == '{"a": 1}'
    deep = "[" * 100_000
    assert only(QUESTION | {"prompt": deep}).prompt[0].content == deep


@pytest.mark.parametrize(
    ("first", "second", "prompt"),
    [
        ("The sky is blue.", "The sky is black.", "The sky is"),
        ("a b c", "a b c d", "a b c"),
        ("a  b", "a  c", "a"),
        ("Q?\n\nYes", "Q?\n\nNo", "Q?"),
        ("今日は。晴れ", "今日は。雨", "今日は。"),
        ("word", "words", ""),
        ("", "x", ""),
    ],
)
def test_an_implicit_prompt_ends_with_a_word(first: str, second: str, prompt: str) -> None:
    assert first[: prompt_end(first, second)] == prompt


@given(st.text("ab 空\n"), st.text("ab 空\n"), st.text("ab 空\n"))
def test_an_implicit_prompt_is_the_longest_common_one(lead: str, one: str, other: str) -> None:
    first, second = lead + one, lead + other
    cut = prompt_end(first, second)
    assert first[:cut] == second[:cut]
    assert first[:cut] == first[:cut].rstrip()
    words = [at for at in range(cut + 1, len(lead) + 1) if lead[at:][:1] in (" ", "\n")]
    assert not [at for at in words if not lead[at - 1].isspace()]


def test_a_long_common_beginning_takes_no_long_time() -> None:
    lead = "word " * 400_000
    assert prompt_end(lead + "x", lead + "y") == len(lead) - 1


def test_columns_are_found_by_name() -> None:
    assert sides(columns({"Chosen": 1, "id": 2, "REJECTED": 3})) == ("chosen", "rejected")
    assert columns({"Prompt": "a", "prompt": "b", None: ["ragged"]}) == {"prompt": "b"}
    assert columns([1]) == {}
    assert prompt_names({"instruction": "a", "input": ["b"]}) == ()
    assert prompt_names({"instruction": "a", "input": "b"}) == ("instruction", "input")


# Round trips: one pair, written as each layout has it, is read back as it was. Texts have a word
# in them, keep no blanks at their ends and hold no role markers, which transcripts cannot escape.
WORDS = st.text(st.characters(exclude_characters=":", exclude_categories=["Cs"]), max_size=30)
TEXTS = st.builds(lambda word, rest: word + rest, st.sampled_from("xyz"), WORDS).map(str.strip)


@st.composite
def pairs(draw: st.DrawFn) -> tuple[str, list[str], str, str]:
    """A system text or "", turns from user to user, and two different answers."""
    system = draw(st.one_of(st.just(""), TEXTS))
    turns = draw(st.lists(TEXTS, min_size=1, max_size=5).filter(lambda turns: len(turns) % 2))
    first = draw(TEXTS)
    return system, turns, first, draw(TEXTS.filter(lambda text: text != first))


def messages(system: str, turns: list[str], answer: str = "") -> list[dict[str, str]]:
    said = [*turns, answer] if answer else turns
    lead = [{"role": "system", "content": system}] if system else []
    roles = ("user", "assistant")
    return lead + [{"role": roles[n % 2], "content": text} for n, text in enumerate(said)]


def from_value(turns: list[dict[str, str]]) -> list[dict[str, str]]:
    names = {"system": "system", "user": "human", "assistant": "gpt"}
    return [{"from": names[turn["role"]], "value": turn["content"]} for turn in turns]


def in_parts(turns: list[dict[str, str]]) -> list[dict[str, Any]]:
    return [
        {"role": t["role"], "content": [{"type": "text", "value": t["content"]}]} for t in turns
    ]


def written(system: str, turns: list[str], first: str, second: str) -> dict[str, Any]:
    """The pair as every layout writes it that can hold it."""
    prompt, better, worse = (
        messages(system, turns), messages(system, turns, first), messages(system, turns, second),
    )  # fmt: skip
    answers = [{"role": "assistant", "content": text} for text in (first, second)]
    gpt = from_value(answers)
    rows: dict[str, Any] = {
        "trl explicit": {"prompt": prompt, "chosen": answers[:1], "rejected": answers[1:]},
        "trl implicit": {"chosen": better, "rejected": worse},
        "csv": {"prompt": json.dumps(prompt), "chosen": json.dumps(answers[:1]),
                "rejected": json.dumps(answers[1:])},
        "template": {"messages": prompt, "chosen": answers[0], "rejected": answers[1]},
        "sharegpt": {"conversations": from_value(prompt), "chosen": gpt[0], "rejected": gpt[1]},
        "v1": {"chosen_messages": in_parts(better), "rejected_messages": in_parts(worse)},
        "zephyr": {"prompt": turns[0], "chosen": better, "rejected": worse, "messages": better},
        "swift": {"messages": better, "rejected_response": second},
        "openai": {"input": {"messages": prompt}, "preferred_output": answers[:1],
                   "non_preferred_output": answers[1:]},
        "lists": {"prompt": prompt, "chosen": [first], "rejected": [second]},
        "nova": {"messages": [*prompt, {"role": "assistant", "candidates": [
            {"content": [{"text": second}], "preferenceLabel": "non-preferred"},
            {"content": [{"text": first}], "preferenceLabel": "preferred"}]}]},
        "alpaca": {"instruction": turns[-1], "input": "", "chosen": first, "rejected": second,
                   "history": [*zip(turns[:-1:2], turns[1:-1:2], strict=True)], "system": system},
    }  # fmt: skip
    rows["alpaca"]["history"] = [list(one) for one in rows["alpaca"]["history"]]
    if not system:
        speakers = ("\n\nHuman: ", "\n\nAssistant: ")
        lead = "".join(speakers[n % 2] + text for n, text in enumerate(turns)) + speakers[1]
        rows["hh"] = {"chosen": lead + first, "rejected": lead + second}
        rows["full-hh"] = {"prompt": lead, "chosen": first, "rejected": second}
    if len(turns) == 1:
        rows["orca"] = {"system": system, "question": turns[0], "chosen": first, "rejected": second}
    return rows


@given(pairs())
@settings(max_examples=60, deadline=None)
def test_a_pair_is_read_back_from_every_layout(pair: tuple[str, list[str], str, str]) -> None:
    system, turns, first, second = pair
    expected = [f"{t['role']}: {t['content']}" for t in messages(system, turns)]
    for name, row in written(*pair).items():
        assert all_shown(read(row)) == [(*expected, first, second)], name


NAMES = [
    "prompt", "chosen", "rejected", "messages", "conversations", "input", "instruction", "system",
    "history", "rejected_response", "preferred_output", "non_preferred_output", "vars", "contents",
    "completions", "score_chosen", "score_rejected", "images", "id", "tags", "chosen_messages",
    "rejected_messages", "response", "Prompt",
]  # fmt: skip
KEYS = [
    "role", "content", "from", "value", "messages", "candidates", "preferenceLabel", "score",
    "completion", "parts", "text", "type", "tool_calls",
]  # fmt: skip
SAID = ["user", "assistant", "gpt", "system", "tool", "preferred", "\n\nHuman: a\n\nAssistant: b",
        "[{}]", '[{"role": "user", "content": 1}]', "tool_use", "", "x"]  # fmt: skip
ANY = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.sampled_from(SAID) | st.text(),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=4)
    ),
    max_leaves=8,
)


@given(st.dictionaries(st.sampled_from(NAMES), ANY, max_size=6))
@settings(max_examples=400, deadline=None)
def test_any_row_has_at_most_one_layout_and_makes_findings(row: dict[str, Any]) -> None:
    fitting = layout_of(row)
    assert len({*fitting} - {"nova-dpo", "vertex-preference"}) < 2  # they may stand beside others
    for finding in read(row) if len(fitting) == 1 else ():
        if isinstance(finding, Dropped):
            assert finding.reason in REASONS
        else:
            assert isinstance(finding.first, str)
            assert all(isinstance(turn.content, str) for turn in finding.prompt)
