"""Layout: lists, headings and tables."""

from functools import partial

from specharness.compile.features.feature import DeadZone, Feature, Ways
from specharness.compile.features.marks import Marks

_feature = partial(Feature, family="layout", unit="count")
_COUNT = DeadZone(relative=0.2)


def _list_items(marks: Marks) -> int:
    return marks.bullets + marks.numbered


FEATURES = (
    _feature(
        name="structure_marks",
        title="list items and headings",
        about="List items, numbered or not, and headings (also lines that are bold throughout).",
        reading=lambda e: _list_items(e.response.marks) + e.response.marks.headings,
        dead=_COUNT,
        ways=Ways(
            more="Structure the answer with lists or headings.",
            less="Prefer running prose to lists and headings.",
            at_most="Use at most {n} list items and headings together.",
            none="Write plain prose: no lists, no headings.",
        ),
    ),
    _feature(
        name="list_items",
        title="list items",
        about="Items of bullet and numbered lists, nested ones too.",
        reading=lambda e: _list_items(e.response.marks),
        dead=_COUNT,
        ways=Ways(
            more="Use bullet or numbered lists.",
            less="Use fewer and shorter lists.",
            at_least="Use bullet or numbered lists, with at least {n} items in all.",
            at_most="Keep lists to at most {n} items in all.",
            none="Write in sentences, not in bullet or numbered lists.",
        ),
    ),
    _feature(
        name="numbered_items",
        title="numbered items",
        about="Items of numbered lists.",
        reading=lambda e: e.response.marks.numbered,
        dead=_COUNT,
        ways=Ways(
            more="Number the points or steps in a list.",
            less="Use fewer numbered points.",
            at_least="Give a numbered list of at least {n} points.",
            at_most="Number at most {n} points.",
            none="Do not use numbered lists.",
        ),
    ),
    _feature(
        name="bullets",
        title="bullets",
        about="Items of lists with bullets.",
        reading=lambda e: e.response.marks.bullets,
        dead=_COUNT,
        ways=Ways(
            more="Set out the points as bullets.",
            less="Use fewer bullets.",
            at_least="Set out at least {n} points as bullets.",
            at_most="Use at most {n} bullets.",
            none="Do not use bullet points.",
        ),
    ),
    _feature(
        name="list_depth",
        title="nesting of lists",
        about="How deep lists are nested: 0 without a list, 1 for a flat one.",
        reading=lambda e: e.response.marks.depth,
        ways=Ways(
            more="Nest lists where points have sub-points.",
            less="Keep lists flat, without nesting.",
            none="Do not use lists, nested or flat.",
        ),
    ),
    _feature(
        name="headings",
        title="headings",
        about="Headings, with lines that are bold throughout and stand alone.",
        reading=lambda e: e.response.marks.headings,
        dead=_COUNT,
        ways=Ways(
            more="Divide the answer with headings.",
            less="Use fewer headings.",
            at_least="Divide the answer with at least {n} headings.",
            at_most="Use at most {n} headings.",
            none="Do not use headings.",
        ),
    ),
    _feature(
        name="tables",
        title="tables",
        about="Markdown tables.",
        reading=lambda e: e.response.marks.counts.get("table_open", 0),
        ways=Ways(
            more="Present comparisons and figures in a table.",
            less="Use tables sparingly.",
            none="Do not use tables.",
        ),
    ),
)
