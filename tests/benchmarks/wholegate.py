"""Simulated edits, and the whole gate as shipped on them: what the benchmarks and tests share.

The model: a pair's margins at base and head share most of their variance (correlation 0.954), and
the model prefers 80 % of the chosen responses. So a harmless edit flips some 7 % of the pairs, as
often one way as the other. A harmful one shifts all margins ("even") or turns a few round ("few").
"""

from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.stats import norm, t

from specharness.baseline import Baseline
from specharness.gate.verdicts import outcome_of
from specharness.judging import judge_gate
from specharness.records import Message, Spec
from specharness.runfile import ArmScore, Case, Gate, Share, Terms, Trust
from specharness.score.margins import verdict_of
from specharness.settings import GateSettings, SuiteSettings
from specharness.suitefile import Suite

Floats = NDArray[np.float64]

SHARE, CORRELATION, SCALE = 0.80, 0.954, 0.5
TAILS = {"normal": norm(), "t3": t(3), "t2": t(2)}
_TERMS = Terms(chosen=-40.0, chosen_tokens=20, rejected=-40.0, rejected_tokens=20)
_PROMPT = (Message(role="user", content="Q"),)


class Edit(NamedTuple):
    """What an edit does: the drop it causes (a share), how, and how the margins are spread."""

    drop: float = 0.0
    kind: str = "even"
    tail: str = "normal"
    shrink: float = 1.0


def noise(rng: np.random.Generator, n: int, size: int, tail: str = "normal") -> Floats:
    """Unit noise in clusters of `size`: half of its variance is shared within a cluster."""
    own = TAILS[tail].rvs(n, random_state=rng) if tail != "normal" else rng.standard_normal(n)
    if size == 1:
        return np.asarray(own)
    shared = np.repeat(rng.standard_normal(-(-n // size)), size)[:n]
    return np.asarray((own + shared) / np.sqrt(2))


@cache
def common_margins(tail: str) -> Floats:
    """A large sorted sample of margins around 0, to read quantiles from."""
    return np.sort(pair_noise(np.random.default_rng(0), 400_000, 1, tail)[0])


def pair_noise(rng: np.random.Generator, n: int, size: int, tail: str) -> tuple[Floats, Floats]:
    """Exchangeable noise at base and head: most of it common to both."""
    common, base, head = (noise(rng, n, size, tail) for _ in range(3))
    shared, own = np.sqrt(CORRELATION), np.sqrt(1 - CORRELATION)
    return shared * common + own * base, shared * common + own * head


def mean_margin(drop: float = 0.0, tail: str = "normal") -> float:
    """The mean margin at which a share 0.8 - `drop` of the pairs lies above 0."""
    if tail == "normal":
        return float(norm.ppf(SHARE - drop))
    return float(-np.quantile(common_margins(tail), 1 - SHARE + drop))


def margins(rng: np.random.Generator, n: int, edit: Edit, size: int = 1) -> tuple[Floats, Floats]:
    """Margins at base and head; 80 % lie above 0 at base, and at head less the edit's drop."""
    mean, lower = mean_margin(0.0, edit.tail), mean_margin(edit.drop, edit.tail)
    base, head = (mean + x for x in pair_noise(rng, n, size, edit.tail))
    if edit.kind == "even":
        return base, edit.shrink * (head - (mean - lower))
    hit = np.repeat(rng.random(-(-n // size)) < edit.drop / SHARE, size)[:n]
    return base, np.where(hit, -np.abs(base) - 0.5, head)


def preferences(values: Floats) -> Floats:
    """Preferences in [0, 1] for margins, at a temperature of half their spread."""
    return np.asarray(norm.cdf(values / SCALE))


def two_orders(rng: np.random.Generator, values: Floats) -> Floats:
    """A judge asked once in both orders, with a favourite place: 0, 0.5 (a tie) or 1."""
    first, second = (
        values + side + 0.35 * rng.standard_normal(values.size) > 0 for side in (0.25, -0.25)
    )
    return np.asarray((first * 1.0 + second) / 2)


def make_suite(**gate: object) -> Suite:
    """A suite with these gate settings; only its spec differs from `BASE`."""
    return Suite(
        name="simulated",
        folder=Path("suites/simulated"),
        settings=SuiteSettings(gate=GateSettings(**gate)),  # type: ignore[arg-type]
        spec=Spec(text="head", shown="head"),
        spec_path=None,
        pairs_path=Path("suites/simulated/pairs.jsonl"),
    )


BASE = Baseline(spec=Spec(text="base", shown="base"), label="the base")
TRUSTED = Trust(
    probe="passed", sensitivity=Share(count=24, n=24, low=0.86, high=1.0), may_gate=True,
    sensitivity_sentence="", calls=0, reused=0, tokens=0, seconds=0.0,
)  # fmt: skip


def make_cases(
    base: Floats, head: Floats, groups: Sequence[int] | None = None, musts: int = 0
) -> tuple[Case, ...]:
    """Cases with these preferences; the first `musts` must hold."""
    arms = [[_score(p) for p in values.tolist()] for values in (base, head)]
    return tuple(
        Case(
            id=f"p-{i}",
            group=str(i if groups is None else groups[i]),
            tags=(),
            must=i < musts,
            prompt=_PROMPT,
            chosen="A",
            rejected="B",
            source="",
            outcome=outcome_of(after, before),
            head=after,
            base=before,
        )
        for i, (before, after) in enumerate(zip(*arms, strict=True))
    )


def _score(preference: float) -> ArmScore:
    return ArmScore(
        margin=preference - 0.5,
        absolute=0.0,
        preference=preference,
        verdict=verdict_of(preference),
        terms=_TERMS,
    )


def whole_gate(
    base: Floats, head: Floats, groups: Sequence[int] | None = None, **gate: object
) -> Gate:
    """What a run's gate says about these preferences, before any anchor."""
    cases = make_cases(base, head, groups)
    return judge_gate(make_suite(**gate), cases, BASE, TRUSTED, partial=False)


def head(columns: str) -> None:
    """The head of a table."""
    print(f"\n{columns}\n{'|---' * (columns.count('|') - 1)}|")


def percent(count: float, of: int) -> str:
    """A share of runs in percent, with a decimal where it is small."""
    share = 100 * count / of
    return f"{share:.1f}" if 0 < share < 10 else f"{share:.0f}"
