"""What each arm makes of the pairs it is fitted on, and that gate pairs have no part in it."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from specharness.arms.arm import Materials
from specharness.arms.fewshot import draw_shots, show_pair
from specharness.arms.known import ARMS, find_arms
from specharness.compare.comparing import Options, compare
from specharness.compilation.compiling import accepting, compile_suite, write_compiled
from specharness.compilation.sources import open_sources
from specharness.compile.llm.synthesis import persona
from specharness.compile.lockfile import Accepted
from specharness.compile.presets import PRESETS
from specharness.errors import UsageError
from specharness.records import Message, Pair
from specharness.suitefile import load_suite
from tests.armsuites import LONG, SHORT, Listener, make_suite, row, rows, split_of
from tests.test_compile_llm import BRIEF, Honest

FITTED = ("few-shot", "compiled", "spec+few-shot", "opposite", "compiled:icai")


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SPECHARNESS_CACHE", str(tmp_path / "cache"))


def texts(root: Path, arms: Sequence[str], options: Options | None = None, **changes: Any) -> Any:
    suite = make_suite(root, **changes)
    model = Listener(generates=Honest().generate)
    found = compare(suite, find_arms(arms), options or Options(), model)
    return {arm.name: arm.text for arm in found.arms}


def changed(root: Path, side: str) -> list[dict[str, Any]]:
    """The same pairs, those of one side with their labels turned round and another word."""
    ids = {pair.id for pair in getattr(split_of(make_suite(root)), side)}
    return [
        p | {"chosen": p["rejected"] + " Please!", "rejected": p["chosen"]} if p["id"] in ids else p
        for p in rows()
    ]


def test_gate_pairs_have_no_part_in_any_text(tmp_path: Path) -> None:
    before = texts(tmp_path, FITTED)
    assert texts(tmp_path, FITTED, pairs=changed(tmp_path, "gate")) == before
    after = texts(tmp_path, FITTED, pairs=changed(tmp_path, "compile"))
    assert all(after[name] != before[name] for name in FITTED)
    gate = split_of(make_suite(tmp_path)).gate
    assert not any(p.prompt[-1].content in text for p in gate for text in before.values())


def test_the_texts_of_the_plain_arms(tmp_path: Path) -> None:
    found = texts(tmp_path, ["empty", "instruction", "handwritten"])
    assert found == {
        "empty": "", "instruction": "Answer with the worst.", "handwritten": "Prefer the best.",
    }  # fmt: skip


def test_an_instruction_can_be_given(tmp_path: Path) -> None:
    given = Options(instruction="Be good.")
    assert texts(tmp_path, ["instruction"], given, instruction="") == {"instruction": "Be good."}


def test_few_shot_shows_so_many_pairs_with_both_answers(tmp_path: Path) -> None:
    arms = ["few-shot", "spec+few-shot"]
    found = texts(tmp_path, arms, Options(shots=2))
    seen = split_of(make_suite(tmp_path)).compile
    shown = [pair for pair in seen if show_pair(pair) in found["few-shot"]]
    assert len(shown) == 2
    examples = found["few-shot"].removeprefix("Answer with the worst.")
    assert examples.startswith("\n\nExamples of what is wanted:\n\nRequest: What about ")
    assert found["spec+few-shot"] == f"Prefer the best.{examples}"
    assert texts(tmp_path, arms, Options(shots=2, seed=1)) != found
    all_of_them = texts(tmp_path, arms, Options(shots=99))
    assert all(show_pair(pair) in all_of_them["few-shot"] for pair in seen)


def test_no_shots_are_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="--shots: 0 is out of range"):
        texts(tmp_path, ["few-shot"], Options(shots=0))


def pair(id: str, group: str, prompt: str = "Why?") -> Pair:
    turns = (Message(role="user", content=prompt),)
    return Pair(id=id, prompt=turns, chosen="Yes.", rejected="No.", group=group)


def test_shots_come_from_different_groups_first() -> None:
    pairs = tuple(pair(f"{g}{n}", g) for g in "abc" for n in range(4))
    for seed in range(10):
        assert {p.group for p in draw_shots(pairs, 3, seed)} == set("abc")
        assert len({p.id for p in draw_shots(pairs, 5, seed)}) == 5
    drawn = {tuple(p.id for p in draw_shots(pairs, 3, seed)) for seed in range(10)}
    assert len(drawn) > 1
    assert draw_shots(pairs[::-1], 3, 0) == draw_shots(pairs, 3, 0)


def test_a_conversation_is_shown_with_its_turns() -> None:
    turns = [("system", "Be nice."), ("user", "Hi"), ("assistant", "Hello"), ("user", "Why?")]
    one = Pair(
        id="a", group="a", chosen="Yes.", rejected="No.",
        prompt=tuple(Message(role=r, content=c) for r, c in turns),
    )  # fmt: skip
    assert show_pair(one) == (
        "Request: \n(system) Be nice.\n(user) Hi\n(assistant) Hello\n(user) Why?\n"
        "A good answer: Yes.\nA bad answer: No."
    )


def test_compiled_is_what_the_compiler_writes_and_opposite_turns_it(tmp_path: Path) -> None:
    found = texts(tmp_path, ["compiled", "opposite"])
    bare = make_suite(tmp_path / "bare", spec=None)
    write_compiled(bare, compile_suite(bare))
    assert found["compiled"] == load_suite(bare.folder).spec.shown
    assert found["compiled"] == f"Answer with the worst.\n\n- {SHORT}"
    assert found["opposite"] == f"Answer with the worst.\n\n- {LONG}"


def test_an_opposite_moves_the_other_way(tmp_path: Path) -> None:
    suite = make_suite(tmp_path, instruction="Answer.")
    found = compare(suite, find_arms(["compiled", "opposite"]), Options(), Listener())
    n = len(found.pairs)
    assert [arm.moved.count for arm in found.arms] == [n, 0]


def test_pairs_without_a_rule_compile_to_the_instruction(tmp_path: Path) -> None:
    plain = [row(p["id"], n, rejected=p["chosen"].replace("Good", "Fine"))
             for n, p in enumerate(rows())]  # fmt: skip
    suite = make_suite(tmp_path, plain)
    found = compare(suite, find_arms(["instruction", "compiled"]), Options(), Listener())
    assert found.arms[1].text == "Answer with the worst."
    assert found.arms[1].note == "no rule found: the text is the instruction"


def test_too_few_pairs_to_compile_are_told(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"suite.toml: 5 pairs to fit an arm on, fewer than 10"):
        texts(tmp_path, ["compiled"], split="compile = 0.2\ngate = 0.8\n")


@pytest.mark.parametrize("preset", ["compiled:spec-learning", "compiled:icai"])
def test_published_pipelines_ask_the_model_for_rules(tmp_path: Path, preset: str) -> None:
    suite = make_suite(tmp_path, instruction="Answer.")
    model = Listener(generates=Honest().generate)
    (arm,) = compare(suite, find_arms([preset]), Options(), model).arms
    assert arm.text.startswith("Answer.\n\n- ")
    assert f"- {BRIEF}" not in arm.text or "- Use" in arm.text
    assert "rules that this model proposed" in arm.note


def test_the_rules_of_a_published_pipeline_as_one_paragraph(tmp_path: Path) -> None:
    suite = make_suite(tmp_path, instruction="Answer.")
    found = compare(
        suite,
        find_arms(["compiled:spec-learning", "compiled:janus"]),
        Options(),
        Listener(generates=Honest().generate),
    )
    listed, paragraph = (arm.text for arm in found.arms)
    rules = [line.removeprefix("- ") for line in listed.splitlines() if line.startswith("- ")]
    # this model writes no paragraph of 150 words: the sentences themselves, and that is told
    assert paragraph == f"Answer.\n\n{persona(rules)}"
    assert "strung together" in found.arms[1].note


def test_all_presets_are_compared_on_the_same_pairs_with_the_same_model(tmp_path: Path) -> None:
    names = [f"compiled:{name}" for name in PRESETS]
    suite = make_suite(tmp_path, instruction="Answer.", spec=None)
    model = Listener(generates=Honest().generate)
    found = compare(suite, find_arms(names), Options(), model)
    assert [arm.name for arm in found.arms] == names
    assert len(found.contrasts) == 3
    assert len({len(arm.margins) for arm in found.arms}) == 1
    told = {arm.name: arm.note for arm in found.arms}
    assert told["compiled:evidence"].endswith("calls, and of those that the features have")
    # each arm is what `specharness compile --preset` writes
    for name in PRESETS:
        accepted = Accepted(preset=name)  # type: ignore[arg-type]
        alone = make_suite(tmp_path / name, instruction="Answer.", spec=None, split=(
            "compile = 0.6\ngate = 0.4\n[compile]\nproposer = 'both'\n"))  # fmt: skip
        sources = open_sources(
            accepting(alone, accepted), own=Listener(generates=Honest().generate)
        )
        write_compiled(alone, compile_suite(alone, sources, accepted))
        arm = next(arm for arm in found.arms if arm.name == f"compiled:{name}")
        assert arm.text == load_suite(alone.folder).spec.shown


def test_a_model_that_proposes_nothing_is_told(tmp_path: Path) -> None:
    suite = make_suite(tmp_path, instruction="Answer.")
    (arm,) = compare(suite, find_arms(["compiled:icai"]), Options(), Listener()).arms
    assert arm.text == "Answer."
    assert arm.note.startswith("no rule found: the text is the instruction (")


def test_the_spec_turned_round(tmp_path: Path) -> None:
    spec = "- Prefer the best. {#best opposite: Prefer the worst.}\n"
    assert texts(tmp_path, ["opposite:handwritten"], spec=spec) == {
        "opposite:handwritten": "- Prefer the worst."
    }
    with pytest.raises(UsageError, match="no rule of the spec has an opposite"):
        texts(tmp_path, ["opposite:handwritten"])


@pytest.mark.parametrize("arm", ["handwritten", "spec+few-shot", "opposite:handwritten"])
def test_a_suite_without_a_spec_file_has_no_spec_arm(tmp_path: Path, arm: str) -> None:
    with pytest.raises(UsageError, match="no spec file: the instruction is the suite's spec"):
        texts(tmp_path, [arm], spec=None)


def test_a_compiled_spec_is_not_passed_off_as_written_by_hand(tmp_path: Path) -> None:
    bare = make_suite(tmp_path, spec=None)
    write_compiled(bare, compile_suite(bare))
    (arm,) = compare(
        load_suite(bare.folder), find_arms(["handwritten"]), Options(), Listener()
    ).arms
    assert arm.note == "it has a lock: rules in it are compiled"


def test_names_and_descriptions_are_one_line_each() -> None:
    assert len({arm.name for arm in ARMS}) == len(ARMS)
    assert all(arm.about and "\n" not in arm.about for arm in ARMS)


def test_materials_hold_no_gate_pairs() -> None:
    assert "gate" not in Materials.__dataclass_fields__
