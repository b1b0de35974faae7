"""Rules from a language model: proposed, guarded, put together, measured, given their opposites."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from specharness.compile.llm.asking import Interview
from specharness.compile.llm.catalogue import general_hypotheses
from specharness.compile.llm.cluster import cluster
from specharness.compile.llm.contrast import contrast
from specharness.compile.llm.draft import Draft, admit, content
from specharness.compile.llm.explain import explain
from specharness.compile.llm.guard import Guard
from specharness.compile.llm.instruction import from_instruction
from specharness.compile.llm.measure import calls_to_measure, measure
from specharness.compile.llm.opposites import Measure, calls_for_opposites, find_opposites, negate
from specharness.compile.llm.options import Options
from specharness.compile.llm.proposed import LlmProposed, make_proposal
from specharness.compile.proposal import Proposal
from specharness.compile.votes import Matrix
from specharness.model import Model
from specharness.records import Pair

_REPAIRS = 0.1  # of the budget, kept free for repairs when the rules to measure are counted


@dataclass(frozen=True, slots=True, kw_only=True)
class _Rule:
    """A rule to be measured; `opposite` is known for those of the catalogue."""

    text: str
    pairs: frozenset[int] = frozenset()
    opposite: str = ""


def propose_llm(
    pairs: Sequence[Pair], instruction: str, model: Model, options: Options
) -> LlmProposed:
    """Proposals of a model, measured on the pairs: the llm proposer, every step in order.

    A proposal's `proposers` are the pairs of the one answer that it is taken from: of several
    answers that gave the same rule that from the fewest pairs, as the others were not needed. Each
    step is one batch of requests (and one of repairs); all answers are greedy, so the same model
    gives the same proposals.
    """
    interview = Interview(model=model, budget=options.budget(len(pairs)))
    guard, refused = Guard(pairs, instruction, options.words), Counter[str]()
    drafts = [
        *from_instruction(instruction, interview, options),
        *contrast(pairs, interview, options),
        *explain(pairs, interview, options),
    ]
    admitted = admit(drafts, guard, refused)
    found = _leaders(admitted, options.proposed)
    rules = [*found, *_catalogue(found, options)][: _room(len(pairs), interview, options)]
    texts = [rule.text for rule in rules]
    keep = calls_for_opposites(len(pairs), options)
    measured = measure(pairs, texts, interview, options, keep)
    new = [rule.text for rule in rules if not rule.opposite]  # these stand first
    asked = Measure(pairs=pairs, rules=new, votes=measured.votes[:, : len(new)])
    opposites = find_opposites(asked, interview, guard, options)
    return LlmProposed(
        proposals=tuple(_proposals(rules, measured.votes, opposites)),
        calls=interview.calls,
        weighed=interview.weighed,
        budget=interview.budget,
        errors=tuple(sorted(interview.errors.items())),
        refused=tuple(sorted(refused.items())),
        repaired=interview.repaired,
        cells=measured.votes.size,
        unread=measured.unread,
        flips=measured.flips,
        dropped=len(admitted) - len(new),
        transcript=interview.transcript,
    )


def _leaders(drafts: Sequence[Draft], count: int) -> list[_Rule]:
    clusters = cluster([draft.text for draft in drafts], count)
    leaders = [drafts[members[0]] for members in clusters]
    return [_Rule(text=draft.text, pairs=draft.pairs) for draft in leaders]


def _catalogue(found: Sequence[_Rule], options: Options) -> list[_Rule]:
    """The general hypotheses, those left out that were proposed already."""
    known = {content(rule.text) for rule in found}
    return [
        _Rule(text=text, opposite=opposite)
        for text, opposite in general_hypotheses()[: options.catalogue]
        if not known & {content(text), content(opposite)}
    ]


def _room(pairs: int, interview: Interview, options: Options) -> int:
    """How many rules can be measured, with calls left for repairs and opposites."""
    spare = interview.left - calls_for_opposites(pairs, options)
    spare -= int(_REPAIRS * interview.budget)
    a_call = calls_to_measure(max(1, pairs), 1, options)
    rules = options.proposed + options.catalogue
    return max(1, spare // a_call) * options.together if a_call else rules


def _proposals(
    rules: Sequence[_Rule], votes: Matrix, opposites: Mapping[int, str]
) -> Iterator[Proposal]:
    for column, rule in enumerate(rules):
        yield make_proposal(
            text=rule.text,
            opposite=rule.opposite or opposites.get(column) or negate(rule.text),
            origin="catalogue" if rule.opposite else "llm",
            votes=votes[:, column],
            proposers=rule.pairs,
        )
