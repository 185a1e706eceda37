"""A recipe's settings -> TensorBoard's HParams page: one session a run, beside the scalars of its epochs."""

# ruff: noqa: ARG002 - Keras names the arguments

from collections.abc import Mapping
from pathlib import Path

import keras

from nnrecipes.config.flat import Value


class HParams(keras.callbacks.Callback):  # type: ignore[misc]
    """Write a run's settings when its training begins.

    Args:
        folder: Where its TensorBoard logs are.
        settings: As :func:`~nnrecipes.config.flat.flat_settings` gives them.
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
