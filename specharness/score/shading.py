"""Where in a response a spec moved the model: each token's log-probability against the reference.

The margin of a pair is made of these, summed or averaged (see `margins`).
"""

from collections.abc import Sequence
from dataclasses import replace

from specharness.model import Cuts, Cutter, Logprobs, Model, Unmeasured
from specharness.records import Pair
from specharness.runfile import Case
from specharness.runmoves import PairMoves, TokenMoves
from specharness.score.logprob import Reading
from specharness.score.margins import Weighed
from specharness.score.weigh import weigh_pairs

MOST_PAIRS = 200  # of a run: those that flipped, then those that moved most
MOST_TOKENS = 2_000  # of a response; what comes after is not shaded
_DIGITS = 2  # of a token's move in nats: what a reader tells apart, and a small run file

Texts = tuple[str, str, str]  # of head, base and the reference


def shade_cases(
    model: Model, reading: Reading, pairs: Sequence[Pair], cases: Sequence[Case], texts: Texts
) -> tuple[Case, ...]:
    """The cases, those worth it with the moves of their tokens.

    At most `MOST_PAIRS`, flipped pairs first, then the largest changes of margin. A model that does
    not say how it cuts texts (`Cutter`) leaves all as they are. Nothing is weighed anew where the
    pairs were scored with the same texts before.
    """
    wanted = worth_shading(cases)
    shown = [pair for pair in pairs if pair.id in wanted]
    if not isinstance(model, Cutter) or not shown:
        return tuple(cases)
    cuts = model.cut([text for pair in shown for text in (pair.chosen, pair.rejected)])
    if not any(cuts):
        return tuple(cases)
    weights = weigh_pairs(model, shown, {text: text for text in texts}, reading.placement)
    moves: dict[str, PairMoves | None] = {}
    for pair, cut in zip(shown, zip(cuts[::2], cuts[1::2], strict=True), strict=True):
        moves[pair.id] = _moves(pair, cut, [weights[text][pair.id] for text in texts])
    return tuple(replace(case, moves=moves.get(case.id)) for case in cases)


def worth_shading(cases: Sequence[Case]) -> set[str]:
    """The ids of the pairs to shade."""
    measured = [case for case in cases if case.head and case.base]
    return {case.id for case in sorted(measured, key=_worth)[:MOST_PAIRS]}


def _worth(case: Case) -> tuple[bool, bool, float, float, str]:
    """Where a pair stands among those to shade: `must` before other flips, large moves first."""
    assert case.head and case.base
    flipped = case.outcome in ("lost", "won")
    change = abs(case.head.margin - case.base.margin)
    return not flipped, not case.must, -change, -abs(case.head.margin), case.id


def _moves(
    pair: Pair, cuts: tuple[Cuts | None, Cuts | None], arms: Sequence[Weighed | Unmeasured]
) -> PairMoves | None:
    weighed = [arm for arm in arms if isinstance(arm, Weighed)]
    if len(weighed) < len(arms):
        return None
    chosen = _token_moves(pair.chosen, cuts[0], [arm.chosen for arm in weighed])
    rejected = _token_moves(pair.rejected, cuts[1], [arm.rejected for arm in weighed])
    return PairMoves(chosen=chosen, rejected=rejected) if chosen and rejected else None


def _token_moves(text: str, cut: Cuts | None, arms: Sequence[Logprobs]) -> TokenMoves | None:
    """None for cuts that are not those of these tokens: better no shading than a wrong one."""
    head, base, neutral = (arm.tokens for arm in arms)
    if cut is None or sum(cut.sizes) != len(text) or len(cut.sizes) > len(neutral):
        return None
    return TokenMoves(
        sizes=cut.sizes[:MOST_TOKENS], head=_apart(head, neutral), base=_apart(base, neutral)
    )


def _apart(spec: Sequence[float], reference: Sequence[float]) -> tuple[float, ...]:
    both = zip(spec[:MOST_TOKENS], reference[:MOST_TOKENS], strict=True)
    return tuple(round(s - n, _DIGITS) + 0.0 for s, n in both)  # + 0.0: no minus zero
