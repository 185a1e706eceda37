"""Scores of two models -> one: ``w (a - mean a) / sd a + (1 - w) (b - mean b) / sd b``, mean and sd over a row."""

from typing import Any

import keras
import tensorflow as tf


@keras.saving.register_keras_serializable("nnrecipes")
class StandardisedSum(keras.layers.Layer):  # type: ignore[misc]
    """Two tensors ``(batch, items)`` -> ``(batch, items)``.

    The weight is a variable that is not trained, so that it can be chosen later: ``layer.weight.assign(0.4)``.

    Args:
        weight: Of the first tensor, from 0 to 1.
        name: Of the layer.
        **keywords: Of ``keras.layers.Layer``.
    """

    def __init__(self, weight: float = 0.5, name: str | None = None, **keywords: Any) -> None:
        super().__init__(name=name, **keywords)
        self.start = weight

    def build(self, input_shape: Any) -> None:  # noqa: ARG002 - Keras names it
        """Make the weight."""
        start = keras.initializers.Constant(self.start)
        self.weight = self.add_weight(shape=(), initializer=start, trainable=False, name="weight")

    def call(self, inputs: Any) -> Any:
        """Add."""
        first, second = (_standardise(scores) for scores in inputs)
        return self.weight * first + (1.0 - self.weight) * second

    def compute_output_shape(self, input_shape: Any) -> Any:
        """That of either."""
        return input_shape[0]

    def get_config(self) -> dict[str, Any]:
        """Arguments of the constructor."""
        return {**super().get_config(), "weight": self.start}


def _standardise(scores: Any) -> Any:
    mean, variance = tf.nn.moments(scores, axes=[-1], keepdims=True)
    return (scores - mean) * tf.math.rsqrt(tf.maximum(variance, 1e-12))
