"""Small runs built by hand, for the tests of everything that reads a run."""

from collections.abc import Sequence
from math import exp
from typing import Any

from specharness.records import Message
from specharness.runfile import ArmScore, Case, Gate, Outcome, Run, Share, SuiteRun, Terms, Trust

# margins (head, base) that end so
MARGINS: dict[Outcome, tuple[float, float]] = {
    "kept": (0.8, 0.7),
    "known miss": (-0.4, -0.5),
    "won": (0.3, -0.2),
    "lost": (-0.25, 0.35),
    "tie": (0.0, 0.1),
}
BASE_SPEC = "Answer briefly.\n\n1. Use plain words.\n2. Give no lists unless asked.\n"
HEAD_SPEC = "Answer briefly.\n\n1. Use plain, short words.\n2. End with a question.\n"


def make_score(margin: float, **changes: Any) -> ArmScore:
    """A score with this margin; the rest follows from it."""
    verdict = "prefers chosen" if margin > 0 else "prefers rejected" if margin < 0 else "tie"
    terms = Terms(chosen=-41.5 + margin, chosen_tokens=22, rejected=-44.25, rejected_tokens=25)
    values: dict[str, Any] = {
        "margin": margin,
        "absolute": margin / 2,
        "preference": 1 / (1 + exp(-margin / 0.5)),
        "verdict": verdict,
        "terms": terms,
    }
    return ArmScore(**values | changes)


def make_case(id: str = "p-001", outcome: Outcome = "kept", **changes: Any) -> Case:
    """A pair that ended so, with scores to match (none when it is an error)."""
    values: dict[str, Any] = {
        "id": id,
        "group": f"group-{id}",
        "tags": ("tone",),
        "must": False,
        "prompt": (Message(role="user", content=f"How do I rename a branch? ({id})"),),
        "chosen": "Run `git branch -m new-name` on the branch.",
        "rejected": "There are many ways:\n\n- the first way\n- the second way",
        "source": "written by hand",
        "outcome": outcome,
    }
    if outcome == "error":
        values["error"] = "the model returned no log-probabilities"
    else:
        head, base = MARGINS[outcome]
        values |= {"head": make_score(head), "base": make_score(base)}
        values["reference"] = make_score(0.0).terms
    return Case(**values | changes)


def make_cases(**counts: int) -> tuple[Case, ...]:
    """So many pairs of each outcome: make_cases(kept=3, known_miss=1)."""
    kinds = [name.replace("_", " ") for name, count in counts.items() for _ in range(count)]
    return tuple(make_case(f"p-{i:03d}", kind) for i, kind in enumerate(kinds, 1))  # type: ignore[arg-type]


def make_share(count: float, n: int) -> Share:
    """A share with a rough interval."""
    middle = count / n if n else 0.0
    return Share(count=count, n=n, low=max(0.0, middle - 0.1), high=min(1.0, middle + 0.1))


def make_gate(cases: Sequence[Case] = (), **changes: Any) -> Gate:
    """A gate over these cases; PASS unless told otherwise."""
    counts = {o: sum(c.outcome == o for c in cases) for o in ("lost", "won", "error")}
    n = len(cases) - counts["error"]
    difference = (counts["won"] - counts["lost"]) / n if n else None
    values: dict[str, Any] = {
        "verdict": "PASS",
        "n": n,
        "clusters": n,
        "lost": counts["lost"],
        "won": counts["won"],
        "errors": counts["error"],
        "margin": 0.05,
        "difference": difference,
        "interval": None if difference is None else (difference - 0.04, difference + 0.03),
        "p_value": 0.4,
        "excluded": 0.04,
        "needed": 0,
        "sentences": ("Not worse than base by more than 5 points.",),
    }
    return Gate(**values | changes)


def make_trust(**changes: Any) -> Trust:
    """A scorer that passed its probe and reads planted edits."""
    values: dict[str, Any] = {
        "probe": "passed: 4 known texts, finite and not constant",
        "sensitivity": make_share(21, 24),
        "sensitivity_sentence": "The model reads 21 of 24 planted edits rightly.",
        "may_gate": True,
        "calls": 240,
        "reused": 12,
        "tokens": 61_234,
        "seconds": 41.3,
    }
    return Trust(**values | changes)


def make_suite(name: str = "tone", cases: Sequence[Case] | None = None, **changes: Any) -> SuiteRun:
    """A suite; without cases it has a few of every outcome."""
    if cases is None:
        cases = make_cases(kept=6, known_miss=2, won=2, lost=2, tie=1, error=1)
    measured = [case for case in cases if case.outcome != "error"]
    wins = {
        arm: sum(getattr(case, arm).margin > 0 for case in measured) for arm in ("head", "base")
    }
    values: dict[str, Any] = {
        "name": name,
        "description": "Answers sound like a colleague.",
        "folder": f"suites/{name}",
        "mode": "replay",
        "model": "qwen2.5-coder-0.5b",
        "model_note": "A small model: read absolute preferences as weak evidence.",
        "model_digest": "8f" * 32,
        "scorer": "logprob",
        "reduce": "mean",
        "reference": "neutral",
        "placement": "user",
        "temperature": 0.21,
        "base_label": "main (merge-base 1a2b3c4)",
        "base_spec": BASE_SPEC,
        "head_spec": HEAD_SPEC,
        "spec_path": f"suites/{name}/spec.md",
        "cases": tuple(cases),
        "selected": len(cases),
        "held_out": len(cases),
        "gate": make_gate(cases),
        "trust": make_trust(),
        "length_rule": make_share(len(measured) // 2, len(measured)),
        "preferred_head": make_share(wins["head"], len(measured)),
        "preferred_base": make_share(wins["base"], len(measured)),
        "spec_sentence": "The spec moves preferences: 61 % with it, 52 % without.",
        "sources": ("fixtures/tone.jsonl, written by hand, CC0",),
    }
    return SuiteRun(**values | changes)


def make_run(*suites: SuiteRun, **changes: Any) -> Run:
    """A run of these suites; without any it has one small suite."""
    return Run(**{"version": "0.1.0", "suites": suites or (make_suite(),)} | changes)


def failing(name: str = "safety", **counts: int) -> SuiteRun:
    """A suite whose gate failed, with its explanation and next command."""
    cases = make_cases(**counts or {"lost": 9, "won": 1, "kept": 40, "known_miss": 9})
    sentences = (
        "The edit loses 9 pairs and wins 1 of 59: -13.6 points [-21.9, -5.8], p = 0.011.",
        "A drop of up to 21.9 points is not excluded; the margin is 5 points.",
        "Most of the loss is in rule 2 (End with a question).",
    )
    gate = make_gate(
        cases,
        verdict="FAIL",
        p_value=0.011,
        interval=(-0.219, -0.058),
        excluded=0.219,
        sentences=sentences,
        next_command=f"pytest suites --suite {name} --lost",
    )
    return make_suite(name, cases, gate=gate)


def unproven(name: str = "brevity") -> SuiteRun:
    """A suite with too few pairs for a verdict."""
    cases = make_cases(kept=20, lost=1, won=2, known_miss=3)
    gate = make_gate(
        cases,
        verdict="UNPROVEN",
        interval=(-0.082, 0.158),
        excluded=0.082,
        needed=140,
        sentences=(
            "+3.8 points [-8.2, +15.8] on 26 pairs.",
            "A drop of up to 8.2 points is not excluded; about 140 pairs would settle it.",
        ),
        next_command=f"specharness add-pairs {name}",
    )
    return make_suite(name, cases, gate=gate)


def unverifiable(name: str = "refusals") -> SuiteRun:
    """A suite whose model does not react to specs."""
    cases = make_cases(error=4)
    sentence = "The model read 12 of 24 planted edits rightly, no better than chance."
    gate = make_gate(
        cases,
        verdict="UNVERIFIABLE",
        p_value=None,
        excluded=None,
        needed=None,
        sentences=(sentence,),
        next_command=f"specharness doctor {name}",
    )
    trust = make_trust(
        may_gate=False, sensitivity=make_share(12, 24), sensitivity_sentence=sentence
    )
    return make_suite(name, cases, gate=gate, trust=trust, spec_sentence="")


HOSTILE = (
    "<script>window.hacked = 1</script></script><svg onload='window.hacked = 2'></svg>"
    "<style>body { display: none }</style><img src='http://127.0.0.1:9/x' onerror='hacked = 3'>"
    "{{ 7 * 191 }}{% raw %}${7 * 191}<!-- --></noscript></textarea>]]>&lt;b&gt;"
    "\x1b[31mred\x1b[0m\x1b]8;;http://127.0.0.1:9\x07link\x07 \u202egnp.exe\u202c a\u200bb "
    "\U000e0041 \ud800 \x00 [bold]rich[/bold] javascript:alert(1) \"'`"
)


def hostile_suite(name: str = "hostile", **changes: Any) -> SuiteRun:
    """A suite whose every text tries to escape from where it is shown."""
    texts = {"chosen": HOSTILE, "rejected": HOSTILE * 2, "group": HOSTILE, "source": HOSTILE}
    texts |= {"tags": (HOSTILE,), "prompt": (Message(role=HOSTILE, content=HOSTILE),)}
    cases = [make_case(f"{o} {HOSTILE}", o, **texts) for o in (*MARGINS, "error")]  # type: ignore[arg-type]
    cases.append(make_case("long", "lost", chosen="x" * 200_000, rejected="word " * 40_000))
    verdict = make_gate(cases, verdict="FAIL", sentences=(HOSTILE,), next_command=f"echo {HOSTILE}")
    shown = ("description", "model", "model_note", "base_label", "spec_path", "spec_sentence")
    values = dict.fromkeys(shown, HOSTILE) | {"sources": (HOSTILE,), "gate": verdict}
    values |= {"base_spec": HOSTILE, "head_spec": f"{HOSTILE}\n1. more\n{HOSTILE}"}
    values["trust"] = make_trust(probe=HOSTILE, sensitivity_sentence=HOSTILE)
    return make_suite(f"{name} {HOSTILE}", cases, **values | changes)


def large_suite(n: int = 10_000, words: int = 50) -> SuiteRun:
    """A suite of `n` pairs of ordinary length (`words` in each response), one in 20 flipped."""
    kinds: tuple[Outcome, ...] = ("lost", "won", *["kept"] * 33, *["known miss"] * 5)
    sentence = "the branch rename command and its effect on remote clones of that repository"
    vocabulary = sentence.split()
    cases = []
    for i in range(n):
        text = " ".join(vocabulary[(i + 7 * j) % len(vocabulary)] for j in range(words))
        prompt = (Message(role="user", content=f"Question {i}: {text[:160]}?"),)
        kind = kinds[i % len(kinds)]
        case = make_case(
            f"pair-{i:05d}", kind, chosen=f"{text}.", rejected=f"No, {text}.", prompt=prompt
        )
        cases.append(case)
    return make_suite("large", cases)
