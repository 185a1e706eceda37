"""The library that Keras runs on, known before Keras is imported, and what needs TensorFlow."""

import importlib.util
import json
import os
import sys
from pathlib import Path

from nnrecipes.errors import ConfigError, did_you_mean

BACKENDS = ("tensorflow", "jax")


def backend() -> str:
    """Return the name: that of the process, else ``KERAS_BACKEND``, else what Keras' own file says.

    Example:
        >>> backend()
        'tensorflow'
    """
    config = getattr(sys.modules.get("keras"), "config", None)
    if config is not None:
        return str(config.backend())
    if named := os.environ.get("KERAS_BACKEND"):
        return named
    home = Path(os.environ.get("KERAS_HOME") or Path.home() / ".keras")
    try:
        return str(json.loads((home / "keras.json").read_text("utf-8"))["backend"])
    except (OSError, ValueError, KeyError, TypeError):
        return BACKENDS[0]


def check_backend() -> None:
    """Refuse a backend that networks cannot be trained on.

    Raises:
        ConfigError: It is neither TensorFlow nor JAX, or is not installed.
    """
    name = backend()
    if name not in BACKENDS:
        hint = did_you_mean(name, BACKENDS)
        raise ConfigError(f"KERAS_BACKEND: expected {' or '.join(BACKENDS)}. Received: {name!r}.{hint}")
    if name not in sys.modules and importlib.util.find_spec(name) is None:
        raise ConfigError(f"KERAS_BACKEND: expected a library that is installed (pip install 'nnrecipes[{name}]'). "
                          f"Received: {name!r}.")  # fmt: skip


def needs_tensorflow(what: str) -> None:
    """Refuse what is written in TensorFlow's own operations where Keras runs on another library.

    Args:
        what: In words, in the plural.

    Raises:
        ConfigError: It does.
    """
    if (name := backend()) != BACKENDS[0]:
        raise ConfigError(f"KERAS_BACKEND: expected {BACKENDS[0]} for {what}. Received: {name!r}.")
