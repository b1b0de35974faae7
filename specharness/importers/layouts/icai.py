"""ICAI's tables of two texts, and the annotated pairs that Feedback Forensics makes of them."""

from collections.abc import Iterator, Mapping
from os.path import commonprefix
from typing import Any

from specharness.errors import UsageError
from specharness.importers.columns import columns, prompt_names
from specharness.importers.extras import extras
from specharness.importers.fields import Prompt, has, text, user
from specharness.importers.judgement import Better, Judgement, Layout, Options, Row, Unusable
from specharness.importers.labelreader import Compared, by_label, row_by_row, take
from specharness.importers.labels import Label, no_winner, said, winner
from specharness.importers.turns import asked

_INSTRUCTION, _OUTPUT = "Instruction:", "\n\nOutput:"
_SHOWN = 5  # annotators that an error names


def _fits_icai(row: Row) -> bool:
    return has(row.data, "text_a", "text_b", "preferred_text")


def _icai(row: Row, options: Options) -> Compared:
    texts = (text(take(row, "text_a"), "text_a"), text(take(row, "text_b"), "text_b"))
    named = columns(row.data)
    prompt = asked(named) if prompt_names(named) else ()
    turns, first, second = _split(prompt, texts)
    label = Label(
        value=take(row, "preferred_text"), name="preferred_text", first="text_a", second="text_b"
    )
    judgement = Judgement(
        prompt=turns,
        first=first,
        second=second,
        better="neither",
        where=row.where,
        **extras(named),
    )
    return judgement, label


def _split(prompt: Prompt, texts: tuple[str, str]) -> tuple[Prompt, str, str]:
    """The prompt given, or else the instruction both texts repeat ("Instruction: ... Output: ...").

    The instruction ends at the last "Output:" that the two texts have in common. The prompt stays
    empty where there is neither.
    """
    if any(turn.content.strip() for turn in prompt if turn.role == "user"):
        return prompt, *texts
    if not all(said.startswith(_INSTRUCTION) and _OUTPUT in said for said in texts):
        return user(""), *texts  # the user may say with --prompt what was asked
    shared = commonprefix(texts)  # noqa: RUF071 - characters, not paths
    end = shared.rfind(_OUTPUT)
    if end < 0:
        raise Unusable("differs early", "the two texts answer different instructions")
    first, second = (said[end + len(_OUTPUT) :].removeprefix(" ") for said in texts)
    return user(shared[len(_INSTRUCTION) : end].strip()), first, second


def _fits_annotated(row: Row) -> bool:
    named = has(row.data, "annotations") and isinstance(row.data["annotations"], Mapping)
    return named and any(has(row.data, f"{name}_a", f"{name}_b") for name in ("response", "text"))


def _annotated(row: Row, options: Options) -> Iterator[Judgement]:
    """One judgement: of --annotator, or the default one, or of all where they agree."""
    noun = "response" if "response_a" in row.data else "text"
    names = (f"{noun}_a", f"{noun}_b")
    sides = (_text(take(row, names[0]), names[0]), _text(take(row, names[1]), names[1]))
    turns, first, second = _split(asked({"prompt": row.data.get("prompt")}), sides)
    annotator, better = _verdict(row, options.annotator, names)
    yield Judgement(
        prompt=turns,
        first=first,
        second=second,
        better=better,
        where=row.where,
        annotator=options.annotator or annotator,
        id=extras(columns(row.data))["id"],
    )


def _text(value: Any, name: str) -> str:
    """Version 1 has texts, version 2 objects with a text and what is known of its origin."""
    return text(value.get("text") if isinstance(value, Mapping) else value, name)


def _verdict(row: Row, wanted: str, names: tuple[str, str]) -> tuple[str, Better]:
    annotations = take(row, "annotations")
    if not isinstance(annotations, Mapping):
        raise Unusable("no label", "annotations is no object")
    chosen = _identity(row, wanted) if wanted else _default(row)
    if chosen:
        if chosen not in annotations:
            raise Unusable("no label", f"nothing of the annotator {chosen}")
        return chosen, _pref(annotations[chosen], names)
    return _all_of_them(row, annotations, names)


def _default(row: Row) -> str:
    about = row.document.get("metadata")
    name = about.get("default_annotator") if isinstance(about, Mapping) else None
    return name if isinstance(name, str) else ""


def _identity(row: Row, wanted: str) -> str:
    """The key of an annotator, who may be called by key or by name."""
    known = row.document.get("annotators")
    people = known if isinstance(known, Mapping) else take(row, "annotations")
    if wanted in people:
        return wanted
    keys = [k for k, told in people.items() if has(told, "name") and told["name"] == wanted]
    if len(keys) == 1:
        return str(keys[0])
    what = f"{len(keys) or 'no'} annotators called {wanted!r}"
    raise UsageError(row.where, what, f"choose --annotator among {_listed(people)}")


def _listed(people: Mapping[str, Any]) -> str:
    some = ", ".join(list(people)[:_SHOWN])
    return f"{some}, ..." if len(people) > _SHOWN else some


def _all_of_them(
    row: Row, annotations: Mapping[str, Any], names: tuple[str, str]
) -> tuple[str, Better]:
    heard: dict[str, Better] = {}
    for key, annotation in annotations.items():
        try:
            heard[key] = _pref(annotation, names)
        except Unusable:
            continue  # somebody who did not judge this pair
    if not heard:
        raise Unusable("no label")
    if len(set(heard.values())) > 1:
        what = f"{len(heard)} annotators disagree and none is the default"
        raise UsageError(row.where, what, f"choose --annotator among {_listed(heard)}")
    key, better = next(iter(heard.items()))
    return key if len(heard) == 1 else "", better


def _pref(annotation: Any, names: tuple[str, str]) -> Better:
    pref = said(annotation.get("pref") if isinstance(annotation, Mapping) else annotation)
    if no_winner(pref):
        return "neither"
    found = winner(Label(value=pref, name="pref", first=names[0], second=names[1]))
    if found is None or found == "unsettled":
        raise Unusable("unknown label", f"pref is {pref!r}")
    return found


LAYOUTS: tuple[Layout, ...] = (
    Layout(
        name="icai",
        title="ICAI: text_a, text_b and preferred_text",
        fits=_fits_icai,
        convert=row_by_row(by_label(_icai)),
        begin=by_label(_icai),
    ),
    Layout(
        name="annotated-pairs",
        title="AnnotatedPairs of Feedback Forensics: one annotator's preferences (--annotator)",
        fits=_fits_annotated,
        convert=_annotated,
    ),
)
