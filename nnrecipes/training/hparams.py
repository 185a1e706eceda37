"""A recipe's settings -> TensorBoard's HParams page: one session a run, beside the scalars of its epochs."""

# ruff: noqa: ARG002 - Keras names the arguments

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import keras

Value = bool | int | float | str


def flat_settings(section: Mapping[str, Any], before: str = "") -> dict[str, Value]:
    """Return settings by their dotted names; lists are texts, and what is not set is left out.

    Example:
        >>> flat_settings({"epochs": 5, "optimizer": {"kind": "adam"}, "freeze": (), "init_from": None})
        {'epochs': 5, 'optimizer.kind': 'adam', 'freeze': '[]'}
    """
    found: dict[str, Value] = {}
    for name, value in section.items():
        if isinstance(value, Mapping):
            found |= flat_settings(value, f"{before}{name}.")
        elif isinstance(value, list | tuple):
            found[before + name] = str(list(value))
        elif value is not None:
            found[before + name] = value
    return found


class HParams(keras.callbacks.Callback):  # type: ignore[misc]
    """Write a run's settings when its training begins.

    Args:
        folder: Where its TensorBoard logs are.
        settings: As :func:`flat_settings` gives them.
    """

    def __init__(self, folder: str | Path, settings: Mapping[str, Value]) -> None:
        super().__init__()
        self.folder = Path(folder)
        self.settings = dict(settings)

    def on_train_begin(self, logs: dict[str, float] | None = None) -> None:
        """Write them."""
        import tensorflow as tf
        from tensorboard.plugins.hparams import api

        writer = tf.summary.create_file_writer(str(self.folder))
        with writer.as_default():
            api.hparams(self.settings, trial_id=self.folder.parent.name)
        writer.close()
