r"""Hypothesis strategies for your own properties: specs, preference pairs and edits of specs.

    from hypothesis import given
    from specharness.strategies import mutations, pairs, specs

    @given(mutations())
    def test_my_renderer_shows_every_edit(edit):
        assert my_renderer(edit.before.shown) != my_renderer(edit.mutant.shown)

Everything that comes out is what reading a file would give, shrinks towards short and plain, and
does not depend on a clock or a machine. Needs `pip install hypothesis`; nothing else here does.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from specharness.mutation.mutants import HARMFUL, OPERATORS, Mutant, Operator, make_mutants
from specharness.pairline import content_id, prompt_group
from specharness.records import Message, Pair, Spec
from specharness.specfile import parse_spec

try:
    from hypothesis import strategies as st
except ImportError as error:
    raise ImportError("specharness.strategies needs hypothesis: pip install hypothesis") from error

if TYPE_CHECKING:
    from hypothesis.strategies import DrawFn, SearchStrategy

__all__ = ["Edit", "mutations", "pairs", "specs"]

_ORDERS = (
    "Be brief", "Answer in at most 3 sentences", "Never use lists", "Do not flatter",
    "Write two to four paragraphs", "Always name a source", "The assistant should refuse",
    "If asked, say so", "Leave out summaries", "You must not guess",
)  # fmt: skip
_WORD = st.text("abcdefghijklmnopqrstuvwxyzäéß", min_size=1, max_size=9)
_NAME = st.from_regex(r"[a-z][a-z0-9-]{0,9}", fullmatch=True)
_TEXT = st.text(
    st.characters(codec="utf-8", exclude_categories=("Cs", "Cc"), include_characters="\n\t"),
    min_size=1,
    max_size=200,
).filter(str.strip)


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """A spec and one mutant of it; `mutant.expected` says whether it is harmful or harmless."""

    before: Spec
    mutant: Mutant


def specs(*, min_rules: int = 1, max_rules: int = 6) -> "SearchStrategy[Spec]":
    """Specs with that many rules: list items or paragraphs, some with anchors, under headings.

    Every kind of list marker, comments, notes of opposites and wrapped lines may be there. No two
    rules of a spec have the same text.
    """
    return _specs(min_rules, max_rules)


@st.composite
def _specs(draw: "DrawFn", least: int, most: int) -> Spec:
    rules = draw(st.lists(_rules(), min_size=least, max_size=most, unique=True))
    names = draw(st.lists(_NAME, min_size=len(rules), max_size=len(rules), unique=True))
    style = draw(st.sampled_from(("-", "*", "1.", "1)", "")))
    lines = [f"# {draw(_WORD).capitalize()}", ""] if draw(st.booleans()) else []
    for number, (rule, name) in enumerate(zip(rules, names, strict=True), 1):
        if number > 1 and draw(st.integers(0, 5)) == 5:
            lines += ["", f"## {draw(_WORD)}", ""]
        marker = style.replace("1", str(number)) + " " if style else ""
        lines += [marker + rule + draw(st.sampled_from(("", f" {{#{name}}}", _opposed(name))))]
        lines += [""] if not style or draw(st.integers(0, 5)) == 5 else []
        lines += ["<!-- why -->"] if draw(st.integers(0, 7)) == 7 else []
    return parse_spec("\n".join(lines) + "\n")


def _opposed(name: str) -> str:
    return f" {{#{name} opposite: Do the very opposite of {name}.}}"


@st.composite
def _rules(draw: "DrawFn") -> str:
    """A sentence that asks for something."""
    words = draw(st.lists(_WORD, max_size=5))
    return " ".join([draw(st.sampled_from(_ORDERS)), *words]) + "."


def pairs() -> "SearchStrategy[Pair]":
    """Preference pairs with one to three turns; the two responses are never the same.

    Texts hold any printable Unicode, newlines and tabs. Id and group are those a pair without them
    gets in a file, so equal pairs have one id: `st.lists(pairs(), unique_by=lambda p: p.id)`.
    """
    return _pairs()


@st.composite
def _pairs(draw: "DrawFn") -> Pair:
    turns = [Message(role="user", content=draw(_TEXT))]
    if draw(st.booleans()):
        turns += [Message(role="assistant", content=draw(_TEXT))]
        turns += [Message(role="user", content=draw(_TEXT))]
    chosen = draw(_TEXT)
    rejected = draw(_TEXT.filter(lambda text: text != chosen))
    prompt = tuple(turns)
    return Pair(
        id=content_id(prompt, chosen, rejected),
        prompt=prompt,
        chosen=chosen,
        rejected=rejected,
        group=prompt_group(prompt),
        tags=tuple(draw(st.lists(_NAME, max_size=2, unique=True))),
        must=draw(st.booleans()),
    )


def mutations(spec: Spec | None = None, *, harmful: bool | None = None) -> "SearchStrategy[Edit]":
    """A spec (one of `specs()`, else yours) with one of its mutants.

    With `harmful` only those that have to be noticed, or with False only those that must not. Where
    a spec has no such mutant the strategy is empty.
    """
    operators = frozenset(o for o in OPERATORS if harmful is None or (o in HARMFUL) is harmful)
    if spec is not None:
        edits = _edits(spec, operators)
        return st.sampled_from(edits) if edits else st.nothing()
    found = specs().map(lambda made: _edits(made, operators)).filter(bool)
    return found.flatmap(st.sampled_from)


def _edits(spec: Spec, operators: frozenset[Operator]) -> list[Edit]:
    mutants = make_mutants(spec)
    return [Edit(before=spec, mutant=one) for one in mutants if one.operator in operators]
