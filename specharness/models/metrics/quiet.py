"""deepeval, imported so that it reads and writes no file of its own and calls nobody.

Left to itself it sends telemetry, loads `.env` files and a key file into the environment, and
makes a folder `.deepeval`. It looks at these variables when it is imported, and at the first one
again later, so they stay set.
"""

import os
from importlib import import_module
from types import ModuleType

from specharness.errors import ModelError

_QUIET = {
    "DEEPEVAL_TELEMETRY_OPT_OUT": "1",
    "DEEPEVAL_DISABLE_DOTENV": "1",
    "DEEPEVAL_DISABLE_LEGACY_KEYFILE": "1",
    "DEEPEVAL_UPDATE_WARNING_OPT_IN": "0",
    "CONFIDENT_OPEN_BROWSER": "0",
}
_INSTALL = "`pip install 'specharness[deepeval]'`"


def open_deepeval(where: str = "deepeval") -> ModuleType:
    """The package, silenced; ModelError where it is not installed.

    Where somebody imported it before (its pytest plugin does), its files were read then; telemetry
    is off from now on.
    """
    os.environ.update(_QUIET)
    try:
        return import_module("deepeval")
    except ModuleNotFoundError as error:
        raise ModelError(where, f"needs {error.name}", _INSTALL) from None
