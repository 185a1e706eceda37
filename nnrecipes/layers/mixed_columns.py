"""Logits of a table's columns -> numbers as they are, and probabilities over the one-hot columns of each category."""

from collections.abc import Sequence
from typing import Any

import keras

from nnrecipes.preprocessing.reconstruction import column_groups


@keras.saving.register_keras_serializable(package="nnrecipes")
class MixedColumns(keras.layers.Layer):  # type: ignore[misc]
    """``(batch, columns)`` -> the same shape.

    Args:
        one_hot: For each column the number of its category, from 1; 0 for a number. Columns of a category are
            neighbours.
        name: Of the layer.
        **keywords: Of ``keras.layers.Layer``.

    Example:
        >>> MixedColumns([0, 1, 1])(keras.ops.array([[7.0, 0.0, 0.0]])).numpy().tolist()
        [[7.0, 0.5, 0.5]]
    """

    def __init__(self, one_hot: Sequence[int], name: str | None = None, **keywords: Any) -> None:
        super().__init__(name=name, **keywords)
        self.one_hot = tuple(one_hot)

    def call(self, inputs: Any) -> Any:
        """Softmax within each category."""
        parts = [
            keras.ops.softmax(inputs[:, start:stop]) if group else inputs[:, start:stop]
            for group, start, stop in column_groups(self.one_hot)
        ]
        return keras.ops.concatenate(parts, axis=1)

    def compute_output_shape(self, input_shape: Any) -> Any:
        """That of the columns."""
        return input_shape

    def get_config(self) -> dict[str, Any]:
        """Arguments of the constructor."""
        return {**super().get_config(), "one_hot": list(self.one_hot)}
