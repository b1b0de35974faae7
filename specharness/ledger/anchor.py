"""The anchor: an earlier spec that small losses are added up against.

A gate against the merge-base lets each edit lose a little. So a run also compares with one fixed
earlier spec, and its drop against that may not exceed the regression budget. Which one, the first
that there is:

    1  `anchor` under [gate] in suite.toml, a git reference (`specharness anchor set`; "none": none)
    2  the later in history of the last release (the newest tag v0, v1.2, ... that HEAD contains, if
       the suite was there) and the last loss that was accepted knowingly (its line's commit)
    3  the first accepted verdict (its line's commit)

A loss that somebody accepted with a reason, in the ledger for all to see, is not held against every
later edit. A verdict that was accepted as it passed moves nothing, or small losses would be
forgotten one by one.
"""

import re
import tomllib
from dataclasses import replace
from pathlib import Path

from specharness import git
from specharness.baseline import Baseline, find_earlier
from specharness.errors import UsageError
from specharness.gate.decision import count, points, signed
from specharness.ledger.chain import LEDGER, Entry, read_ledger
from specharness.ledger.commits import Past, ask, is_in
from specharness.runfile import Gate, GateVerdict, write_text
from specharness.settings import GateSettings
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
    return _latest(suite, root)


def _latest(suite: Suite, root: Path) -> Baseline | None:
    released, entries = _released(suite, root), read_ledger(suite.folder / LEDGER)
    knowing = [entry for entry in reversed(entries) if entry.anyway]
    if not knowing and released:
        return released  # and git need not be asked for lines
    past = Past(suite)
    lost = next(filter(None, (_accepted(suite, past, entry) for entry in knowing)), None)
    if released and lost:
        return released if is_in(root, lost.commit, released.commit) else lost
    return released or lost or (_accepted(suite, past, entries[0]) if entries else None)


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
    tag = ask(root, "describe", "--tags", "--abbrev=0", "--match", "v[0-9]*", "HEAD")
    commit = git.merge_base(root, f"refs/tags/{tag}") if tag else None
    return _told(find_earlier(suite, root, commit), f"release {tag}") if commit else None


def _accepted(suite: Suite, past: Past, entry: Entry) -> Baseline | None:
    """The spec at the commit that brought a line of the ledger, if it is the one accepted there."""
    commit = past.brought.get(entry.digest)
    earlier = find_earlier(suite, past.root, commit) if past.root and commit else None
    if earlier is None or earlier.spec.digest != entry.spec:
        return None  # accepted, but committed with another spec or not yet
    known = ", a loss accepted knowingly" if entry.anyway else ""
    return _told(earlier, f"line {entry.number} of the ledger{known}")


def _told(earlier: Baseline | None, why: str) -> Baseline | None:
    return earlier and replace(earlier, label=f"{why}, {earlier.label}")


def needs_anchor(suite: Suite, base: Baseline, anchor: Baseline) -> bool:
    """Whether comparing with the anchor can say anything that comparing with the base does not.

    An edit is what is gated: a spec that is what it was at the base adds nothing to what was lost.
    """
    gate = suite.settings.gate
    same = anchor.spec.shown == base.spec.shown and gate.allowed == gate.margin
    return suite.spec.shown != base.spec.shown and not same


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
