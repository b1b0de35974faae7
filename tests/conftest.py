"""Fixtures that several test modules share."""

from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def smollm() -> Path:
    """The folder of the smallest embedded model, pulled into the user's cache on first use."""
    from specharness.models.pull import ensure_model

    return ensure_model("smollm2-135m")
