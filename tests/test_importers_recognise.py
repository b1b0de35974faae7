"""Rows find their layout by themselves, and never by a guess between two."""

from collections.abc import Iterable, Iterator
from typing import Any

import pytest

from specharness.errors import UsageError
from specharness.importers.fields import has
from specharness.importers.judgement import (
    Dropped,
    Finding,
    Judgement,
    Layout,
    Options,
    Row,
    Unusable,
)
from specharness.importers.recognise import Recogniser, choose_layouts
from specharness.records import Message


def judged(row: Row) -> Judgement:
    if row.data["a"] is None:
        raise Unusable("empty side", "a is null")
    prompt = (Message(role="user", content="?"),)
    return Judgement(
        prompt=prompt, first=row.data["a"], second=row.data["b"], better="first", where=row.where
    )


def joined(rows: Iterable[Row], options: Options) -> Iterator[Finding]:
    yield Dropped(reason="no partner", where=",".join(row.where for row in rows))


AB = Layout(
    name="ab", title="", fits=lambda row: has(row.data, "a", "b"), convert=lambda r, _: [judged(r)]
)
JOIN = Layout(name="join", title="", fits=lambda row: has(row.data, "k"), join=joined, votes=True)
WIDE = Layout(name="wide", title="", fits=lambda row: has(row.data, "a", "b", "w"), convert=None)


def rows(*data: Any) -> list[Row | Dropped]:
    return [
        d if isinstance(d, Dropped) else Row(data=d, where=f"f:{n}") for n, d in enumerate(data, 1)
    ]


def read(*data: Any, layouts: tuple[Layout, ...] = (AB, JOIN)) -> list[tuple[Finding, bool]]:
    return list(Recogniser(layouts, Options()).read(rows(*data)))


def reasons(found: list[tuple[Finding, bool]]) -> list[str]:
    return [getattr(finding, "reason", "") for finding, _ in found]


def test_rows_of_several_layouts_mix_and_joined_ones_come_last() -> None:
    found = read({"k": 1}, {"a": "x", "b": "y"}, {"k": 2}, {"a": "u", "b": "v", "more": 0})
    assert reasons(found) == ["", "", "no partner"]
    assert [votes for _, votes in found] == [False, False, True]
    assert found[-1][0].where == "f:1,f:3"


def test_what_a_row_lacks_is_a_reason() -> None:
    broken = Dropped(reason="malformed", where="f:1")
    found = read(broken, {"a": None, "b": "y"}, 7, {"z": 1})
    assert reasons(found) == ["malformed", "empty side", "not an object", "unknown layout"]


def test_strangers_before_the_first_known_row_are_accounted_for() -> None:
    assert reasons(read({"z": 1}, {"a": "x", "b": "y"})) == ["unknown layout", ""]


@pytest.mark.parametrize("count", [1, 3000])
def test_a_file_nobody_knows_shows_its_fields(count: int) -> None:
    with pytest.raises(UsageError, match=r"f:1: no layout we know; .*question.*--map"):
        read(*[{"question": "q", "good": "a", "bad": "b"}] * count)


def test_two_readings_ask_for_a_flag() -> None:
    with pytest.raises(UsageError, match="read as ab or as wide; choose with --format ab"):
        read({"a": "x", "b": "y", "w": 1}, layouts=(AB, WIDE))


def test_a_named_layout_is_the_only_one() -> None:
    assert choose_layouts((AB, JOIN), Options(format="join")) == [JOIN]
    with pytest.raises(UsageError, match="no layout 'nope'; choose one of ab, join"):
        choose_layouts((AB, JOIN), Options(format="nope"))
    with pytest.raises(UsageError, match="not the fields of the layout 'ab'"):
        list(Recogniser((AB,), Options(format="ab")).read(rows({"k": 1})))
