"""Systematic edits of a spec, each with the effect that it has to have: harmful or harmless."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal, get_args

from specharness.mutation.wording import change_numbers, negate, paraphrase, weaken
from specharness.opposites import opposite_text
from specharness.records import Rule, Spec
from specharness.specedit import exchange, reword, take_out
from specharness.specrules import marker, read_rules, read_rules_with_lines
from specharness.spectext import visible_lines

Operator = Literal["drop", "negate", "weaken", "numbers", "paraphrase", "reorder", "markers"]
Expected = Literal["harmful", "harmless"]
OPERATORS: tuple[Operator, ...] = get_args(Operator)
HARMFUL: frozenset[Operator] = frozenset({"drop", "negate", "weaken", "numbers"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Mutant:
    """A spec with one edit, and what it was: `before` and `after` are texts of the `rule`.

    `after` is "" where the rule is gone; rule and texts are "" where the edit is about the whole
    spec, and `line` is 0 then. `shown` is what a model sees: "" where the only rule was all of it.
    """

    operator: Operator
    rule: str
    line: int
    before: str
    after: str
    shown: str

    @property
    def expected(self) -> Expected:
        """What the edit does by its nature: whether pairs about the rule have to notice it."""
        return "harmful" if self.operator in HARMFUL else "harmless"

    @property
    def id(self) -> str:
        """Unique within one spec: "brief:drop"."""
        return f"{self.rule or 'spec'}:{self.operator}"


def make_mutants(spec: Spec, opposites: Mapping[str, str] | None = None) -> tuple[Mutant, ...]:
    """All mutants of a spec, in the order of its rules; none says what the spec or another says.

    `opposites` (by rule id) say what negating a rule means; those in the spec itself come first,
    a template is the last resort. Rules with code are only dropped and moved. The same spec always
    has the same mutants.

    >>> from specharness.specfile import parse_spec
    >>> [m.id for m in make_mutants(parse_spec("- Be brief. {#b}\\n- Use 3 words. {#w}"))]
    ['b:drop', 'b:negate', 'b:weaken', 'b:paraphrase', 'b:reorder', 'w:drop', 'w:negate', \
'w:weaken', 'w:numbers', 'w:paraphrase', 'spec:markers']
    """
    turned = {**(opposites or {}), **own_opposites(spec)}
    seen = {" ".join(spec.shown.split())}
    found = []
    for mutant in _all(spec, turned):
        text = " ".join(mutant.shown.split())
        if text not in seen:
            seen.add(text)
            found.append(mutant)
    return tuple(found)


def own_opposites(spec: Spec) -> dict[str, str]:
    """By rule id: the opposite that the spec notes; {} where it notes none.

    UsageError for an opposite that is empty, stands twice or has no rule.
    """
    turned = read_rules(visible_lines(opposite_text(spec)))
    if len(turned) != len(spec.rules):
        return {}
    pairs = zip(spec.rules, turned, strict=True)
    return {rule.id: other.text for rule, other in pairs if rule.text != other.text}


def _all(spec: Spec, opposites: Mapping[str, str]) -> Iterator[Mutant]:
    coded = _rules_with_code(spec)
    for index, rule in enumerate(spec.rules):
        yield _mutant("drop", rule, "", take_out(spec, {rule.id}))
        if rule.id not in coded:
            for operator, text in _wordings(rule, opposites):
                if text:
                    yield _mutant(operator, rule, text, reword(spec, rule.id, text))
        below = spec.rules[index + 1 : index + 3]
        if below and _may_swap(spec, rule, *below):
            yield _mutant("reorder", rule, rule.text, exchange(spec, rule.id, below[0].id))
    yield from _markers(spec)


def _wordings(rule: Rule, opposites: Mapping[str, str]) -> Iterator[tuple[Operator, str]]:
    yield "negate", opposites.get(rule.id) or negate(rule.text)
    yield "weaken", weaken(rule.text)
    yield "numbers", change_numbers(rule.text)
    yield "paraphrase", paraphrase(rule.text)


def _mutant(operator: Operator, rule: Rule, after: str, spec: Spec) -> Mutant:
    return Mutant(
        operator=operator,
        rule=rule.id,
        line=rule.line,
        before=rule.text,
        after=after,
        shown=spec.shown,
    )


def _rules_with_code(spec: Spec) -> frozenset[str]:
    """Rules that hold fenced code, which no template may put into one line."""
    lines = visible_lines(spec.text)
    fenced = {line.number for line in lines if line.fenced}
    return frozenset(
        rule.id for rule, numbers in read_rules_with_lines(lines) if fenced & set(numbers)
    )


def _may_swap(spec: Spec, rule: Rule, other: Rule, after: Rule | None = None) -> bool:
    """Whether two neighbours are of one list (or both paragraphs), with nothing below either."""
    signs = {line.number: _indent(line.text) for line in visible_lines(spec.text)}
    alike = rule.section == other.section and signs[rule.line] == signs[other.line]
    if not alike or rule.text.endswith(":"):
        return False
    return after is None or signs[after.line] <= signs[other.line]


def _indent(text: str) -> int:
    """How deep an item stands; -1 for a paragraph."""
    sign = marker(text).expandtabs(4)
    return len(sign) - len(sign.lstrip()) if sign else -1


def _markers(spec: Spec) -> Iterator[Mutant]:
    """All bullets in another sign: the same list to any reader."""
    owners = {numbers[0] for _, numbers in read_rules_with_lines(visible_lines(spec.text))}
    lines = [
        _other_bullet(line.text) if line.number in owners else line.text
        for line in visible_lines(spec.text)
    ]
    yield Mutant(operator="markers", rule="", line=0, before="", after="", shown="\n".join(lines))


def _other_bullet(text: str) -> str:
    sign = marker(text)
    other = sign.translate({ord("-"): "*", ord("*"): "-", ord("+"): "-", ord("•"): "-"})
    return other + text.removeprefix(sign)
