"""Quantities: numbers, units, dates, formulas, and the examples that make things concrete."""

import re
from functools import partial

from specharness.compile.features.feature import DeadZone, Exchange, Feature, Ways, per_hundred
from specharness.compile.features.language import ENGLISH
from specharness.compile.features.lexicon import lexicon

_feature = partial(Feature, family="quantities", unit="per 100 words")
_NUMBER = re.compile(r"(?<!\w)[+-]?\d[\d.,]*")
_PERCENT = re.compile(r"\d\s?(?:%|percent\b|per cent\b)")
_UNIT = re.compile(
    r"(?<![\w.,])\d[\d.,]{0,15}\s?-?(?:km|cm|mm|nm|kg|mg|µg|lbs?|oz|ml|mph|km/h|°[cf]?|ghz|mhz|hz|kwh?|mw"
    r"|gb|mb|kb|tb|kcal|cal|calories|seconds?|secs?|minutes?|mins?|hours?|hrs?|days?|weeks?|months?"
    r"|years?|meters?|metres?|feet|foot|ft|inch(?:es)?|miles?|grams?|g|m|l|lit(?:er|re)s?|cups?"
    r"|tablespoons?|tbsp|teaspoons?|tsp|pounds?|ounces?|degrees?|volts?|watts?|dollars?|euros?"
    r"|bytes?|pixels?|px)(?!\w)|[$€£¥]\s?\d"
)
_MONTHS = (
    r"(?:january|february|march|april|may|june|july|august|september|october|november|december)"
)
_YEAR = re.compile(
    r"\b(?:in|since|until|till|from|before|after|by|around|circa|early|late|mid|year|summer|winter"
    rf"|spring|autumn|fall|{_MONTHS}(?: \d{{1,2}}(?:st|nd|rd|th)?,?)?) (?:the )?(?:1[0-9]|20)\d\d\b"
    rf"|\b{_MONTHS} \d|\((?:1[0-9]|20)\d\d\)|\b(?:1[0-9]|20)\d0'?s\b|\b\d{{4}}-\d\d-\d\d\b"
)
_FORMULA = re.compile(r"\\\(|\\\[|\$\$|\$[^\s$][^$\n]{0,80}[^\s$]\$|[≤≥≈≠±×÷√∑∫]|\w\s?=\s?[\w(√-]")
_IN_WORDS = lexicon(
    "two, three, four, five, six, seven, eight, nine, ten, eleven, twelve, fifteen, twenty, "
    "thirty, forty, fifty, sixty, seventy, eighty, ninety, hundred, hundreds, thousand, thousands, "
    "million, millions, billion, billions, dozen, dozens"
)
_EXAMPLES = lexicon(
    "for example, for instance, such as, e.g, an example, examples include, as an illustration, "
    "to illustrate, imagine, suppose, let's say, consider the, case in point, examples of"
)


def _rate(pattern: re.Pattern[str], exchange: Exchange) -> float | None:
    return per_hundred(len(pattern.findall(exchange.response.plain)), exchange.response)


def _percentages(exchange: Exchange) -> float:
    return float(len(_PERCENT.findall(exchange.response.plain)))


def _formulas(exchange: Exchange) -> float:
    """From the raw text, since to Markdown the backslash of a formula is an escape."""
    text = exchange.response
    in_code = sum(len(_FORMULA.findall(fence.code)) for fence in text.marks.fences)
    return float(max(0, len(_FORMULA.findall(text.raw)) - in_code))


FEATURES = (
    _feature(
        name="numerals",
        title="numbers in digits",
        about="Numbers written in digits per 100 words of prose; those of lists are not counted.",
        reading=partial(_rate, _NUMBER),
        dead=DeadZone(absolute=0.6, relative=0.15),
        ways=Ways(
            more="Give exact figures and write numbers in digits.",
            less="Use few figures.",
            none="Do without figures.",
        ),
    ),
    _feature(
        name="percentages",
        title="percentages",
        about="Percentages in the prose.",
        unit="count",
        reading=_percentages,
        dead=DeadZone(relative=0.2),
        ways=Ways(
            more="Give shares as percentages.",
            less="Use few percentages.",
            none="Do not use percentages.",
        ),
    ),
    _feature(
        name="units",
        title="figures with units",
        about="Numbers with a unit of measure, time or money per 100 words (names are English).",
        reading=partial(_rate, _UNIT),
        dead=DeadZone(absolute=0.4, relative=0.15),
        ways=Ways(
            more="Give measures, times and prices with their units.",
            less="Give few measures, times and prices.",
            none="Do not give measures, times or prices as figures.",
        ),
    ),
    _feature(
        name="dates",
        title="years and dates",
        about='Years from 1000 to 2099 as in "in 1990", "(2004)" or "1960s", and dates, per 100 '
        "words (English).",
        reading=partial(_rate, _YEAR),
        languages=ENGLISH,
        dead=DeadZone(absolute=0.3, relative=0.15),
        ways=Ways(
            more="Give years and dates.",
            less="Give few years and dates.",
            none="Do not give years or dates.",
        ),
    ),
    _feature(
        name="number_words",
        title="numbers in words",
        about='"two", "twenty", "million" and the like per 100 words (English).',
        reading=lambda e: per_hundred(_IN_WORDS.count(e.response), e.response),
        languages=ENGLISH,
        dead=DeadZone(absolute=0.4, relative=0.15),
        ways=Ways(
            more="Write numbers out in words.",
            less="Write few numbers out in words.",
            none="Do not write numbers out in words.",
        ),
    ),
    _feature(
        name="formulas",
        title="formulas",
        about="Mathematical signs and TeX formulas in the prose.",
        unit="count",
        reading=_formulas,
        dead=DeadZone(relative=0.2),
        ways=Ways(
            more="Write relations as formulas.",
            less="Use few formulas.",
            none="Explain in words, without formulas.",
        ),
    ),
    _feature(
        name="examples",
        title="examples",
        about='"for example", "such as", "imagine" and the like (English).',
        unit="count",
        reading=lambda e: float(_EXAMPLES.count(e.response)),
        languages=ENGLISH,
        dead=DeadZone(relative=0.2),
        ways=Ways(
            more="Give concrete examples.",
            less="Give few examples.",
            at_least="Give at least {n} concrete examples.",
            at_most="Give at most {n} examples.",
            none="Do not give examples.",
        ),
    ),
)
