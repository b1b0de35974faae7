"""A spec with the opposites of its compiled rules, which its lock keeps and its file does not."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from specharness.compile.rendering import RuleLine
from specharness.records import Spec


def with_opposites(spec: Spec, rules: Sequence[Mapping[str, Any]]) -> Spec:
    """The spec whose compiled rules note their opposites; the model sees the same text.

    `rules` are those of a lock. A rule that a person changed since is theirs, and no longer the one
    whose opposite is known.

    >>> spec = Spec(text="- Be brief. {#brief}", shown="- Be brief.")
    >>> rule = {"id": "brief", "text": "Be brief.", "opposite": "Ramble."}
    >>> with_opposites(spec, [rule]).text
    '- Be brief. {#brief opposite: Ramble.}'
    """
    noted = {}
    for rule in rules:
        line, opposite = RuleLine(anchor=rule["id"], text=rule["text"]), rule["opposite"]
        if not set("{}`<>\n") & set(opposite):  # else it could not stand there
            noted[str(line)] = f"- {line.text} {{#{line.anchor} opposite: {opposite}}}"
    lines = [noted.get(line, line) for line in spec.text.split("\n")]
    return replace(spec, text="\n".join(lines))
