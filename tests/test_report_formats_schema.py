"""The schema of run.json against runs: stored, made by hand, and made by hypothesis."""

import json
from dataclasses import dataclass, is_dataclass, replace
from pathlib import Path
from types import UnionType
from typing import Any, Literal, get_args, get_origin, get_type_hints

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from specharness.report.schema import record_schema, render_schema
from specharness.runfile import FORMAT, Run, read_run, write_run
from tests.runs import (
    failing,
    hostile_suite,
    make_run,
    make_suite,
    unproven,
    unverifiable,
)

Factory = pytest.TempPathFactory
SCHEMA = json.loads(render_schema())
VALIDATOR = Draft202012Validator(SCHEMA)


def stored(run: Run, folder: Path) -> Any:
    write_run(run, folder / "run.json")
    return json.loads((folder / "run.json").read_text(encoding="utf-8"))


def test_it_is_a_schema_and_describes_its_parts() -> None:
    Draft202012Validator.check_schema(SCHEMA)
    assert {"Case", "Gate", "Message", "Rule", "SuiteRun", "Trust"} <= set(SCHEMA["$defs"])
    assert all(part["description"] for part in SCHEMA["$defs"].values())


@pytest.mark.parametrize(
    "suite", [make_suite(), failing(), unproven(), unverifiable(), hostile_suite()]
)
def test_stored_runs_match(suite: Any, tmp_path: Path) -> None:
    VALIDATOR.validate(stored(make_run(suite), tmp_path))


def values(kind: Any) -> st.SearchStrategy[Any]:
    """Small values of an annotation, of any shape that it allows; JSON has finite numbers only."""
    plain: dict[Any, st.SearchStrategy[Any]] = {
        str: st.text(max_size=3),
        bool: st.booleans(),
        int: st.integers(),
        float: st.floats(allow_nan=False, allow_infinity=False),
        type(None): st.none(),
    }
    if kind in plain:
        return plain[kind]
    if is_dataclass(kind):
        hints = get_type_hints(kind)
        fixed = {name: values(hint) for name, hint in hints.items()}
        return st.fixed_dictionaries(fixed).map(lambda made: kind(**made))  # type: ignore[operator]
    given = get_args(kind)
    if get_origin(kind) is Literal:
        return st.sampled_from(given)
    if get_origin(kind) is UnionType:
        return st.one_of([values(each) for each in given])
    assert get_origin(kind) is tuple
    if given[-1] is ...:
        return st.lists(values(given[0]), max_size=2).map(tuple)
    return st.tuples(*(values(each) for each in given))


RUNS = values(Run)


@given(RUNS)
@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_any_run_matches_and_can_be_read(tmp_path_factory: Factory, run: Run) -> None:
    path = tmp_path_factory.getbasetemp() / "any.json"
    run = replace(run, format=FORMAT)
    write_run(run, path)
    VALIDATOR.validate(json.loads(path.read_text(encoding="utf-8")))
    assert read_run(path) == run


def changed(data: Any, *path: Any, value: Any) -> Any:
    copy = json.loads(json.dumps(data))
    place = copy
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value
    return copy


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("format",), 2),
        (("suites",), {}),
        (("suites", 0, "name"), 1),
        (("suites", 0, "more"), 1),
        (("suites", 0, "gate", "verdict"), "MAYBE"),
        (("suites", 0, "gate", "interval"), [0.1]),
        (("suites", 0, "gate", "interval"), [0.1, 0.2, 0.3]),
        (("suites", 0, "gate", "difference"), "0"),
        (("suites", 0, "cases", 0, "outcome"), "great"),
        (("suites", 0, "cases", 0, "head"), {}),
        (("suites", 0, "cases", 0, "must"), 1),
        (("suites", 0, "trust"), None),
    ],
)
def test_what_is_no_run_does_not_match(path: Any, value: Any, tmp_path: Path) -> None:
    data = stored(make_run(), tmp_path)
    assert VALIDATOR.is_valid(data)
    assert not VALIDATOR.is_valid(changed(data, *path, value=value))


def test_fields_with_a_default_may_be_missing_and_others_not(tmp_path: Path) -> None:
    data = stored(make_run(), tmp_path)
    del data["suites"][0]["gate"]["alpha_pass"]
    assert VALIDATOR.is_valid(data)
    del data["suites"][0]["gate"]["margin"]
    assert not VALIDATOR.is_valid(data)


@dataclass
class Leaf:
    """A leaf."""

    name: str
    kind: Literal["a", 1] = "a"


@dataclass
class Tree:
    """A tree."""

    left: "Tree | None"
    leaves: tuple[Leaf, ...]
    place: tuple[float, int]
    notes: dict[str, bool]


def test_records_of_any_shape_have_a_schema() -> None:
    schema = record_schema(Tree)
    Draft202012Validator.check_schema(schema)
    leaf = {"name": "x"}
    tree = {"left": None, "leaves": [leaf], "place": [1.5, 2], "notes": {"a": True}}
    check = Draft202012Validator(schema)
    assert check.is_valid({**tree, "left": tree})
    assert not check.is_valid({**tree, "left": {**tree, "place": [1.5]}})
    assert not check.is_valid({**tree, "leaves": [{"name": "x", "kind": "b"}]})
    assert not check.is_valid({**tree, "notes": {"a": 1}})


def test_what_json_lacks_has_none() -> None:
    @dataclass
    class Bad:
        """Bytes."""

        data: bytes

    with pytest.raises(TypeError, match="has no JSON schema here"):
        record_schema(Bad)
