"""The user's own mapping: paths into records, the sets of fields that work, and a first guess."""

import json
import shlex
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from specharness.errors import UsageError
from specharness.importers.judgement import Dropped, Finding, Judgement, Options, Row
from specharness.importers.mapping import mapped_layout, suggest_mapping
from specharness.importers.paths import MISSING, leaves, look_up, spelled
from specharness.importers.recognise import Recogniser
from specharness.importers.suggestions import starting_map
from specharness.importers.tally import Kept, settle

SIGNS = {"first": ">", "second": "<", "neither": "="}


def placed(*datas: Any, file: str = "f") -> list[Row]:
    return [Row(data=data, where=f"{file}:{n}") for n, data in enumerate(datas, 1)]


def read(rows: list[Row], mapping: dict[str, str], **choices: Any) -> list[Finding]:
    options = Options(mapping=mapping, **choices)
    layout = mapped_layout(options)
    return [finding for finding, _ in Recogniser([layout], options).read(rows)]


def shown(finding: Finding) -> str:
    if isinstance(finding, Dropped):
        return f"{finding.where[2:]} {finding.reason}"
    asked = " / ".join(f"{turn.role[0]}:{turn.content}" for turn in finding.prompt)
    return f"{asked}: {finding.first} {SIGNS[finding.better]} {finding.second}"


@pytest.mark.parametrize(
    ("data", "path", "found"),
    [
        ({"a": {"b": 1}}, "a.b", 1),
        ({"a": {"b": 1}, "a.b": 2}, "a.b", 2),
        ({"a": {"b": 1}, "a.b": 2}, '"a".b', 1),
        ({"a": {"b": 1}, "a.b": 2}, "'a'.b", 1),
        ({"a": {"b": 1}, "a.b": 2}, '["a"]["b"]', 1),
        ({"a.b": {"c": 1}}, "a.b.c", 1),
        ({"a": [{"t": "x"}, {"t": "y"}]}, "a[1].t", "y"),
        ({"a": [{"t": "x"}, {"t": "y"}]}, "a.1.t", "y"),
        ({"a": [{"t": "x"}, {"t": "y"}]}, "a[-1].t", "y"),
        ({"a": [["x"], ["y"]]}, "a[1][0]", "y"),
        ({"a": {"0": "zero"}}, "a.0", "zero"),
        ({"a[0]": "odd"}, "a[0]", "odd"),
        ({"Con (P)": 3}, "Con (P)", 3),
        ({"x": {"Con (P)": 3}}, "x.Con (P)", 3),
        ({"a": None}, "a", None),
        ({"a": '{"b": ["x"]}'}, "a.b[0]", "x"),
        ({"": 1}, '""', 1),
        ({"a": [1]}, "a[1]", MISSING),
        ({"a": [1]}, "a.b", MISSING),
        ({"a": "text"}, "a[0]", MISSING),
        ({"a": 1}, "b", MISSING),
        ({"a": 1}, "a.b", MISSING),
        ({"a": "{broken"}, "a.b", MISSING),
        ({"a": 1}, '"a', MISSING),
        ({"a": 1}, "a[99999999999999999999]", MISSING),
    ],
)
def test_a_path_leads_to_a_value(data: Any, path: str, found: Any) -> None:
    assert look_up(data, path) == found


KEYS = st.text(alphabet="ab.[]\"'0 =^+\\\n\u202e\x1b", max_size=4)
VALUES = st.recursive(
    st.integers(10**9, 10**12),  # not interned, so that identity tells two of them apart
    lambda inner: (
        st.lists(inner, min_size=1, max_size=2)
        | st.dictionaries(KEYS, inner, min_size=1, max_size=3)
    ),
    max_leaves=8,
)


@settings(max_examples=400)
@given(st.dictionaries(KEYS, VALUES, min_size=1, max_size=3))
def test_every_field_that_is_shown_can_be_typed(data: dict[str, Any]) -> None:
    for keys, value in leaves(data, 50):
        path = spelled(data, keys)
        assert look_up(data, path) is value
        assert path.isprintable()
        assert not path.startswith("=")


@given(VALUES, st.text(alphabet="ab.[]\"'0-", max_size=8))
def test_any_path_ends_in_a_value_or_nothing(data: Any, path: str) -> None:
    look_up(data, path)


ROW = {"q": "Name a fruit.", "out": {"good": "Pear.", "bad": "Chair."}, "n": 2, "who": "ann"}


@pytest.mark.parametrize(
    ("mapping", "expected"),
    [
        ({"prompt": "q", "chosen": "out.good", "rejected": "out.bad"},
         "u:Name a fruit.: Pear. > Chair."),
        ({"prompt": "=Name one.", "chosen": "out.good", "rejected": "out.bad"},
         "u:Name one.: Pear. > Chair."),
        ({"prompt": "q", "system": "=Be brief.", "chosen": "out.good", "rejected": "out.bad"},
         "s:Be brief. / u:Name a fruit.: Pear. > Chair."),
        ({"prompt": "q", "chosen": "out.good", "rejected": "n"}, "1 not text"),
        ({"prompt": "q", "chosen": "out.good", "rejected": "out"}, "1 not text"),
    ],
)  # fmt: skip
def test_chosen_and_rejected(mapping: dict[str, str], expected: str) -> None:
    assert [shown(one) for one in read(placed(ROW), mapping)] == [expected]


def test_everything_beside_the_texts_is_carried() -> None:
    row = {**ROW, "i": 7, "g": "g1", "t": ["x", 3], "w": "0.5", "s": "mine"}
    mapping = {"prompt": "q", "chosen": "out.good", "rejected": "out.bad", "id": "i", "group": "g"}
    mapping |= {"tags": "t", "weight": "w", "source": "s", "annotator": "who"}
    (one,) = read(placed(row), mapping)
    assert isinstance(one, Judgement)
    assert (one.id, one.group, one.tags, one.weight) == ("7", "g1", ("x", "3"), 0.5)
    assert (one.source, one.annotator, one.where) == ("mine", "ann", "f:1")


def turn(role: str, content: str) -> dict[str, str]:
    return {"role": role, "content": content}


def test_conversations_bring_their_prompt() -> None:
    asked = [turn("user", "Hi"), turn("assistant", "Hello."), turn("user", "Name a fruit.")]
    row = {"c": [*asked, turn("assistant", "Pear.")], "r": [*asked, turn("assistant", "Chair.")]}
    expected = ["u:Hi / a:Hello. / u:Name a fruit.: Pear. > Chair."]
    assert [shown(one) for one in read(placed(row), {"chosen": "c", "rejected": "r"})] == expected
    cells = {"c": json.dumps(row["c"]), "r": json.dumps(row["r"])}
    assert [shown(one) for one in read(placed(cells), {"chosen": "c", "rejected": "r"})] == expected


def test_lists_of_texts_are_compared_each_with_each() -> None:
    row = {"q": "Q", "c": ["A", "B"], "r": ["C", "D"]}
    found = read(placed(row), {"prompt": "q", "chosen": "c", "rejected": "r"})
    assert [shown(one) for one in found] == ["u:Q: A > C", "u:Q: A > D", "u:Q: B > C", "u:Q: B > D"]
    none = read(placed({**row, "c": []}), {"prompt": "q", "chosen": "c", "rejected": "r"})
    assert [shown(one) for one in none] == ["1 empty side"]


AB = {"prompt": "q", "first": "x", "second": "y", "label": "l"}


@pytest.mark.parametrize(
    ("labels", "mapping", "when", "expected"),
    [
        (["x", "y", "tie", None], AB, "", "> < = no"),
        ([1, 0, 1], AB, "1", "> < >"),
        ([True, False], AB, "true", "> <"),
        (["win", "lose", "both"], AB, "win", "> < ="),
        ([1, 2, 0], {**AB, "tie": "=0"}, "1", "> < ="),
        ([0, 1, 2], {**AB, "tie": "=2"}, "0", "> < ="),
    ],
)
def test_labels(labels: list[Any], mapping: dict[str, str], when: str, expected: str) -> None:
    rows = placed(*({"q": "Q", "x": "A", "y": "B", "l": label} for label in labels))
    found = read(rows, mapping, first_wins_when=when)
    told = ["no" if isinstance(one, Dropped) else SIGNS[one.better] for one in found]
    assert " ".join(told) == expected


@pytest.mark.parametrize(
    ("labels", "when", "told"),
    [([1], "", "--first-wins-when"), ([1, 2, 0], "1", "more than two values")],
)
def test_numbers_are_not_guessed(labels: list[int], when: str, told: str) -> None:
    rows = placed(*({"q": "Q", "x": "A", "y": "B", "l": label} for label in labels))
    with pytest.raises(UsageError, match=told):
        read(rows, AB, first_wins_when=when)


def test_a_number_that_ends_a_path_names_its_side() -> None:
    row = {"q": "Q", "outputs": [{"text": "A"}, {"text": "B"}], "l": 1}
    mapping = {"prompt": "q", "first": "outputs[0].text", "second": "outputs[1].text", "label": "l"}
    assert [shown(one) for one in read(placed(row), mapping)] == ["u:Q: A < B"]


def rated(prompt: Any, text: str, *ratings: Any, **more: Any) -> dict[str, Any]:
    return {"q": prompt, "t": text, **dict(zip("abc", ratings, strict=False)), **more}


def test_ratings_are_joined_on_the_prompt() -> None:
    rows = placed(
        rated("Q", "A", 3), rated("R", "D", 1), rated("Q", "B", "4.5"), rated("Q", "C", 3)
    )
    found = read(rows, {"prompt": "q", "response": "t", "rating": "a"})
    assert [shown(one) for one in found] == [
        "u:Q: A < B", "u:Q: A = C", "u:Q: B > C", "2 no partner"
    ]  # fmt: skip
    gap = read(rows, {"prompt": "q", "response": "t", "rating": "a"}, min_gap=2)
    assert [shown(one) for one in gap] == [
        "1 small gap",
        "u:Q: A = C",
        "3 small gap",
        "2 no partner",
    ]


def test_ranks_are_best_when_low() -> None:
    rows = placed(rated("Q", "A", 2), rated("Q", "B", 1))
    found = read(rows, {"prompt": "q", "response": "t", "rank": "a"}, min_gap=5)
    assert [shown(one) for one in found] == ["u:Q: A < B"]


def test_a_sum_of_ratings_and_cells_filled_from_above() -> None:
    rows = placed(
        rated("Q", "A", "1", "2", "3"), rated("", "B", "2", "2", "2"), rated(None, "C", "1")
    )
    mapping = {"prompt": "q^", "response": "t", "rating": "a+b+c"}
    assert [shown(one) for one in read(rows, mapping)] == ["3 missing field", "u:Q: A = B"]


def test_a_sum_may_have_names_with_blanks() -> None:
    rows = placed(
        {"diff": "d", "review": "A", "Con (P)": "5", "x+y": "1"},
        {"diff": "", "review": "B", "Con (P)": "1", "x+y": "4"},
    )
    mapping = {"prompt": "diff^", "response": "review", "rating": 'Con (P)+"x+y"'}
    assert [shown(one) for one in read(rows, mapping)] == ["u:d: A > B"]
    mapping["rating"] = "x+y"
    assert [shown(one) for one in read(rows, mapping)] == ["u:d: A < B"]


def test_nothing_is_filled_across_files() -> None:
    rows = [*placed(rated("Q", "A", 1)), *placed(rated("", "B", 2), rated("R", "C", 1), file="g")]
    found = read(rows, {"prompt": "q^", "response": "t", "rating": "a"})
    assert {shown(one) for one in found} == {"1 no partner", "2 no partner"}
    assert len(found) == 3


def test_groups_and_annotators_join_their_own() -> None:
    rows = placed(
        rated("Q", "A", 1, g=1, w="ann"), rated("Q", "B", 2, g=1, w="ann"),
        rated("Q", "A", 2, g=1, w="bob"), rated("Q", "B", 1, g=1, w="bob"),
        rated("Q", "B", 1, g=2, w="ann"), rated("R", "C", 1, g=1, w="ann"),
    )  # fmt: skip
    mapping = {"prompt": "q", "response": "t", "rating": "a", "group": "g", "annotator": "w"}
    found = read(rows, mapping)
    assert [shown(one) for one in found] == [
        "6 differs early", "u:Q: A < B", "u:Q: A > B", "5 no partner"
    ]  # fmt: skip
    assert [one.annotator for one in found if isinstance(one, Judgement)] == ["ann", "bob"]
    assert mapped_layout(Options(mapping=mapping)).votes


def test_good_ones_beat_bad_ones() -> None:
    rows = placed(*(rated("Q", text, up) for text, up in zip("ABCD", (1, 0, 1, ""), strict=True)))
    mapping = {"prompt": "q", "response": "t", "label": "a"}
    expected = ["4 no label", "u:Q: A > B", "u:Q: B < C"]
    assert [shown(one) for one in read(rows, mapping, first_wins_when="1")] == expected
    with pytest.raises(UsageError, match="says neither true nor false"):
        read(rows, mapping)
    with pytest.raises(UsageError, match="a third label '2'"):
        read([*rows, *placed(rated("Q", "E", 2))], mapping, first_wins_when="1")
    truth = placed(rated("Q", "A", "True"), rated("Q", "B", False))
    assert [shown(one) for one in read(truth, mapping)] == ["u:Q: A > B"]


@pytest.mark.parametrize(
    ("mapping", "told"),
    [
        ({"chosn": "a"}, "no field 'chosn'; did you mean 'chosen'?"),
        ({"colour": "a"}, "no field 'colour'; choose among chosen, first"),
        ({"prompt": "a"}, "no responses; map chosen and rejected, or"),
        ({"prompt": "a", "chosen": "b"}, "chosen without rejected; map chosen and rejected, or"),
        ({"chosen": "a", "first": "b"}, "chosen, first do not go together; map chosen"),
        ({"response": "a"}, "response without rating or rank or label"),
        ({"first": "a", "second": "b"}, "first and second without label"),
        ({"chosen": "a", "rejected": "b", "tie": "=0"}, "leave tie out"),
        ({"response": "a", "rating": "b", "id": "c"}, "map it to group"),
    ],
)
def test_fields_that_make_no_judgement(mapping: dict[str, str], told: str) -> None:
    with pytest.raises(UsageError) as raised:
        mapped_layout(Options(mapping=mapping))
    assert told in str(raised.value)


@pytest.mark.parametrize("name", ["chosen", "tags"])
def test_a_path_that_leads_nowhere_is_told_with_the_fields(name: str) -> None:
    mapping = {"prompt": "q", "chosen": "out.good", "rejected": "out.bad", name: "out.wrong"}
    with pytest.raises(UsageError) as raised:
        read(placed(ROW, ROW), mapping)
    assert str(raised.value) == (
        f"--map {name}=out.wrong: no row has this field; name one of the fields found: "
        "q, out.good, out.bad, n, who"
    )


def test_a_field_missing_in_some_rows_drops_these() -> None:
    mapping = {"prompt": "q", "chosen": "out.good", "rejected": "out.bad", "tags": "t"}
    rows = placed(ROW, {"q": "Q", "out": {"good": "A"}}, {**ROW, "t": "x"})
    found = read(rows, mapping)
    assert [shown(one) for one in found][1] == "2 missing field"
    assert [one.tags for one in found if isinstance(one, Judgement)] == [(), ("x",)]


def test_no_prompt_asks_for_one() -> None:
    with pytest.raises(UsageError, match="map prompt=FIELD, or a constant"):
        read(placed(ROW), {"chosen": "out.good", "rejected": "out.bad"})


@pytest.mark.parametrize("weight", [0, -1, "much", True])
def test_a_weight_is_a_number_above_0(weight: Any) -> None:
    mapping = {"prompt": "q", "chosen": "out.good", "rejected": "out.bad", "weight": "w"}
    with pytest.raises(UsageError, match="f:1: the weight is no number above 0"):
        read(placed({**ROW, "w": weight}), mapping)


WORDS = st.text(alphabet="abc xyz.", min_size=1, max_size=6).filter(str.strip)


@settings(max_examples=150)
@given(st.lists(st.tuples(WORDS, WORDS, WORDS), min_size=1, max_size=6), KEYS, KEYS, KEYS)
def test_pairs_come_back_from_any_nesting(
    triples: list[tuple[str, str, str]], outer: str, better: str, worse: str
) -> None:
    """Pairs written under any keys are read again through the paths that are shown for them."""
    assume(better != worse)
    datas = [{"p": p, outer: {better: c, worse: r}} for p, c, r in triples if outer != "p"]
    assume(datas)
    paths = [spelled(datas[0], (outer, key)) for key in (better, worse)]
    assume(not any(path.endswith("^") for path in paths))
    found = read(placed(*datas), {"prompt": "p", "chosen": paths[0], "rejected": paths[1]})
    judged = [one for one in found if isinstance(one, Judgement)]
    told = [(j.prompt[0].content, j.first, j.second) for j in judged]
    assert told == triples


@pytest.mark.parametrize(
    ("data", "start"),
    [
        (ROW | {"question": "Q"},
         "--map prompt=question --map chosen=out.good --map rejected=out.bad"),
        ({"prompt": "Q", "resp_a": "A", "resp_b": "B", "vote": "resp_a"},
         "--map prompt=prompt --map first=resp_a --map second=resp_b --map label=vote"),
        ({"prompt": "Q", "resp_a": "A", "resp_b": "B", "vote": 1},
         "--map prompt=prompt --map first=resp_a --map second=resp_b --map label=vote "
         "--first-wins-when VALUE"),
        ({"prompt": "Q", "reply": "A", "stars": 3},
         "--map prompt=prompt --map response=reply --map rating=stars"),
        ({"x": 1}, "--map prompt=FIELD --map chosen=FIELD --map rejected=FIELD"),
        ({"Question": "Q", "the best": "A", "the worst": "B"},
         "--map prompt=Question --map 'chosen=the best' --map 'rejected=the worst'"),
    ],
)  # fmt: skip
def test_a_mapping_to_start_from(data: dict[str, Any], start: str) -> None:
    assert starting_map(placed(data)) == start


def test_a_suggested_mapping_reads_the_file() -> None:
    data = {"question": "Q", "out.put": [{"better answer": "A"}, {"worse answer": "B"}]}
    typed = shlex.split(starting_map(placed(data)))
    mapping = dict(option.split("=", 1) for option in typed if "=" in option)
    assert [shown(one) for one in read(placed(data), mapping)] == ["u:Q: A > B"]


def test_a_suggestion_is_one_safe_line() -> None:
    data: dict[str, Any] = {
        "a\x1b[2J": "x\u202ey\n" + "long " * 100,
        "b": None,
        "c": [1, {"d": True}],
        "e": {},
    }
    told = suggest_mapping(placed(data))
    assert told == (
        "say where things are, starting from --map prompt=FIELD --map chosen=FIELD "
        "--map rejected=FIELD (fields: \"a\\u001b[2J\": text 'x\\u202ey\\nlong long long long…', "
        "b: null, c[0]: number 1, c[1].d: true or false, e: object)"
    )
    assert told.isprintable()


def test_many_fields_are_cut_short() -> None:
    told = suggest_mapping(placed({f"f{n}": n for n in range(300)}))
    assert told.endswith("f19: number 19, and 180 more)")


def test_votes_of_a_mapped_annotator_are_counted() -> None:
    votes = zip("xxy", "uvw", strict=True)
    rows = placed(*({"q": "Q", "x": "A", "y": "B", "l": v, "w": w} for v, w in votes))
    options = Options(mapping={**AB, "annotator": "w"})
    (kept,) = settle(Recogniser([mapped_layout(options)], options).read(rows))
    assert isinstance(kept, Kept)
    assert (kept.pair.chosen, kept.votes) == ("A", 3)
    assert kept.pair.agreement == pytest.approx(2 / 3)


@settings(max_examples=200, deadline=None)
@given(st.lists(st.dictionaries(st.sampled_from("pabcl"), st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=2)
    | st.dictionaries(st.sampled_from(["role", "content", "text"]), inner, max_size=2),
    max_leaves=3,
)), max_size=4), st.sampled_from([
    {"prompt": "p", "chosen": "a", "rejected": "b"},
    {"chosen": "a", "rejected": "b", "tags": "c", "weight": "l"},
    {"prompt": "p^", "first": "a", "second": "b", "label": "l", "id": "c", "tie": "=0"},
    {"prompt": "p", "response": "a", "rating": "b+c", "group": "l", "annotator": "c"},
    {"prompt": "p", "response": "a", "label": "l", "system": "c", "source": "b"},
]))  # fmt: skip
def test_odd_rows_end_in_findings_or_one_clear_error(
    datas: list[dict[str, Any]], mapping: dict[str, str]
) -> None:
    try:
        found = read(placed(*datas), mapping, first_wins_when="1")
    except UsageError as error:
        assert str(error).isprintable()
        return
    lines = {one.where for one in found}
    assert lines <= {f"f:{n}" for n in range(1, len(datas) + 1)}
    assert bool(lines) == bool(datas)
