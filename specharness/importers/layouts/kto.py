"""Single responses called good or bad (KTO): the good ones of a prompt beat the bad ones."""

from collections.abc import Iterable, Iterator, Mapping
from fractions import Fraction
from typing import Any

from specharness.importers.fields import Prompt, has, messages, text, user
from specharness.importers.judgement import Dropped, Finding, Layout, Options, Row, Unusable
from specharness.importers.naming import asked, reply
from specharness.importers.rankings import Candidate, Pool, Question
from specharness.records import Message

_COMPLETIONS = ("completion", "response", "output")
_TURNS = ("messages", "conversations")
_LABELS = ("label", "kto_tag")
_GOOD = {"true": True, "1": True, "false": False, "0": False}


def _label(row: Mapping[str, Any]) -> str:
    return next((name for name in _LABELS if name in row), "")


def _is_verdict(value: Any) -> bool:
    return isinstance(value, bool) or str(value).strip().lower() in _GOOD


def _fits(row: Row) -> bool:
    """A yes-or-no label beside one response; TRL's names, or those of LLaMA-Factory."""
    data, label = row.data, _label(row.data)
    if not label or not (_is_verdict(data[label]) or data[label] is None):
        return False
    turns = any(isinstance(data.get(name), list) for name in _TURNS)
    if turns and not has(data, "prompt"):
        return not any(name in data for name in ("chosen", "rejected", *_COMPLETIONS))
    said = [name for name in _COMPLETIONS if name in data]
    asks = has(data, "prompt") or (label == "kto_tag" and has(data, "instruction"))
    return asks and len(said) == 1


def _join(rows: Iterable[Row], options: Options) -> Iterator[Finding]:
    """Rows joined on their prompt; one without a partner of the other kind is dropped.

    The texts of all rows are held until the file ends.
    """
    pool = Pool()
    for row in rows:
        try:
            prompt, said = _conversation(row.data)
            merit = (Fraction(_verdict(row.data)),)
            candidate = Candidate(text=said, merit=merit, where=row.where)
            pool.add(prompt, Question(prompt=prompt), candidate)
        except Unusable as error:
            yield Dropped(reason=error.reason, where=row.where, detail=error.detail)
    yield from pool.findings(ties=False)


def _verdict(row: Mapping[str, Any]) -> bool:
    label = _label(row)
    if row[label] is None:
        raise Unusable("no label")
    verdict = _GOOD.get(str(row[label]).strip().lower())
    if verdict is None:
        raise Unusable("unknown label", f"{label} is neither true nor false")
    return verdict


def _conversation(row: Mapping[str, Any]) -> tuple[Prompt, str]:
    """The prompt and the response, from two fields or from one conversation."""
    said = next((name for name in _COMPLETIONS if name in row), "")
    if said:
        turns, answer = reply(row[said], said)
        whole = asked(row, (said, _label(row), "history", *_TURNS))
        prompt = (*whole[:-1], *_history(row), whole[-1])
        return (turns if turns[: len(prompt)] == prompt else (*prompt, *turns)), answer
    name = next(name for name in _TURNS if isinstance(row.get(name), list))
    whole = messages(row[name], name)
    if not whole or whole[-1].role != "assistant":
        raise Unusable("wrong turn", f"{name} does not end with the assistant")
    lead = () if whole[0].role == "system" else user("", row.get("system"))[:-1]
    return (*lead, *whole[:-1]), whole[-1].content


def _history(row: Mapping[str, Any]) -> Prompt:
    """Earlier turns as LLaMA-Factory has them, pairs of what was asked and answered."""
    pairs = row.get("history") or []
    if not isinstance(pairs, list) or any(
        not isinstance(pair, list) or len(pair) != 2 for pair in pairs
    ):
        raise Unusable("not text", "history is no list of pairs")
    roles = ("user", "assistant")
    turns = [turn for pair in pairs for turn in zip(roles, pair, strict=True)]
    return tuple(Message(role=role, content=text(said, "history")) for role, said in turns)


LAYOUTS: tuple[Layout, ...] = (
    Layout(
        name="kto",
        title="one response a row, labelled good (true) or bad (false), joined by prompt (KTO)",
        fits=_fits,
        join=_join,
    ),
)
