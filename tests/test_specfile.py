from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from specharness.errors import UsageError
from specharness.specdiff import diff_rules
from specharness.specfile import load_spec, parse_spec

PIECES = ["<!--", "-->", "<!", "-- ", "{#a}", " {#b c}", "{#", "}", "```", "~~~", "`", "\n", "\r\n"]
PIECES += ["\n\n", "- ", "  * ", "1. ", "2) ", "# ", "---", "===", "be kind", "x", " ", "\t", "<x>"]
MARKDOWN = st.lists(st.sampled_from(PIECES), max_size=40).map("".join)
TEXT = MARKDOWN | st.text(max_size=80)


def parsed(text):
    try:
        return parse_spec(text)
    except UsageError as error:
        assert "stands in line" in error.what
        return None


@given(TEXT)
@settings(max_examples=400, deadline=None)
def test_any_text_parses_and_what_is_shown_is_shown_again(text):
    spec = parsed(text)
    if spec is None:
        return
    assert spec.text == text
    again = parsed(spec.shown)
    assert again is not None and again.shown == spec.shown


@given(TEXT)
@settings(max_examples=400, deadline=None)
def test_rules_point_at_lines_of_the_file_in_order(text):
    spec = parsed(text)
    if spec is None:
        return
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    numbers = [rule.line for rule in spec.rules]
    assert numbers == sorted(set(numbers))
    for rule in spec.rules:
        assert rule.text and rule.text.split()[0][:1] in lines[rule.line - 1]
    assert len({rule.id for rule in spec.rules}) == len(spec.rules)


@given(st.text(alphabet="ab {}%<>/*_.,!\t'\"", max_size=60).filter(str.strip))
def test_text_without_comments_and_anchors_is_shown_as_it_is(text):
    assert parse_spec(text).shown == text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a\r\nb\rc\n", "a\nb\nc"),
        ("\n \na  \n\n\n\nb\n\n", "a  \n\n\n\nb"),
        ("a\n\n<!-- why -->\n\nb", "a\n\nb"),
        ("- a\n<!-- one\n\ntwo -->\n- b", "- a\n- b"),
        ("a <!-- x --> b", "a b"),
        ("- <!-- x --> a <!-- y --> <!-- z -->", "- a"),
        ("a<!-- x --><!-- y --> b", "a b"),
        ("a <!-- x\ny --> b", "a\nb"),
        ("a <!-- never closed", "a <!-- never closed"),
        ("a <!--> b", "a b"),
        ("write `<!-- x -->` so", "write `<!-- x -->` so"),
        ("```\n<!-- x -->\n- a {#a}\n```\nb {#b}", "```\n<!-- x -->\n- a {#a}\n```\nb"),
        ("~~~~\n~~~\n<!-- x -->", "~~~~\n~~~\n<!-- x -->"),
        ("- ```\n  <!-- x -->\n  ```\n<!-- y -->\nz", "- ```\n  <!-- x -->\n  ```\nz"),
        ("# Tone {#tone}\n1. a {#a}  \n\npara {#p opposite: be curt.}", "# Tone\n1. a\n\npara"),
        ("hi {{ name }} {% if x %}\n{# note #}", "hi {{ name }} {% if x %}\n{# note #}"),
        ("hi {#note#}", "hi {#note#}"),
        ("{{#if x}}\ny {#if a#}\n{{/if}}", "{{#if x}}\ny {#if a#}\n{{/if}}"),
        ("- {#lonely}\n\n{#alone}", "- {#lonely}\n\n{#alone}"),
        ("---\nname: x\n---\nBe kind.", "---\nname: x\n---\nBe kind."),
        ("<rules>\na\n</rules>", "<rules>\na\n</rules>"),
        ("<!-- only -->\n", ""),
        ("a {#one} in the middle", "a {#one} in the middle"),
        ("a<!<!-- -->-- x -->", "a"),
    ],
)  # fmt: skip
def test_shown(text, shown):
    assert parse_spec(text).shown == shown


def rules(text):
    return [(rule.line, rule.section, rule.text) for rule in parse_spec(text).rules]


def test_items_nested_items_and_paragraphs_are_rules_under_their_heading():
    text = """Top.

# Tone #
- Be kind,
  even when tired.
  - Say please.
* Be brief.

  And clear.

Wrapped
paragraph.
## Form
1. One
2) Two
10. Ten
"""
    assert rules(text) == [
        (1, "", "Top."),
        (4, "Tone", "Be kind, even when tired."),
        (6, "Tone", "Say please."),
        (7, "Tone", "Be brief. And clear."),
        (11, "Tone", "Wrapped paragraph."),
        (14, "Form", "One"),
        (15, "Form", "Two"),
        (16, "Form", "Ten"),
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Title\n=====\nbody", [(3, "Title", "body")]),
        ("Title\n---\nbody", [(3, "Title", "body")]),
        ("---\nname: x\n---\nbody", [(2, "", "name: x"), (4, "", "body")]),
        ("<rules>\na\n{% if x %}\nb\n{% endif %}\n</rules>", [(2, "", "a"), (4, "", "b")]),
        ("It was in\n1986. A good year.", [(1, "", "It was in 1986. A good year.")]),
        ("So:\n1. a", [(1, "", "So:"), (2, "", "a")]),
        ("a\n* * *\nb", [(1, "", "a"), (3, "", "b")]),
        ("- a\n  ```\n  x\n\n  # y\n  ```\n- b", [(1, "", "a ``` x # y ```"), (7, "", "b")]),
        ("- a\n\nb", [(1, "", "a"), (3, "", "b")]),
        ("a {#x}\nb {#y}", [(1, "", "a"), (2, "", "b")]),
        ("<!-- one\n\n two -->\n- a", [(4, "", "a")]),
    ],
)
def test_rules(text, expected):
    assert rules(text) == expected


def test_ids_are_anchors_or_hashes_of_the_text():
    first = parse_spec("- Be kind. {#kind}\n- Be  brief.\n- Be brief.\n- Be brief.").rules
    assert first[0].id == "kind"
    assert len(first[1].id) == 8
    assert [rule.id for rule in first[2:]] == [f"{first[1].id}-2", f"{first[1].id}-3"]
    assert parse_spec("# Other\n\nBe\nbrief.").rules[0].id == first[1].id


def test_a_double_anchor_names_both_lines():
    with pytest.raises(
        UsageError, match=r"^spec.md:3: the anchor \{#a\} stands in line 1 already; "
    ):
        parse_spec("- x {#a}\n\n- y {#a}", where="spec.md")


def test_load_spec(tmp_path: Path):
    path = tmp_path / "spec.md"
    path.write_bytes(b"\xef\xbb\xbf- Be kind.\r\n")
    assert load_spec(path).shown == "- Be kind."
    for content, what in [(b"a\xff", "not UTF-8 at byte 1"), (b"<!-- x -->\n", "no text")]:
        path.write_bytes(content)
        with pytest.raises(UsageError, match=what):
            load_spec(path)
    with pytest.raises(UsageError, match="no such file"):
        load_spec(tmp_path / "none.md")
    with pytest.raises(UsageError, match="cannot be read"):
        load_spec(tmp_path)


def kinds(base, head):
    changes = diff_rules(parse_spec(base), parse_spec(head))
    return [(c.kind, c.before and c.before.text, c.after and c.after.text) for c in changes]


def test_diff_rules():
    base = "- Be kind to everyone.\n- Cite sources. {#cite}\n- Never swear."
    assert kinds(base, base) == []
    assert kinds(base, base.replace("\n", "\n\n")) == []
    assert kinds(base, "- Be kind to everyone.\n- Never swear. {#swear}\n") == [
        ("removed", "Cite sources.", None)
    ]
    head = "- Be very kind to everyone.\n- Quote books. {#cite}\n- Never swear.\n- Z"
    assert kinds(base, head) == [
        ("changed", "Be kind to everyone.", "Be very kind to everyone."),
        ("changed", "Cite sources.", "Quote books."),
        ("added", None, "Z"),
    ]  # fmt: skip
    assert kinds("- a\n- b\n- c\n- d", "- b\n- c\n- d\n- a") == [("moved", "a", "a")]
    assert kinds("# X\n- a\n# Y\n- b", "# X\n# Y\n- a\n- b") == [("moved", "a", "a")]


@given(MARKDOWN, MARKDOWN)
@settings(max_examples=100, deadline=None)
def test_diff_accounts_for_every_rule(one, two):
    base, head = parsed(one), parsed(two)
    if base is None or head is None:
        return
    changes = diff_rules(base, head)
    assert diff_rules(base, base) == ()
    added = sum(c.before is None for c in changes)
    removed = sum(c.after is None for c in changes)
    assert len(base.rules) - removed == len(head.rules) - added
