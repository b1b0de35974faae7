"""Recordings of other rooms are read, too: coverage, mutants, history."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from specharness import cli
from specharness.errors import UsageError
from specharness.ledger.commands import verify_command
from specharness.ledger.recorded import ROOMS, check_recordings
from specharness.panel import Asking, open_panel
from specharness.run import Options, run_suite
from specharness.suitefile import Suite, load_suite
from tests.changes import one_byte_changed
from tests.rulebooks import SPEC, Reader, make_suite

FOLDER = Path("fixtures/recordings/tone")
COVERAGE = FOLDER / "reader.coverage.jsonl"
CHANGED = "as it was written|check was made of"


def verify() -> tuple[int, str]:
    done = CliRunner().invoke(verify_command, [], standalone_mode=False)
    assert done.exception is None, done.exception
    return done.return_value, done.output


def record(suite: Suite, room: str) -> None:
    asking = Asking(room=room, command=f"specharness {room} tone", mode="record")
    panel = open_panel(suite, asking, Reader())
    panel.read([SPEC, ""], None)
    panel.save()


@pytest.fixture(scope="module", autouse=True)
def here(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Suite]:
    """A suite that was run and measured in two rooms, all of it recorded; nothing is accepted."""
    with pytest.MonkeyPatch.context() as patch:
        root = tmp_path_factory.mktemp("rooms")
        patch.setenv("SPECHARNESS_CACHE", str(root / "cache"))
        patch.chdir(root)
        make_suite(root, counts={"brief": 6, "code": 6})
        suite = load_suite(Path("suites/tone"))
        run_suite(suite, Options(mode="record"), model=Reader())
        record(suite, "coverage")
        record(suite, "mutation")
        yield suite


def test_what_rooms_recorded_holds(here: Suite) -> None:
    assert sorted(path.name for path in FOLDER.iterdir()) == [
        "reader.coverage.jsonl", "reader.jsonl", "reader.mutation.jsonl",
    ]  # fmt: skip
    code, told = verify()
    assert code == 0 and "tone: holds (nothing accepted yet; recordings say" in told


@contextmanager
def other(path: Path, content: bytes) -> Iterator[None]:
    """The file (which may not be there) with this content, for a while."""
    before = path.read_bytes() if path.exists() else None
    path.write_bytes(content)
    try:
        yield
    finally:
        path.unlink()
        if before is not None:
            path.write_bytes(before)


def test_a_changed_sum_is_found_and_named() -> None:
    first, second, third, *rest = COVERAGE.read_bytes().split(b"\n")
    digit = re.compile(rb'("sum":-\d+\.\d)')
    changed = digit.sub(lambda found: found[1] + b"7", third)
    assert changed != third
    with other(COVERAGE, b"\n".join((first, second, changed, *rest))):
        code, told = verify()
    assert code == 1
    assert told.startswith(f"{COVERAGE}:3: not a recording (sum and count do not belong to these ")


@given(data=st.data())
@settings(max_examples=150, deadline=None)
def test_any_changed_byte_is_found(here: Suite, data: st.DataObject) -> None:
    """Hypothesis picks it."""
    path = data.draw(st.sampled_from((COVERAGE, FOLDER / "reader.mutation.jsonl")))
    with one_byte_changed(path, data), pytest.raises(UsageError) as caught:
        check_recordings(here)
    assert str(path) in str(caught.value)


@pytest.mark.parametrize(
    ("old", "new"), [(b"\n{", b"\r{"), (b":1,", b": 1,"), (b"\n{", b"\n {"), (b"toy", b"t\\u006fy")]
)
def test_what_says_the_same_in_another_way_is_found(here: Suite, old: bytes, new: bytes) -> None:
    whole = COVERAGE.read_bytes()
    assert old in whole
    with other(COVERAGE, whole.replace(old, new, 1)), pytest.raises(UsageError, match=CHANGED):
        check_recordings(here)
    with other(COVERAGE, whole[:-1]), pytest.raises(UsageError, match="as it was written"):
        check_recordings(here)
    with other(COVERAGE, whole.replace(b"\n", b"\r\n")):  # as git on Windows checks it out
        check_recordings(here)


def test_recordings_of_another_model_are_found_in_rooms_only(here: Suite) -> None:
    twin = COVERAGE.read_bytes().replace(b'"revision":"1"', b'"revision":"9"')
    with other(FOLDER / "reader.5.jsonl", twin):  # a model's own name can have a dot
        check_recordings(here)
    told = r"recorded with another model than reader\.jsonl"
    with other(FOLDER / "reader.blame.jsonl", twin), pytest.raises(UsageError, match=told):
        check_recordings(here)


def test_every_room_is_known() -> None:
    """The names that commands give their recordings are those that are looked for."""
    package = Path(cli.__file__).parent
    code = "".join(path.read_text() for path in package.rglob("*.py"))
    named = re.findall(r'\.asking\(\s*"(\w+)"', code) + re.findall(r'Asking\(room="(\w+)"', code)
    assert set(named) == set(ROOMS)


# The run file


def test_a_run_file_that_is_named_has_to_be_there() -> None:
    done = CliRunner().invoke(cli.main, ["verify", "--from", "typo.json"])
    assert done.exit_code == 4
    assert done.output.startswith("typo.json: no such file; name a run file, or leave --from out")
    usual = CliRunner().invoke(cli.main, ["verify"])
    assert usual.exit_code == 0, usual.output
