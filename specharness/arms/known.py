"""The arms that can be named."""

from collections.abc import Callable, Sequence

from specharness.arms import compiled, fewshot, text
from specharness.arms.alignment import alignment_arms
from specharness.arms.arm import Arm
from specharness.arms.deliberation.arms import DELIBERATION
from specharness.arms.steering.palrs import palrs_arms
from specharness.arms.training.preference import preference_arms
from specharness.errors import UsageError

ARMS: tuple[Arm, ...] = (
    text.EMPTY,
    text.INSTRUCTION,
    fewshot.FEW_SHOT,
    text.HANDWRITTEN,
    compiled.COMPILED,
    fewshot.SPEC_AND_SHOTS,
    compiled.OPPOSITE,
    text.HANDWRITTEN_OPPOSITE,
    *compiled.PRESETS,
    *compiled.CONTROLS,
)
# Names that may be followed by options (`name:key=value`); some bring their controls with them.
FAMILIES: dict[str, Callable[[str], tuple[Arm, ...]]] = {
    "palrs": palrs_arms,
    "alignment-vector": alignment_arms,  # may be made of another arm of the run
    "dpo": preference_arms,
    "simpo": preference_arms,
    **DELIBERATION,
}
_ALL = ", ".join([*(arm.name for arm in ARMS), *FAMILIES])


def find_arms(names: Sequence[str]) -> tuple[Arm, ...]:
    """The arms of these names, each once, in their order; UsageError for a name that is none."""
    known = {arm.name: arm for arm in ARMS}
    wanted = list(dict.fromkeys(name.strip() for name in names if name.strip()))
    if not wanted:
        raise UsageError("--arms", "no arm is named", f"name some of {_ALL}")
    found = [arm for name in wanted for arm in _named(name, known, wanted)]
    return tuple({arm.name: arm for arm in found}.values())


def _named(name: str, known: dict[str, Arm], beside: Sequence[str]) -> tuple[Arm, ...]:
    """The arm of a name, or those that a family makes of it; `beside` are the names of the run."""
    if name in known:
        return (known[name],)
    family = FAMILIES.get(name.partition(":")[0])
    if family is None:
        raise UsageError("--arms", f"no arm {name!r}", f"choose of {_ALL}")
    return alignment_arms(name, beside) if family is alignment_arms else family(name)


def basic_arms() -> tuple[Arm, ...]:
    """Those that are taken where none is named."""
    return tuple(arm for arm in ARMS if arm.is_basic)
