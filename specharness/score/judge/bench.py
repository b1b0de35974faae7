"""A judge as a suite seats it: who it is, what admits it, and how the suite wants it asked."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from specharness.model import Model
from specharness.score.judge.admission import Admission
from specharness.score.judge.manner import Manner
from specharness.settings import JudgeSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class Bench:
    """A judge, its admission (None: there is none) and what speaks about it.

    `name` is what the user calls it, `file` where its admission is or would be, as the user types
    it, and `digest` that of the file. `wanted` holds what the suite itself says of the manner,
    `proposer` is the model that wrote the spec ("": none), and `suite` names the suite.
    """

    name: str
    model: Model
    admission: Admission | None = None
    file: str = ""
    digest: str = ""
    wanted: Mapping[str, Any] = field(default_factory=dict)
    proposer: str = ""
    suite: str = ""

    @property
    def manner(self) -> Manner:
        """How the judge is asked: as it was when it was admitted."""
        return self.admission.manner if self.admission else Manner()

    @property
    def command(self) -> str:
        """What the user types to have it admitted."""
        told = f"specharness judges admit {self.name} --pairs LABELLED.jsonl --out {self.file}"
        return f"{told} --suite {self.suite}" if self.suite else told


def wanted_manner(settings: JudgeSettings) -> dict[str, Any]:
    """What a suite's `[judge]` says of the manner; the rest is the admission's to say.

    >>> wanted_manner(JudgeSettings(votes=5, more=0))
    {'votes': 5, 'more': 0}
    """
    named = {f.name: getattr(settings, f.name) for f in fields(Manner)}
    unset = {"more": -1, "seed": -1}
    return {key: v for key, v in named.items() if v != unset.get(key, 0) and v != "auto"}
