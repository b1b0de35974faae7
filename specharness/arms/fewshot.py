"""Arms that show a few of the pairs to fit on.

The examples stand in the system text, both responses of each with a name, not in turns of a
conversation: only so does the model see what a pair says, that one answer is better than the
other, and every arm keeps the same turns.
"""

from collections import Counter

from specharness.arms.arm import Arm, Condition, Materials, pairs_to_fit
from specharness.arms.text import written_spec
from specharness.errors import UsageError
from specharness.records import Pair, digest

_HEAD = "Examples of what is wanted:"


def draw_shots(pairs: tuple[Pair, ...], count: int, seed: int) -> list[Pair]:
    """`count` pairs (or all there are), drawn by the seed; of each group one, while they last."""
    order = sorted(pairs, key=lambda pair: digest(seed, pair.group, pair.id))
    turn: Counter[str] = Counter()  # how many of a group came before
    turns: list[int] = []
    for pair in order:
        turns.append(turn[pair.group])
        turn[pair.group] += 1
    ranked = sorted(range(len(order)), key=lambda i: (turns[i], i))
    return [order[i] for i in ranked[:count]]


def show_pair(pair: Pair) -> str:
    """A pair as text: what was asked, then the better and the worse answer."""
    turns = [turn for turn in pair.prompt if turn.role not in ("system", "developer")]
    asked = turns[0].content if len(turns) == 1 else _conversation(pair)
    return f"Request: {asked}\nA good answer: {pair.chosen}\nA bad answer: {pair.rejected}"


def _conversation(pair: Pair) -> str:
    return "".join(f"\n({turn.role}) {turn.content}" for turn in pair.prompt)


def _with_examples(text: str, materials: Materials) -> Condition:
    if materials.shots < 1:
        raise UsageError("--shots", f"{materials.shots} is out of range", "give 1 or more")
    pairs = pairs_to_fit(materials, 1)
    shown = draw_shots(pairs, materials.shots, materials.seed)
    parts = [text, _HEAD, *map(show_pair, shown)]
    return Condition(
        text="\n\n".join(part for part in parts if part),
        note=f"shows {len(shown)} of {len(pairs)} pairs, drawn by seed {materials.seed}",
        provenance=materials.provenance(len(shown)),
    )


def _few_shot(materials: Materials) -> Condition:
    return _with_examples(materials.instruction, materials)


def _spec_and_shots(materials: Materials) -> Condition:
    return _with_examples(written_spec(materials).shown, materials)


FEW_SHOT = Arm(
    name="few-shot", about="the instruction and a few pairs", fit=_few_shot, is_basic=True
)
SPEC_AND_SHOTS = Arm(
    name="spec+few-shot", about="the spec and the same few pairs", fit=_spec_and_shots,
    is_basic=True,
)  # fmt: skip
