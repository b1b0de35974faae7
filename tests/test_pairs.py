import json
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from specharness.errors import UsageError
from specharness.pairs import dump_pair, load_pairs, parse_pairs
from specharness.records import Message, Pair

GOOD = {"prompt": "Hi", "chosen": "Hello.", "rejected": "What?"}


def read(*rows):
    lines = [row if isinstance(row, str | bytes) else json.dumps(row) for row in rows]
    return parse_pairs(lines, "p.jsonl")


def problem(*rows):
    with pytest.raises(UsageError) as caught:
        read(*rows)
    told = str(caught.value)
    assert "\n" not in told
    return told


def turns(*pairs):
    return [{"role": role, "content": content} for role, content in pairs]


def test_a_pair_with_everything():
    row = GOOD | {
        "id": "a b",
        "group": "g",
        "tags": ["t"],
        "must": True,
        "weight": 2,
        "source": "s",
    }
    row |= {"license": "CC0", "_mine": {"x": [1]}}
    assert read(row) == (
        Pair(
            id="a b", prompt=(Message(role="user", content="Hi"),), chosen="Hello.",
            rejected="What?", group="g", tags=("t",), must=True, weight=2.0, source="s", line=1,
        ),
    )  # fmt: skip


def test_null_is_missing():
    keys = ("id", "group", "tags", "must", "weight", "source")
    assert read(GOOD | dict.fromkeys(keys)) == read(GOOD)


def test_derived_names_do_not_depend_on_the_line_or_on_how_the_prompt_is_written():
    one = read(GOOD)[0]
    other = read("", "  ", GOOD | {"prompt": turns(("user", "Hi"))})[0]
    assert other.line == 3
    assert replace(other, line=1) == one
    assert len(one.id) == 10
    assert one.group.startswith("p-")
    assert read(GOOD | {"chosen": "Hey."})[0].group == one.group


ASK = turns(("system", ""), ("user", "Hi"), ("assistant", "Yes?"), ("user", "Go"))
TALK = {
    "chosen": [*ASK, *turns(("assistant", "A"))],
    "rejected": [*ASK, *turns(("assistant", "B"))],
}


@pytest.mark.parametrize(
    "row",
    [
        {"prompt": ASK, "chosen": "A", "rejected": "B"},
        TALK,
        TALK | {"prompt": ASK},
        {"prompt": ASK, "chosen": turns(("assistant", "A")), "rejected": "B"},
    ],
)
def test_conversations(row):
    (pair,) = read(row)
    assert [turn.role for turn in pair.prompt] == ["system", "user", "assistant", "user"]
    assert (pair.chosen, pair.rejected) == ("A", "B")


def without(key):
    return {k: v for k, v in GOOD.items() if k != key}


@pytest.mark.parametrize(
    ("row", "told"),
    [
        (without("chosen"), "p.jsonl:1: no 'chosen'; each line needs prompt, chosen and rejected"),
        (without("prompt"), "no 'prompt'; move what 'chosen' and 'rejected' have in common"),
        (GOOD | {"chosen": " "}, "'chosen' is empty; "),
        (GOOD | {"rejected": ""}, "'rejected' is empty; "),
        (GOOD | {"rejected": "Hello."}, "'chosen' and 'rejected' are the same; "),
        (GOOD | {"prompt": 3}, "'prompt' is a number, not a string or a list of messages; "),
        (GOOD | {"prompt": []}, "'prompt' does not end with a user message; "),
        (GOOD | {"prompt": turns(("system", "x"))}, "does not end with a user message; "),
        (GOOD | {"prompt": ["x"]}, "message 1 of 'prompt' is a string, not an object; "),
        (GOOD | {"prompt": [{"role": "user"}]}, "has not just 'role' and 'content'; "),
        (GOOD | {"prompt": turns(("tool", "x"))}, "has no known role; choose one of system, "),
        (GOOD | {"prompt": turns((["x"], "x"))}, "has no known role; "),
        (GOOD | {"prompt": turns(("user", ["x"]))}, "content of message 1 of 'prompt' is a list"),
        (GOOD | {"chosen": turns(("user", "x"))}, "does not end with an assistant message; "),
        (GOOD | {"chosen": []}, "does not end with an assistant message; "),
        (TALK | {"prompt": "Hi"}, "begins with other messages than 'prompt'; "),
        (TALK | {"chosen": turns(("user", "a"), ("assistant", "b"))}, "differ before their last"),
        (GOOD | {"id": 7}, "'id' is a number, not a string; "),
        (GOOD | {"id": "a\nb"}, "'id' has control characters or outer blanks; "),
        (GOOD | {"tags": "t"}, "'tags' is a string, not a list; "),
        (GOOD | {"tags": ["t", 1]}, "tag 2 is a number, not a string; "),
        (GOOD | {"must": 1}, "'must' is a number, not a boolean; "),
        (GOOD | {"weight": True}, "'weight' is a boolean, not a number; "),
        (GOOD | {"weight": 0}, "'weight' is not a finite number above 0; "),
        (GOOD | {"weight": 10**400}, "'weight' is not a finite number above 0; "),
        (GOOD | {"chosne": "x"}, "unknown key 'chosne'; did you mean 'chosen'?"),
        (GOOD | {"zzz": "x"}, "unknown key 'zzz'; the keys are id, prompt, "),
        (GOOD | {"chosen": "\ud83d"}, "'chosen' has half a character (\\ud83d) in it; "),
        ('{"weight": NaN}', "NaN is no JSON; "),
        ('{"weight": ' + "9" * 5000 + "}", "a number with too many digits; "),
        ('{"id": "a", "id": "b"}', "the key 'id' stands twice; "),
        ("[" * 100_000, "nested too deep; "),
        ("[", "not valid JSON (Expecting value at column 2); write one JSON object"),
        ("[1]", "this is a list, not an object; "),
        ("{} {}", "not valid JSON (Extra data at column 4); "),
        (b'{"a": "\xff"}', "not UTF-8 at byte 7 of the line; "),
        ('{"a": "\x00"}', "not valid JSON (Invalid control character"),
    ],
)
def test_a_bad_line_is_told_in_one_line(row, told):
    text = problem(row)
    assert told in text
    assert text.startswith("p.jsonl:1: ")


def test_all_bad_lines_are_found_at_once():
    assert problem(GOOD, {}, "", "x", "y").endswith("(+2 more: lines 4, 5)")
    assert problem("x", GOOD, GOOD).endswith("(+1 more: line 3)")
    assert problem(*"abcdefgh").endswith("(+7 more: lines 2, 3, 4, 5, 6, ...)")


def test_duplicates():
    other = GOOD | {"chosen": "Hey."}
    assert "p.jsonl:3: the id 'a' stands in line 1 already; " in problem(
        GOOD | {"id": "a"}, "", other | {"id": "a"}
    )
    assert "p.jsonl:2: the same pair as in line 1; " in problem(GOOD, GOOD)
    assert "p.jsonl:2: the same pair as in line 1; " in problem(GOOD | {"id": "a"}, GOOD)
    assert len(read(GOOD | {"id": "a"}, GOOD | {"id": "b"})) == 2


def test_load_pairs(tmp_path: Path):
    path = tmp_path / "pairs.jsonl"
    line = json.dumps(GOOD).encode()
    path.write_bytes(
        b"\xef\xbb\xbf" + line + b"\r\n\r\n" + line.replace(b"Hi", b"Hi\xe2\x80\xa8") + b"\r\n"
    )
    assert [pair.line for pair in load_pairs(path)] == [1, 3]
    for content, told in [
        (b"\n", "no pairs"),
        ("x".encode("utf-16"), "this is UTF-16"),
        (line + b"\n{}\n", "pairs.jsonl:2: no 'chosen'"),
    ]:
        path.write_bytes(content)
        with pytest.raises(UsageError, match=told):
            load_pairs(path)
    with pytest.raises(UsageError, match="no such file"):
        load_pairs(tmp_path / "none.jsonl")
    with pytest.raises(UsageError, match="cannot be read"):
        load_pairs(tmp_path)


def test_a_huge_line(tmp_path: Path):
    path = tmp_path / "pairs.jsonl"
    path.write_text(json.dumps(GOOD | {"chosen": "word " * 1_000_000}))
    assert len(load_pairs(path)[0].chosen) == 5_000_000


ANY = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
SOLID = ANY.map(lambda text: text + "x")
NAME = st.text(st.characters(categories=["L", "N", "P", "S"]), min_size=1, max_size=8)
TURN = st.builds(Message, role=st.sampled_from(["system", "user", "assistant"]), content=SOLID)
PROMPT = st.builds(
    lambda turns, last: (*turns, Message(role="user", content=last)),
    st.lists(TURN, max_size=3), SOLID,
)  # fmt: skip
PAIR = st.builds(
    Pair, id=NAME, prompt=PROMPT, chosen=SOLID, rejected=SOLID.map(lambda text: text + "y"),
    group=NAME, tags=st.lists(NAME, max_size=3).map(tuple), must=st.booleans(),
    weight=st.floats(min_value=1e-300, max_value=1e300), source=SOLID | st.just(""),
)  # fmt: skip


@given(PAIR)
@settings(max_examples=100, deadline=None)
def test_a_dumped_pair_is_read_again(pair):
    line = dump_pair(pair)
    assert "\n" not in line
    assert parse_pairs([line], "x") == (replace(pair, line=1),)
    assert dump_pair(parse_pairs([line], "x")[0]) == line


def test_a_dumped_line_leaves_out_defaults():
    assert list(json.loads(dump_pair(read(GOOD)[0]))) == ["id", "prompt", "chosen", "rejected"]


VALUE = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(st.text(max_size=5), inner, max_size=2),
    max_leaves=6,
)  # fmt: skip
ROW = st.fixed_dictionaries(
    {}, optional=dict.fromkeys([*GOOD, "id", "tags", "weight", "must"], VALUE)
)


@given(st.lists(ROW.map(json.dumps) | st.text(max_size=20) | st.binary(max_size=20), max_size=4))
@settings(max_examples=150, deadline=None)
def test_any_line_is_a_pair_or_a_usage_error(lines):
    solid = [
        x for x in lines if (x.strip(b" \t\r\n") if isinstance(x, bytes) else x.strip(" \t\r\n"))
    ]
    try:
        pairs = parse_pairs(lines, "x")
    except UsageError:
        return
    assert len(pairs) == len(solid) - (
        solid[:1] == lines[:1] and lines[:1] in (["\ufeff"], [b"\xef\xbb\xbf"])
    )
