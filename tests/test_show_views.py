"""The facts in a terminal and as a page: what is said, how wide, and nothing that acts."""

import re
from dataclasses import replace
from html import unescape

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from specharness.records import Message
from specharness.runfile import Share
from specharness.settings import SplitSettings
from specharness.show import plots, words
from specharness.show.facts import Facts, Origin, Separation
from specharness.show.figures import p_value, percent, plural, rate
from specharness.show.html import render_html
from specharness.show.plots import length_ticks, place_interval, plot_differences, plot_lengths
from specharness.show.terminal import render_terminal
from specharness.split import split_pairs
from tests.runs import HOSTILE
from tests.showing import make_facts, make_pair, make_pairs

UNSAFE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\ud800-\udfff]")


@pytest.fixture(scope="module")
def facts() -> Facts:
    pairs = [
        replace(pair, tags=("git", f"kind {i % 7}"))
        for i, pair in enumerate(make_pairs(40, source="ours, CC0"))
    ]
    pairs.append(make_pair("other", tags=("talk",)))
    split = split_pairs(pairs, SplitSettings(compile=0.25, select=0.25, gate=0.5))
    return make_facts(pairs, split, description="Plain.")


@pytest.fixture(scope="module")
def hostile() -> Facts:
    pairs = [
        make_pair(
            f"{HOSTILE}{i}",
            (Message(role="user", content=f"{HOSTILE} {i}"),),
            chosen=f"{HOSTILE} yes {i}",
            rejected=HOSTILE * (i + 1),
            tags=(HOSTILE, f"tag {i % 2}"),
            group=f"{HOSTILE} {i // 3}",
            source=HOSTILE,
        )
        for i in range(9)
    ]
    pairs.append(make_pair("long", chosen="x" * 200_000, rejected="word " * 40_000))
    origin = Origin(file=HOSTILE, licence=HOSTILE, told=HOSTILE * 100)
    split = split_pairs(pairs, SplitSettings(compile=1, gate=1))
    return make_facts(
        pairs, split, name=HOSTILE, description=HOSTILE * 100, file=HOSTILE, origin=origin
    )


# words


def test_figures() -> None:
    assert (percent(0.613), p_value(0.0004), p_value(0.0941)) == ("61 %", "< 0.001", "0.094")
    assert rate(Share(count=1060.5, n=2000, low=0.5, high=0.55)) == "53 % (50–55)"
    assert rate(Share(count=0, n=0, low=0, high=1)) == "–"
    assert (plural(1, "pair"), plural(2000, "pair")) == ("1 pair", "2,000 pairs")


def test_length_that_explains_the_labels_is_warned_of() -> None:
    long = make_facts([make_pair(str(i), f"{i}?") for i in range(20)])
    assert words.explained_by_length(long.lengths)
    told = words.length_words(long.lengths)
    assert told.startswith("The longer response is chosen in 20 of 20 pairs, 100 % (84–100).")
    assert "Length alone explains most labels" in told
    assert "  ! The longer response" in render_terminal(long)


def test_length_that_tells_nothing_is_told_so() -> None:
    turned = [
        make_pair(str(i), f"{i}?", chosen="a b" if i % 2 else "a", rejected="b" if i % 2 else "a b")
        for i in range(20)
    ]
    told = words.length_words(make_facts(turned).lengths)
    assert told.endswith("50 % (30–70). That does not tell the two apart.")


def test_a_style_that_explains_the_labels_is_warned_of_and_is_no_evidence() -> None:
    found = make_facts(make_pairs(40))
    assert words.style_warning(found.separation).startswith("One property alone explains most")
    page = " ".join(render_terminal(found).split())
    assert words.style_warning(found.separation) in page
    assert words.NOT_EVIDENCE in page


def test_no_finding_is_told_as_none() -> None:
    found = make_facts(make_pairs(3))
    assert "None separates the two sides" in words.separation_words(found.separation)
    assert words.style_warning(found.separation) == ""


def test_what_cannot_be_told_of_noise_is_said() -> None:
    (told,) = words.noise_words(make_facts([make_pair()]))
    assert told.startswith("How many labels are wrong cannot be told")


def test_what_can_be_told_of_noise_is_said() -> None:
    pairs = [
        make_pair("1", agreement=0.75),
        make_pair("2", chosen="No.", rejected="Yes, it is so."),
    ]
    told = words.noise_words(make_facts(pairs))
    assert told[0].startswith("Annotators disagreed on 1 of 2 labels; on average 88 %")
    assert told[1] == (
        "1 comparison of the same texts stands here more than once, 1 of them with both labels."
    )


def test_a_bound_on_noise_is_told_with_its_condition() -> None:
    (*_, told) = words.noise_words(make_facts(make_pairs(60)))
    assert told.startswith("If labels were wrong at random, at most ")


@pytest.mark.parametrize(
    ("first", "second", "told"),
    [
        (0, 0, "do not say which response was shown first"),
        (9, 0, "nothing is known of the order"),
        (5, 4, "stood first in 5 of 9 pairs, 56 % (27–81): no bias shown."),
        (18, 2, "90 % (70–97): the first place may have swayed"),
        (2, 18, "10 % (3–30): the second place may have swayed"),
    ],
)
def test_position_is_told(first: int, second: int, told: str) -> None:
    sides = ["first"] * first + ["second"] * second or [""]
    pairs = [make_pair(str(i), f"{i}?", position=side) for i, side in enumerate(sides)]
    assert told in words.position_words(make_facts(pairs))


def test_a_sample_is_told(facts: Facts) -> None:
    found = replace(facts.separation, measured=1000, pairs=10_000, too_long=3)
    told = words.separation_words(found)
    assert "on 1,000 of 10,000 pairs, drawn at random (3 are too long to be measured)." in told


def test_sources_and_licence_are_named(facts: Facts) -> None:
    assert words.origin_words(facts) == ["from ours, CC0 (40)", words.NO_LICENCE]
    imported = replace(facts, origin=Origin(file="raw.csv", licence="MIT"))
    assert words.origin_words(imported)[1:] == ["imported from raw.csv", "licence: MIT"]


# the terminal


def test_the_page_is_short_and_in_order(facts: Facts) -> None:
    lines = render_terminal(facts).splitlines()
    assert lines[:3] == [
        "tone",
        "Plain.",
        "41 pairs, 41 groups, 41 different prompts",
    ]
    assert lines[3] == "the split: 10 compile, 10 select, 21 gate"
    titles = [line for line in lines if line and not line.startswith(" ")][5:]
    assert titles == [
        "Lengths in words", "What separates chosen from rejected", "Noise", "Slices", "Examples"
    ]  # fmt: skip
    assert len(lines) <= 62
    row = next(line for line in lines if "tag git" in line)
    assert re.split(r"\s{2,}", row.strip()) == ["tag git", "40", "20", "0 % (0–9)"]


@pytest.mark.parametrize("width", [1, 24, 40, 60, 80, 100, 200])
@pytest.mark.parametrize("whole", [False, True])
def test_no_line_is_wider_than_the_terminal(
    facts: Facts, hostile: Facts, width: int, whole: bool
) -> None:
    for found in (facts, hostile):
        page = render_terminal(found, width, whole=whole)
        assert max(map(len, page.splitlines())) <= max(width, 24)


def test_everything_is_listed_on_request(facts: Facts) -> None:
    short, whole = render_terminal(facts), render_terminal(facts, whole=True)
    assert "more: --all" in short and "--all" not in whole
    assert "most alike" in whole
    for found in facts.separation.separators:
        assert found.label[:37] in whole


def test_hostile_texts_are_shown_and_do_nothing(hostile: Facts) -> None:
    page = render_terminal(hostile, whole=True)
    assert not UNSAFE.search(page)
    assert "␛[31mred" in page and "⟦U+202E⟧" in page
    page.encode()
    assert len(page.splitlines()) < 200


def test_colour_only_on_request(facts: Facts) -> None:
    assert "\x1b" not in render_terminal(facts)
    assert "\x1b[1mNoise\x1b[0m" in render_terminal(facts, colour=True)


def test_the_gate_has_a_column_where_the_suite_is_divided(facts: Facts) -> None:
    assert "gate    longer is chosen" in render_terminal(facts)
    whole = replace(facts.counts, sides=None)
    assert "gate    longer is chosen" not in render_terminal(replace(facts, counts=whole))


# drawings


def test_an_interval_stands_on_its_bar() -> None:
    assert place_interval(0.5, 0.25, 1.0) == plots.Bar(low=40.0, high=160.0, point=80.0)


@pytest.mark.parametrize(
    ("least", "most", "ticks"),
    [(1, 2, [1, 2]), (91, 108, [91, 108]), (1, 6000, [1, 10, 100, 1000]), (4, 60, [5, 10, 20, 50])],
)
def test_ticks_are_few_and_round(least: int, most: int, ticks: list[int]) -> None:
    assert length_ticks(least, most) == ticks


def test_lengths_are_drawn_within_the_box(facts: Facts) -> None:
    plot = plot_lengths(facts.lengths)
    for path in (plot.chosen, plot.rejected):
        heights = [float(y) for y in re.findall(r"V([\d.]+)", path)]
        places = [float(x) for x in re.findall(r"H([\d.]+)", path)]
        assert places == sorted(places) and max(places) < plots.WIDTH
        assert min(heights) >= 0 and heights[-1] == plots.HEIGHT
    assert plot.chosen_median < plot.rejected_median  # 12 words against 14, dashes included


def test_equal_areas_of_an_outline_are_equal_counts() -> None:
    pairs = [make_pair(str(i), chosen="w " * (2**i), rejected="w") for i in range(8)]
    lengths = make_facts(pairs).lengths
    densities = plots._densities(lengths.chosen_bins)
    edges = lengths.chosen_bins.edges
    areas = [density * plots.log2(edges[i + 1] / edges[i]) for i, density in enumerate(densities)]
    assert areas == pytest.approx(lengths.chosen_bins.counts)


def test_differences_are_drawn_on_both_sides_of_zero(facts: Facts) -> None:
    plot = plot_differences(facts.lengths)
    assert len(plot.columns) == 21
    assert [column.side for column in plot.columns] == ["rejected"] * 10 + [""] + ["chosen"] * 10
    assert max(column.height for column in plot.columns) == plots.HEIGHT - 22
    assert plot.ticks[2].label == "0" and plot.ticks[2].x == plot.zero


# the page


def test_the_page_asks_for_nothing_and_runs_nothing(hostile: Facts) -> None:
    page = render_html(hostile)
    page.encode()
    assert not UNSAFE.search(page)
    assert "script-src" not in page and "default-src 'none'" in unescape(page)
    assert not re.search(r"<(script|img|style|svg) ?[^>]*(on\w+=|src=)", page)
    assert page.count("<style>") == 1 and "<script" not in page
    assert not re.search(r"\sstyle=", page.replace(HOSTILE, ""))
    assert "{{ 7 * 191 }}" in page and "1337" not in page
    assert len(page) < 400_000


def test_the_page_says_what_the_terminal_says(facts: Facts) -> None:
    page = re.sub(r"\s+", " ", render_html(facts).replace("&#39;", "'"))
    found = [
        words.length_words(facts.lengths),
        words.separation_words(facts.separation),
        words.style_warning(facts.separation),
        words.NOT_EVIDENCE,
        words.position_words(facts),
        *words.noise_words(facts),
    ]
    for told in found:
        assert told in page
    for separator in facts.separation.separators:
        assert separator.name in page


@pytest.mark.parametrize("pairs", [[make_pair()], make_pairs(2)], ids=["one", "two"])
def test_few_pairs_make_a_page_too(pairs: list) -> None:  # type: ignore[type-arg]
    found = make_facts(pairs)
    assert render_html(found) and render_terminal(found)


TEXTS = st.text(min_size=1, max_size=60).filter(str.strip)


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(st.tuples(TEXTS, TEXTS, TEXTS, TEXTS), min_size=1, max_size=4))
@example([("0", "0", "0", "0"), ("0", "0", "0", "00000\x80 ")])  # a space that a table drops
def test_any_texts_make_a_page_that_is_safe_and_fits(rows: list[tuple[str, ...]]) -> None:
    pairs = [
        make_pair(str(i), prompt, chosen=chosen, rejected=rejected, tags=(tag,), source=tag)
        for i, (prompt, chosen, rejected, tag) in enumerate(rows)
    ]
    found = make_facts(pairs)
    shown = render_terminal(found, 50, whole=True)
    assert not UNSAFE.search(shown) and not UNSAFE.search(render_html(found))
    assert max(map(len, shown.splitlines())) <= 50


def test_nothing_measured_makes_a_page_too(facts: Facts) -> None:
    nothing = Separation(
        pairs=41, measured=0, too_long=41, properties=98, separators=(), leader_votes={}
    )
    found = replace(facts, separation=nothing)
    assert "on 0 of 41 pairs" in render_terminal(found) and render_html(found)
