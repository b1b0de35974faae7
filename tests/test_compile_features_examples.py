"""Every feature on two responses whose values were worked out by hand."""

import pytest

from specharness.compile.features.catalog import FEATURES, feature_named

ASK = "What is the capital of France?"
TEN = "one two three four five six seven eight nine ten"
PROSE = "The city is large and old, and it lies on a river in the north of the land."  # 18 words
CODE = "Here you go:\n\n```python\nx = 1\ny = 2\n```"

# feature: (prompt, one response, its value, another response, its value)
EXAMPLES = {
    # length
    "words": (ASK, "Paris.", 1, "It is Paris, on the Seine -\n\n```\nx = 1\n```", 8),
    "prose_words": (ASK, "Paris.", 1, "It is Paris, on the Seine:\n\n```\nx = 1\n```", 6),
    "sentences": (ASK, "Paris, e.g. the 3.5 km centre.", 1, "It is. J. Doe said so! Why?\n- a", 4),
    "paragraphs": (ASK, "One.\nStill one.", 1, "One.\n\n- no\n- no\n\nTwo.\n\n# no\n\nThree.", 3),
    "sentence_length": (ASK, "It is. It was.", 2, "It is and it was and it will be.", 9),
    "paragraph_length": (ASK, "a b\n\nc d e\n\n- f", 3, "a b c d e f g h", 8),
    # layout
    "structure_marks": (ASK, PROSE, 0, "# A\n\n**B**\n\n- c\n- d\n\n1. e", 5),
    "list_items": (ASK, "2 - 1 = 1", 0, "* a\n* b\n  1. c\n\n• d", 4),
    "numbered_items": (ASK, "- a", 0, "1. a\n2. b\n\n1) c", 3),
    "bullets": (ASK, "1. a", 0, "- a\n- b", 2),
    "list_depth": (ASK, "- a\n- b", 1, "- a\n  - b\n    - c", 3),
    "headings": (ASK, "Some **bold** word", 0, "# A\n\ntext\n\nB\n---\n\n**C:**\n\ntext", 3),
    "bold": (ASK, "**Heading**\n\ntext", 0, "a **b** c __d__", 2),
    "italics": (ASK, "**a** 2 * 3 * 4", 0, "*a* and _b_", 2),
    "tables": (ASK, "a | b", 0, "| a | b |\n|---|---|\n| 1 | 2 |", 1),
    "emoji": (ASK, "Nice :-)", 0, "Nice \U0001f600\U0001f680 \u2705", 3),
    "capitals": (ASK, "NASA and the USA", 0, f"{TEN} {TEN} do NOT go on to it", 100 / 26),
    # opening
    "greeting": (ASK, "Hidden in plain sight.", 0, "Hi! It is Paris.", 1),
    "filler": (ASK, "Sure-footed goats live here.", 0, "Sure, I can help with that.", 1),
    "praise": (ASK, "The question is hard.", 0, "That's a great question! It is Paris.", 1),
    "restates": (ASK, "Paris it is.", 0, "The capital of France is Paris.", 1),
    "answer_first": (ASK, "Certainly! It is Paris on the Seine.", 0, "Paris is what you want.", 1),
    "yes_no": ("Is it?", "Nobody knows it.", 0, "Yes, it is.", 1),
    "opening_length": (ASK, "Paris. It is large.", 1, "It is the city of Paris. Yes.", 6),
    # closing
    "closing_question": (ASK, "Why? It is Paris.", 0, "It is Paris. Why do you ask?", 1),
    "closing_offer": (ASK, "I let it go.", 0, "It is Paris. Let me know if that helps.", 1),
    "closing_summary": (ASK, "Overall it is so. It is.", 0, "It rains. In short, it's wet.", 1),
    "sign_off": (ASK, "I enjoy the long walks there. It is Paris.", 0, "It is so. Good luck!", 1),
    # register
    "contractions": (ASK, "The dog's tail is long.", 0, "It's long, don't you think so?", 200 / 6),
    "second_person": (ASK, PROSE, 0, "You know your way, and you're right.", 300 / 7),
    "first_person": (ASK, PROSE, 0, "I know my own way, and I'm right.", 300 / 8),
    "first_plural": (ASK, PROSE, 0, "We know our own way, so let's go on.", 300 / 9),
    "exclamations": (ASK, "No.", 0, "Yes! It is! Really.", 2),
    "question_marks": (ASK, "No.", 0, "Is it? Why? Well.", 2),
    "informal": (ASK, PROSE, 0, "Wow, that is pretty much awesome stuff.", 400 / 7),
    "formal": (ASK, PROSE, 0, "Thus one must utilize the tools prior to dawn.", 400 / 9),
    "polite": (ASK, PROSE, 0, "Thank you, I am glad to help. Please ask.", 300 / 9),
    "empathy": (ASK, PROSE, 0, "I understand, that must be a hard time.", 300 / 8),
    # certainty
    "hedges": (ASK, "It is and will be.", 0, "It may perhaps be so, but it depends.", 300 / 8),
    "boosters": (ASK, PROSE, 0, "It is clearly so, without doubt, and very good.", 300 / 9),
    "absolutes": (ASK, PROSE, 0, "It is always so and never in doubt here.", 200 / 9),
    "opinion": (ASK, PROSE, 0, "I think it is fine, and in my view so is he.", 200 / 12),
    "admits_ignorance": (ASK, "I know it.", 0, "I'm not sure that it is so.", 1),
    "balance": (ASK, PROSE, 0, "On the other hand it depends on the price.", 200 / 9),
    # readability: 12 words, 2 sentences; 12 and then 30 syllables
    "reading_grade": (
        ASK, "The cat sat on the mat. The dog ran to the man.", 0.39 * 6 + 11.8 - 15.59,
        "The cat sat on the mat and then the dog ran to the man.", 0.39 * 14 + 11.8 - 15.59,
    ),
    "reading_ease": (
        ASK, "The cat sat on the mat and then the dog ran to the man.",
        206.835 - 1.015 * 14 - 84.6,
        "The cat sat on the mat. The dog ran to the man.", 206.835 - 1.015 * 6 - 84.6,
    ),
    "lix": (
        ASK, "The cat sat on the mat. The dog ran to the man.", 6,
        "Several animals gathered on the mat. The dog ran to the man.", 6 + 300 / 12,
    ),
    "long_sentences": (ASK, "It is. It was.", 0, "It is. " + "It " * 26 + "was.", 0.5),
    # vocabulary
    "variety": (ASK, "same " * 25, 1 / 25, " ".join(f"w{n}" for n in range(30)), 1),
    "word_length": (ASK, "it is an ox", 2, "several animals", 7),
    "long_words": (ASK, "it is an ox", 0, "it is extraordinary", 100 / 3),
    "abstract_nouns": (ASK, PROSE, 0, "The management of the information is in the hands", 200 / 9),
    "acronyms": (ASK, PROSE, 0, "The U.S. and NASA use the GPS in the sky.", 300 / 10),
    "stock_phrases": (ASK, PROSE, 0, "We delve into the rich tapestry of it all.", 200 / 9),
    # quantities
    "numerals": (ASK, PROSE, 0, "It has 12 rooms, 3.5 baths and a view.", 200 / 9),
    "percentages": (ASK, "It is 5.", 0, "It is 5 % here and 10% or 3 percent there.", 3),
    "units": (ASK, "It has 12 rooms.", 0, "It is 5 km off, about $20 or 30 minutes.", 300 / 10),
    "dates": (ASK, "It has 2048 rooms.", 0, "It was built in 1889 for us, on May 6.", 200 / 10),
    "number_words": (ASK, PROSE, 0, "It has three rooms and two dozen beds.", 300 / 8),
    "formulas": (ASK, "It is so.\n\n```\nx = 1\n```", 0, "It is \\(a + b\\), or c = d.", 2),
    "examples": (ASK, "It is an exemplary city.", 0, "For example, towns such as Nice.", 2),
    # sources
    "links": (ASK, "See it.", 0, "See [it](https://a.org), <https://b.org>, www.c.org", 3),
    "citations": (ASK, "The 3 (in 2020 or so).", 0, "So it is [1]. So it was (Doe, 2020).", 2),
    "attributions": (ASK, PROSE, 0, "According to a study it is so with us.", 200 / 9),
    "quotations": (ASK, "It's 5\" wide.", 0, 'He said "stay here" and “go away”.', 2),
    # structure
    "sequence_words": (ASK, PROSE, 0, "First we eat, then we go, and finally sleep.", 300 / 9),
    "steps": (ASK, "Step back.", 0, "Step 1: sit. Step two: stand.", 2),
    "contrast_words": (ASK, PROSE, 0, "It is old, however, although it looks new.", 200 / 8),
    "cause_words": (ASK, PROSE, 0, "It is so because of rain, and therefore wet.", 200 / 9),
    "lead_ins": (ASK, "At 10:30 it rains.", 0, "These are:\n\n- two:\n  - three", 2),
    "parentheses": (ASK, PROSE, 0, "It is (as we know) old (and large).", 200 / 8),
    "dashes": (ASK, "It is well-known here.", 0, "It is — as we know – old.", 200 / 6),
    "semicolons": (ASK, PROSE, 0, "It is old; it is large.", 100 / 6),
    # refusal
    "refusal": (ASK, "I can help with that today.", 0, "I'm sorry, but I can't help with that.", 1),
    "apology": (ASK, "I will help with it.", 0, "I apologize for the trouble this made.", 1),
    "speaks_as_ai": (ASK, "There is an AI in it.", 0, "As an AI, I have no home of my own.", 1),
    # safety
    "disclaimer": (ASK, "It is important work.", 0, "It's important to note that it may be.", 1),
    "referral": (ASK, "The doctor is in the house.", 0, "You should consult your doctor first.", 1),
    "warnings": (ASK, PROSE, 0, "Be careful, since the risk is real, and avoid it.", 300 / 10),
    "morals": (ASK, PROSE, 0, "That is illegal here, and it is not ethical.", 200 / 9),
    # relation
    "overlap": (ASK, "It is Paris.", 0, "The capital is Paris.", 0.5),
    "copied": (ASK, "It is the large city of Paris.", 0, "What is the capital of it", 2 / 3),
    "clarifies": (ASK, "Would you like me to go on?", 0, "Which France do you mean?", 1),
    "same_language": (
        "Was ist die Hauptstadt von Frankreich?",
        "The capital of France is the city of Paris.", 0,
        "Die Hauptstadt von Frankreich ist die Stadt Paris.", 1,
    ),
    # code
    "code_blocks": (ASK, "`x`", 0, f"{CODE}\n\n```\nz\n```", 2),
    "code_share": (ASK, PROSE, 0, CODE, 2 / 5),
    "code_comments": (ASK, CODE, 0, CODE.replace("y = 2", "y = 2  # two"), 0.5),
    "language_tags": (ASK, "```\nx\n```", 0, CODE, 1),
    "inline_code": (ASK, CODE, 0, "Use `x` and `y`.", 2),
    "code_explained": (ASK, CODE, 3, f"{CODE}\n\nThis sets two names, x and y.", 10),
    "code_first": (ASK, CODE, 0, "```\nx\n```\n\nThere.", 1),
    # damage
    "empty": (ASK, "Paris", 0, " \n*", 1),
    "cut_off": (ASK, PROSE, 0, PROSE[:-6], 1),
    "repetition": (ASK, TEN, 0, "a b c d a b c d", 1 / 5),
    "mojibake": (ASK, "café, “so”", 0, "cafÃ© and itâ€™s \ufffd", 3),
    "stray_turns": (ASK, "The user: a person.", 0, "It is Paris.\n\nHuman: Thanks\n<|im_end|>", 2),
    "placeholders": (ASK, "[your](https://a.example)", 0, "Dear [Your Name], {{date}}", 2),
    "language_switch": (
        ASK, f"{PROSE}\n\n{PROSE}", 0,
        f"{PROSE} {PROSE}\n\nDie Stadt ist alt und groß, und sie liegt an einem Fluss im Norden "
        "des Landes, das wir alle kennen.", 1,
    ),
}  # fmt: skip


def test_every_feature_has_an_example():
    assert sorted(EXAMPLES) == sorted(feature.name for feature in FEATURES)


@pytest.mark.parametrize("name", EXAMPLES)
def test_the_values_are_those_worked_out_by_hand(name):
    prompt, one, low, other, high = EXAMPLES[name]
    feature = feature_named(name)
    assert feature.measure(prompt, one) == pytest.approx(low)
    assert feature.measure(prompt, other) == pytest.approx(high)
    assert high - low > feature.dead.width(low, high), "a difference of no account"


@pytest.mark.parametrize("name", ["greeting", "hedges", "refusal", "reading_ease", "examples"])
def test_what_is_english_only_is_not_measured_on_other_languages(name):
    german = "Die Hauptstadt von Frankreich ist Paris. Die Stadt liegt an der Seine im Norden."
    assert feature_named(name).measure(ASK, german) is None
    assert feature_named(name).measure("7 x 6 =", "42") is None
    english = "It is Paris, which lies on the Seine in the north of the land."
    assert feature_named(name).measure(ASK, english) is not None


def test_a_short_response_is_read_in_the_language_of_its_prompt():
    assert feature_named("yes_no").measure("Is Paris the capital of France?", "Yes.") == 1
    assert feature_named("yes_no").measure("Ist Paris die Hauptstadt von Italien?", "No.") is None


NOTHING_TO_MEASURE = {
    "code_comments": "no code", "language_tags": "no code", "code_first": "no code",
    "hedges": "", "sentence_length": "", "word_length": "", "closing_question": "",
    "reading_ease": "Too short.", "lix": "Too short.", "variety": "Too short.",
    "cut_off": "", "repetition": "Too short", "same_language": "42",
}  # fmt: skip


@pytest.mark.parametrize("name", NOTHING_TO_MEASURE)
def test_missing_is_not_zero(name):
    assert feature_named(name).measure(ASK, NOTHING_TO_MEASURE[name]) is None
