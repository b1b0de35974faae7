"""Length: how much is said, and in how large pieces."""

from functools import partial

from specharness.compile.features.feature import DeadZone, Feature, Ways, share

_feature = partial(Feature, family="length")

FEATURES = (
    _feature(
        name="words",
        title="words",
        about="Words of the whole response, code included.",
        unit="words",
        reading=lambda e: e.response.all_words,
        dead=DeadZone(absolute=3, relative=0.1),
        ways=Ways(
            more="Answer at length and in full.",
            less="Keep the answer short: say what was asked for and stop.",
            at_least="Answer in at least {n} words.",
            at_most="Answer in at most {n} words.",
        ),
    ),
    _feature(
        name="prose_words",
        title="words outside code",
        about="Words of the response without its code blocks.",
        unit="words",
        reading=lambda e: len(e.response.words),
        dead=DeadZone(absolute=3, relative=0.1),
        ways=Ways(
            more="Explain at length in prose.",
            less="Keep the prose short: no more explanation than was asked for.",
            at_least="Write at least {n} words of prose, not counting code.",
            at_most="Write at most {n} words of prose, not counting code.",
        ),
    ),
    _feature(
        name="sentences",
        title="sentences",
        about="Sentences of the prose; a list item, a heading or a table cell counts as one.",
        unit="count",
        reading=lambda e: len(e.response.sentences),
        dead=DeadZone(absolute=1, relative=0.15),
        ways=Ways(
            more="Use more than a few sentences to answer.",
            less="Answer in few sentences.",
            at_least="Answer in at least {n} sentences.",
            at_most="Answer in at most {n} sentences.",
        ),
    ),
    _feature(
        name="paragraphs",
        title="paragraphs",
        about="Paragraphs of prose outside lists, headings, tables and quotes.",
        unit="count",
        reading=lambda e: e.response.marks.paragraphs,
        dead=DeadZone(relative=0.15),
        ways=Ways(
            more="Divide the answer into several paragraphs.",
            less="Keep the answer to few paragraphs.",
            at_least="Write at least {n} paragraphs.",
            at_most="Write at most {n} paragraphs.",
        ),
    ),
    _feature(
        name="sentence_length",
        title="words per sentence",
        about="Words of the prose divided by its sentences (list items and headings count as one).",
        unit="words",
        reading=lambda e: share(len(e.response.words), len(e.response.sentences)),
        dead=DeadZone(absolute=1, relative=0.1),
        ways=Ways(
            more="Write long sentences that carry several thoughts.",
            less="Write short sentences.",
            at_least="Write longer sentences, about {n} words on average.",
            at_most="Write short sentences, about {n} words on average.",
            threshold="about",
        ),
    ),
    _feature(
        name="paragraph_length",
        title="words in the longest paragraph",
        about="Words of the longest paragraph, list item, heading or cell.",
        unit="words",
        reading=lambda e: max(map(len, e.response.block_words), default=None),
        dead=DeadZone(absolute=3, relative=0.15),
        ways=Ways(
            more="Develop your points in long paragraphs.",
            less="Break the text up: no long paragraphs.",
            at_least="Develop at least one paragraph to {n} words or more.",
            at_most="Keep every paragraph under about {n} words.",
        ),
    ),
)
