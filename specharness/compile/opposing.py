"""A spec with the opposites of its compiled rules, which its lock keeps and its file does not."""

from collections.abc import Sequence
from dataclasses import replace

from specharness.compile.rendering import RuleLine
from specharness.records import Spec


def with_opposites(spec: Spec, rules: Sequence[RuleLine]) -> Spec:
    """The spec whose compiled rules note their opposites; the model sees the same text.

    `rules` are the lines that were compiled. One that a person changed since is theirs, and no
    longer the one whose opposite is known.

    >>> spec = Spec(text="- Be brief. {#brief}", shown="- Be brief.")
    >>> rule = RuleLine(anchor="brief", text="Be brief.", opposite="Ramble.")
    >>> with_opposites(spec, [rule]).text
    '- Be brief. {#brief opposite: Ramble.}'
    """
    noted = {}
    for line in rules:
        if line.opposite and not set("{}`<>\n") & set(
            line.opposite
        ):  # else it could not stand there
            told = f"{{#{line.anchor} opposite: {line.opposite}}}"
            noted[str(line)] = f"{line.mark}{line.text} {told}"
    lines = [noted.get(line, line) for line in spec.text.split("\n")]
    return replace(spec, text="\n".join(lines))
