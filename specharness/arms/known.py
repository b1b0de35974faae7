"""The arms that can be named."""

from collections.abc import Sequence

from specharness.arms import compiled, fewshot, text
from specharness.arms.arm import Arm
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
)


def find_arms(names: Sequence[str]) -> tuple[Arm, ...]:
    """The arms of these names, each once, in their order; UsageError for a name that is none."""
    known = {arm.name: arm for arm in ARMS}
    wanted = list(dict.fromkeys(name.strip() for name in names if name.strip()))
    if not wanted:
        raise UsageError("--arms", "no arm is named", f"name some of {', '.join(known)}")
    for name in wanted:
        if name not in known:
            raise UsageError("--arms", f"no arm {name!r}", f"choose of {', '.join(known)}")
    return tuple(known[name] for name in wanted)


def basic_arms() -> tuple[Arm, ...]:
    """Those that are taken where none is named."""
    return tuple(arm for arm in ARMS if arm.is_basic)
