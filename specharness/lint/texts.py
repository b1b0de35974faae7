"""The texts of pairs and of the spec searched for what does not belong there (SH301 ... SH309)."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator

from specharness.lint.finding import Finding
from specharness.lint.hidden import Seen, find_hidden
from specharness.lint.markers import find_markers
from specharness.lint.private import find_personal, find_secrets
from specharness.lint.subject import Subject
from specharness.records import Pair

Search = Callable[[str], Iterator[Seen]]

_PAIRS: tuple[Search, ...] = (find_hidden, find_markers, find_secrets, find_personal)
_SPEC: tuple[Search, ...] = (find_hidden, find_secrets)  # a spec may well name addresses and marks
_TOLD = 3  # what one finding names
_CHARACTER = "remove it, or ignore this if the pair is about it"
_REMEDIES = {
    "SH301": _CHARACTER,
    "SH302": _CHARACTER,
    "SH303": _CHARACTER,
    "SH304": "cut the text there, or split it into messages",
    "SH305": "revoke it, then put a placeholder there",
    "SH306": "replace it, for instance by someone@example.com",
    "SH307": "replace it, unless it is public",
    "SH308": "replace it by a test number",
    "SH309": "replace it by one with wrong check digits",
}


def check_texts(subject: Subject) -> Iterator[Finding]:
    """One finding for each pair and kind of thing in its texts."""
    for pair in subject.pairs:
        texts = _texts(pair)
        if next(_search("\n\n".join(text for _, text in texts), _PAIRS), None) is None:
            continue  # one search of all texts is quicker than one of each
        for code, seen in _collected(texts, _PAIRS).items():
            yield subject.at_pair(code, pair, _told(seen), _REMEDIES[code])


def check_spec_text(subject: Subject) -> Iterator[Finding]:
    """One finding for each line and kind of thing in the spec, its comments included."""
    for number, line in enumerate(subject.suite.spec.text.split("\n"), 1):
        for code, seen in _collected([("the spec", line + "\n")], _SPEC).items():
            yield subject.in_spec(code, number, _told(seen), _REMEDIES[code])


def _texts(pair: Pair) -> list[tuple[str, str]]:
    """The texts of a pair and what each is called."""
    turns = [(f"turn {n} of the prompt", turn.content) for n, turn in enumerate(pair.prompt, 1)]
    prompt = turns if turns[1:] else [("the prompt", pair.prompt[0].content)]
    return [*prompt, ("chosen", pair.chosen), ("rejected", pair.rejected)]


def _search(text: str, searches: Iterable[Search]) -> Iterator[Seen]:
    for search in searches:
        yield from search(text)


def _collected(
    texts: Iterable[tuple[str, str]], searches: Iterable[Search]
) -> dict[str, list[str]]:
    """What was seen where, by code."""
    found: dict[str, list[str]] = defaultdict(list)
    for name, text in texts:
        for code, what in _search(text, searches):
            found[code].append(f"{what} in {name}")
    return found


def _told(seen: list[str]) -> str:
    """The first different things seen, and how many more there are."""
    first = list(dict.fromkeys(seen))[:_TOLD]
    more = len(seen) - sum(seen.count(one) for one in first)
    return ", ".join(first) + (f" and {more} more" if more else "")
