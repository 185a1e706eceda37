"""A ``.keras`` file of the package -> its network, without running code of the file's."""

from pathlib import Path
from typing import Any

from nnrecipes.training.startup import start_tensorflow


def load_model(path: str | Path) -> Any:
    """Return the network of a file, in a process that may have built none yet.

    Args:
        path: The file; it may name layers and the optimizer of the package.

    Raises:
        ValueError: A class that is not Keras' nor the package's; files that cannot be read raise their own kinds.
    """
    start_tensorflow()
    import keras

    import nnrecipes.layers
    import nnrecipes.training.fading_adamw  # noqa: F401 - what a file may name has to be registered

    return keras.saving.load_model(path, safe_mode=True)
