"""Layouts with two responses and a label: what is written in one reads back, and anything reads."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from specharness.errors import UsageError
from specharness.importers.judgement import REASONS, Dropped, Judgement, Options, Row, Unusable
from specharness.importers.known import LAYOUTS
from specharness.records import Message

FIRST, SECOND, TIE = "first", "second", "neither"

texts = st.text(st.characters(codec="utf-8"), max_size=20)
sides = st.sampled_from([FIRST, SECOND, TIE])


def user(text):
    return {"role": "user", "content": text}


def answer(text):
    return {"role": "assistant", "content": text}


def write(name, better, *texts):
    """A row of a layout that says which of two texts is better."""
    place = (FIRST, SECOND, TIE).index(better)
    return WRITERS[name](*texts, lambda *values: values[place])


# How each layout writes a judgement; w takes what it writes for first, second and neither.
WRITERS = {
    "labelled": lambda q, a, b, w: {
        "Question": q, "Answer 1": a, "Answer 2": b, "Label": w(1, 2, "tie")},
    "labelled-votes": lambda q, a, b, w: {
        "prompt": q, "left": a, "right": b, "rater": "r", "choice": w("left", "right", "both")},
    "llmbar": lambda q, a, b, w: {
        "input": q, "output_1": a, "output_2": b, "label": w(1, 2, "tie")},
    "lmsys-arena": lambda q, a, b, w: {
        "conversation_a": [user(q), answer(a)], "conversation_b": [user(q), answer(b)],
        "winner": w("model_a", "model_b", "tie")},
    "lmsys-kaggle": lambda q, a, b, w: {
        "prompt": json.dumps([q]), "response_a": json.dumps([a]), "response_b": json.dumps([b]),
        "winner_model_a": w(1, 0, 0), "winner_model_b": w(0, 1, 0),
        "winner_tie": w(0, 0, 1)},
    "mt-bench": lambda q, a, b, w: {
        "question_id": 1, "judge": "j", "turn": 1, "winner": w("model_a", "model_b", "tie"),
        "conversation_a": [user(q), answer(a), user("More."), answer("x")],
        "conversation_b": [user(q), answer(b), user("More."), answer("y")]},
    "alpaca-eval": lambda q, a, b, w: {
        "instruction": q, "output_1": a, "output_2": b, "annotator": "m",
        "preference": w(1.2, 1.8, 1.5)},
    "pandalm": lambda q, a, b, w: {
        "instruction": q, "input": "", "response1": a, "response2": b,
        "annotator1": w(1, 2, 0)},
    "helpsteer2": lambda q, a, b, w: {
        "prompt": q, "response_1": a, "response_2": b, "preference_strength": w(-1, 3, 0)},
    "helpsteer3": lambda q, a, b, w: {
        "context": [user(q)], "response1": a, "response2": b,
        "overall_preference": w(-3, 1, 0)},
    "shp": lambda q, a, b, w: {
        "history": q, "human_ref_A": a, "human_ref_B": b, "labels": w(1, 0, "tie")},
    "webgpt": lambda q, a, b, w: {
        "question": {"full_text": q}, "answer_0": a, "answer_1": b,
        "score_0": w(1, -1, 0), "score_1": w(-1, 1, 0)},
    "pku-saferlhf": lambda q, a, b, w: {
        "prompt": q, "response_0": a, "response_1": b, "better_response_id": w(0, 1, "tie"),
        "safer_response_id": w(0, 1, "tie")},
    "icai": lambda q, a, b, w: {
        "prompt": q, "text_a": a, "text_b": b, "preferred_text": w("text_a", "text_b", "tie")},
    "annotated-pairs": lambda q, a, b, w: {
        "prompt": q, "response_a": {"text": a}, "response_b": {"text": b},
        "annotations": {"x": {"pref": w("a", "b", "tie")}}},
    "summarize-from-feedback": lambda q, a, b, w: {
        "info": {"post": q}, "summaries": [{"text": a}, {"text": b}], "choice": w(0, 1, "tie")},
}  # fmt: skip


@pytest.mark.parametrize("name", WRITERS)
@given(asked=texts.filter(str.strip), first=texts, second=texts, better=sides)
def test_a_judgement_written_in_a_layout_reads_back(name, asked, first, second, better):
    row = Row(data=write(name, better, asked, first, second), where="x:1")
    fitting = [layout for layout in LAYOUTS if layout.fits(row)]
    assert [layout.name for layout in fitting] == [name]
    (found,) = fitting[0].convert(row, Options())
    assert isinstance(found, Judgement)
    shown = asked if name != "summarize-from-feedback" else f"POST: {asked.strip()}\n\nTL;DR:"
    assert found.prompt == (Message(role="user", content=shown),)
    assert (found.first, found.second, found.better) == (first, second, better)


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | texts | st.just("[[[["),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3)
    | st.fixed_dictionaries({"role": inner, "content": inner}),
    max_leaves=6,
)  # fmt: skip


@pytest.mark.parametrize("name", WRITERS)
@given(data=st.data())
def test_whatever_stands_in_a_field_there_is_a_finding_or_a_reason(name, data):
    written = write(name, data.draw(sides), "Q", "A", "B")
    field = data.draw(st.sampled_from(sorted(written)))
    row = Row(data=written | {field: data.draw(anything)}, where="x:1")
    try:
        found = [f for layout in LAYOUTS if layout.name == name and layout.fits(row)
                 for f in layout.convert(row, Options())]  # fmt: skip
    except Unusable as error:
        assert error.reason in REASONS
    except UsageError as error:
        assert str(error).startswith("x:1: ") and "\n" not in str(error)
    else:
        assert all(isinstance(f, Judgement | Dropped) for f in found)
