"""The Markdown view, as GitHub's own parser reads it: strangers' text stays text."""

import re
from dataclasses import dataclass, field, replace
from html.parser import HTMLParser
from pathlib import Path

import cmarkgfm
import pytest
from cmarkgfm.cmark import Options
from hypothesis import given, settings
from hypothesis import strategies as st

from specharness.records import Message
from specharness.report.gfm import block, cell, code, prose
from specharness.report.markdown import LIMIT, MARKER, render_markdown
from specharness.runfile import Run, SuiteRun
from specharness.visible import visible
from tests.runs import (
    HOSTILE,
    failing,
    hostile_suite,
    large_suite,
    make_case,
    make_gate,
    make_run,
    make_suite,
    make_trust,
    unproven,
    unverifiable,
)

DATA = Path(__file__).parent / "data" / "report_formats"
OURS = {
    "h2", "h3", "p", "strong", "ul", "li", "br", "pre", "code", "blockquote", "details", "summary",
    "table", "thead", "tbody", "tr", "th", "td",
}  # fmt: skip
TRICKS = (
    "@octocat", "see @org/team", "#1", "owner/repo#1", "GH-1", "JIRA-12", "1a2b3c4d5e", ":octocat:",
    "www.example.com", "commentwww.example.com", "http://example.com/x", "me@example.com",
    "mailto:me@example.com",
    "[text](http://example.com)", "![image](http://example.com/i.png)", "<http://example.com>",
    "[x]: http://example.com", "[x]", "[^1]", "<img src=x>", "<!-- comment", "-->", "<details>",
    "</details>", "&lt;b&gt;", "```", "~~~", "````\n```sh", "`", "``a` b```", "| a | b |", "\\|",
    "a\\", "|---|---|", "# title", "> quote", "- item", "1. item", "12) item", "+ item", "* * *",
    "---", "===", "***bold***", "_it_", "~~gone~~", "$x^2$", "$`x`$", "    indented", "\t code",
    "\n\nnew", "</summary></details>", "[ ] task", "%", "\x1b[31m", "\u202ecod", "a\x00b", "!",
)  # fmt: skip
EVIL = st.one_of(
    st.sampled_from(TRICKS),
    st.text(st.sampled_from("`|\\<>[]()!*_~#@:&$-=+.1a \n\t"), max_size=12),
    st.text(max_size=6),
)
TEXTS = st.lists(EVIL, max_size=6).map(" ".join) | st.lists(EVIL, max_size=4).map("".join)
# what GitHub turns into links and images once the Markdown is HTML, except inside code
REFERENCES = re.compile(
    r"(?i)@\w|#\d|\bGH-\d|:[\w+-]+:|https?:|www\.|\b[0-9a-f]{7,40}\b|\b[a-z]+-\d|\$\S"
)


@dataclass
class Page(HTMLParser):
    """What a page holds; comments, tags, attributes, and the text outside and inside code."""

    tags: list[str] = field(default_factory=list)
    facts: set[str] = field(default_factory=set)
    comments: list[str] = field(default_factory=list)
    plain: str = ""
    coded: list[str] = field(default_factory=list)
    depth: int = 0

    def __post_init__(self) -> None:
        super().__init__()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.facts |= {name for name, _ in attrs}
        self.depth += tag == "code"
        if tag == "code":
            self.coded.append("")

    def handle_endtag(self, tag: str) -> None:
        self.depth -= tag == "code"

    def handle_data(self, data: str) -> None:
        if self.depth:
            self.coded[-1] += data
        else:
            self.plain += data

    def handle_comment(self, data: str) -> None:
        self.comments.append(data)


def read(markdown: str) -> Page:
    """The page that GitHub's parser makes of it, raw HTML included."""
    page = Page()
    page.feed(
        cmarkgfm.github_flavored_markdown_to_html(
            markdown, options=Options.CMARK_OPT_UNSAFE | Options.CMARK_OPT_FOOTNOTES
        )
    )
    page.close()
    return page


def words_of(text: str) -> str:
    return visible(" ".join(text.split())) or "–"


def check_harmless(markdown: str, run: Run) -> None:
    """Only our own markup is there, once for each thing it shows, and nothing becomes a link."""
    page = read(markdown)
    assert set(page.tags) <= OURS
    assert page.facts <= {"align", "lang"}
    assert page.comments == [" specharness report "]
    assert not REFERENCES.findall(page.plain)
    assert page.tags.count("td") == 7 * len(run.suites)
    assert page.tags.count("details") == page.tags.count("summary")
    assert page.tags.count("table") == 1
    markdown.encode()


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Of 20 pairs, 1 was lost.", "Of 20 pairs, 1 was lost."),
        ("-13.6 points [-21.9, -5.8], p = 0.011.", "-13.6 points \\[-21.9, -5.8\\], p = 0.011."),
        ("see @me, p-01 (1a2b3c4).", "see `@me`, `p-01` (`1a2b3c4`)."),
        ("12. no list", "12\\. no list"),
        ("a `b` c", "a `` `b` `` c"),
        (" \n\t ", "–"),
    ],
)
def test_prose_is_plain_where_it_can_be(text: str, shown: str) -> None:
    assert prose(text) == shown


@given(TEXTS)
@settings(max_examples=200, deadline=None)
def test_nothing_is_lost_or_added(text: str) -> None:
    for shown in (prose(text, 500), code(text, 500)):
        page = read(f"- {shown}")
        assert set(page.tags) <= {"ul", "li", "code"}
        whole = "".join(read(f"x {shown} y").coded) if shown.startswith("`") else None
        assert not REFERENCES.findall(page.plain)
        if shown == code(text, 500):
            assert whole == words_of(text)
    page = read(block(text, "diff"))
    assert page.tags == ["pre", "code"] and page.coded == [f"{visible(text)}\n"]
    page = read(f"| a | b |\n|---|---|\n| {cell(text, 500)} | x |\n")
    assert page.tags.count("td") == 2 and page.coded == [words_of(text).replace("|", "¦")]


@given(TEXTS)
@settings(max_examples=200, deadline=None)
def test_prose_says_what_was_said(text: str) -> None:
    page = Page()
    html = cmarkgfm.github_flavored_markdown_to_html(prose(text, 500))
    page.feed(re.sub("</?code>", "", html))
    assert page.tags == ["p"]
    assert page.plain.strip() == words_of(text)


def hostile(text: str) -> SuiteRun:
    """A failing suite that says `text` wherever it can."""
    told = {"chosen": text, "rejected": text, "prompt": (Message(role="user", content=text),)}
    cases = [make_case(text, outcome, must=True, **told) for outcome in ("lost", "won")]  # type: ignore[arg-type]
    gate = make_gate(cases, verdict="FAIL", sentences=(text, text), next_command=text)
    trust = make_trust(probe=text, sensitivity_sentence=text)
    specs = {"base_spec": f"- {text}", "head_spec": f"- more\n- {text} more"}
    return make_suite(text, cases, gate=gate, trust=trust, model=text, mode=text, **specs)


@given(TEXTS)
@settings(max_examples=60, deadline=None)
def test_no_text_gets_out_of_its_place(text: str) -> None:
    run = make_run(failing(), hostile(text))
    check_harmless(render_markdown(run), run)


@pytest.mark.parametrize("text", TRICKS)
def test_no_trick_works(text: str) -> None:
    run = make_run(hostile(text))
    check_harmless(render_markdown(run), run)


def test_the_hostile_suite_is_harmless() -> None:
    run = make_run(failing(), hostile_suite(), unverifiable())
    text = render_markdown(run)
    check_harmless(text, run)
    assert "<script>" not in read(text).plain
    assert not set(text) & set("\x00\x07\x1b\u202e\u200b\ud800\t\r")


def test_a_run_reads_so() -> None:
    run = make_run(failing(lost=9, won=1, kept=49), unproven(), unverifiable(), make_suite())
    assert f"{render_markdown(run)}\n" == (DATA / "comment.md").read_text(encoding="utf-8")


def test_a_run_where_nothing_changed_is_a_table() -> None:
    suite = replace(make_suite(), base_spec=make_suite().head_spec)
    text = render_markdown(make_run(suite))
    assert text.startswith(f"{MARKER}\n\n## ✅ The suite passes.\n\n| |")
    assert "###" not in text and "details" not in text


def test_an_empty_run_says_so() -> None:
    assert render_markdown(Run(version="0.1.0", suites=())).endswith("## ❔ No suite ran.")


def test_levels_that_differ_are_told_in_the_rows() -> None:
    other = replace(make_suite(), gate=replace(make_suite().gate, alpha_pass=0.025))
    text = render_markdown(make_run(other, failing()))
    assert "| difference |" in text and "-13.6 [-21.9, -5.8] (90 %)" in text


@pytest.mark.parametrize(
    "run",
    [
        make_run(large_suite(2_000)),
        make_run(*(failing(f"suite-{i}") for i in range(60))),
        make_run(*(hostile_suite(f"{i}") for i in range(40))),
        make_run(*(replace(failing(f"{i}"), model=f"𝄞{i}" * 90) for i in range(200))),
    ],
    ids=["pairs", "suites", "hostile", "models"],
)
def test_it_fits_a_comment_and_says_what_is_left_out(run: Run) -> None:
    text = render_markdown(run)
    assert len(text.encode()) <= LIMIT
    assert text.startswith(MARKER)
    assert "in the report" in text or "left out" in text
    page = read(text)
    assert set(page.tags) <= OURS
    assert page.tags.count("details") == text.count("</details>")
    assert text.count("\n| ") == min(len(run.suites), 50) + 1 + (len(run.suites) > 50)


def test_verdicts_stay_when_details_have_to_go() -> None:
    text = render_markdown(make_run(*(failing(f"suite-{i}") for i in range(60))))
    assert text.count("### ❌ FAIL") == 60 and text.count("<details>") < 120
    assert "parts left out, to keep this short enough for a comment" in text


def test_hostile_text_is_in_the_comment_that_was_checked() -> None:
    assert visible(HOSTILE).split()[0] in render_markdown(make_run(hostile_suite()))
