"""The HTML report as text; what a browser makes of it is in test_report_browser.py."""

import json
import re
import subprocess
import sys
from base64 import b64encode
from dataclasses import replace
from hashlib import sha256
from html.parser import HTMLParser
from typing import Any
from unicodedata import category

import pytest

from specharness.report import words
from specharness.report.bars import WIDTH, place, scale
from specharness.report.casedata import pair_anchor
from specharness.report.html import render_html
from specharness.runfile import Run, SuiteRun
from specharness.visible import excerpt, one_line, visible
from tests.runs import (
    HOSTILE,
    failing,
    hostile_suite,
    large_suite,
    make_case,
    make_cases,
    make_gate,
    make_run,
    make_suite,
    unproven,
    unverifiable,
)
from tests.test_report_packing import unpack

MUST_LOST = make_case("p", "lost", must=True)
VOID = {"meta", "input", "br", "link"}


class Outline(HTMLParser):
    """Checks that elements close in order; keeps ids, attributes and the text of the page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str]] = []
        self.raw: dict[str, str] = {}
        self.feed(page)
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(name, value or "") for name, value in attrs]
        if tag not in VOID and not self.get_starttag_text().endswith("/>"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if self.open and tag == self.open[-1]:
            self.open.pop()
        elif tag not in ("use", "path", "circle", "rect", "line", "polyline"):
            raise AssertionError(f"</{tag}> closes {self.open[-3:]}")

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] in ("script", "style"):
            self.raw.setdefault(f"{self.open[-1]}{self.tags.count('script')}", data)


def page_data(page: str, suite: int = 0) -> dict[str, Any]:
    found = re.search(rf'<script type="text/plain" id="data-{suite}">([\w+/=]*)</script>', page)
    assert found
    data = json.loads(unpack(found.group(1)))
    assert isinstance(data, dict)
    return data


@pytest.fixture(scope="module")
def mixed() -> Run:
    return make_run(make_suite(), unproven(), unverifiable(), failing())


def test_the_overview_shows_every_verdict_worst_first(mixed: Run) -> None:
    page = render_html(mixed)
    table = page[page.index('<table class="overview">') : page.index("</table>")]
    assert re.findall(r"</svg>([A-Z]+)</span>", table) == [
        "FAIL",
        "UNVERIFIABLE",
        "UNPROVEN",
        "PASS",
    ]
    assert "<h1>1 of 4 suites fails, 1 is unverifiable, 1 is unproven.</h1>" in page
    assert "<title>FAIL · specharness report</title>" in page
    assert '<span class="figures">−13.6 [−21.9, −5.8]</span>' in table
    assert "83 % → 69 %" in table
    assert "not measured" in table


def test_a_suite_shows_why_and_what_next(mixed: Run) -> None:
    page = render_html(mixed)
    assert '<p class="text">The edit loses 9 pairs and wins 1 of 59' in page
    assert "<code>pytest suites --suite safety --lost</code>" in page
    assert "21 of 24 (88 %)" in page
    assert "a rule that looks only at length: 29 of 59 (49 %)" in page
    assert "<ins>End with a question</ins>" in page
    assert "<del>Give no lists unless asked</del>" in page
    assert '<p class="lead">Shown to be worse than the spec before it.</p>' in page
    assert "may not gate" in page


def test_a_partial_selection_is_said() -> None:
    suite = replace(make_suite(), held_out=60, selected=14)
    assert "Only 14 of 60 held-out pairs were selected" in render_html(make_run(suite))


def test_an_unchanged_spec_and_a_first_run_are_said() -> None:
    same = render_html(make_run(make_suite(base_spec="x", head_spec="x")))
    assert "The spec is the same at head and base." in same
    first = render_html(make_run(make_suite(base_spec="", base_label="")))
    assert "against no base" in first


def test_no_suite_and_no_pair_still_make_a_page() -> None:
    assert "No suite ran." in render_html(Run(version="0.1.0", suites=()))
    empty = make_suite(cases=(), gate=make_gate(verdict="UNVERIFIABLE", sentences=()))
    assert "nothing measured" in render_html(make_run(empty))


@pytest.mark.parametrize(
    "suite", [failing(), unverifiable(), hostile_suite()], ids=["small", "empty", "hostile"]
)
def test_elements_nest_and_ids_are_unique(suite: object) -> None:
    page = render_html(make_run(suite))  # type: ignore[arg-type]
    outline = Outline(page)
    ids = [value for name, value in outline.attributes if name == "id"]
    assert len(ids) == len(set(ids))
    links = [value[1:] for name, value in outline.attributes if name == "href"]
    assert set(links) <= set(ids)
    assert outline.tags.count("script") == 2


def test_the_policy_names_the_hash_of_the_script_and_style(mixed: Run) -> None:
    page = render_html(mixed)
    outline = Outline(page)
    policy = next(value for name, value in outline.attributes if "default-src" in value)
    assert policy.startswith("default-src 'none'; ")
    for kind, tag in (("script", "script5"), ("style", "style0")):
        digest = b64encode(sha256(outline.raw[tag].encode()).digest()).decode()
        assert f"{kind}-src 'sha256-{digest}'" in policy
    assert not [name for name, _ in outline.attributes if name.startswith("on") or name == "style"]


def test_hostile_text_stays_text() -> None:
    page = render_html(make_run(hostile_suite()))
    page.encode()
    assert "<script>window" not in page
    assert "<svg onload" not in page
    assert "<img" not in page
    assert "{{ 7 * 191 }}{% raw %}" in page
    assert "1337" not in page
    assert not [c for c in page if category(c) in ("Cc", "Cf", "Cs") and c != "\n"]
    assert visible(HOSTILE) in page_data(page)["cases"][0][0]


def test_the_data_holds_every_pair_and_the_static_part_the_flipped_ones() -> None:
    cases = make_cases(kept=300, lost=130, won=20)
    page = render_html(make_run(make_suite(cases=cases)))
    assert len(page_data(page)["cases"]) == 450
    assert page.count('<div class="body"') == 250
    assert "Shown: 150 of 150 flipped pairs and 100 of 300 others.\nThe rest is in" in page


def test_however_many_flip_the_static_part_stays_small() -> None:
    long = [make_case(f"p-{i}", "lost", chosen="x" * 10_000) for i in range(200)]
    page = render_html(make_run(make_suite(cases=long), make_suite("b", cases=long[:50])))
    assert "Shown: 49 of 200 flipped pairs and 0 of 0 others." in page
    assert page.count('<div class="body"') == 49 + 49
    assert len(page_data(page)["cases"]) == 200


def test_ten_thousand_pairs_fit() -> None:
    page = render_html(make_run(large_suite()))
    assert len(page.encode()) < 12e6


def test_the_level_of_the_interval_is_that_of_the_gate() -> None:
    def at(alpha: float, name: str) -> Any:
        suite = failing(name)
        return replace(suite, gate=replace(suite.gate, alpha_pass=alpha))

    page = render_html(make_run(at(0.025, "a"), at(0.025, "b")))
    assert "Bar: its 95 % interval. Dashed" in page
    assert "<dt>95 % interval</dt><dd>[−21.9, −5.8]</dd>" in page
    assert "90 %" not in page
    page = render_html(make_run(at(0.025, "a"), at(0.05, "b")))
    assert "Bar: its interval, whose level stands beside it. Dashed" in page
    assert "[−21.9, −5.8] <small>95 %</small>" in page
    assert "[−21.9, −5.8] <small>90 %</small>" in page
    assert 'aria-label="−13.6 [−21.9, −5.8] points, 90 % interval, margin −5.0"' in page


def test_reading_order() -> None:
    cases = [
        make_case("kept"),
        make_case("won", "won"),
        make_case("error", "error"),
        make_case("miss", "known miss"),
        make_case("lost", "lost"),
        make_case("lost-must", "lost", must=True),
    ]
    order = [case.id for case in words.reading_order(cases)]
    assert order == ["lost-must", "lost", "won", "error", "miss", "kept"]
    assert words.outcome_words(cases) == "2 lost, 1 won, 1 error, 1 known miss, 1 kept"


@pytest.mark.parametrize(
    ("suites", "said"),
    [
        ([make_suite()], "The suite passes."),
        ([make_suite(), make_suite("b")], "All 2 suites pass."),
        ([failing(), failing("b"), make_suite()], "2 of 3 suites fail."),
        ([unverifiable()], "The suite is unverifiable."),
        ([unproven(), make_suite()], "1 of 2 suites is unproven."),
    ],
)
def test_headline(suites: list[object], said: str) -> None:
    assert words.headline(make_run(*suites)) == said  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("suite", "said"),
    [
        (failing(), "Shown to be worse than the spec before it."),
        (replace(failing(), base_spec=""), "Shown to be worse than no spec at all."),
        (make_suite(), "Not worse than the spec before it, within the margin of 5 points."),
        (make_suite(base_spec="x", head_spec="x"), "The spec is as it was."),
        (unproven(), "Not settled: it may or may not be worse than the spec before it."),
        (unverifiable(), "Nothing can be concluded."),
        (replace(failing(), cases=(MUST_LOST,)), "A pair that must hold was lost."),
    ],
)
def test_the_verdict_in_a_few_words(suite: SuiteRun, said: str) -> None:
    assert words.ruling(suite) == said


def test_figures() -> None:
    assert (words.points(-0.0421), words.points(0.0001), words.points(None)) == ("-4.2", "0.0", "–")
    assert (words.nats(0.12), words.percent(0.613)) == ("+0.120", "61 %")
    assert [words.nats(m) for m in (-0.0005, -0.0004, 0.0, -1e-9)] == [
        "-0.001",
        "-0.0004",
        "0.000",
        "0.000",
    ]
    assert [words.seconds(s) for s in (0.42, 41.3, 700)] == ["0.4 s", "41 s", "12 min"]


def test_every_character_without_a_shape_is_made_visible() -> None:
    letters = set("\t\n") | {chr(c) for c in (0x110BD, 0x110CD, *range(0x13430, 0x13440))}
    kept = [
        character
        for character in map(chr, range(0x110000))
        if category(character) in ("Cc", "Cf", "Cs", "Zl", "Zp") and visible(character) == character
    ]
    # Arabic, Syriac, Kaithi and hieroglyphic format characters have a shape or only join such
    assert {c for c in kept if not "\u0600" <= c <= "\u08ff"} <= letters
    assert visible("\x7f\x85") == "␡⟦U+0085⟧"
    assert one_line("a\tb\nc") == "a␉b␊c"
    assert excerpt("a  \x1b b " + "c" * 50, 8) == "a ␛ b c…"


def test_a_bar_stays_on_the_drawing() -> None:
    gates = [failing().gate, unproven().gate, unverifiable().gate]
    reach = scale(gates)
    bar = place(gates[0], reach)
    assert bar is not None
    assert 0 <= bar.low < bar.point < bar.high < bar.margin < bar.zero == WIDTH / 2
    assert place(gates[2], reach) is None
    assert scale([]) == pytest.approx(0.108)


def test_anchors_are_quoted_as_the_script_quotes_them() -> None:
    assert pair_anchor("a/b", "ü(1)!") == "a%2Fb/%C3%BC(1)!"
    assert pair_anchor("s", "\ud800") == "s/%E2%9F%A6U%2BD800%E2%9F%A7"


def test_the_views_load_when_they_are_asked_for() -> None:
    code = "import sys, specharness.report as r; print({'jinja2', 'tabulate'} & set(sys.modules))"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout == "set()\n"
