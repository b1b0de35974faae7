"""The anchor: an earlier spec that small losses are added up against.

A gate against the merge-base lets each edit lose a little. So a run also compares with one fixed
earlier spec, and its drop against that may not exceed the regression budget. Which one, the first
that there is:

    1  `anchor` under [gate] in suite.toml, a git reference (`specharness anchor set`; "none": none)
    2  the last release: the newest tag v0, v1.2, ... that HEAD contains, if the suite was there
    3  the ledger: the last loss that was accepted knowingly, else the first accepted verdict
"""

import os
import re
import shutil
import subprocess
import tomllib
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from specharness import git
from specharness.baseline import Baseline, find_earlier
from specharness.errors import RecordingMiss, UsageError
from specharness.gate.decision import count, points, signed
from specharness.judging import error_cases, judge_anchor, judge_cases, unverifiable_gate
from specharness.ledger.chain import LEDGER, read_ledger
from specharness.records import Pair
from specharness.runfile import Gate, GateVerdict, Trust, write_text
from specharness.score.scoring import Scorer
from specharness.settings import GateSettings
from specharness.sparing import NOTHING_SPARED, Spared
from specharness.suitefile import SETTINGS, Suite

NONE = "none"


def find_anchor(suite: Suite, ref: str | None = None) -> Baseline | None:
    """A suite's anchor, or its spec at the git reference `ref`; None where there is none.

    UsageError for a reference that git does not know, IntegrityError for a ledger that is broken.
    """
    named = suite.settings.gate.anchor if ref is None else ref
    root = git.project_root(suite.folder)
    if named == NONE or root is None or git.merge_base(root, "HEAD") is None:
        return None
    if named:
        return _named(suite, root, named)
    return _released(suite, root) or _accepted(suite, root)


def _named(suite: Suite, root: Path, ref: str) -> Baseline | None:
    return _told(find_earlier(suite, root, resolve(suite, root, ref)), "named in suite.toml")


def resolve(suite: Suite, root: Path, ref: str) -> str:
    """The full hash of the commit that `ref` names; UsageError where git knows none."""
    try:
        commit = git.merge_base(root, ref)
    except UsageError as error:
        raise UsageError(suite.folder / SETTINGS, f"anchor: {error.what}", error.remedy) from None
    if commit is None:
        raise UsageError(root, "git has no commit yet", "commit the suite first")
    return commit


def _released(suite: Suite, root: Path) -> Baseline | None:
    tag = _ask(root, "describe", "--tags", "--abbrev=0", "--match", "v[0-9]*", "HEAD")
    commit = git.merge_base(root, f"refs/tags/{tag}") if tag else None
    return _told(find_earlier(suite, root, commit), f"release {tag}") if commit else None


def _accepted(suite: Suite, root: Path) -> Baseline | None:
    """The spec at the commit that brought a line of the ledger, if it is the one accepted there."""
    path = suite.folder.resolve() / LEDGER
    entries = read_ledger(path)
    if not entries:
        return None
    entry = next((e for e in reversed(entries) if e.anyway), entries[0])
    inside = path.relative_to(root.resolve()).as_posix()
    found = _ask(root, "log", "--reverse", "--format=%H", f"-S{entry.digest}", "--", inside)
    earlier = find_earlier(suite, root, found.split("\n")[0]) if found else None
    if earlier is None or earlier.spec.digest != entry.spec:
        return None  # accepted, but committed with another spec or not yet
    return _told(earlier, f"line {entry.number} of the ledger")


def _told(earlier: Baseline | None, why: str) -> Baseline | None:
    return earlier and replace(earlier, label=f"{why}, {earlier.label}")


def _ask(root: Path, *arguments: str) -> str:
    """What git prints; "" where it fails."""
    program = shutil.which("git")
    if program is None:
        return ""
    env = {**os.environ, "LC_ALL": "C", "GIT_OPTIONAL_LOCKS": "0", "GIT_TERMINAL_PROMPT": "0"}
    done = subprocess.run(  # noqa: S603 - no shell, and nothing a user wrote is an argument
        [program, "-C", str(root), "--literal-pathspecs", *arguments],
        env=env, capture_output=True, check=False,
    )  # fmt: skip
    return os.fsdecode(done.stdout).strip() if done.returncode == 0 else ""


def needs_anchor(suite: Suite, base: Baseline, anchor: Baseline) -> bool:
    """Whether comparing with the anchor can say anything that comparing with the base does not.

    An edit is what is gated: a spec that is what it was at the base adds nothing to what was lost.
    """
    gate = suite.settings.gate
    same = anchor.spec.shown == base.spec.shown and gate.allowed == gate.margin
    return suite.spec.shown != base.spec.shown and not same


def compare_with_anchor(  # noqa: PLR0913 - keywords only after what is compared
    suite: Suite,
    anchor: Baseline,
    *,
    scorer: Scorer,
    pairs: Sequence[Pair],
    trust: Trust,
    spared: Spared = NOTHING_SPARED,
) -> Gate:
    """The comparison of head with the anchor on `pairs`, by a `scorer` that reads as the gate does.

    It has the temperature and the reference that the gate used, so preferences at head are the
    same; `trust` is what was found out about it. UNVERIFIABLE where the anchor's results are not
    recorded.
    """
    head, before = suite.spec.shown, anchor.spec.shown
    try:
        scores = scorer.score(pairs, head=head, base=before, trust=trust)
    except RecordingMiss as error:
        reason = f"The spec of the anchor ({anchor.label}) is not recorded: {error.what}."
        command = f"specharness run {suite.name} --spec-mode=record"
        return unverifiable_gate(suite, error_cases(pairs, error), reason, command)
    return judge_anchor(suite, judge_cases(pairs, scores), anchor, spared)


def hold_to_anchor(gate: Gate, anchored: Gate, label: str, settings: GateSettings) -> Gate:
    """The gate's verdict with the consequences of the comparison with the anchor.

    A loss against the anchor is a FAIL, and what cannot be compared with it is UNVERIFIABLE; an
    unproven one matters where the suite wants proof.
    """
    if gate.verdict in ("FAIL", "UNVERIFIABLE"):
        return replace(gate, sentences=(*gate.sentences, _against_anchor(anchored, label)))
    worse = anchored.verdict in ("FAIL", "UNVERIFIABLE")
    if not worse and (anchored.verdict == "PASS" or settings.unproven == "neutral"):
        return replace(gate, sentences=(*gate.sentences, _against_anchor(anchored, label)))
    return replace(
        gate,
        verdict=anchored.verdict,
        sentences=(_against_anchor(anchored, label), *gate.sentences),
        next_command=anchored.next_command,
    )


def _against_anchor(found: Gate, label: str) -> str:
    """One sentence; the anchor's own sentences tell all of it."""
    if found.hidden and found.verdict in _WITH_HIDDEN:
        settled = _WITH_HIDDEN[found.verdict].format(points(found.margin))
        return f"Against the anchor ({label}), hidden pairs counted: {settled}."
    if found.difference is None or found.excluded is None:
        return found.sentences[0]
    seen = (
        f"{found.lost:,} of {count(found.n, 'pair')} lost and {found.won:,} won since then "
        f"({signed(found.difference)} points)"
    )
    bound = f"a drop of up to {points(found.excluded)} points is not excluded"
    allowed = f"the budget allows {points(found.margin)}"
    told = {
        "FAIL": f"losses have added up, {seen}: {bound}, and {allowed}.",
        "PASS": f"not worse than the budget of {points(found.margin)} points allows, {seen}.",
    }
    return f"Against the anchor ({label}): " + told.get(
        found.verdict, f"not settled, {seen}: {bound}, and {allowed}."
    )


_WITH_HIDDEN: dict[GateVerdict, str] = {
    "FAIL": "losses have added up, and the budget allows {} points",
    "PASS": "not worse than the budget of {} points allows",
    "UNPROVEN": "not settled whether more than the budget of {} points is lost",
}


def set_anchor(suite: Suite, ref: str) -> str:
    """Write `anchor` under [gate] into the suite's settings; returns what was written.

    The commit's full hash, so that it stays where it is; "none" as it is. UsageError for a
    reference git does not know, and for settings this cannot be put into.
    """
    root = git.project_root(suite.folder)
    if root is None:
        raise UsageError(suite.folder, "no git repository", "an anchor is a commit of one")
    value = NONE if ref == NONE else resolve(suite, root, ref)
    path = suite.folder / SETTINGS
    text = path.read_bytes().decode("utf-8-sig") if path.is_file() else ""
    wanted = tomllib.loads(text)
    wanted["gate"] = {**wanted.get("gate", {}), "anchor": value}
    changed = _with_anchor(text, value)
    try:
        fits = tomllib.loads(changed) == wanted
    except tomllib.TOMLDecodeError:
        fits = False
    if not fits:
        raise UsageError(path, "[gate] is written in another way", f'add anchor = "{value}" to it')
    write_text(path, changed)
    return value


def _with_anchor(text: str, value: str) -> str:
    line = f'anchor = "{value}"'
    head = re.search(r"^\[gate\][ \t]*(#.*)?$", text, re.MULTILINE)
    if head is None:
        return f"{text.rstrip()}\n\n[gate]\n{line}\n".lstrip()
    begin = head.end()
    after = re.search(r"^\[", text[begin:], re.MULTILINE)
    end = begin + after.start() if after else len(text)
    table, found = re.subn(r"^anchor[ \t]*=.*$", line, text[begin:end], flags=re.MULTILINE)
    if not found:
        table = f"\n{line}{table}"
    return text[:begin] + table + text[end:]
