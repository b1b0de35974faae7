"""Spec files: read into the text a model sees and its rules."""

from collections.abc import Sequence
from pathlib import Path

from specharness.errors import UsageError
from specharness.records import Spec
from specharness.specrules import read_rules
from specharness.spectext import Line, visible_lines


def load_spec(path: Path) -> Spec:
    """Read a spec file; UsageError when it is missing, not UTF-8, or holds nothing to show."""
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except FileNotFoundError:
        raise UsageError(path, "no such file", "write the spec there") from None
    except OSError as error:
        raise UsageError(path, f"cannot be read ({error.strerror})", "name a text file") from None
    except UnicodeDecodeError as error:
        raise UsageError(path, f"not UTF-8 at byte {error.start}", "save it as UTF-8") from None
    spec = parse_spec(text, where=path)
    if not spec.shown:
        raise UsageError(path, "the spec has no text", "write at least one rule")
    return spec


def parse_spec(text: str, where: str | Path = "spec") -> Spec:
    r"""Read the text of a spec.

    The model sees it without HTML comments and without the `{#id}` anchors (`{#id ...}`) at the
    ends of lines, with newlines normalised; everything else, templates, tags, front matter and
    code, is shown as it was written. UsageError, naming both lines, when an anchor stands twice.

    >>> parse_spec("# Tone\n- Be brief. {#brief}\n").rules
    (Rule(id='brief', text='Be brief.', line=2, section='Tone'),)
    """
    lines = visible_lines(text)
    _refuse_double_anchors(lines, where)
    shown = "\n".join(line.text for line in lines)
    return Spec(text=text, shown=shown, rules=read_rules(lines))


def _refuse_double_anchors(lines: Sequence[Line], where: str | Path) -> None:
    seen: dict[str, int] = {}
    for line in lines:
        for anchor in line.anchors:
            if anchor in seen:
                what = f"the anchor {{#{anchor}}} stands in line {seen[anchor]} already"
                raise UsageError(f"{where}:{line.number}", what, "give one of them another name")
            seen[anchor] = line.number
