"""Fixtures that several test modules share."""

import os
from pathlib import Path

import pytest

from specharness.git import TARGET_BRANCHES

# Tests say for themselves whether they are a CI's and which branch is asked about; what they start
# inherits it.
for _name in ("CI", *TARGET_BRANCHES):
    os.environ.pop(_name, None)


@pytest.fixture(scope="session")
def smollm() -> Path:
    """The folder of the smallest embedded model, pulled into the user's cache on first use."""
    from specharness.models.pull import ensure_model

    return ensure_model("smollm2-135m")
