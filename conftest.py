"""Settings for this repository's own pytest runs; a project that uses specharness needs none."""

import os

# Nothing here may reach out or wait for a hub: models come from the cache or from `models pull`.
os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
# For this process and its workers only: pytests that tests start choose for themselves.
os.environ.pop("PYTEST_ADDOPTS", None)
