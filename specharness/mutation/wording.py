"""A rule said otherwise by template: turned round, weakened, its numbers changed, or the same.

English, plain, sometimes clumsy; each returns "" where it has nothing to say. A writer's own
opposite (`{#id opposite: ...}`) is better than any template.
"""

import re

_TELLING = frozenset(  # words that begin an English sentence which is no order
    """
    a all although an and any as at because both by each everything for from he her his how however
    i if in into it its many may most much my no nobody none not nothing of on one or our she should
    so some such than that the their them then there these they this those to until users we what
    when whenever where whether which while who whose will with without you your assistant answers
    responses replies
    """.split()  # noqa: SIM905 - a hundred quoted words are hard to read
)
_ORDERS = frozenset(  # words that give an order later in a rule, after a colon or a condition
    """
    accept acknowledge act add address admit adopt aim answer apologise apologize ask assume
    avoid be begin call check choose cite claim close comment consider decline define describe
    do encourage end ensure explain express finish follow format give greet guess help ignore
    include invent keep leave let limit list maintain make mark mention name never note offer
    omit open prefer present propose provide put quote recommend refer refuse reject remain
    reply respect respond return review say separate show skip speak start state stay stop
    structure suggest summarise summarize support tell thank treat try use verify wait warn
    write
    """.split()  # noqa: SIM905
)
_DENIED = re.compile(r"(?:do not|don['’]t|never) (?P<rest>\w.*)", re.IGNORECASE | re.DOTALL)
_CLAUSE = re.compile(r"(?<=[:;.!] )(?=\w)")
_CONDITION = re.compile(
    r"(?:if|when|whenever|where|unless|for|in|by|before|after)\b", re.IGNORECASE
)
_COMMA = re.compile(r"(?<=, )(?![^()]*\))")
_MODAL = re.compile(r"\b(should|must|will|shall|can|may)( not)?\b")
_WEAKER = {
    "always": "sometimes",
    "never": "rarely",
    "only": "mostly",
    "must not": "may or may not",
    "should not": "may or may not",
    "must": "may",
    "should": "may",
    "do not": "try not to",
}
_STRONG = re.compile(rf"\b({'|'.join(_WEAKER)})\b", re.IGNORECASE)  # the longer ones stand first
_TENS = {
    "one": "ten", "two": "twenty", "three": "thirty", "four": "forty", "five": "fifty",
    "six": "sixty", "seven": "seventy", "eight": "eighty", "nine": "ninety", "ten": "a hundred",
}  # fmt: skip
_UNITS = (
    "bullet|character|detail|example|item|line|minute|page|paragraph|phrase|point|question|reason|"
    "section|sentence|step|suggestion|syllable|thing|time|word"
)
# "one" counts only where something is counted; "2.5", "v2" and "1986" are no amounts
_NUMBER = re.compile(
    r"(?<![\w.,/:-])(?:\d{1,3}(?![\w/:]|[.,]\d)"
    rf"|(?:{'|'.join(_TENS)})(?= (?:to|or|and) (?:\d|{'|'.join(_TENS)}))"
    rf"|(?:{'|'.join(_TENS)})(?= (?:\w+ )?(?:{_UNITS})s?\b)"
    rf"|(?:{'|'.join(list(_TENS)[1:])})(?!\w))",
    re.IGNORECASE,
)


def is_order(text: str) -> bool:
    """Whether a sentence seems to be an imperative: it begins with no word that tells something.

    >>> is_order("Be brief."), is_order("The answer is brief.")
    (True, False)
    """
    first = re.match(r"[A-Za-z]+", text)
    return first is not None and first[0].lower() not in _TELLING


def negate(text: str) -> str:
    """The opposite by template; every clause that gives an order is turned round.

    >>> negate("Never use lists."), negate("Be brief: leave out summaries.")
    ('Use lists.', 'Do not be brief: do not leave out summaries.')
    >>> negate("The assistant should refuse."), negate("If asked, say so.")
    ('The assistant should not refuse.', 'If asked, do not say so.')
    """
    first, *others = _CLAUSE.split(text)
    return _turned(first) + "".join(_turned_order(clause) for clause in others)


def _turned(clause: str) -> str:
    if _DENIED.match(clause) or is_order(clause):
        return _turned_order(clause, known=False)
    if _CONDITION.match(clause):
        parts = _COMMA.split(clause)
        turned = [parts[0], *map(_turned_order, parts[1:])]
        if turned != parts:
            return "".join(turned)
    if _MODAL.search(clause):
        return _MODAL.sub(lambda m: m[1] if m[2] else f"{m[1]} not", clause, count=1)
    return _like(clause, f"it is not so that {lower_first(clause)}")


def _turned_order(clause: str, *, known: bool = True) -> str:
    """An order the other way round; what is not `known` to be one stays as it is."""
    if denied := _DENIED.match(clause):
        return _like(clause, denied["rest"])
    if known and clause.partition(" ")[0].strip(".,").lower() not in _ORDERS:
        return clause
    return _like(clause, f"do not {lower_first(clause)}")


def _like(clause: str, text: str) -> str:
    """With a capital where the clause had one."""
    return text[:1].upper() + text[1:] if clause[:1].isupper() else text


def weaken(text: str) -> str:
    """The rule without its force: an option where there was a demand.

    >>> weaken("Always cite a source."), weaken("Be brief.")
    ('Sometimes cite a source.', 'If you like, be brief.')
    """
    softer = _STRONG.sub(lambda m: _like(m[0], _WEAKER[m[0].lower()]), text)
    return softer if softer != text else f"If you like, {lower_first(text)}"


def change_numbers(text: str) -> str:
    """The rule with ten times its numbers, "" where it names no amount.

    >>> change_numbers("Use at most 3 sentences."), change_numbers("Write one to four sentences.")
    ('Use at most 30 sentences.', 'Write ten to forty sentences.')
    >>> change_numbers("Name the one you mean."), change_numbers("Use HTTP/2 and Python 3.11.")
    ('', '')
    """
    changed = _NUMBER.sub(_tenfold, text)
    return changed if changed != text else ""


def _tenfold(match: re.Match[str]) -> str:
    word = match[0]
    if word.isdigit():
        return str(int(word) * 10 or 10)
    return _like(word, _TENS[word.lower()])


def paraphrase(text: str) -> str:
    """The same rule in other words.

    >>> paraphrase("Be brief."), paraphrase("It should not guess."), paraphrase("No lists.")
    ('Please be brief.', 'It ought not to guess.', 'Note: no lists.')
    """
    if re.search(r"\bshould\b", text) and not is_order(text):
        return re.sub(r"\bshould( not)?\b", lambda m: f"ought{m[1] or ''} to", text)
    if is_order(text):
        return f"Please {lower_first(text)}"
    return f"Note: {lower_first(text)}"


def lower_first(text: str) -> str:
    """A sentence to stand after another word; what is written in capitals, and I, keep them.

    >>> lower_first("Be brief."), lower_first("JSON comes first."), lower_first("I am here.")
    ('be brief.', 'JSON comes first.', 'I am here.')
    """
    first = re.match(r"\w+", text)
    if first is None or first[0] == "I" or any(c.isupper() for c in first[0][1:]):
        return text
    return text[:1].lower() + text[1:]
