"""How much the llm proposer may ask, and of what size its rules are."""

from dataclasses import dataclass
from typing import Literal

Verdicts = Literal["written", "odds"]

_LEAST_CALLS = 60  # a handful of pairs: enough for every step


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """The settings of `propose_llm`; all of them go into the lock.

    Proposing: `rules` that one explanation or one batch may give, each of at most `words` words;
    `batch` pairs are contrasted in one call (0: no such step), and the rules of the instruction are
    asked for or not (`instruction`). At most `proposed` rules, one for each cluster, are measured,
    then as many of the first `catalogue` general hypotheses as the budget has room for.
    `opposites` is for how many rules, those with the clearest votes first, the opposite is asked
    for; `checked` on how many pairs its votes are measured. `together` rules are put in one
    measuring call (10 at most: beyond, small models lose count of the rule they are at).

    `verdicts` says how rules are measured: the model writes which response follows them more (any
    model), or the odds of that answer are weighed (models in this process; all but the largest of
    them are read better so, see `odds`).

    `calls_per_pair` is the budget (20: at most 400 calls for 20 pairs, repairs included; 60 calls
    at least). Texts longer than `characters` are cut in the middle, visibly. `seed` goes into the
    marks around quoted texts.
    """

    rules: int = 3
    words: int = 25
    batch: int = 5
    instruction: bool = True
    proposed: int = 30
    catalogue: int = 60
    opposites: int = 20
    checked: int = 6
    together: int = 10
    verdicts: Verdicts = "written"
    calls_per_pair: int = 20
    characters: int = 2000
    seed: int = 0

    def budget(self, pairs: int) -> int:
        """How many calls may be made for so many pairs."""
        return max(_LEAST_CALLS, self.calls_per_pair * pairs)
