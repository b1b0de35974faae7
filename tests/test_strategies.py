"""The strategies themselves, and what they find out about edits of specs."""

import subprocess
import sys
from textwrap import dedent
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from specharness import strategies
from specharness.mutation.mutants import HARMFUL, make_mutants, own_opposites
from specharness.pairline import dump_pair, read_pair
from specharness.records import Pair, Spec
from specharness.specdiff import diff_rules
from specharness.specedit import exchange, keep_only, put_in, reword, take_out
from specharness.specfile import parse_spec
from specharness.strategies import Edit, mutations, pairs, specs

quick = settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow], database=None
)


@given(specs(min_rules=2, max_rules=5))
@quick
def test_specs_have_as_many_rules_as_asked(spec: Spec) -> None:
    assert 2 <= len(spec.rules) <= 5
    assert parse_spec(spec.text) == spec
    assert len({rule.text for rule in spec.rules}) == len(spec.rules)


@given(pairs())
@quick
def test_pairs_are_what_a_file_would_give(pair: Pair) -> None:
    assert pair.chosen != pair.rejected
    assert read_pair(dump_pair(pair), 0) == pair


@given(mutations())
@quick
def test_every_mutant_changes_what_a_model_sees(edit: Edit) -> None:
    assert edit.mutant.shown.split() != edit.before.shown.split()
    assert (edit.mutant.expected == "harmful") == (edit.mutant.operator in HARMFUL)
    assert "{#" not in edit.mutant.shown and "<!--" not in edit.mutant.shown


@given(mutations())
@quick
def test_a_mutant_touches_the_rule_it_names_and_no_other(edit: Edit) -> None:
    mutant = edit.mutant
    texts = [rule.text for rule in edit.before.rules]
    after = [rule.text for rule in parse_spec(mutant.shown).rules]
    match mutant.operator:
        case "drop":
            assert after == [text for text in texts if text != mutant.before]
        case "reorder":
            assert sorted(after) == sorted(texts) and after != texts
        case "markers":
            assert after == texts
        case _:
            assert after == [mutant.after if text == mutant.before else text for text in texts]


@given(st.data())
@quick
def test_specs_of_ones_own_can_be_mutated(data: st.DataObject) -> None:
    spec = parse_spec("- Be brief. {#b}\n- Use 3 words.")
    harmful = data.draw(mutations(spec, harmful=True))
    assert harmful.before is spec and harmful.mutant.operator in HARMFUL
    assert data.draw(mutations(spec, harmful=False)).mutant.operator not in HARMFUL


def test_a_spec_without_such_mutants_gives_nothing() -> None:
    for harmful in (None, True, False):
        assert mutations(parse_spec("# Only a heading"), harmful=harmful).is_empty
    assert not mutations(parse_spec("- Be brief."), harmful=True).is_empty


@given(specs())
@quick
def test_the_same_spec_has_the_same_mutants_each_once(spec: Spec) -> None:
    mutants = make_mutants(spec)
    assert mutants == make_mutants(spec)
    assert len({mutant.id for mutant in mutants}) == len(mutants)
    assert len({" ".join(mutant.shown.split()) for mutant in mutants}) == len(mutants)
    noted = own_opposites(spec)
    for mutant in mutants:
        if mutant.operator == "negate" and mutant.rule in noted:
            assert mutant.after == noted[mutant.rule]


@given(specs(min_rules=2), st.data())
@quick
def test_edits_of_a_spec_do_what_they_say_and_no_more(spec: Spec, data: st.DataObject) -> None:
    texts = [rule.text for rule in spec.rules]
    rule = data.draw(st.sampled_from(spec.rules))
    left = [text for text in texts if text != rule.text]
    assert [r.text for r in take_out(spec, {rule.id}).rules] == left
    assert [r.text for r in keep_only(spec, {rule.id}).rules] == [rule.text]
    assert keep_only(spec, {r.id for r in spec.rules}).shown == spec.shown
    said = reword(spec, rule.id, "Say something else.")
    assert [r.text for r in said.rules] == [
        "Say something else." if text == rule.text else text for text in texts
    ]
    other = data.draw(st.sampled_from([r for r in spec.rules if r is not rule]))
    swapped = {rule.text: other.text, other.text: rule.text}
    changed = exchange(spec, rule.id, other.id)
    assert [r.text for r in changed.rules] == [swapped.get(text, text) for text in texts]
    assert (
        exchange(changed, *(r.id for r in changed.rules if r.text in swapped)).shown == spec.shown
    )


@given(specs(min_rules=2), st.data())
@quick
def test_what_was_taken_out_goes_back_to_its_place(spec: Spec, data: st.DataObject) -> None:
    rule = data.draw(st.sampled_from(spec.rules))
    back = put_in(take_out(spec, {rule.id}), spec, rule.id)
    assert [r.text for r in back.rules] == [r.text for r in spec.rules]
    assert diff_rules(spec, back) == ()
    assert [r.section for r in back.rules] == [r.section for r in spec.rules]


def test_the_documented_example_runs() -> None:
    text = dedent(strategies.__doc__.split("specs.\n", 1)[1].split("Everything")[0])
    names: dict[str, Any] = {"my_renderer": " ".join}
    exec(text, names)
    quick(names["test_my_renderer_shows_every_edit"])()


def test_nothing_else_imports_hypothesis() -> None:
    script = "import sys, specharness.cli, specharness.mutation.mutants as m; print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert "hypothesis" not in done.stdout.split()
    assert "specharness.mutation.mutants" in done.stdout.split()
