"""Stanford's SHP, OpenAI's WebGPT and Summarize-from-feedback."""

from collections.abc import Iterator, Mapping
from typing import Any

from specharness.importers.columns import columns
from specharness.importers.extras import extras
from specharness.importers.fields import has, text, user
from specharness.importers.judgement import Better, Judgement, Layout, Options, Row, Unusable
from specharness.importers.labelreader import name_of, take
from specharness.importers.labels import compare, no_winner, number, require_gap, said

# What a summary is of, in the words of the paper's prompts (Stiennon et al. 2020, appendix B).
_TOLD = (
    ("subreddit", "SUBREDDIT: r/{}"), ("title", "TITLE: {}"), ("post", "POST: {}"),
    ("article", "ARTICLE: {}"),
)  # fmt: skip


def _fits_shp(row: Row) -> bool:
    return has(row.data, "history", "human_ref_A", "human_ref_B", "labels")


def _shp(row: Row, options: Options) -> Iterator[Judgement]:
    """Label 1 prefers A, 0 prefers B; the scores of the two matter to --min-gap only."""
    names = ("human_ref_A", "human_ref_B")
    better = _numbered(take(row, "labels"), "labels", {"1": "first", "0": "second"})
    if options.min_gap:
        scores = [number(take(row, name), name) for name in ("score_A", "score_B")]
        require_gap(scores[0], scores[1], options.min_gap)
    asked = text(take(row, "history"), "history")
    yield _judged(row, asked, (take(row, names[0]), take(row, names[1])), better)


def _numbered(value: Any, name: str, sides: Mapping[str, Better]) -> Better:
    label = said(value)
    if no_winner(label):
        return "neither"
    if label not in sides:
        raise Unusable("unknown label", f"{name} is {label!r}")
    return sides[label]


def _judged(row: Row, asked: str, sides: tuple[Any, Any], better: Better) -> Judgement:
    return Judgement(
        prompt=user(asked),
        first=text(sides[0], "the first response"),
        second=text(sides[1], "the second response"),
        better=better,
        where=row.where,
        annotator=name_of(row.data.get("worker")),
        **extras(columns(row.data)),
    )


def _fits_webgpt(row: Row) -> bool:
    named = has(row.data, "question", "answer_0", "answer_1", "score_0", "score_1")
    return named and (has(row.data["question"], "full_text") or has(row.data, "quotes_0"))


def _webgpt(row: Row, options: Options) -> Iterator[Judgement]:
    """The answer with the higher score; marks such as [1] point at quotes and stay in the text."""
    question = take(row, "question")
    asked = question.get("full_text") if isinstance(question, Mapping) else question
    scores = [number(take(row, name), name) for name in ("score_0", "score_1")]
    better = compare(scores[0], scores[1], options.min_gap)
    sides = (take(row, "answer_0"), take(row, "answer_1"))
    yield _judged(row, text(asked, "question"), sides, better)


def _fits_summaries(row: Row) -> bool:
    named = has(row.data, "info", "summaries", "choice")
    return named and isinstance(row.data["info"], Mapping)


def _summaries(row: Row, options: Options) -> Iterator[Judgement]:
    """The prompt is what the models of the paper saw: title, post or article, and "TL;DR:"."""
    better = _numbered(take(row, "choice"), "choice", {"0": "first", "1": "second"})
    yield _judged(row, _told(take(row, "info")), _two_texts(take(row, "summaries")), better)


def _told(info: Any) -> str:
    """One paragraph for each part there is; "" without a post or an article."""
    if not isinstance(info, Mapping):
        raise Unusable("not text", "info")
    parts = {name: text(info.get(name), f"info.{name}").strip() for name, _ in _TOLD}
    if not parts["post"] and not parts["article"]:
        return ""
    return "\n\n".join([*(form.format(parts[n]) for n, form in _TOLD if parts[n]), "TL;DR:"])


def _two_texts(summaries: Any) -> tuple[Any, Any]:
    """From a list of objects, or an object of lists as the datasets library makes of it."""
    texts = summaries.get("text") if isinstance(summaries, Mapping) else summaries
    if isinstance(texts, list):
        texts = [one.get("text") if isinstance(one, Mapping) else one for one in texts]
    if not isinstance(texts, list) or len(texts) != 2:
        raise Unusable("missing field", "two summaries with a text")
    return texts[0], texts[1]


LAYOUTS: tuple[Layout, ...] = (
    Layout(
        name="shp",
        title="Stanford Human Preferences: history, human_ref_A, human_ref_B and labels (1 for A)",
        fits=_fits_shp,
        convert=_shp,
    ),
    Layout(
        name="webgpt",
        title="WebGPT comparisons: answer_0, answer_1 and their scores",
        fits=_fits_webgpt,
        convert=_webgpt,
    ),
    Layout(
        name="summarize-from-feedback",
        title="OpenAI's comparisons of summaries: info, two summaries and the index of the better",
        fits=_fits_summaries,
        convert=_summaries,
        votes=True,
    ),
)
