"""A hidden hold-out: gate pairs that count in the verdict and are shown nowhere.

Whoever edits a spec until its pairs pass fits these pairs in the end. Pairs with the tag that
`[gate] hidden` names are measured and judged like all others; what becomes of each of them is in no
report, message, ledger or test case, and every figure beside the verdict is that of the pairs that
are shown. See `holdout` for how long such pairs stay a fair test.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol, TypeVar

from specharness.errors import UsageError
from specharness.gate.decision import count
from specharness.runfile import GateVerdict
from specharness.settings import ALL, GateSettings

LEAST = 10  # of fewer hidden pairs a verdict would tell nearly as much as a look at each


class _Tagged(Protocol):
    """What has to be known of a pair, or of its case."""

    @property
    def tags(self) -> tuple[str, ...]: ...


Shown = TypeVar("Shown", bound=_Tagged)


def shown(pairs: Sequence[Shown], settings: GateSettings) -> tuple[Shown, ...]:
    """The pairs (or cases) of which may be told what becomes of them, in order."""
    return tuple(pair for pair in pairs if not settings.hides(pair.tags))


def shown_or_refuse(
    pairs: Sequence[Shown], settings: GateSettings, where: Path
) -> tuple[Shown, ...]:
    """Like `shown`, for what can tell of nothing else; UsageError where all pairs are hidden."""
    seen = shown(pairs, settings)
    if pairs and not seen:
        remedy = "name a tag as 'gate.hidden' that only some of them have: this shows results"
        raise UsageError(where, "all gate pairs are hidden", remedy)
    return seen


def check_hidden(pairs: Sequence[_Tagged], settings: GateSettings, where: Path) -> None:
    """UsageError where the setting hides none of the gate pairs, or so few that it hides nothing.

    `where` is the file that has the setting.
    """
    if settings.hidden in ("", ALL):
        return
    hidden = len(pairs) - len(shown(pairs, settings))
    if not hidden:
        what = f"'gate.hidden' names the tag {settings.hidden!r}, and no gate pair has it"
        raise UsageError(where, what, f'give pairs that tag; "{ALL}" hides all of them')
    if hidden < LEAST:
        what = f"'gate.hidden' hides {count(hidden, 'pair')}, and the verdict would tell of each"
        raise UsageError(where, what, f"hide {LEAST} or more")


def explain_hidden(
    hidden: int, seen: int, verdict: GateVerdict, told: Sequence[str], *, explained: bool
) -> list[str]:
    """What is said of a verdict on `hidden` pairs and `seen` ones.

    `told` are sentences on those that are shown; `explained` says that they show a loss, too.
    """
    if not seen:
        all_of = f"All {count(hidden, 'pair')} are hidden" if hidden > 1 else "The pair is hidden"
        return [f"{all_of}: of them the verdict alone is told, so that they stay a fair test."]
    said = [
        f"The verdict counts {count(hidden, 'hidden pair')}, too. Of these nothing else is told, "
        "so that they stay a fair test; all figures are those of "
        f"{'the pair that is' if seen == 1 else f'the {seen:,} pairs that are'} shown.",
        *told,
    ]
    if verdict == "FAIL" and not explained:
        said.append(
            "The pairs that are shown do not account for it: ask what the edit does to others."
        )
    return said
