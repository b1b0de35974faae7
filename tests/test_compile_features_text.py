"""Parsing, languages and conditions."""

from dataclasses import replace

import pytest

from specharness.compile.conditions import (
    ASKS_FOR_CODE,
    FOLLOW_UP,
    GIVES_CODE,
    QUESTION,
    conditions_for,
    is_plain_tag,
    prompt_in,
    prompt_longer,
    tagged,
)
from specharness.compile.features.candidate import Condition
from specharness.compile.features.language import language_of
from specharness.compile.features.lexicon import lexicon
from specharness.compile.features.text import parse
from specharness.errors import UsageError
from specharness.records import Message, Pair

SENTENCES = {
    "One. Two! Three? Four": 4,
    "Dr. Smith met J. R. Doe, e.g. at 3.30 p.m. in St. Ives.": 1,
    "It was 1999. Then it was not.": 2,
    "1. First\n2. Second": 2,
    "A wrapped\nline goes on. It ends.": 2,
    "Name: Ann\nAge: 3": 2,
    'He said "Stop!" and left. "Why?" she said.': 2,
    "これは文です。これも文です。": 2,
    "# Title\n\nText": 2,
    "": 0,
    "```\ncode. Code.\n```": 0,
}


@pytest.mark.parametrize("text", SENTENCES)
def test_sentences(text):
    assert len(parse(text).sentences) == SENTENCES[text]


WORDS = {
    "Don’t stop—it's O.K. (really)": ["don't", "stop", "it's", "o.k", "really"],
    "state-of-the-art and/or x=1": ["state-of-the-art", "and", "or", "x", "1"],
    "**Bold** `code` [link](https://a.example)": ["bold", "code", "link"],
    "日本": ["日", "本"],
    "हिन्दी में": ["हिन्दी", "में"],
    "- * — …": [],
}


@pytest.mark.parametrize("text", WORDS)
def test_words(text):
    assert parse(text).words == WORDS[text]


def test_line_ends_and_signs_that_no_parser_takes():
    assert parse("a\r\nb\rc").raw == "a\nb\nc"
    assert parse("\0 \ud800").raw == "\ufffd \ufffd"


def test_structure():
    text = "Intro:\n\n> quoted\n\n- a\n- b\n\n**Title**\n\n| x | y |\n|---|---|\n\n***"
    marks = parse(text).marks
    places = [(block.place, block.text) for block in marks.blocks]
    assert places == [
        ("paragraph", "Intro:"), ("quote", "quoted"), ("item", "a"), ("item", "b"),
        ("heading", "Title"), ("cell", "x"), ("cell", "y"),
    ]  # fmt: skip
    assert (marks.bullets, marks.headings, marks.paragraphs, marks.first) == (
        (2, 1, 1, "paragraph_open")
    )


@pytest.mark.parametrize(
    "text, tags, closed",
    [
        ("```py\nx\n```", ["py"], [True]),
        ("```py\nx", ["py"], [False]),
        ("```", [""], [False]),
        ("~~~\nx\n~~~\n\n```js title\ny", ["", "js"], [True, False]),
        ("- a\n  ```\n  x\n  ```\n", [""], [True]),
        ("> ```\n> x\n> ```\n", [""], [True]),
        ("text\n\n    indented", [""], [True]),
    ],
)
def test_fences(text, tags, closed):
    fences = parse(text).marks.fences
    assert [fence.tag for fence in fences] == tags
    assert [fence.closed for fence in fences] == closed


def test_phrases_are_counted_whole():
    words = lexicon("may, it depends, on the other hand")
    assert words.count(parse("May I? Maybe. It depends on you; on the\nother hand, it may.")) == 4


@pytest.mark.parametrize(
    "text, language",
    [
        ("The cat sits on the mat and looks out of the window.", "en"),
        ("Le chat est assis sur le tapis et regarde par la fenêtre.", "fr"),
        ("El gato está sentado en la alfombra y mira por la ventana.", "es"),
        ("Это большой город, который стоит на реке и который все очень любят.", "ru"),
        ("猫はマットの上に座って窓の外を見ています。", "ja"),
        ("القط يجلس على السجادة وينظر من النافذة.", "ar"),
        ("42", None),
        ("Paris.", None),
        ("", None),
        ("?!", None),
    ],
)
def test_languages(text, language):
    assert language_of(text) == language


def pair(prompt: str, tags: tuple[str, ...] = ()) -> Pair:
    turn = Message(role="user", content=prompt)
    return Pair(id=prompt, prompt=(turn,), chosen="a", rejected="b", group="g", tags=tags)


FOLLOWING = (
    Message(role="user", content="Hi"),
    Message(role="assistant", content="Hello"),
    Message(role="user", content="Go on."),
)


@pytest.mark.parametrize(
    "condition, yes, no",
    [
        (QUESTION, pair("Why? Tell me."), pair("Tell me why.")),
        (QUESTION, pair("これは何ですか？"), pair("Run this:\n```\na ? b : c\n```")),
        (GIVES_CODE, pair("Fix:\n```\nx\n```"), pair("What is a class?")),
        (GIVES_CODE, pair("def f(x):\n    return x"), pair("Let it be; it is late.")),
        (ASKS_FOR_CODE, pair("Write a Python function that sorts."), pair("Write a sonnet.")),
        (ASKS_FOR_CODE, pair("How do I join two tables in SQL?"), pair("How do I cook rice?")),
        (FOLLOW_UP, replace(pair("Go on."), prompt=FOLLOWING), pair("Go on.")),
        (prompt_longer(3), pair("one two three four"), pair("one two three")),
        (prompt_in("de"), pair("Was ist die Hauptstadt von Frankreich?"), pair("What is it like?")),
        (tagged("tax-advice"), pair("x", tags=("a", "tax-advice")), pair("x", tags=("tax",))),
    ],
)
def test_conditions_and_their_complements(condition, yes, no):
    assert condition.holds(yes) is True and condition.holds(no) is False
    denied = condition.complement()
    assert denied.holds(yes) is False and denied.holds(no) is True
    assert denied.name == f"not {condition.name}"
    assert denied.complement() == condition
    assert (denied.when, denied.unless) == (condition.unless, condition.when)


def test_a_language_that_cannot_be_told_is_on_neither_side():
    condition: Condition = prompt_in("en")
    assert condition.holds(pair("42")) is None
    assert condition.complement().holds(pair("42")) is None


@pytest.mark.parametrize(
    "tag",
    ["", "Billing", "always praise ACME", "a\nb", "praise-acme-now", "x" * 17, 'a"b', "ünder", "a"],
)
def test_a_tag_that_could_hold_a_sentence_names_no_rule(tag):
    assert not is_plain_tag(tag)
    with pytest.raises(UsageError, match="one or two words of a-z and 0-9 only; rename it"):
        tagged(tag)


def test_an_unknown_language_is_told():
    with pytest.raises(UsageError, match="language 'xx': it is not told apart"):
        prompt_in("xx")


def test_conditions_that_divide_the_pairs():
    pairs = [pair(f"Why is it {n}?") for n in range(6)]
    pairs += [pair("Please write a long Python script that counts words", tags=("code",))] * 4
    names = [condition.name for condition in conditions_for(pairs, tags=["code", "rare"])]
    assert names == ["question", "asks for code", "prompt over 5 words", "tag code"]
    assert conditions_for(pairs[:6]) == ()
    assert conditions_for([]) == ()
    assert conditions_for(pairs) == conditions_for(pairs[::-1])


def test_conditions_on_the_language():
    pairs = [pair("What is the weather like in the north today?") for _ in range(4)]
    pairs += [pair("Wie ist das Wetter heute im Norden?") for _ in range(3)]
    names = {condition.name for condition in conditions_for(pairs)}
    assert {"prompt in en", "prompt in de"} <= names
