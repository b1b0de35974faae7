"""What changed in a spec, by rule, by line and by word."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from specharness.report.casedata import rule_anchor
from specharness.report.html import render_html
from specharness.report.linediff import diff_lines
from specharness.report.rulediff import RuleView, view_rules
from specharness.report.worddiff import diff_words
from specharness.runfile import SuiteRun, read_run, write_run
from specharness.specfile import parse_spec
from tests.runs import hostile_suite, make_run, make_suite

BASE = """# How to answer

- Use plain words. {#plain}
- Give no lists. {#lists}
- Be kind to everyone who asks. {#kind}
- Cite sources.
# Code
- Fence code. {#code}
"""
HEAD = """# How to answer

- Be kind to all who ask. {#kind}
- Use plain, short words. {#plain}
- Fence code. {#code}
- Cite sources.
- End with a question.
# Code
"""


def edited(base: str, head: str, with_rules: bool = True) -> SuiteRun:
    """A suite whose spec was edited so."""
    old, new = parse_spec(base), parse_spec(head)
    suite = make_suite(base_spec=old.shown, head_spec=new.shown)
    return replace(suite, base_rules=old.rules, head_rules=new.rules) if with_rules else suite


def told(view: RuleView) -> tuple[str, str, str]:
    marks = {"same": "{}", "old": "[-{}-]", "new": "[+{}+]"}
    text = "".join(marks[span.kind].format(span.text) for span in view.spans)
    return view.kind, f"{view.anchor}: {view.where}", text


def test_rules_show_what_became_of_them() -> None:
    assert [told(view) for view in view_rules(edited(BASE, HEAD))] == [
        (
            "reworded",
            "kind: moved, line 5 → 3",
            "Be kind to [-everyone-][+all+] who [-asks-][+ask+].",
        ),
        ("removed", "lists: line 4 at base", "[-Give no lists.-]"),
        ("reworded", "plain: line 4", "Use plain[+, short+] words."),
        ("moved", "code: line 8 → 5, “Code” → “How to answer”", "Fence code."),
        ("unchanged", ": line 6", "Cite sources."),
        ("added", ": line 7", "[+End with a question.+]"),
    ]


def test_a_run_without_rules_has_those_of_its_text() -> None:
    views = view_rules(edited(BASE, HEAD, with_rules=False))
    assert {view.anchor for view in views} == {""}
    assert sorted(view.kind for view in views).count("unchanged") == 1


def test_a_run_keeps_its_rules_and_one_written_without_them_can_be_read(tmp_path: Path) -> None:
    run, path = make_run(edited(BASE, HEAD)), tmp_path / "run.json"
    write_run(run, path)
    assert read_run(path) == run
    data = json.loads(path.read_text(encoding="utf-8"))
    for name in ("base_rules", "head_rules"):
        del data["suites"][0][name]
    del data["suites"][0]["gate"]["alpha_pass"]
    path.write_text(json.dumps(data), encoding="utf-8")
    assert read_run(path).suites[0].head_rules == ()
    assert read_run(path).suites[0].gate.alpha_pass == 0.05


def test_an_instruction_has_no_lines() -> None:
    suite = replace(edited("Be brief.", "Be very brief."), spec_path="suites/tone/suite.toml")
    assert [view.where for view in view_rules(suite)] == [""]


def test_the_page_has_rules_with_links_and_the_lines_below() -> None:
    page = render_html(make_run(edited(BASE, HEAD)))
    assert '<li class="rule is-removed" id="tone/rule/lists">' in page
    assert '<a href="#tone/rule/lists" aria-label="Link to the rule lists">' in page
    assert '<p class="text">Use plain<ins>, short</ins> words.</p>' in page
    assert page.index('class="rule is-') < page.index("<summary>Line by line</summary>")
    assert "<summary>1 unchanged rule</summary>" in page
    assert rule_anchor("a/b", "ü") == "a%2Fb/rule/%C3%BC"


def test_an_edit_between_the_rules_is_shown_by_line() -> None:
    page = render_html(make_run(edited("# One\n- Be kind.", "# One\n\n---\n\n- Be kind.")))
    assert "No rule was touched: what changed stands between the rules." in page
    assert '<details class="fold edited" open>' in page


def test_hostile_rules_stay_text() -> None:
    page = render_html(make_run(hostile_suite(head_rules=(), base_rules=())))
    rules = page[page.index('<ul class="rules"') : page.index("</ul>")]
    assert "<script" not in rules and "<svg" not in rules


def test_the_diff_marks_words_and_folds_what_did_not_change() -> None:
    base = "\n".join(["same"] * 10 + ["Answer in one line."])
    head = "\n".join(["same"] * 10 + ["Answer in two lines."])
    gap, *_, old, new = diff_lines(base, head)
    assert (gap.kind, gap.number) == ("gap", 7)
    assert [p.text for p in old.pieces if p.changed] == ["one line"]
    assert [p.text for p in new.pieces if p.changed] == ["two lines"]
    assert "".join(p.text for p in new.pieces) == "Answer in two lines."
    assert (old.number, new.number) == (11, 11)


@pytest.mark.parametrize(
    ("base", "head"),
    [("", "a\nb\n"), ("a\nb", ""), ("a\n\nb\nc", "b\n\n\nc d"), ("a\r\nb", "a\nb")],
)
def test_the_diff_gives_both_sides_back(base: str, head: str) -> None:
    lines = diff_lines(base, head, context=99)
    for kind, text in (("old", base), ("new", head)):
        side = ["".join(p.text for p in x.pieces) for x in lines if x.kind in ("same", kind)]
        assert "\n".join(side) == text.removesuffix("\n")


def test_words_of_texts_that_are_not_alike_are_not_mixed() -> None:
    spans = diff_words("Give no lists.", "End with a question and a smile")
    assert [span.kind for span in spans] == ["old", "new"]
    assert diff_words("", "") == ()


@given(st.text(alphabet="ab ,\n"), st.text(alphabet="ab ,\n"))
def test_a_word_diff_gives_both_sides_back(before: str, after: str) -> None:
    spans = diff_words(before, after)
    assert "".join(span.text for span in spans if span.kind != "new") == before
    assert "".join(span.text for span in spans if span.kind != "old") == after
