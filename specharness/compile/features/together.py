"""Sentences for features that behave alike: what a writer would ask for in one breath."""

Part = tuple[str, bool]  # the name of a feature, and whether more of it is asked for


def _less(*names: str) -> frozenset[Part]:
    return frozenset((name, False) for name in names)


def _more(*names: str) -> frozenset[Part]:
    return frozenset((name, True) for name in names)


MERGED: tuple[tuple[frozenset[Part], str], ...] = (
    (_less("list_items", "headings"), "Write plain prose: no lists, no headings."),
    (
        _less("list_items", "headings", "bold"),
        "Write plain prose: no lists, no headings, no bold text.",
    ),
    (_more("list_items", "headings"), "Structure the answer with headings and lists."),
    (
        _more("list_items", "headings", "bold"),
        "Structure the answer with headings and lists, and set key terms in bold.",
    ),
    (_less("words", "examples"), "Keep the answer short and leave out examples."),
    (
        _less("greeting", "filler"),
        "Begin with the content, without a greeting or a lead-in.",
    ),
    (
        _less("filler", "praise"),
        "Begin with the content, without a lead-in and without praise for the question.",
    ),
    (
        _less("greeting", "filler", "praise"),
        "Begin with the content, without a greeting, a lead-in or praise for the question.",
    ),
    (
        _less("closing_question", "closing_offer"),
        "End when the answer is complete, without a question or an offer of further help.",
    ),
    (
        _less("closing_offer", "closing_summary"),
        "End when the answer is complete, without a summary or an offer of further help.",
    ),
    (_more("closing_question", "closing_offer"), "End by asking how else you can help."),
    (
        frozenset({("contractions", False), ("informal", False)}),
        "Write formally, without contractions and slang.",
    ),
    (_more("contractions", "informal"), "Write casually, with contractions and everyday words."),
    (
        frozenset({("contractions", False), ("formal", True)}),
        "Write in a formal style, without contractions.",
    ),
    (
        _less("exclamations", "emoji"),
        "Keep a calm tone, without exclamation marks and emoji.",
    ),
    (_more("exclamations", "emoji"), "Sound lively: use exclamation marks and emoji."),
    (
        _less("disclaimer", "referral"),
        "Answer the question itself, without disclaimers and referrals.",
    ),
    (
        _more("disclaimer", "referral"),
        "Name the limits of the answer and refer the user to a professional where one should be "
        "asked.",
    ),
    (_less("disclaimer", "warnings"), "Leave out disclaimers and warnings."),
    (_more("disclaimer", "warnings"), "Add the disclaimers and warnings that the matter needs."),
    (_more("citations", "links"), "Cite sources and link to them."),
    (_less("citations", "links"), "Do not cite sources or give links."),
    (
        frozenset({("reading_ease", True), ("long_words", False)}),
        "Use plain, short words and short sentences that anyone can follow.",
    ),
    (
        frozenset({("reading_ease", False), ("long_words", True)}),
        "Write for expert readers, with the technical terms of the field.",
    ),
    (_more("sequence_words", "steps"), "Explain in order, step by step."),
    (_more("numerals", "units"), "Give exact figures with their units."),
    (_more("code_blocks", "language_tags"), "Show code in code blocks that name the language."),
    (_more("hedges", "balance"), "Qualify claims and present several sides of the matter."),
    (_less("hedges", "balance"), "Take one clear line, without hedging."),
)
