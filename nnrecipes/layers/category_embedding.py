"""Codes of categories -> a learnt vector each; code 0, a category that no training row has, is a vector of zeros."""

from collections.abc import Sequence
from typing import Any

import keras
import numpy as np
from keras import ops


@keras.saving.register_keras_serializable(package="nnrecipes")
class CategoryEmbedding(keras.layers.Layer):  # type: ignore[misc]
    """``(batch, columns)`` -> ``(batch, columns * dim)``; a code is a whole number, as int32 or float32.

    Args:
        cardinalities: Number of codes of each column, code 0 included.
        dim: Length of a vector.
        name: Of the layer.
        **keywords: Of ``keras.layers.Layer``.

    Example:
        >>> vectors = CategoryEmbedding([3, 12], dim=2)(ops.convert_to_tensor([[0, 11]]))
        >>> vectors.shape, bool(ops.all(vectors[:, :2] == 0))
        (TensorShape([1, 4]), True)
    """

    def __init__(self, cardinalities: Sequence[int], dim: int = 8, name: str | None = None, **keywords: Any) -> None:
        super().__init__(name=name, **keywords)
        self.cardinalities = list(map(int, cardinalities))
        self.dim = dim

    def build(self, input_shape: Any) -> None:  # noqa: ARG002 - Keras names it
        """Make one table for all columns, one behind the other."""
        self.starts = np.cumsum([0, *self.cardinalities[:-1]]).astype("int32")
        normal = keras.initializers.RandomNormal(stddev=1.0)
        self.table = self.add_weight(shape=(sum(self.cardinalities), self.dim), initializer=normal, name="table")

    def call(self, inputs: Any) -> Any:
        """Look up."""
        codes = ops.cast(inputs, "int32")
        known = ops.cast(ops.greater(codes, 0), self.compute_dtype)
        vectors = ops.take(self.table, codes + self.starts, axis=0) * known[:, :, None]
        return ops.reshape(vectors, (-1, len(self.cardinalities) * self.dim))

    def compute_output_shape(self, input_shape: Any) -> Any:
        """The vectors side by side."""
        return (input_shape[0], len(self.cardinalities) * self.dim)

    def get_config(self) -> dict[str, Any]:
        """Arguments of the constructor."""
        return {**super().get_config(), "cardinalities": self.cardinalities, "dim": self.dim}
