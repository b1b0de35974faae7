"""Code: whether there is any, and how it is set and explained."""

import re
from functools import partial

from specharness.compile.features.feature import DeadZone, Exchange, Feature, Ways, share

_feature = partial(Feature, family="code", unit="share")
_COMMENT = re.compile(
    r"^\s*(?:#(?!include|define|if|endif|!)|//|/\*|\*(?:\s|/|$)|--\s|;;|%\s|<!--|\"\"\"|''')"
    r"|\S\s+(?:#\s|//\s)"
)


def _code_lines(exchange: Exchange) -> list[str]:
    fences = exchange.response.marks.fences
    return [line for fence in fences for line in fence.code.split("\n") if line.strip()]


def _code_share(exchange: Exchange) -> float | None:
    lines = sum(bool(line.strip()) for line in exchange.response.raw.split("\n"))
    return share(min(len(_code_lines(exchange)), lines), lines)


def _comments(exchange: Exchange) -> float | None:
    lines = _code_lines(exchange)
    return share(sum(bool(_COMMENT.search(line)) for line in lines), len(lines))


def _tagged(exchange: Exchange) -> float | None:
    fences = exchange.response.marks.fences
    return share(sum(bool(fence.tag) for fence in fences), len(fences))


def _explained(exchange: Exchange) -> float | None:
    return float(len(exchange.response.words)) if exchange.response.marks.fences else None


def _code_first(exchange: Exchange) -> float | None:
    marks = exchange.response.marks
    return float(marks.first in ("fence", "code_block")) if marks.fences else None


FEATURES = (
    _feature(
        name="code_blocks",
        title="code blocks",
        about="Fenced and indented blocks of code.",
        unit="count",
        reading=lambda e: float(len(e.response.marks.fences)),
        ways=Ways(
            more="Show code in a code block.",
            less="Keep all code in one block.",
            at_least="Show at least {n} blocks of code.",
            at_most="Show at most {n} blocks of code.",
            none="Explain in words, without code blocks.",
        ),
    ),
    _feature(
        name="code_share",
        title="share of code",
        about="The share of the lines that are not blank and stand in code blocks.",
        reading=_code_share,
        dead=DeadZone(absolute=0.08),
        ways=Ways(
            more="Let the code speak, with little prose around it.",
            less="Use more prose than code.",
            none="Answer in prose, not in code.",
        ),
    ),
    _feature(
        name="code_comments",
        title="comments in code",
        about="The share of code lines with a comment; not measured without code.",
        reading=_comments,
        dead=DeadZone(absolute=0.05),
        ways=Ways(
            more="Comment the code.",
            less="Comment the code sparingly.",
            none="Write code without comments.",
        ),
    ),
    _feature(
        name="language_tags",
        title="language tags",
        about="The share of code blocks whose fence names a language; not measured without code.",
        reading=_tagged,
        dead=DeadZone(absolute=0.1),
        ways=Ways(
            more="Name the language at the fence of every code block.",
            less="Use code fences without a language name.",
        ),
    ),
    _feature(
        name="inline_code",
        title="inline code",
        about="Passages between backticks.",
        unit="count",
        reading=lambda e: float(e.response.marks.counts.get("code_inline", 0)),
        dead=DeadZone(relative=0.2),
        ways=Ways(
            more="Set names from code between backticks.",
            less="Use backticks sparingly.",
            none="Do not set words between backticks.",
        ),
    ),
    _feature(
        name="code_explained",
        title="words around code",
        about="Words of prose of a response with code; not measured without code.",
        unit="words",
        reading=_explained,
        dead=DeadZone(absolute=5, relative=0.15),
        ways=Ways(
            more="Explain the code that you show.",
            less="Show the code with little explanation.",
            at_least="Explain the code that you show in at least {n} words.",
            at_most="Explain the code that you show in at most {n} words.",
        ),
    ),
    _feature(
        name="code_first",
        title="begins with code",
        about="1 when the response begins with a code block; not measured without code.",
        unit="yes/no",
        reading=_code_first,
        ways=Ways(
            more="Begin with the code and explain afterwards.",
            less="Introduce the code in words before showing it.",
        ),
    ),
)
