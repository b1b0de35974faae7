"""General hypotheses about what people prefer, each with its opposite: a fixed file of the package.

They are the same for every set of pairs, so no pair is the proposer of any.
"""

import tomllib
from functools import cache
from importlib.resources import files


@cache
def general_hypotheses() -> tuple[tuple[str, str], ...]:
    """(rule, opposite), the most general first; see `catalogue.toml`."""
    text = (files(__package__) / "catalogue.toml").read_text("utf-8")
    return tuple((rule["text"], rule["opposite"]) for rule in tomllib.loads(text)["rule"])
