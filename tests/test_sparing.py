"""What spares an edit a FAIL, through whole runs: repeats of lost pairs, and the quarantine."""

from collections.abc import Sequence
from datetime import date
from pathlib import Path

import pytest

from specharness import load_suite
from specharness.gate.findings import Quarantined
from specharness.gate.quarantine import QUARANTINE, quarantine_text
from specharness.model import Completion, Identity, Logprobs, Request, Sampling, Unmeasured
from specharness.run import Options, run_suite
from specharness.runfile import SuiteRun
from specharness.score.sensitivity import planted_pairs
from tests.projects import commit_all, make_project, write_spec

FOLLOWS = {(p["rule"], p["follows"]) for p in planted_pairs()}
FOLLOWS |= {(p["opposite"], p["violates"]) for p in planted_pairs()}


class Touchy:
    """Likes good answers under any spec, except those to `lost` under the very text `spec`."""

    def __init__(self, spec: str, lost: Sequence[int], *, layouts: bool) -> None:
        self.spec, self.lost, self.layouts = spec, {f"{n}." for n in lost}, layouts
        how = f"{list(lost)} {layouts}"  # another model, so that nothing is taken from the store
        self.identity = Identity(name="touchy", revision=how, engine="toy", template="none")

    def logprobs(self, requests: Sequence[Request]) -> list[Logprobs | Unmeasured]:
        return [self.weigh(request) for request in requests]

    def generate(
        self, requests: Sequence[Request], sampling: Sampling
    ) -> list[Completion | Unmeasured]:
        return []

    def weigh(self, request: Request) -> Logprobs:
        spec = request.messages[0].content if request.messages[0].role == "system" else ""
        words = request.response.split()
        here = self.spec in spec if self.layouts else spec == self.spec
        good = words[:1] == ["Good"] and bool(spec) and not (here and words[-1] in self.lost)
        bad = words[:1] == ["Bad"] and here and words[-1] in self.lost
        liked = good or bad or (spec, request.response) in FOLLOWS
        liked = liked or request.response.endswith("is Paris.")
        return Logprobs(tokens=tuple(-0.5 - 0.01 * i - (not liked) for i in range(len(words) + 1)))


def gated(root: Path, model: Touchy, pairs: int, **options: object) -> SuiteRun:
    """A project whose spec was edited to what `model` is touchy about, run against its base."""
    if not root.exists():
        root.mkdir()
        make_project(root, pairs=pairs)
        commit_all(root)
    write_spec(root, model.spec)
    suite = load_suite(root / "suites" / "tone")
    return run_suite(suite, Options(**{"mode": "live"} | options), model=model)  # type: ignore[arg-type]


def test_a_loss_that_only_one_layout_shows_does_not_block(tmp_path: Path) -> None:
    run = gated(tmp_path / "p", Touchy("Prefer the very best.", [0], layouts=False), 12)
    assert run.cases[0].outcome == "lost"
    assert run.cases[0].confirmed is False
    assert run.confirmations[0].lost == 0
    assert run.gate.verdict == "UNPROVEN"
    assert any("not when measured again" in s for s in run.gate.sentences)


def test_a_loss_that_every_layout_shows_blocks(tmp_path: Path) -> None:
    run = gated(tmp_path / "p", Touchy("Prefer the very best.", [0], layouts=True), 12)
    assert run.cases[0].confirmed is True
    assert run.confirmations[0].lost == run.confirmations[0].votes == 7
    assert run.gate.verdict == "FAIL"
    assert any("lost again in 7 of 7 repeats" in s for s in run.gate.sentences)


def test_without_repeats_a_loss_blocks_at_once(tmp_path: Path) -> None:
    make_project(tmp_path, pairs=12)
    (tmp_path / "suites/tone/suite.toml").write_text("[gate]\nconfirm = 0\n")
    commit_all(tmp_path)
    run = gated(tmp_path, Touchy("Prefer the very best.", [0], layouts=False), 12)
    assert run.gate.verdict == "FAIL"
    assert run.confirmations == ()


LOST = [3, 4, 5, 6, 7, 8]


def quarantined(root: Path, *, until: str = "", looks: int = 10) -> None:
    entries = [
        Quarantined(id=f"p-{n:02}", reason="turned in 2 of 4 repeats", flips=2, runs=4,
                    spec="0" * 64, looks=looks, until=until)
        for n in LOST
    ]  # fmt: skip
    make_project(root, pairs=20)
    (root / "suites/tone" / QUARANTINE).write_text(quarantine_text(entries))


def test_pairs_in_quarantine_at_the_base_cannot_fail_an_edit(tmp_path: Path) -> None:
    quarantined(tmp_path)
    commit_all(tmp_path)
    run = gated(tmp_path, Touchy("Prefer the very best.", LOST, layouts=True), 20)
    assert (run.gate.verdict, run.gate.lost) == ("UNPROVEN", 6)
    assert {one.id for one in run.quarantined} == {f"p-{n:02}" for n in LOST}
    assert any("in quarantine" in s for s in run.gate.sentences)


def test_an_edit_cannot_put_the_pairs_it_loses_into_quarantine(tmp_path: Path) -> None:
    make_project(tmp_path, pairs=20)
    commit_all(tmp_path)
    quarantined(tmp_path)
    run = gated(tmp_path, Touchy("Prefer the very best.", LOST, layouts=True), 20)
    assert run.gate.verdict == "FAIL"
    assert run.quarantined == ()


@pytest.mark.parametrize(("accepted", "day"), [(10, None), (0, date(2030, 1, 1))])
def test_a_quarantine_ends(tmp_path: Path, accepted: int, day: date | None) -> None:
    quarantined(tmp_path, until="2029-12-31")
    commit_all(tmp_path)
    model = Touchy("Prefer the very best.", LOST, layouts=True)
    run = gated(tmp_path, model, 20, accepted=accepted, today=day)
    assert run.gate.verdict == "FAIL"
    assert any("Back from quarantine" in s for s in run.gate.sentences)
