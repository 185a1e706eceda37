"""A code -> a score for each item, or for some items only: ``z K^T + b``, with the items' vectors as rows of ``K``."""

from typing import Any

import keras
import tensorflow as tf


@keras.saving.register_keras_serializable("nnrecipes")
class ItemScores(keras.layers.Layer):  # type: ignore[misc]
    """``(batch, units)`` -> ``(batch, items)``.

    Args:
        items: Number of items.
        l2: Factor of the table's sum of squares in the loss.
        name: Of the layer.
        **keywords: Of ``keras.layers.Layer``.
    """

    def __init__(self, items: int, l2: float = 0.0, name: str | None = None, **keywords: Any) -> None:
        super().__init__(name=name, **keywords)
        self.items = items
        self.l2 = l2

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        """Make the table ``(items, units)`` and the bias ``(items,)``."""
        regularizer = keras.regularizers.L2(self.l2) if self.l2 else None
        self.kernel = self.add_weight(
            shape=(self.items, input_shape[-1]), initializer="glorot_uniform", regularizer=regularizer, name="kernel"
        )
        self.bias = self.add_weight(shape=(self.items,), initializer="zeros", name="bias")

    def call(self, inputs: Any) -> Any:
        """Score every item."""
        return tf.matmul(inputs, self.kernel, transpose_b=True) + self.bias

    def partial(self, inputs: Any, items: Any) -> Any:
        """Score ``items`` ``(some,)`` alone: ``(batch, some)``; the gradient has their rows only."""
        vectors, bias = tf.gather(self.kernel.value, items), tf.gather(self.bias.value, items)
        return tf.matmul(inputs, vectors, transpose_b=True) + bias

    def compute_output_shape(self, input_shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        """``(batch, items)``."""
        return (*input_shape[:-1], self.items)

    def get_config(self) -> dict[str, Any]:
        """Arguments of the constructor."""
        return {**super().get_config(), "items": self.items, "l2": self.l2}
