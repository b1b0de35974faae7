"""Arms whose text a person wrote: none, the instruction, the spec, the spec turned round."""

from specharness.arms.arm import Arm, Condition, Materials
from specharness.errors import UsageError
from specharness.opposites import opposite_text
from specharness.records import Spec


def written_spec(materials: Materials) -> Spec:
    """The hand-written spec; UsageError where the suite has no spec file."""
    if materials.spec is None:
        what = "no spec file: the instruction is the suite's spec"
        raise UsageError(materials.where, what, "write spec.md, or name the arm 'instruction'")
    return materials.spec


def _nothing(materials: Materials) -> Condition:
    return Condition(note="what all arms are measured from")


def _instruction(materials: Materials) -> Condition:
    if not materials.instruction:
        remedy = 'set instruction = "...", or give --instruction TEXT'
        raise UsageError(materials.where, "the suite has no instruction", remedy)
    return Condition(text=materials.instruction)


def _handwritten(materials: Materials) -> Condition:
    return Condition(text=written_spec(materials).shown, note=materials.spec_note)


def _turned(materials: Materials) -> Condition:
    found = opposite_text(written_spec(materials))
    if not found:
        remedy = "end one with {#its-id opposite: ...}, or leave the arm out"
        raise UsageError(materials.where, "no rule of the spec has an opposite", remedy)
    return Condition(text=found, note="a control: it should do the reverse")


EMPTY = Arm(name="empty", about="no system text", fit=_nothing, is_basic=True)
INSTRUCTION = Arm(
    name="instruction", about="the suite's instruction alone", fit=_instruction, is_basic=True
)
HANDWRITTEN = Arm(
    name="handwritten", about="the suite's spec as it stands", fit=_handwritten, is_basic=True
)
HANDWRITTEN_OPPOSITE = Arm(
    name="opposite:handwritten", about="the spec with its rules turned round", fit=_turned
)
