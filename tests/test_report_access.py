"""The report for everyone: axe finds nothing to object to, in both themes and at both widths."""

import re
from dataclasses import replace
from typing import Any

import pytest

from specharness.report.casedata import pair_anchor
from specharness.runfile import EditEffect, Run, SuiteRun
from specharness.runsince import LostPair, SinceAnchor
from specharness.specrules import read_rules
from specharness.spectext import visible_lines
from tests.runs import failing, make_case, make_run, unproven, unverifiable
from tests.test_report_where import PARTS, anchored

axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="needs axe")
pytest_plugins = ["tests.visits"]


def run() -> Run:
    """A run with every verdict's looks, and a pair whose responses are much alike."""
    suite = failing(lost=2, known_miss=1, kept=2, tie=1)
    alike = make_case("alike", "won", must=True, chosen="Use the short.", rejected="Use the long.")
    suite = replace(suite, cases=(alike, *suite.cases), slices=PARTS)
    return make_run(suite, unproven(), unverifiable(), since())


def since() -> SuiteRun:
    """A suite that its anchor failed, with what was edited and lost since then."""
    suite = replace(anchored(), name="anchored")
    lost = tuple(LostPair(id=f"p-{n:03d}", margin=0.4, preference=0.7) for n in range(1, 9))
    spec = "Answer.\n\n1. Use plain words.\n2. Give no lists.\n"
    effect = EditEffect(
        kind="removed", rule=read_rules(visible_lines(spec))[-1].id, mean=0.04, low=0.01, high=0.07,
        p=0.01, regained=3,
    )  # fmt: skip
    found = SinceAnchor(spec=spec, lost=lost, blamed=True)
    return replace(suite, since_anchor=found, edit_effects=(effect,))


def objections(page: Any) -> list[str]:
    found = axe.Axe().run(page)
    return [f"{it['id']}: {it['nodes'][0]['html']}" for it in found.response["violations"]]


@pytest.mark.parametrize(
    ("scheme", "width"), [("light", 1240), ("dark", 1240), ("light", 390), ("dark", 390)]
)
def test_axe_finds_nothing(visit: Any, scheme: str, width: int) -> None:
    size = {"width": width, "height": 1000}
    page = visit(run(), viewport=size, color_scheme=scheme).go(pair_anchor("safety", "alike"))
    assert page.locator("mark").count() == 2
    page.evaluate("document.querySelectorAll('details.fold').forEach((it) => { it.open = true; })")
    assert objections(page) == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_in_what_stands_there_without_scripts(visit: Any, scheme: str) -> None:
    def without_scripts(page: str) -> str:
        # axe is a script itself: the page is what a browser that runs none makes of it
        return re.sub(r"</?noscript>|<script.*?</script>", "", page, flags=re.DOTALL)

    page = visit(run(), change=without_scripts, color_scheme=scheme).go()
    assert page.locator(".list > li").count() == 7 + 26 + 4 + 14
    page.evaluate("document.querySelectorAll('details').forEach((it) => { it.open = true; })")
    assert objections(page) == []
