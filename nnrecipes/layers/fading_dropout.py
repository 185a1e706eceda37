"""Dropout whose rate a schedule changes from epoch to epoch (:class:`~nnrecipes.training.fade.Fade`)."""

from typing import Any

import keras
from keras import ops

from nnrecipes.layers.dropout import Dropout
from nnrecipes.layers.random_bits import next_key, random_uniform


@keras.saving.register_keras_serializable(package="nnrecipes")
class FadingDropout(Dropout):
    """``(batch, ...)`` -> the same shape; drops ``rate * share`` of the units in training.

    ``share`` is a variable that is not trained, 1 in the beginning: ``layer.share.assign(0.5)``.

    Example:
        >>> layer = FadingDropout(0.5, seed=1)
        >>> layer.build((200, 50))
        >>> _ = layer.share.assign(0.0)
        >>> float(keras.ops.min(layer(keras.ops.ones((200, 50)), training=True)))
        1.0
    """

    def build(self, input_shape: Any) -> None:
        """Make the share."""
        super().build(input_shape)
        self.share = self.add_weight(shape=(), initializer="ones", trainable=False, name="share")

    def call(self, inputs: Any, training: bool = False) -> Any:
        """Drop."""
        if not training or self.rate == 0:
            return inputs
        rate = ops.cast(ops.cast(self.rate_now(), self.share.dtype) * self.share, inputs.dtype)
        kept = random_uniform(ops.shape(inputs), next_key(self.seed_generator)) >= rate
        return ops.where(kept, inputs / (1.0 - rate), ops.zeros((), inputs.dtype))
