"""Codes of steps -> the same plus a learnt vector for each position (Gehring et al., 2017, arXiv:1705.03122)."""

from typing import Any

import keras


@keras.saving.register_keras_serializable(package="nnrecipes")
class PositionEmbedding(keras.layers.Layer):  # type: ignore[misc]
    """``(batch, length, width)`` -> the same shape.

    Example:
        >>> PositionEmbedding()(keras.ops.zeros((1, 4, 2))).shape
        TensorShape([1, 4, 2])
    """

    def build(self, input_shape: Any) -> None:
        """Make a vector a position."""
        start = keras.initializers.RandomNormal(stddev=0.02)
        self.positions = self.add_weight(shape=tuple(input_shape[1:]), initializer=start, name="positions")

    def call(self, inputs: Any) -> Any:
        """Add."""
        return inputs + self.positions
