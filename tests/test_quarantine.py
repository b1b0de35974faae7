"""Quarantine: decided by repeats of the base alone, with an end, and never a way to a pass."""

from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from specharness.errors import UsageError
from specharness.gate.findings import Quarantined
from specharness.gate.gates import decide
from specharness.gate.quarantine import (
    combine,
    count_flips,
    decide_sparing,
    explain_quarantine,
    in_force,
    is_unstable,
    parse_quarantine,
    quarantine_pairs,
    quarantine_text,
    read_quarantine,
    set_aside,
)

TODAY = date(2026, 3, 1)


@dataclass(frozen=True)
class Held:
    id: str
    must: bool = False


def entry(id: str = "a", **changes: object) -> Quarantined:
    made = Quarantined(id=id, reason="it turned", flips=2, runs=4, spec="5f", since=3, looks=10)
    return replace(made, **changes)  # type: ignore[arg-type]


PAIRS = [Held(f"p{i:02}") for i in range(20)]
LEVELS = np.ones((4, 20))
LEVELS[1:3, 4] = -1  # turns in half of the repeats
LEVELS[3, 7] = -1  # in one


def test_pairs_that_turn_in_half_of_the_repeats_are_chosen() -> None:
    assert count_flips(LEVELS)[3:8] == [0, 2, 0, 0, 1]
    found = quarantine_pairs(PAIRS, LEVELS, spec="5f", since=3)
    assert [e.id for e in found] == ["p04"]
    assert found[0] == Quarantined(
        id="p04", reason="its verdict turned in 2 of 4 repeats that change layout only",
        flips=2, runs=4, spec="5f", since=3, looks=10,
    )  # fmt: skip


def test_a_pair_that_must_hold_is_never_quarantined() -> None:
    musts = [replace(p, must=True) for p in PAIRS]
    assert quarantine_pairs(musts, LEVELS, spec="5f", since=0) == ()
    assert set_aside(musts, [entry("p04")]) == tuple(musts)


def test_a_noisy_suite_has_no_quarantine() -> None:
    noisy = np.where(np.arange(4)[:, None] % 2 == 0, 1, -1) * np.ones((4, 20))
    with pytest.raises(UsageError, match="20 of 20 pairs turn when only layout changes"):
        quarantine_pairs(PAIRS, noisy, spec="", since=0)
    with pytest.raises(UsageError, match="3 repeats decide on no quarantine"):
        quarantine_pairs(PAIRS, LEVELS[:3], spec="", since=0)


@pytest.mark.parametrize(("flips", "runs", "is_one"), [(1, 4, 0), (2, 4, 1), (3, 8, 0), (4, 8, 1)])
def test_unstable(flips: int, runs: int, is_one: bool) -> None:
    assert is_unstable(flips, runs) == is_one


@pytest.mark.parametrize(
    ("changes", "accepted", "holds"),
    [
        ({}, 3, True),
        ({}, 12, True),
        ({}, 13, False),
        ({"looks": 0, "until": "2026-03-02"}, 99, True),
        ({"looks": 0, "until": "2026-03-01"}, 3, False),
        ({"until": "2026-02-01"}, 3, False),
    ],
)
def test_every_entry_ends(changes: dict[str, object], accepted: int, holds: bool) -> None:
    held, over = in_force([entry(**changes)], accepted, TODAY)
    assert (len(held), len(over)) == ((1, 0) if holds else (0, 1))


def test_it_is_told() -> None:
    pairs = [Held("a"), Held("b"), Held("c")]
    assert explain_quarantine(pairs, [entry("a")], [entry("b"), entry("gone")]) == (
        "1 pair is in quarantine (a) and cannot fail this edit: before it its verdict turned when "
        "only layout changed. A pass counts all pairs.",
        "Back from quarantine: b.",
    )
    assert explain_quarantine(pairs, [entry("gone")], []) == ()
    assert set_aside(pairs, [entry("a"), entry("gone")]) == (Held("b"), Held("c"))


def test_the_file_is_sorted_and_reads_back(tmp_path: Path) -> None:
    entries = (entry("b", until="2027-01-31"), entry("a"))
    path = tmp_path / "quarantine.jsonl"
    path.write_text(quarantine_text(entries))
    assert read_quarantine(path) == (entries[1], entries[0])
    assert quarantine_text(read_quarantine(path)) == path.read_text()
    assert read_quarantine(tmp_path / "none.jsonl") == ()


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("{", "q:1: no quarantined pair"),
        ('{"id": "a"}', "q:1: no quarantined pair"),
        (quarantine_text([entry()]) + quarantine_text([entry()]), "q:2: 'a' is named twice"),
        (quarantine_text([entry(reason=" ")]), "q:1: no reason"),
        (quarantine_text([entry(looks=0)]), "q:1: a quarantine without an end"),
        (quarantine_text([entry(until="soon")]), "q:1: 'soon' is no day"),
        (quarantine_text([entry(looks="many")]), "q:1: 'looks' is 'many'"),
    ],
)
def test_mistakes_name_the_line(line: str, message: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse_quarantine(line, "q")
    assert str(caught.value).startswith(message)


# --- what it does to a verdict -------------------------------------------------------------------


def both(base: list[float], head: list[float], aside: int) -> tuple[str, str, str]:
    """Verdicts on all pairs, on those but the first `aside`, and combined."""
    whole, kept = decide(base, head), decide(base[aside:], head[aside:])
    return whole.verdict, kept.verdict, combine(whole, kept).verdict


@given(
    st.lists(st.tuples(st.floats(0, 1), st.floats(0, 1)), min_size=2, max_size=40),
    st.integers(0, 10),
)
@settings(deadline=None, max_examples=60)
def test_it_can_spare_a_fail_and_never_earn_a_pass(
    rows: list[tuple[float, float]], aside: int
) -> None:
    base, head = ([float(x) for x in side] for side in zip(*rows, strict=True))
    whole, kept, found = both(base, head, min(aside, len(rows) - 1))
    assert (found == "PASS") == (whole == "PASS")
    assert found != "FAIL" or kept == "FAIL"


def test_a_loss_of_unstable_pairs_alone_stays_open() -> None:
    base, head = [0.9] * 100, [0.1] * 9 + [0.9] * 91
    assert both(base, head, 9) == ("FAIL", "PASS", "UNPROVEN")
    told = combine(decide(base, head), decide(base[9:], head[9:]))
    assert (told.n, told.lost, told.needed) == (100, 9, None)


def test_it_says_that_the_loss_shows_only_with_them() -> None:
    base, head = [0.9] * 100, [0.1] * 9 + [0.9] * 91
    told = combine(decide(base, head), decide(base[9:], head[9:])).explain()
    assert told[1:3] == (
        "The loss shows only with pairs in quarantine: without them none is shown.",
        "A drop of up to 14.8 points is not excluded (the margin allows 5.0).",
    )
    assert not any("Neither a loss nor" in sentence for sentence in told)


def test_where_all_pairs_are_in_quarantine_nothing_fails() -> None:
    pairs = [Held(f"p{n}") for n in range(30)]
    found = decide_sparing(
        pairs, [entry(p.id) for p in pairs], lambda some: decide([0.9] * 30, [0.1] * 30)
    )
    assert found.verdict == "UNPROVEN"
    assert decide_sparing(pairs, [], lambda some: decide([0.9] * 30, [0.1] * 30)).verdict == "FAIL"


def test_a_loss_of_other_pairs_is_shown_without_them() -> None:
    base, head = [0.9] * 100, [0.9] * 9 + [0.1] * 30 + [0.9] * 61
    assert both(base, head, 9) == ("FAIL", "FAIL", "FAIL")
