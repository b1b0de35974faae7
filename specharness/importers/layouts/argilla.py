"""Records annotated in Argilla: version 2, nested and flat, and the exports of version 1."""

from collections.abc import Iterator, Mapping
from itertools import zip_longest
from typing import Any

from specharness.errors import UsageError
from specharness.importers.fields import has
from specharness.importers.judgement import Finding, Layout, Options, Row, Unusable
from specharness.importers.naming import asked, siblings
from specharness.importers.questions import Answers, Comparison, judged
from specharness.importers.rankings import Question
from specharness.importers.suggestions import starting_map

_FLAT = ".responses"
_OWN = ("id", "status", "_server_id", "external_id", "metadata", "vectors")
_COLUMNS = ("user_id", "value", "status")


def _fits_records(row: Row) -> bool:
    """`fields` and `responses` as version 2 has them (by question), or version 1 (by user)."""
    if not has(row.data, "fields", "responses") or not isinstance(row.data["fields"], Mapping):
        return False
    said = row.data["responses"]
    if isinstance(said, list):
        return all(has(one, "values") for one in said)
    return said is None or isinstance(said, Mapping)


def _records(row: Row, options: Options) -> Iterator[Finding]:
    said = row.data["responses"] or {}
    answers = _by_user(said) if isinstance(said, list) else _by_question(said)
    yield from _judged(row, row.data["fields"], answers, options)


def _by_user(said: list[Mapping[str, Any]]) -> list[Answers]:
    """Version 1: one response per user, with the values of all questions."""
    return [
        Answers(
            said={name: _value(one) for name, one in _object(response["values"]).items()},
            annotator=str(response.get("user_id") or ""),
            status=str(response.get("status") or ""),
        )
        for response in said
    ]


def _object(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _value(one: Any) -> Any:
    """The value of an answer; a ranking may be one object of two lists, as `datasets` has it."""
    value = one["value"] if has(one, "value") and "rank" not in one else one
    if has(value, "rank", "value") and isinstance(value["value"], list):
        pairs = zip_longest(value["value"], _list(value["rank"]))
        return [{"value": name, "rank": rank} for name, rank in pairs]
    return value


def _by_question(said: Mapping[str, Any]) -> list[Answers]:
    """Version 2: the answers of all users to each question, put together by user and status."""
    users: dict[tuple[str, str], dict[str, Any]] = {}
    for name, given in said.items():
        for one in _list(given):
            if has(one, "value"):
                user = (str(one.get("user_id") or ""), str(one.get("status") or ""))
                users.setdefault(user, {})[name] = _value(one)
    return [Answers(said=said, annotator=a, status=status) for (a, status), said in users.items()]


def _fits_flat(row: Row) -> bool:
    return any(name.endswith(_FLAT) and f"{name}.users" in row.data for name in row.data)


def _flat(row: Row, options: Options) -> Iterator[Finding]:
    data = row.data
    fields = {name: data[name] for name in data if "." not in name and name not in _OWN}
    names = [name.removesuffix(_FLAT) for name in data if name.endswith(_FLAT)]
    said = {name: _columns(data, name + _FLAT) for name in names}
    yield from _judged(row, fields, _by_question(said), options)


def _columns(data: Mapping[str, Any], name: str) -> list[dict[str, Any]]:
    """The answers to one question, whose users and states stand in columns of their own."""
    columns = [_list(data.get(name + end)) for end in (".users", "", ".status")]
    return _turned(columns)


def _turned(columns: list[list[Any]]) -> list[dict[str, Any]]:
    """Users, values and states as one object per answer."""
    return [dict(zip(_COLUMNS, one, strict=True)) for one in zip_longest(*columns)]


def _fits_v1(row: Row) -> bool:
    """A column of answers, or one of suggestions, beside the fields."""
    return not has(row.data, "responses") and bool(_v1_questions(row.data))


def _v1_questions(data: Mapping[str, Any]) -> list[str]:
    return [name for name in data if f"{name}-suggestion" in data or _is_v1_column(data[name])]


def _is_v1_column(value: Any) -> bool:
    listed = isinstance(value, list) and bool(value) and all(has(v, *_COLUMNS) for v in value)
    return listed or has(value, *_COLUMNS)


def _v1(row: Row, options: Options) -> Iterator[Finding]:
    data, names = row.data, _v1_questions(row.data)
    mine = {*_OWN, *names, *(n for n in data if any(n.startswith(f"{q}-sugg") for q in names))}
    said = {name: _listed(data[name]) for name in names}
    fields = {name: data[name] for name in data if name not in mine}
    yield from _judged(row, fields, _by_question(said), options)


def _listed(value: Any) -> list[Any]:
    """A column as a list of answers; `datasets` turns some lists of objects round."""
    if has(value, *_COLUMNS) and isinstance(value["value"], list):
        return _turned([_list(value[name]) for name in _COLUMNS])
    return _list(value)


def _judged(
    row: Row, fields: Mapping[str, Any], answers: list[Answers], options: Options
) -> Iterator[Finding]:
    """Suggestions are what a model thinks and no labels: a record with nothing else has none."""
    if not answers:
        raise Unusable("no label", "no responses (suggestions are no labels)")
    names = _ranked_names(fields, answers) or siblings(fields)
    if not names:
        what = "which fields hold the responses?"
        raise UsageError(row.where, what, f"say it yourself: {starting_map([row])}")
    alone = len(names) == 2
    question = Question(
        prompt=asked(fields, names),
        id=str(row.data.get("id") or row.data.get("external_id") or "") if alone else "",
        source=_source(row.data),
    )
    comparison = Comparison(
        question=question, fields=fields, names=names, answers=answers, where=row.where
    )
    yield from judged(comparison, options)


def _ranked_names(fields: Mapping[str, Any], answers: list[Answers]) -> tuple[str, ...]:
    """The fields that rankings name."""
    rankings = [v for one in answers for v in one.said.values() if isinstance(v, list)]
    ranked = {str(v["value"]) for ranking in rankings for v in ranking if has(v, "value", "rank")}
    return tuple(name for name in fields if name in ranked)


def _source(data: Mapping[str, Any]) -> str:
    source = _object(data.get("metadata")).get("source")
    return source if isinstance(source, str) else ""


LAYOUTS: tuple[Layout, ...] = (
    Layout(
        name="argilla",
        title="records with fields and responses (Argilla)",
        fits=_fits_records,
        convert=_records,
        votes=True,
    ),
    Layout(
        name="argilla-flat",
        title="flattened records, a <question>.responses column per question (Argilla 2)",
        fits=_fits_flat,
        convert=_flat,
        votes=True,
    ),
    Layout(
        name="argilla-v1",
        title="fields beside columns of {user_id, value, status} (Argilla 1, on the Hub)",
        fits=_fits_v1,
        convert=_v1,
        votes=True,
    ),
)
