"""A spec whose compiled rules stand as one paragraph, written by a model or strung together."""

from dataclasses import dataclass
from pathlib import Path

import pytest

from specharness.compilation.compiling import ensure_compiled, stale_because
from specharness.compilation.places import lock_path, read_suite_lock
from specharness.compilation.words import compiled_lines
from specharness.compile.llm.synthesis import persona
from specharness.score.reference import reference_text
from specharness.suitefile import Suite, load_suite
from tests.proposing import Untouchable, compiled, make_suite
from tests.test_compile_llm import LIST, Honest, Told

PARAGRAPH = " ".join(["You are one who uses lists."] * 30)
FORM = '[compile]\nproposer = "llm"\nform = "persona"\n'


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SPECHARNESS_CACHE", str(tmp_path / "cache"))


@dataclass(kw_only=True)
class Author(Honest):
    """Writes the same paragraph about any rules."""

    paragraph: str = PARAGRAPH

    def __post_init__(self) -> None:
        super().__init__()

    def say(self, prompt: str, blocks: Told) -> str:
        if prompt.startswith("Below are rules for writing responses.") and not blocks:
            assert LIST in prompt
            return self.paragraph
        return super().say(prompt, blocks)


class Silent(Untouchable):
    """May not be asked for a paragraph, nor for anything else."""


def spec_of(suite: Suite) -> str:
    return load_suite(suite.folder).spec.text


def told(suite: Suite, model: Honest) -> str:
    return "\n".join(compiled_lines("lists", compiled(suite, model)))


def test_the_model_writes_the_paragraph_and_the_lock_keeps_it(tmp_path: Path) -> None:
    suite = make_suite(tmp_path, FORM)
    said = told(suite, Author())
    assert "one paragraph of 180 words by the model" in said
    assert spec_of(suite) == f"Answer the user.\n\n{PARAGRAPH} {{#persona}}\n"
    assert load_suite(suite.folder).spec.shown == f"Answer the user.\n\n{PARAGRAPH}"
    (rule,) = read_suite_lock(suite).rules  # the evidence is still that of the rule
    assert (rule["text"], rule["evidence"]["support"]) == (LIST, 20)
    before = {p.name: p.read_bytes() for p in suite.folder.iterdir()}
    assert stale_because(suite) == ()
    compiled(suite, Silent())
    assert {p.name: p.read_bytes() for p in suite.folder.iterdir()} == before


@pytest.mark.parametrize("answer", ["Too short.", "- " + PARAGRAPH, PARAGRAPH + " {#x}"])
def test_what_is_no_paragraph_is_replaced_by_the_sentences_and_told(
    tmp_path: Path, answer: str
) -> None:
    suite = make_suite(tmp_path, FORM)
    said = told(suite, Author(paragraph=answer))
    assert "strung together (the model's was none of 150 to 300 words)" in said
    assert persona([LIST]) in spec_of(suite)


def test_the_features_need_no_model_for_it(tmp_path: Path) -> None:
    suite = make_suite(tmp_path, '[compile]\nform = "persona"\n')
    assert "strung together\n" in told(suite, Silent())
    ready = ensure_compiled(load_suite(suite.folder), write=False)
    (line,) = [line for line in ready.spec.text.splitlines() if "{#persona" in line]
    assert line.startswith("You are an assistant with settled habits. You always keep to these: ")
    rules = read_suite_lock(suite).rules
    turned = reference_text("opposite", ready.spec)
    assert turned == f"Answer the user.\n\n{persona([rule['opposite'] for rule in rules])}"


def test_a_paragraph_that_a_person_changed_stays_and_no_second_one_is_added(
    tmp_path: Path,
) -> None:
    suite = make_suite(tmp_path, FORM)
    compiled(suite, Author())
    assert suite.folder.joinpath("spec.md").is_file()
    path = suite.folder / "spec.md"
    path.write_text(path.read_text().replace("You are one who", "You are somebody who", 1))
    suite = load_suite(suite.folder)
    compiled(suite, Author(paragraph=PARAGRAPH.replace("lists", "many lists")))
    assert spec_of(suite).count("{#persona}") == 1
    assert "You are somebody who" in spec_of(suite)


def test_the_form_is_changed_back_and_forth(tmp_path: Path) -> None:
    suite = make_suite(tmp_path, FORM)
    compiled(suite, Author())
    settings = suite.folder / "suite.toml"
    settings.write_text(settings.read_text().replace('"persona"', '"list"'))
    suite = load_suite(suite.folder)
    assert stale_because(suite) == ("other settings under [compile]",)
    compiled(suite, Author())
    assert f"- {LIST} {{#" in spec_of(suite)
    assert "persona" not in spec_of(suite)
    assert '"janus": null' in lock_path(suite).read_text()
