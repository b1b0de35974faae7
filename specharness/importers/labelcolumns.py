"""Which columns of a row hold two responses and which say who won, told by their names."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

Words = tuple[str, ...]

_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
_MOST_COLUMNS = 200  # a row with more fields is no table of judgements

# The two names of a numbered pair, first side first.
_PAIRS = (
    ("a", "b"), ("1", "2"), ("0", "1"), ("left", "right"), ("first", "second"), ("one", "two"),
)  # fmt: skip
_PLACES = {place for pair in _PAIRS for place in pair} | {"c", "3", "third", "three"}

NOUNS = frozenset({
    "response", "output", "answer", "completion", "text", "candidate", "option", "reply",
    "generation", "summary", "message", "continuation", "translation", "solution",
})  # fmt: skip
_ORIGINAL = frozenset({"orig", "original"})
_WRITERS = _ORIGINAL | {"model", "assistant", "ai", "bot", "llm", "generated"}
_LABELS = frozenset({
    "label", "labels", "preference", "preferences", "preferred", "pref", "winner", "winning",
    "choice", "chosen", "better", "best", "verdict", "vote", "judgment", "judgement", "decision",
    "selected", "selection", "outcome",
})  # fmt: skip
_ABOUT_LABELS = NOUNS | _WRITERS | {
    "human", "annotator", "rater", "expert", "crowd", "user", "gold", "true", "ground", "truth",
    "majority", "final", "overall", "is", "the", "id", "idx", "index", "name", "side", "helpful",
    "helpfulness", "safe", "safety", "harmless", "harmlessness", "honest", "honesty", "truthful",
    "truthfulness", "quality", "style", "correct", "correctness",
}  # fmt: skip
_JUDGES = ("annotator", "judge", "rater", "worker", "evaluator")


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelColumns:
    """The columns of a comparison; "" where there is none.

    `labels` are all that may say who won, `models` the two that name the writers. `prefix` is what
    the responses' columns begin with ("orig"): the prompt is then the one that begins like them.
    """

    first: str
    second: str
    labels: tuple[str, ...]
    models: tuple[str, str] = ("", "")
    annotator: str = ""
    prefix: str = ""


@lru_cache(maxsize=1024)
def words(name: str) -> Words:
    """The words of a column's name or of a short label, in lower case.

    >>> words("Response A"), words("humanRefB"), words("output_1"), words("A>B")
    (('response', 'a'), ('human', 'ref', 'b'), ('output', '1'), ('a', 'b'))
    """
    if not name.isascii():
        return (name,)  # letters of other scripts would vanish and leave another name
    return tuple(word.lower() for word in _WORD.findall(name))


def places(first: str, second: str) -> tuple[str, str] | None:
    """What tells the names of the first and the second response apart.

    >>> places("output_1", "output_2"), places("Response A", "Response B"), places("x", "y")
    (('1', '2'), ('a', 'b'), None)
    """
    one, other = words(first), words(second)
    if len(one) != len(other):
        return None
    differing = [pair for pair in zip(one, other, strict=True) if pair[0] != pair[1]]
    return differing[0] if len(differing) == 1 and differing[0] in _PAIRS else None


@lru_cache(maxsize=256)
def find_columns(names: Words) -> LabelColumns | None:
    """The columns of a comparison, None unless there are exactly two responses and a label.

    Upper case, blanks and underscores make no difference. None as well for a third response, and
    where two pairs of columns could equally be the responses.
    """
    if len(names) > _MOST_COLUMNS:
        return None
    sides = _numbered(names, NOUNS, _WRITERS, bare=True)
    labels = tuple(name for name in names if _is_label(words(name)))
    if len(sides) != 1 or not labels:
        return None
    models = _numbered(names, frozenset({"model", "generator"}), frozenset({"name"}), bare=False)
    return LabelColumns(
        first=sides[0][0],
        second=sides[0][1],
        labels=labels,
        models=models[0] if len(models) == 1 else ("", ""),
        annotator=_annotator(names),
        prefix=next((word for word in words(sides[0][0])[:1] if word in _ORIGINAL), ""),
    )


def _numbered(
    names: Sequence[str], nouns: frozenset[str], besides: frozenset[str], *, bare: bool
) -> list[tuple[str, str]]:
    """Every two columns alike but for a place (`output_1`, `output_2`; with `bare` `A`, `B`)."""
    families: dict[tuple[Words, Words], dict[str, str]] = {}
    for name in names:
        said = words(name)
        for n, word in enumerate(said):
            around = {*said[:n], *said[n + 1 :]}
            fits = around & nouns and around <= nouns | besides
            if word in _PLACES and (fits or (bare and not around and not word.isdigit())):
                families.setdefault((said[:n], said[n + 1 :]), {})[word] = name
    return [
        (family[pair[0]], family[pair[1]])
        for family in families.values()
        for pair in _PAIRS
        if set(family) == set(pair)
    ]


def _is_label(said: Words) -> bool:
    return len(_LABELS & {*said}) == 1 and {*said} <= _LABELS | _ABOUT_LABELS


def _annotator(names: Iterable[str]) -> str:
    wanted = {(judge, *more) for judge in _JUDGES for more in ((), ("id",), ("name",))}
    return next((name for name in names if words(name) in wanted), "")
