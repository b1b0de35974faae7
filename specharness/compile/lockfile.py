"""`spec.lock.json`: what a compiled spec was made from, and the evidence for each of its rules."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

from specharness.compile.conflicts import Conflicts
from specharness.compile.derivation import Derivation, FoundRule
from specharness.compile.evidence import Evidence
from specharness.compile.janus import Janus, rule_lines
from specharness.compile.llm.options import Options
from specharness.compile.llm.proposed import LlmProposed, dump_proposed, load_proposed
from specharness.compile.race import Lap, Race
from specharness.compile.rendering import RuleLine, anchor_of
from specharness.compile.temperature import Calibration
from specharness.errors import UsageError
from specharness.model import Identity
from specharness.pairline import content_digest
from specharness.records import Pair, digest
from specharness.settings import PresetName

LOCK = "spec.lock.json"
FORMAT = 1
_LISTED = 40  # candidates that are kept in the lock, best first
_DIGITS = 4
_TEXTS = ("id", "text", "opposite")
_PROPOSER = ("conditions.py", "featured.py", "wording.py")


@dataclass(frozen=True, slots=True, kw_only=True)
class Inputs:
    """Digests of everything that decides what is compiled; a spec is stale when one has changed.

    `pairs` and `select` are the pairs the compiler may see, `instruction` and `settings` what the
    suite says, `proposer` the features, conditions and wordings, `model` who scores the race (""
    nobody). Where a model proposes rules, `asks` is its name, `identity` the digest of its identity
    ("" where that is not known) and `templates` the digest of the prompts and word lists.
    """

    instruction: str
    pairs: str
    select: str
    settings: str
    proposer: str
    model: str = ""
    asks: str = ""
    identity: str = ""
    templates: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What a model proposed, under which options, and who it was."""

    found: LlmProposed
    options: Options
    model: Identity


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted:
    """What a command line asks for beyond the settings; the lock remembers it.

    Suggestive rules let in, sensitive ones confirmed by name, and another preset (None: the
    settings').
    """

    suggestive: bool = False
    confirm: tuple[str, ...] = ()
    preset: PresetName | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Lock:
    """A lock as it was read: what decided it, its rules, and the whole for `why` and reports.

    `accepted` is what the command line chose beyond the settings; `race` is how the variants did on
    the select pairs, None where none were raced; `asked` what a model proposed, None where none
    was asked; `calibration` the temperature, None where none could be fitted; `janus` the paragraph
    that the rules were made into, None where they are a list.
    """

    inputs: Inputs
    spec: str
    rules: tuple[Mapping[str, Any], ...]
    accepted: Accepted
    race: Race | None
    asked: Asked | None
    calibration: Calibration | None
    janus: Janus | None
    whole: Mapping[str, Any]

    def owned(self) -> tuple[RuleLine, ...]:
        """The lines that the compiler wrote into the spec."""
        rules = [
            RuleLine(anchor=rule["id"], text=rule["text"], opposite=rule["opposite"])
            for rule in self.rules
        ]
        return rule_lines(rules, self.janus)


def pairs_digest(pairs: Sequence[Pair]) -> str:
    """The digest of what the compiler reads of pairs, whatever their order."""
    read = ((content_digest(p.prompt, p.chosen, p.rejected), p.group, p.tags) for p in pairs)
    return digest(sorted(read))


def proposer_digest() -> str:
    """The digest of the code and data that measure and word rules without a model."""
    package = files("specharness.compile")
    features = sorted((f for f in package.joinpath("features").iterdir() if f.is_file()), key=str)
    sources = [*(package.joinpath(name) for name in _PROPOSER), *features]
    # newlines may differ where the package was checked out, the meaning does not
    return digest(*(source.read_text(encoding="utf-8") for source in sources))


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What a compilation found; `spec` is the digest of what the model sees."""

    spec: str
    accepted: Accepted
    found: Derivation
    conflicts: Conflicts
    race: Race | None = None
    asked: Asked | None = None
    calibration: Calibration | None = None
    janus: Janus | None = None


def dump_lock(inputs: Inputs, result: Result) -> str:
    """The text of a lock: sorted keys, rounded numbers, no date and no path."""
    found = result.found
    whole = {
        "format": FORMAT,
        "accepted": asdict(result.accepted),
        "inputs": asdict(inputs),
        "spec": result.spec,
        "rules": [_rule(rule) for rule in found.rules],
        "path": [
            {"rules": len(step.rules), "held_out": step.held_out, "error": step.error}
            for step in found.path
        ],
        "candidates": {name: _evidence(evidence) for name, evidence in found.candidates[:_LISTED]},
        "placebo": asdict(found.placebo),
        "baselines": asdict(found.baselines),
        "race": asdict(result.race) if result.race else None,
        "conflicts": asdict(result.conflicts),
        "asked": _asked(result.asked) if result.asked else None,
        "janus": asdict(result.janus) if result.janus else None,
    }
    calibration = result.calibration
    rounded = _rounded(whole) | {"temperature": asdict(calibration) if calibration else None}
    return json.dumps(rounded, ensure_ascii=False, indent=1, sort_keys=True) + "\n"


def _asked(asked: Asked) -> dict[str, Any]:
    parts = {
        "found": dump_proposed(asked.found),
        "options": asdict(asked.options),
        "model": asdict(asked.model),
    }
    return {**parts, "digest": _asked_digest(parts)}


def _asked_digest(parts: Mapping[str, Any]) -> str:
    """So that an edit, or a merge gone wrong, is noticed."""
    return digest(json.dumps(parts, sort_keys=True))


def _rule(rule: FoundRule) -> dict[str, Any]:
    return {
        "id": anchor_of(rule.name),
        "name": rule.name,
        "origin": rule.origin,
        "text": rule.wording.text,
        "opposite": rule.wording.opposite,
        "merged": rule.merged,
        "worth": rule.worth,
        "proposers": rule.proposers,
        "support": rule.support,
        "contradict": rule.contradict,
        "evidence": _evidence(rule.evidence),
    }


def _evidence(evidence: Evidence) -> dict[str, Any]:
    return {**asdict(evidence), "coverage": evidence.coverage, "tier": evidence.tier}


def _rounded(value: Any) -> Any:
    if isinstance(value, float):
        return round(value, _DIGITS)
    if isinstance(value, Mapping):
        return {key: _rounded(item) for key, item in value.items()}
    return [_rounded(item) for item in value] if isinstance(value, list | tuple) else value


def read_lock(path: Path) -> Lock:
    """Read a lock; UsageError when it is missing or is not one of ours."""
    again = "restore it, or delete it and run `specharness compile`"
    try:
        whole = json.loads(path.read_text(encoding="utf-8"))
        if whole["format"] != FORMAT:
            raise UsageError(path, f"format {whole['format']!r}, not {FORMAT}", again)
        inputs = Inputs(**whole["inputs"])
        rules = tuple(whole["rules"])
        if not all(isinstance(rule[key], str) for rule in rules for key in _TEXTS):
            raise ValueError("a rule without id, text or opposite")
        accepted, temperature = whole["accepted"], whole.get("temperature")
        return Lock(
            inputs=inputs,
            spec=whole["spec"],
            rules=rules,
            accepted=Accepted(**{**accepted, "confirm": tuple(accepted["confirm"])}),
            race=_race(whole["race"]),
            asked=_read_asked(whole.get("asked")),
            calibration=Calibration(**temperature) if temperature else None,
            janus=Janus(**whole["janus"]) if whole.get("janus") else None,
            whole=whole,
        )
    except FileNotFoundError:
        raise UsageError(path, "no lock", again) from None
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        raise UsageError(path, "not a lock", again) from None


def locked_temperature(
    path: Path, model: str, reduce: str, reference: str, placement: str
) -> float:
    """The temperature (nats) in the lock at `path` for margins of a model (its digest), read so.

    0 where there is no lock, or none for such margins. Whether the lock is current is not looked
    at: a run has made sure of that before.
    """
    found = read_lock(path).calibration if path.is_file() else None
    holds = found is not None and found.holds_for(model, reduce, reference, placement)
    return found.nats if found and holds else 0.0


def _read_asked(told: Mapping[str, Any] | None) -> Asked | None:
    if told is None:
        return None
    parts = {name: told[name] for name in ("found", "options", "model")}
    if _asked_digest(parts) != told["digest"]:
        raise ValueError("what the model proposed was changed")
    return Asked(
        found=load_proposed(told["found"]),
        options=Options(**told["options"]),
        model=Identity(**told["model"]),
    )


def _race(told: Mapping[str, Any] | None) -> Race | None:
    if told is None:
        return None
    return Race(winner=told["winner"], laps=tuple(Lap(**lap) for lap in told["laps"]))


def changed_inputs(lock: Lock, now: Inputs) -> tuple[str, ...]:
    """What has changed since the lock was written, in words; () when the spec is current.

    Who proposes is compared by name, and by identity where both are known.
    """
    told = {
        "instruction": "another instruction",
        "pairs": "other compile pairs",
        "select": "other select pairs",
        "settings": "other settings under [compile]",
        "proposer": "another version of the features or their wordings",
        "model": "another model scores the race",
        "asks": "another model proposes the rules",
        "identity": "another version of the model that proposes the rules",
        "templates": "other prompts of the llm proposer",
    }
    then, since = asdict(lock.inputs), asdict(now)
    if not (then["identity"] and since["identity"]) or then["asks"] != since["asks"]:
        then["identity"] = since["identity"]
    return tuple(text for name, text in told.items() if then[name] != since[name])
