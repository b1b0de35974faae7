"""Edits of a spec by rule: the text that a model then sees. More of it in test_strategies."""

from textwrap import dedent

import pytest

from specharness.specedit import exchange, keep_only, put_in, reword, take_out
from specharness.specfile import parse_spec

SPEC = parse_spec(
    dedent("""\
    # Style

    Be kind. {#kind}

    1. Use plain words. {#plain}
       - None of them long. {#short}
    2. Write code:
       ```
       1. not a rule
       ```
    3. End there. {#end}

    ## Tone

    <!-- nobody knows why -->
    Sound calm,
    always. {#calm}
    """)
)


def test_a_list_counts_on_when_an_item_goes() -> None:
    left = take_out(SPEC, {"plain", "short"}).shown
    assert "Be kind.\n\n1. Write code:\n   ```\n   1. not a rule\n   ```\n2. End there." in left


def test_a_list_that_does_not_count_stays_as_it_is() -> None:
    spec = parse_spec("1. a b\n1. c d {#c}\n1. e f")
    assert take_out(spec, {"c"}).shown == "1. a b\n1. e f"
    odd = parse_spec("3. a b\n7. c d {#c}\n8. e f")
    assert take_out(odd, {"c"}).shown == "3. a b\n8. e f"


def test_one_of_two_blank_lines_goes_with_a_paragraph() -> None:
    assert take_out(SPEC, {"kind"}).shown.startswith("# Style\n\n1. Use plain words.")
    assert take_out(SPEC, {"calm"}).shown.endswith("3. End there.\n\n## Tone")


def test_headings_stay_when_all_rules_go() -> None:
    assert keep_only(SPEC, ()).shown == "# Style\n\n## Tone"
    assert keep_only(SPEC, {"calm"}).shown == "# Style\n\n## Tone\n\nSound calm,\nalways."
    assert keep_only(parse_spec("Be kind."), ()).shown == ""


def test_a_reworded_rule_keeps_anchor_and_marker_and_takes_one_line() -> None:
    changed = reword(SPEC, "calm", "Sound wild.")
    assert changed.shown.endswith("## Tone\n\nSound wild.")
    assert changed.rules[-1].id == "calm"
    assert "   - All of them long." in reword(SPEC, "short", "All of them long.").shown


def test_exchanged_items_leave_their_numbers_behind() -> None:
    spec = parse_spec("1. a b {#a}\n2. c d {#c}\n   and on\n3. e f")
    assert exchange(spec, "a", "c").shown == "1. c d\n   and on\n2. a b\n3. e f"


@pytest.mark.parametrize("rule", ["kind", "plain", "short", "end", "calm"])
def test_a_rule_goes_back_where_it_was(rule: str) -> None:
    back = put_in(take_out(SPEC, {rule}), SPEC, rule)
    assert back.shown == SPEC.shown


def test_a_rule_of_another_spec_goes_where_its_neighbours_are() -> None:
    head = parse_spec("# Now\n\n- c d {#c}\n- x y {#x}\n- a b {#a}")
    base = parse_spec("# Then\n\n- a b {#a}\n- new one {#n}\n- c d {#c}")
    assert put_in(head, base, "n").shown == "# Now\n\n- c d\n- x y\n- a b\n- new one"
    first = parse_spec("- new one {#n}\n- x y {#x}")
    assert put_in(head, first, "n").shown == "# Now\n\n- c d\n- new one\n- x y\n- a b"


def test_a_rule_goes_into_a_spec_that_has_none() -> None:
    assert put_in(parse_spec(""), SPEC, "calm").shown == "Sound calm,\nalways."
