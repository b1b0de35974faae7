"""The vocabulary: what a spec, a pair and a rule are.

Everything here is frozen and holds text and numbers only; reading and checking happen at the edge
(`specfile`, `pairs`, `suitefile`), so code that receives a record can trust it.
"""

import hashlib
import json
from dataclasses import dataclass
from typing import Literal


def digest(*parts: object) -> str:
    """The sha256 (64 hex digits) of JSON values, the same on every machine and Python hash seed.

    >>> digest("a", 1) == digest("a", 1), digest("a", "b") == digest("ab")
    (True, False)
    """
    text = json.dumps(parts, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    # surrogatepass: a lone surrogate in someone's data is odd text, not a reason to crash
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One turn of a conversation; `role` is system, developer, user or assistant."""

    role: str
    content: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """One preference judgement: for this prompt, `chosen` is better than `rejected`.

    `group` names the cluster the pair belongs to (pairs of one group are not independent and never
    lie on two sides of a split); it is never empty: without one in the file it is derived from the
    prompt. `agreement` is the share of annotators who said so (1 where one did), and `position`
    which of the two the data showed first, where it says. `line` is where the pair stands in its
    file (1-based, 0 when it came from elsewhere).
    """

    id: str
    prompt: tuple[Message, ...]
    chosen: str
    rejected: str
    group: str
    tags: tuple[str, ...] = ()
    must: bool = False
    weight: float = 1.0
    source: str = ""
    agreement: float = 1.0
    position: Literal["", "first", "second"] = ""
    line: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One list item or paragraph of a spec. `id` is its `{#anchor}`, else a short hash of `text`.

    `line` is 1-based in the file; `section` is the heading it stands under ("" at the top).
    """

    id: str
    text: str
    line: int
    section: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Spec:
    """A spec: `text` as the file has it, `shown` as the model sees it (no anchors, no comments)."""

    text: str
    shown: str
    rules: tuple[Rule, ...] = ()

    @property
    def digest(self) -> str:
        """The sha256 of what the model sees: two specs with one digest condition alike."""
        return digest(self.shown)
